/*
 * The standard library inside the program: package.preload["adsh.NAME"]. A build for development
 * (make development) takes the files of the directory that the environment's ADSH_STDLIB names
 * instead. A program that is installed has no such code: it would go round the machine's policy.
 * Each file runs in an environment where a global that was not declared is an error.
 */
#include "bundle.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#ifdef AD_DEVELOPMENT
#define STDLIB getenv("ADSH_STDLIB")
#else
#define STDLIB NULL
#endif

/* Loads the module's text: from the directory given for development, else the bundled one. */
static int load(lua_State *L, const struct ad_bundle *b)
{
	const char *dir = STDLIB;
	const char *name = strchr(b->path, '/') + 1;

	if (dir)
		return luaL_loadfile(L, lua_pushfstring(L, "%s/%s", dir, name));
	return luaL_loadbufferx(
		L, (const char *)b->data, b->size, lua_pushfstring(L, "@adsh/%s", name), "t");
}

/* The loader that require calls with the module's name; upvalue: which module. */
static int loader(lua_State *L)
{
	const struct ad_bundle *b = lua_touserdata(L, lua_upvalueindex(1));

	lua_settop(L, 1);
	if (load(L, b) != LUA_OK)
		return lua_error(L);
	if (lua_getfield(L, LUA_REGISTRYINDEX, AD_BUNDLE_ENV) == LUA_TTABLE)
		lua_setupvalue(L, -2, 1);
	else
		lua_pop(L, 1);
	lua_pushvalue(L, 1);
	lua_call(L, 1, 1);
	return 1;
}

void ad_bundle_preload(lua_State *L)
{
	const struct ad_bundle *b;

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	for (b = ad_bundle; b->module; b++) {
		lua_pushlightuserdata(L, (void *)b);
		lua_pushcclosure(L, loader, 1);
		lua_setfield(L, -2, b->module);
	}
	lua_pop(L, 1);
}
