/* See harden.h. The functions replaced are the first upvalues of those that stand for them. */
#include "harden.h"

#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

/* Calls the function replaced with all arguments. */
static int call_replaced(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

/* ---- code as text only ---- */

/* The mode of the argument at idx becomes "t"; one that wants text is "t" or "bt". */
static void want_text(lua_State *L, int idx)
{
	const char *mode = luaL_optstring(L, idx, "t");

	luaL_argcheck(L, strchr(mode, 't'), idx, "only source text can be loaded");
	if (lua_gettop(L) < idx)
		lua_settop(L, idx);
	lua_pushliteral(L, "t");
	lua_replace(L, idx);
}

/* load(chunk[, name[, mode[, env]]]) */
static int harden_load(lua_State *L)
{
	want_text(L, 3);
	return call_replaced(L);
}

/* loadfile([path[, mode[, env]]]) */
static int harden_loadfile(lua_State *L)
{
	want_text(L, 2);
	return call_replaced(L);
}

static int finish_dofile(lua_State *L, int status, lua_KContext context)
{
	(void)status, (void)context;
	return lua_gettop(L) - 1;
}

/* dofile([path]) */
static int harden_dofile(lua_State *L)
{
	const char *path = luaL_optstring(L, 1, NULL);

	lua_settop(L, 1);
	if (luaL_loadfilex(L, path, "t") != LUA_OK)
		return lua_error(L);
	lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
	return finish_dofile(L, LUA_OK, 0);
}

/* ---- debug ---- */

static bool is_c_level(lua_State *L, lua_Integer level)
{
	lua_Debug ar;

	return level >= 0 && level < INT_MAX && lua_getstack(L, (int)level, &ar) &&
	       lua_getinfo(L, "S", &ar) && *ar.what == 'C';
}

/* getlocal([thread,] f, n), setlocal([thread,] level, n, value): a C function has no local. */
static int harden_local(lua_State *L)
{
	int idx = lua_isthread(L, 1) ? 2 : 1;
	lua_State *other = idx == 2 ? lua_tothread(L, 1) : L;
	lua_Integer level;

	if (!lua_isfunction(L, idx)) {
		level = luaL_checkinteger(L, idx);
		if (is_c_level(other, level)) {
			lua_pushnil(L);
			return 1;
		}
		lua_pushinteger(L, other == L && level >= 0 && level < INT_MAX ? level + 1 : level);
		lua_replace(L, idx); /* there is one function more between */
	}
	return call_replaced(L);
}

/* getupvalue(f, n), setupvalue(f, n, value), upvalueid(f, n): a C function has no upvalue. */
static int harden_upvalue(lua_State *L)
{
	if (lua_iscfunction(L, 1))
		return 0;
	return call_replaced(L);
}

static int harden_setmetatable(lua_State *L)
{
	luaL_argcheck(L, lua_type(L, 1) != LUA_TUSERDATA, 1,
		"the metatable of a userdata cannot be changed");
	return call_replaced(L);
}

static int harden_none(lua_State *L)
{
	return luaL_error(L, "adsh does not provide this function: it could corrupt memory");
}

/* ---- in their places ---- */

static const luaL_Reg globals[] = {
	{ "load", harden_load },
	{ "loadfile", harden_loadfile },
	{ "dofile", harden_dofile },
	{ NULL, NULL },
};

static const luaL_Reg debug[] = {
	{ "getlocal", harden_local },
	{ "setlocal", harden_local },
	{ "getupvalue", harden_upvalue },
	{ "setupvalue", harden_upvalue },
	{ "upvalueid", harden_upvalue },
	{ "setmetatable", harden_setmetatable },
	{ "getregistry", harden_none },
	{ "getuservalue", harden_none },
	{ "setuservalue", harden_none },
	{ NULL, NULL },
};

/* In the table on top, which is popped. */
static void replace(lua_State *L, const luaL_Reg *f)
{
	for (; f->name; f++) {
		lua_getfield(L, -1, f->name);
		lua_pushcclosure(L, f->func, 1);
		lua_setfield(L, -2, f->name);
	}
	lua_pop(L, 1);
}

void ad_harden_libraries(lua_State *L)
{
	lua_pushglobaltable(L);
	replace(L, globals);
	lua_getglobal(L, LUA_DBLIBNAME);
	replace(L, debug);
}
