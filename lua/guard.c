/*
 * adsh.core.guard(f): f, with "nil, err" turned into a raised err. It is C so that misuse, which f
 * reports with luaL_error, is told at the line of the script that called the guarded function, and
 * not at a line of ours.
 */
#include "lua/guard.h"

#include "lua/util.h"

/* Words of misuse: where, and without the prefix of the inner module. */
static int raise_misuse(lua_State *L)
{
	luaL_where(L, 1);
	luaL_gsub(L, lua_tostring(L, -2), "adsh.core.", "");
	lua_concat(L, 2);
	return lua_error(L);
}

static int guarded(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	if (lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0) != LUA_OK)
		return lua_type(L, -1) == LUA_TSTRING ? raise_misuse(L) : lua_error(L);
	if (lua_gettop(L) >= 2 && lua_isnil(L, 1) && ad_lua_is_err(L, 2)) {
		lua_settop(L, 2);
		return lua_error(L);
	}
	return lua_gettop(L);
}

static int guard(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_settop(L, 1);
	lua_pushcclosure(L, guarded, 1);
	return 1;
}

int ad_lua_open_guard(lua_State *L)
{
	lua_pushcfunction(L, guard);
	return 1;
}
