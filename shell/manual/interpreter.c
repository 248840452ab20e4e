/*
 * Build-time tool: a Lua interpreter of the machine that builds, since ./adsh may be for another
 * one. It runs one file: interpreter FILE [ARG...]. Any lua5.4 does the same (make
 * LUA_FOR_BUILD=lua5.4).
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void set_arguments(lua_State *L, int argc, char **argv)
{
	int i;

	lua_createtable(L, argc, 0);
	for (i = 1; i < argc; i++) {
		lua_pushstring(L, argv[i]);
		lua_rawseti(L, -2, i - 1);
	}
	lua_setglobal(L, "arg");
}

static bool run(lua_State *L, int argc, char **argv)
{
	int i;

	if (luaL_loadfile(L, argv[1]) != LUA_OK)
		return false;
	luaL_checkstack(L, argc, NULL);
	for (i = 2; i < argc; i++)
		lua_pushstring(L, argv[i]);
	return lua_pcall(L, argc - 2, 0, 0) == LUA_OK;
}

int main(int argc, char **argv)
{
	lua_State *L = luaL_newstate();
	bool ok;

	if (!L || argc < 2)
		return EXIT_FAILURE;
	luaL_openlibs(L);
	set_arguments(L, argc, argv);
	ok = run(L, argc, argv);
	if (!ok)
		fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
	lua_close(L);
	return ok && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
