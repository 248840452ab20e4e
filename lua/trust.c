/* adsh.core.trust: trusts and the domains of a forest. */
#include "lua/trust.h"

#include "ad/trust.h"
#include "codec/dn.h"
#include "codec/flags.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/util.h"

#include <stdlib.h>

/* The names of the bits, as a list. */
static void set_flags(lua_State *L, const char *key, const struct ad_flag *table, uint32_t bits)
{
	lua_Integer n = 0;

	lua_newtable(L);
	for (; table->name; table++)
		if (table->bit & bits) {
			lua_pushstring(L, table->name);
			lua_rawseti(L, -2, ++n);
			bits &= ~table->bit;
		}
	if (bits) {
		lua_pushfstring(L, "%d", (int)bits);
		lua_rawseti(L, -2, ++n);
	}
	lua_setfield(L, -2, key);
}

/* ---- lists that live in C until Lua has them ---- */

struct list {
	struct ad_trust *trusts;
	struct ad_domain *domains;
	size_t n;
};

static void release(void *p)
{
	struct list *l = p;

	if (!l)
		return;
	if (l->trusts)
		ad_trusts_free(l->trusts, l->n);
	if (l->domains)
		ad_domains_free(l->domains, l->n);
	free(l);
}

static struct list *new_list(lua_State *L)
{
	void **box = ad_lua_box(L, release);

	if (!(*box = calloc(1, sizeof(struct list))))
		luaL_error(L, "out of memory");
	return *box;
}

/* ---- trusts ---- */

static void push_trust(lua_State *L, const struct ad_trust *t)
{
	char sid[AD_SID_TEXT];
	enum ad_trust_tgt tgt = ad_trust_tgt(t);

	lua_createtable(L, 0, 16);
	ad_lua_set_text(L, "partner", t->partner);
	ad_lua_set_text(L, "netbios", t->netbios);
	ad_sid_format(&t->sid, sid);
	ad_lua_set_filled(L, "sid", sid);
	ad_lua_set_text(L, "kind", ad_trust_kind_name(t->kind));
	ad_lua_set_bool(L, "inbound", t->direction & AD_TRUST_INBOUND);
	ad_lua_set_bool(L, "outbound", t->direction & AD_TRUST_OUTBOUND);
	ad_lua_set_bool(L, "transitive", t->transitive);
	ad_lua_set_bool(L, "selective_authentication", t->attributes & AD_TRUST_CROSS_ORGANIZATION);
	ad_lua_set_bool(L, "quarantined", t->attributes & AD_TRUST_QUARANTINED);
	ad_lua_set_text(L, "sid_filtering", ad_trust_filter_words(ad_trust_filter(t)));
	ad_lua_set_bool(L, "tgt_delegation", tgt == AD_TRUST_TGT_ON);
	ad_lua_set_text(L, "tgt_words", ad_trust_tgt_words(tgt));
	set_flags(L, "attributes", ad_flags_trust, t->attributes);
	if (t->has_enctypes)
		set_flags(L, "enctypes", ad_flags_enctypes, t->enctypes);
}

static int trust_list(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct list *l = new_list(L);
	struct ad_err err;
	size_t i;

	if (!ad_trust_list(&l->trusts, &l->n, ld, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)l->n, 0);
	for (i = 0; i < l->n; i++) {
		push_trust(L, &l->trusts[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- domains of a forest ---- */

static int trust_domains(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct list *l = new_list(L);
	struct ad_err err;
	size_t i, k;

	if (!ad_forest_domains(&l->domains, &l->n, ld, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)l->n, 0);
	for (i = 0; i < l->n; i++) {
		const struct ad_domain *d = &l->domains[i];

		lua_createtable(L, 0, 4);
		ad_lua_set_text(L, "domain", d->dns);
		ad_lua_set_text(L, "netbios", d->netbios);
		ad_lua_set_text(L, "base", d->base);
		for (k = 0; k < l->n && d->parent; k++)
			if (ad_dn_equal(d->parent, l->domains[k].dn))
				ad_lua_set_text(L, "parent", l->domains[k].dns);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "list", trust_list, NULL },
	{ "domains", trust_domains, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_trust(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
