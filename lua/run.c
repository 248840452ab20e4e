/* Runs, for Lua. See run.h. */
#include "lua/run.h"
#include "lua/directory.h"
#include "lua/plan.h"
#include "lua/util.h"

#include <stdlib.h>

#define RUN "adsh.run" /* in the registry */

static int run_gc(lua_State *L)
{
	ad_run_clear(lua_touserdata(L, 1));
	return 0;
}

struct ad_run *ad_lua_run(lua_State *L)
{
	struct ad_run *run;

	if (lua_getfield(L, LUA_REGISTRYINDEX, RUN) != LUA_TUSERDATA) {
		lua_pop(L, 1);
		run = lua_newuserdatauv(L, sizeof *run, 0);
		ad_run_init(run);
		lua_createtable(L, 0, 1);
		lua_pushcfunction(L, run_gc);
		lua_setfield(L, -2, "__gc");
		lua_setmetatable(L, -2);
		lua_pushvalue(L, -1);
		lua_setfield(L, LUA_REGISTRYINDEX, RUN);
	}
	run = lua_touserdata(L, -1);
	lua_pop(L, 1);
	return run;
}

void ad_lua_push_report(lua_State *L, const struct ad_report *r)
{
	const struct {
		const char *key;
		size_t n;
	} fields[] = {
		{ "changed", r->changed },
		{ "failed", r->failed },
		{ "not_tried", r->not_tried },
		{ "unknown", r->unknown },
		{ "rebased", r->rebased },
		{ "modifies", r->modifies },
		{ "readbacks", r->readbacks },
		{ "rights", r->rights },
	};
	size_t i;

	lua_createtable(L, 0, 10);
	for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		lua_pushinteger(L, (lua_Integer)fields[i].n);
		lua_setfield(L, -2, fields[i].key);
	}
}

int ad_lua_run_total(lua_State *L)
{
	ad_lua_push_report(L, &ad_lua_run(L)->total);
	return 1;
}

int ad_lua_run_id(lua_State *L)
{
	lua_pushstring(L, ad_run_id(ad_lua_run(L)));
	return 1;
}

int ad_lua_run_end(lua_State *L)
{
	ad_run_end(ad_lua_run(L), luaL_optstring(L, 1, NULL));
	return 0;
}

int ad_lua_run_continue(lua_State *L)
{
	struct ad_err err;

	if (!ad_run_continue(ad_lua_run(L), ad_lua_check_text(L, 1), &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

int ad_lua_run_journal_dir(lua_State *L)
{
	struct ad_err err;
	char *dir;

	if (!ad_journal_directory(&dir, ad_lua_run(L)->journal_dir, &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, dir);
	free(dir);
	return 1;
}

/* know(sid, dir, why): where accounts of the domain of this SID are looked up. dir nil: nowhere;
 * why: it cannot be asked; nil: there is no such domain. */
int ad_lua_run_know(lua_State *L)
{
	struct ad_sid sid, domain;
	struct ad_ldap *ld;
	struct ad_err err;

	lua_settop(L, 3);
	ld = lua_isnil(L, 2) ? NULL : ad_lua_check_directory(L, 2);
	if (!ad_sid_parse(&sid, ad_lua_check_text(L, 1), &err))
		return ad_lua_fail(L, &err);
	if (ad_homes_domain(&domain, &sid))
		ad_homes_set(&ad_lua_run(L)->homes, &domain, ld, luaL_optstring(L, 3, NULL));
	return 0;
}
