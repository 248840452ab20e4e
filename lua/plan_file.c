/* Plans out of plan files and journals, and how they fit today. See plan.h. */
#include "ad/group.h"
#include "ad/protected.h"
#include "base/text.h"
#include "gate/drift.h"
#include "codec/dn.h"
#include "codec/guid.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"
#include "lua/run.h"
#include "plan/placeholder.h"

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
		luaL_error(L, "a change without a valid '%s'", key);
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
		luaL_error(L, "a value that is not a string in '%s'", key);
	lua_pop(L, 2);
}

/* The edit's table is on top. How its values compare is the kind's to say, not the file's. */
static bool take_edit(lua_State *L, struct ad_change *c, struct ad_err *err)
{
	int idx = lua_gettop(L);
	struct ad_edit *e;

	luaL_checktype(L, idx, LUA_TTABLE);
	e = ad_change_restore(c, field(L, idx, "attribute", true), err);
	lua_settop(L, idx);
	if (!e)
		return false;
	take_list(L, idx, "before", &e->before);
	take_list(L, idx, "after", &e->after);
	return true;
}

/* The number of the change in its journal, from 1; 0: it has none. Numbers out of JSON are floats.
 */
static size_t number(lua_State *L, int idx)
{
	int type = push_field(L, idx, "n");
	lua_Integer n = lua_tointeger(L, -1);

	if (type != LUA_TNIL && (type != LUA_TNUMBER || n < 1 || n > INT_MAX))
		luaL_error(L, "a change without a valid 'n'");
	lua_pop(L, 1);
	return (size_t)n;
}

static const char *guid_field(lua_State *L, int idx)
{
	const char *guid = field(L, idx, "guid", false);
	unsigned char bytes[AD_GUID_SIZE];

	if (guid && !ad_guid_parse(bytes, guid, NULL))
		luaL_error(L, "a change without a valid 'guid'");
	return guid;
}

/* What a change says besides its edits. */
static struct ad_change *take_change(lua_State *L, int idx, struct ad_plan *p, struct ad_ldap *ld)
{
	const char *name = field(L, idx, "kind", true), *sid;
	const struct ad_kind *kind = ad_kind_find(name);
	struct ad_change *c;

	if (!kind)
		luaL_error(L, "this adsh does not know changes of the kind '%s'", name);
	c = ad_plan_restore(p, kind, ld, field(L, idx, "dn", true), guid_field(L, idx),
		field(L, idx, "label", true));
	c->number = number(L, idx);
	sid = field(L, idx, "sid", false);
	if (sid && !ad_sid_parse(&c->sid, sid, NULL))
		luaL_error(L, "a change without a valid 'sid'");
	return c;
}

/* plan:restore(dir, change): appends a change as plan:changes() lists them; gives its place. */
int ad_lua_plan_restore(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 2);
	struct ad_plan *p;
	struct ad_change *c;
	struct ad_err err;
	lua_Integer i;

	luaL_checktype(L, 3, LUA_TTABLE);
	lua_settop(L, 3);
	p = ad_lua_plan_use(L, 1, true);
	c = take_change(L, 3, p, ld);
	if (push_field(L, 3, "edits") != LUA_TTABLE)
		luaL_error(L, "a change without edits");
	for (i = 1; lua_rawgeti(L, -1, i) == LUA_TTABLE; i++, lua_pop(L, 1))
		if (!take_edit(L, c, &err))
			return ad_lua_fail(L, &err);
	lua_pushinteger(L, (lua_Integer)ad_plan_count(p));
	return 1;
}

static struct ad_change *check_change(lua_State *L, int idx, struct ad_plan *p)
{
	lua_Integer i = luaL_checkinteger(L, idx);

	luaL_argcheck(L, i >= 1 && (size_t)i <= ad_plan_count(p), idx, "no such change");
	return ad_plan_at(p, (size_t)i - 1);
}

/* plan:wait(i, k): the i-th change is written after the k-th. */
int ad_lua_plan_wait(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, true);

	ad_change_wait(check_change(L, 2, p), check_change(L, 3, p));
	return 0;
}

struct strangers {
	lua_State *L;
	const struct ad_homes *homes;
	lua_Integer n;
};

static int free_seen(lua_State *L)
{
	ad_homes_clear(lua_touserdata(L, 1));
	return 0;
}

static bool note_stranger(void *arg, struct ad_sid *sid)
{
	struct strangers *s = arg;
	struct ad_homes *seen = lua_touserdata(s->L, -2);
	struct ad_sid domain;
	char text[AD_SID_TEXT];

	if (!ad_homes_domain(&domain, sid) || ad_homes_find(s->homes, &domain) ||
		ad_homes_find(seen, &domain))
		return false;
	ad_homes_set(seen, &domain, NULL, NULL);
	ad_sid_format(sid, text);
	lua_pushstring(s->L, text);
	lua_rawseti(s->L, -2, ++s->n);
	return false;
}

/* Members of groups: by SID, or by the DN of an object of another domain. */
static void note_members(struct strangers *s, const struct ad_change *c, const struct ad_edit *e)
{
	for (size_t i = 0; i < e->after.n; i++) {
		const struct ad_value *v = &e->after.v[i];
		struct ad_sid sid;

		if (ad_protected_member_sid(&sid, v)) {
			note_stranger(s, &sid);
		} else if (!ad_dn_under(v->data, ad_ldap_info(c->ld)->base)) {
			lua_pushlstring(s->L, v->data, v->len);
			lua_rawseti(s->L, -2, ++s->n);
		}
	}
}

/* plan:strangers() -> a SID of each domain that descriptors and members of groups name, and of
 * which it is not known yet where it is looked up; and DNs of members there */
int ad_lua_plan_strangers(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, false);
	struct strangers s = { .L = L, .homes = &ad_lua_run(L)->homes };
	struct ad_homes *seen;

	ad_lua_check_alive(L);
	seen = lua_newuserdatauv(L, sizeof *seen, 0);
	memset(seen, 0, sizeof *seen);
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, free_seen);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	lua_newtable(L);
	luaL_checkstack(L, 4, NULL);
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		for (size_t k = 0; k < c->n; k++)
			if (c->edits[k].merge == AD_MERGE_SD)
				ad_placeholder_each(
					&c->edits[k].after, AD_MERGE_SD, note_stranger, &s, NULL);
			else if (ad_caseeq(c->edits[k].attr, AD_MEMBER))
				note_members(&s, c, &c->edits[k]);
	}
	return 1;
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
	lua_pushboolean(L, ad_journal_is_running(ad_lua_check_text(L, 1)));
	return 1;
}
