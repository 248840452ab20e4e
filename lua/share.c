/* adsh.core.share: shares and folders of file servers. stdlib/share.lua and stdlib/folder.lua are
 * what people call. */
#include "lua/share.h"

#include "ad/share.h"
#include "base/mem.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/util.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

struct shares {
	struct ad_share_info *list;
	size_t n;
};

static void free_shares(void *p)
{
	struct shares *s = p;

	if (s)
		ad_share_infos_free(s->list, s->n);
	free(s);
}

static void push_share(lua_State *L, const struct ad_share_info *s)
{
	static const char *const kinds[] = { "disk", "printer", "device", "IPC" };
	uint32_t kind = s->type & AD_SHARE_KIND;

	lua_createtable(L, 0, 8);
	ad_lua_set_text(L, "name", s->name);
	ad_lua_set_filled(L, "remark", s->remark);
	ad_lua_set_text(L, "path", s->path);
	ad_lua_set_text(L, "type", kind < 4 ? kinds[kind] : "other");
	ad_lua_set_bool(L, "special", s->type & AD_SHARE_SPECIAL);
	if (s->path && s->max_users != UINT32_MAX) {
		lua_pushinteger(L, s->max_users);
		lua_setfield(L, -2, "max_users");
	}
}

static bool parse_server(struct ad_unc *u, const char *text, struct ad_err *err)
{
	if (!ad_unc_parse(u, text, err))
		return false;
	if (!u->share)
		return true;
	ad_unc_clear(u);
	return ad_err_set(
		err, AD_ERR_USAGE, "usage", 0, "only a server is expected here: %s", text);
}

/* list(server) */
static int share_list(lua_State *L)
{
	const char *server = ad_lua_check_text(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	void **box = ad_lua_box(L, free_shares);
	struct shares *s = *box = ad_alloc(sizeof *s);
	struct ad_unc u;
	struct ad_err err;
	uint32_t level;
	bool ok;

	if (!parse_server(&u, server, &err))
		return ad_lua_fail(L, &err);
	ok = ad_share_list(&s->list, &s->n, &level, ld, &u, &err);
	ad_unc_clear(&u);
	if (!ok)
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)s->n, 0);
	for (size_t i = 0; i < s->n; i++) {
		struct ad_value sd = { (const char *)s->list[i].sd, s->list[i].sd_len };

		push_share(L, &s->list[i]);
		if (sd.data && !ad_lua_set_descriptor(L, &sd, &err))
			return ad_lua_fail(L, &err);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* "path=C:\iso" as the field path of the table on top */
static void set_pairs(lua_State *L, const struct ad_value *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *eq = memchr(v[i].data, '=', v[i].len);

		if (!eq)
			continue;
		lua_pushlstring(L, v[i].data, (size_t)(eq - v[i].data));
		lua_pushlstring(L, eq + 1, v[i].len - (size_t)(eq + 1 - v[i].data));
		lua_rawset(L, -3);
	}
}

/* What the UNC path in argument 1 names; *share: the share itself, not a file or folder in it. */
static bool read_argument(lua_State *L, struct ad_entry ***e, bool *share, struct ad_err *err)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct ad_unc u;
	bool ok;

	*e = ad_lua_box_entries(L, 1);
	if (!ad_unc_parse(&u, unc, err))
		return false;
	*share = !u.path;
	ok = ad_share_read(*e, ld, &u, err);
	ad_unc_clear(&u);
	return ok;
}

/* read(unc): nil when there is no such share */
static int share_read(lua_State *L)
{
	struct ad_entry **e;
	const struct ad_value *v;
	struct ad_err err;
	size_t n;
	bool share;

	if (!read_argument(L, &e, &share, &err))
		return ad_lua_fail(L, &err);
	n = ad_entry_values(*e, AD_SHARE, &v);
	if (share && n == 0) {
		lua_pushnil(L);
		return 1;
	}
	lua_createtable(L, 0, 8);
	ad_lua_set_text(L, "unc", ad_entry_dn(*e));
	set_pairs(L, v, n);
	if (!share)
		ad_lua_set_bool(L, "folder", ad_entry_values(*e, AD_FILE_FOLDER, NULL) > 0);
	if (ad_entry_values(*e, share ? AD_SHARE_SD : AD_FILE_SD, &v) &&
		!ad_lua_set_descriptor(L, v, &err))
		return ad_lua_fail(L, &err);
	return 1;
}

/* crowds(unc): who may do more than read there, of those that nearly everybody is: a list of
 * { sid=, name=, rights= }; empty, too, when the server does not show it; nil when there is no such
 * share */
static int share_crowds(lua_State *L)
{
	struct ad_entry **e;
	struct ad_value v;
	struct ad_err err;
	bool share;

	if (!read_argument(L, &e, &share, &err))
		return ad_lua_fail(L, &err);
	if (!ad_entry_first(*e, share ? AD_SHARE_SD : AD_FILE_SD, &v)) {
		if (share && !ad_entry_first(*e, AD_SHARE, &v))
			lua_pushnil(L);
		else
			lua_newtable(L);
		return 1;
	}
	return ad_lua_push_crowds(L, &v, &err) ? 1 : ad_lua_fail(L, &err);
}

/* ---- names that only the server knows ---- */

struct names {
	char **list;
	size_t n;
};

static void free_names(void *p)
{
	struct names *names = p;

	if (names)
		ad_lsarpc_free(names->list, names->n);
	free(names);
}

/* names(server, sids): sid -> name, for those that it knows */
static int share_names(lua_State *L)
{
	const char *server = ad_lua_check_text(L, 1);
	const char *const *texts;
	struct ad_ldap *ld;
	struct ad_sid *sids;
	struct names *names;
	struct ad_unc u;
	struct ad_err err;
	void **box;
	size_t i, n;
	bool ok;

	lua_settop(L, 2);
	texts = ad_lua_check_strings(L, 2, &n);
	if (!ad_lua_parse_sids(L, 2, &sids, &n, &err))
		return ad_lua_fail(L, &err);
	ld = ad_lua_current_directory(L);
	box = ad_lua_box(L, free_names);
	names = *box = ad_alloc(sizeof *names);
	if (!parse_server(&u, server, &err))
		return ad_lua_fail(L, &err);
	ok = ad_share_names(&names->list, ld, &u, sids, n, &err);
	ad_unc_clear(&u);
	if (!ok)
		return ad_lua_fail(L, &err);
	names->n = n;
	lua_newtable(L);
	for (i = 0; i < n; i++)
		ad_lua_set_text(L, texts[i], names->list[i]);
	return 1;
}

/* sids(server, names): name -> SID, for those that it knows */
static int share_sids(lua_State *L)
{
	const char *server = ad_lua_check_text(L, 1);
	const char *const *names;
	char text[AD_SID_TEXT];
	struct ad_ldap *ld;
	struct ad_sid *sids;
	struct ad_unc u;
	struct ad_err err;
	size_t i, n;
	bool ok;

	lua_settop(L, 2);
	names = ad_lua_check_strings(L, 2, &n);
	sids = lua_newuserdatauv(L, (n + 1) * sizeof *sids, 0);
	ld = ad_lua_current_directory(L);
	if (!parse_server(&u, server, &err))
		return ad_lua_fail(L, &err);
	ok = ad_share_sids(sids, ld, &u, names, n, &err);
	ad_unc_clear(&u);
	if (!ok)
		return ad_lua_fail(L, &err);
	lua_newtable(L);
	for (i = 0; i < n; i++)
		if (sids[i].len) {
			ad_sid_format(&sids[i], text);
			ad_lua_set_text(L, names[i], text);
		}
	return 1;
}

/* encrypt([on]): what it was set to */
static int share_encrypt(lua_State *L)
{
	if (!lua_isnoneornil(L, 1))
		ad_share_seal = lua_toboolean(L, 1);
	lua_pushboolean(L, ad_share_seal);
	return 1;
}

/* disconnect(): closes the connections to all file servers */
static int share_disconnect(lua_State *L)
{
	(void)L;
	ad_share_disconnect(NULL);
	return 0;
}

static const struct ad_lua_func functions[] = {
	{ "list", share_list, NULL },
	{ "read", share_read, NULL },
	{ "crowds", share_crowds, NULL },
	{ "names", share_names, NULL },
	{ "sids", share_sids, NULL },
	{ "step", ad_lua_share_step, NULL },
	{ "dcs", ad_lua_share_dcs, NULL },
	{ "grant", ad_lua_share_grant, NULL },
	{ "revoke", ad_lua_share_revoke, NULL },
	{ "set", ad_lua_share_set, NULL },
	{ "protect", ad_lua_share_protect, NULL },
	{ "propagate", ad_lua_share_propagate, NULL },
	{ "add", ad_lua_share_add, NULL },
	{ "remove", ad_lua_share_remove, NULL },
	{ "difference", ad_lua_share_difference, NULL },
	{ "encrypt", share_encrypt, NULL },
	{ "disconnect", share_disconnect, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_share(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
