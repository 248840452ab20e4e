/* Changes of a plan as Lua tables. See change.h. */
#include "lua/change.h"
#include "lua/box.h"
#include "lua/util.h"

#include <string.h>

#define CLASS "adsh.difference"

static void push_list(lua_State *L, const struct ad_list *l, const char *key)
{
	size_t i;

	lua_createtable(L, (int)l->n, 0);
	for (i = 0; i < l->n; i++) {
		lua_pushlstring(L, l->v[i].data, l->v[i].len);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, key);
}

/* The lists live outside Lua: they go into a box first, so that an error leaks nothing. */
struct difference {
	struct ad_list add, remove;
};

static int difference_gc(lua_State *L)
{
	struct difference *d = lua_touserdata(L, 1);

	ad_list_clear(&d->add);
	ad_list_clear(&d->remove);
	return 0;
}

static void push_edit(lua_State *L, const struct ad_edit *e)
{
	struct difference *d;

	ad_lua_check_alive(L);
	d = lua_newuserdatauv(L, sizeof *d, 0);
	memset(d, 0, sizeof *d);
	if (luaL_newmetatable(L, CLASS)) {
		lua_pushcfunction(L, difference_gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	ad_edit_difference(e, &d->add, &d->remove);
	ad_list_sort(&d->add, e->merge);
	ad_list_sort(&d->remove, e->merge);
	lua_createtable(L, 0, 6);
	ad_lua_set_text(L, "attribute", e->attr);
	ad_lua_set_text(L, "syntax", ad_merge_name(e->merge));
	push_list(L, &d->add, "add");
	push_list(L, &d->remove, "remove");
	push_list(L, &e->before, "before");
	push_list(L, &e->after, "after");
	ad_list_clear(&d->add);
	ad_list_clear(&d->remove);
	lua_remove(L, -2);
}

/* The places in the plan of what has to be done before it; those are numbered. */
static void set_after(lua_State *L, const struct ad_change *c)
{
	if (c->n_after == 0)
		return;
	lua_createtable(L, (int)c->n_after, 0);
	for (size_t i = 0; i < c->n_after; i++) {
		lua_pushinteger(L, (lua_Integer)c->after[i]->place);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "after");
}

static void push_change(lua_State *L, const struct ad_change *c)
{
	char sid[AD_SID_TEXT];
	size_t i;

	lua_createtable(L, 0, 12);
	ad_sid_format(&c->sid, sid);
	ad_lua_set_text(L, "dn", c->dn);
	ad_lua_set_text(L, "guid", c->guid);
	ad_lua_set_filled(L, "sid", sid);
	ad_lua_set_text(L, "label", c->label);
	ad_lua_set_text(L, "kind", c->kind->name);
	ad_lua_set_text(L, "why", c->verdict.widens ? c->verdict.widens : c->verdict.touches);
	ad_lua_set_text(L, "state", ad_change_state_name(c->state));
	ad_lua_set_text(L, "server", ad_ldap_info(c->ld)->host);
	ad_lua_set_text(L, "domain", ad_ldap_info(c->ld)->domain);
	ad_lua_set_bool(L, "widens", c->verdict.widens);
	ad_lua_set_bool(L, "protected", c->verdict.touches);
	ad_lua_set_bool(L, "rebased", c->rebased);
	if (c->state == AD_CHANGE_FAILED || c->state == AD_CHANGE_UNKNOWN) {
		ad_lua_push_err(L, &c->err);
		lua_setfield(L, -2, "error");
	}
	set_after(L, c);
	lua_createtable(L, (int)c->n, 0);
	for (i = 0; i < c->n; i++) {
		push_edit(L, &c->edits[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "edits");
}

void ad_lua_push_changes(lua_State *L, struct ad_plan *p)
{
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++)
		ad_plan_at(p, i)->place = i + 1;
	lua_createtable(L, (int)ad_plan_count(p), 0);
	for (i = 0; i < ad_plan_count(p); i++) {
		push_change(L, ad_plan_at(p, i));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}
