/* Plans out of plan files and journals, and how they fit today. See plan.h. */
#include "ad/drift.h"
#include "ad/permission.h"
#include "lua/directory.h"
#include "lua/plan.h"

#include <limits.h>
#include <string.h>

/* Pushes the field, past __index; what it is stays on the stack, so that nothing frees it. */
static const char *field(lua_State *L, int idx, const char *key, bool needed)
{
	int type;

	luaL_checkstack(L, 4, NULL);
	lua_pushstring(L, key);
	type = lua_rawget(L, idx);
	if (type != LUA_TSTRING && (needed || type != LUA_TNIL))
		luaL_error(L, "a change without a good '%s'", key);
	return type == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
}

static int push_field(lua_State *L, int idx, const char *key)
{
	lua_pushstring(L, key);
	return lua_rawget(L, idx);
}

static void take_list(lua_State *L, int idx, const char *key, struct ad_list *out)
{
	lua_Integer i;
	size_t n;

	if (push_field(L, idx, key) != LUA_TTABLE)
		luaL_error(L, "an edit without the list '%s'", key);
	for (i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++, lua_pop(L, 1)) {
		const char *s = lua_tolstring(L, -1, &n);

		ad_list_add(out, s, n);
	}
	if (!lua_isnil(L, -1))
		luaL_error(L, "a value that is no string in '%s'", key);
	lua_pop(L, 2);
}

/* The edit's table is on top. */
static void take_edit(lua_State *L, struct ad_change *c)
{
	int idx = lua_gettop(L);
	enum ad_merge merge;
	struct ad_edit *e;

	luaL_checktype(L, idx, LUA_TTABLE);
	if (!ad_merge_parse(&merge, field(L, idx, "syntax", true)))
		luaL_error(L, "an edit of an unknown syntax");
	e = ad_change_restore(c, field(L, idx, "attribute", true), merge);
	lua_settop(L, idx);
	take_list(L, idx, "before", &e->before);
	take_list(L, idx, "after", &e->after);
}

static bool flag(lua_State *L, int idx, const char *key)
{
	bool on;

	push_field(L, idx, key);
	on = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return on;
}

/* The number of the change in its journal, from 1; 0: it has none. Numbers out of JSON are floats.
 */
static size_t number(lua_State *L, int idx)
{
	int type = push_field(L, idx, "n");
	lua_Integer n = lua_tointeger(L, -1);

	if (type != LUA_TNIL && (type != LUA_TNUMBER || n < 1 || n > INT_MAX))
		luaL_error(L, "a change without a good 'n'");
	lua_pop(L, 1);
	return (size_t)n;
}

/* plan:restore(dir, change): appends a change as plan:changes() lists them. */
int ad_lua_plan_restore(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 2);
	struct ad_plan *p;
	struct ad_change *c;
	const char *why, *sid;
	lua_Integer i;

	luaL_checktype(L, 3, LUA_TTABLE);
	lua_settop(L, 3);
	p = ad_lua_plan_use(L, 1, true);
	c = ad_plan_restore(p, ld, field(L, 3, "dn", true), field(L, 3, "guid", false),
		field(L, 3, "label", true));
	c->number = number(L, 3);
	sid = field(L, 3, "sid", false);
	if (sid && !ad_sid_parse(&c->sid, sid, NULL))
		luaL_error(L, "a change without a good 'sid'");
	why = field(L, 3, "why", false);
	if (flag(L, 3, "widens"))
		ad_change_widens(c, why ? why : "this widens trust");
	if (flag(L, 3, "protected"))
		ad_change_protected(c, why ? why : "a protected account");
	if (push_field(L, 3, "edits") != LUA_TTABLE)
		luaL_error(L, "a change without edits");
	for (i = 1; lua_rawgeti(L, -1, i) == LUA_TTABLE; i++, lua_pop(L, 1))
		take_edit(L, c);
	if (c->kind)
		ad_permission_judge(c);
	return 0;
}

/* plan:drift() -> list of words, one for each change; see enum ad_drift. */
int ad_lua_plan_drift(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, true);
	size_t i, n = ad_plan_count(p);
	enum ad_drift *out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
	struct ad_err err;

	if (!ad_plan_drift(p, out, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		lua_pushstring(L, ad_drift_name(out[i]));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* plan:keep(list): drops the changes whose element is false. */
int ad_lua_plan_keep(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, true);
	size_t i, n = ad_plan_count(p);
	bool *keep = lua_newuserdatauv(L, n + 1, 0);

	luaL_checktype(L, 2, LUA_TTABLE);
	for (i = 0; i < n; i++) {
		lua_rawgeti(L, 2, (lua_Integer)i + 1);
		keep[i] = lua_toboolean(L, -1);
		lua_pop(L, 1);
	}
	ad_plan_keep(p, keep);
	return 0;
}

/* plan.is_running(path): is the run with this journal still going on? */
int ad_lua_plan_is_running(lua_State *L)
{
	lua_pushboolean(L, ad_journal_is_running(luaL_checkstring(L, 1)));
	return 1;
}
