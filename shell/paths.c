/*
 * Where Lua looks for modules. An admin runs this in untrusted directories with a ticket in hand,
 * so relative entries go. LUA_PATH and LUA_CPATH hold for the modules of scripts; the libraries
 * that the standard library uses do not come from there, as a file of that name could undo a
 * machine's policy.
 */
#include "paths.h"

#include <lauxlib.h>
#include <string.h>

static const char *const libraries[] = { "argparse", "cjson", "lfs" };

/* Pushes the list without its relative entries. */
static void push_absolute(lua_State *L, const char *list)
{
	luaL_Buffer b;
	const char *p, *end;

	luaL_buffinit(L, &b);
	for (p = list; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, ';');
		if (*p != '/')
			continue;
		if (luaL_bufflen(&b) > 0)
			luaL_addchar(&b, ';');
		luaL_addlstring(&b, p, (size_t)(end - p));
	}
	luaL_pushresult(&b);
}

static void drop_relative(lua_State *L, const char *field)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, field);
	push_absolute(L, luaL_optstring(L, -1, ""));
	lua_setfield(L, -3, field);
	lua_pop(L, 2);
}

/* Pushes two values; gives the file of the library in a folder of the list, or NULL. */
static const char *find(lua_State *L, const char *name, const char *list)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "searchpath");
	lua_pushstring(L, name);
	push_absolute(L, list);
	lua_call(L, 2, 2);
	return lua_tostring(L, -2);
}

/* Pushes the function that opens the shared object. */
static void push_open(lua_State *L, const char *file, const char *name)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "loadlib");
	lua_pushstring(L, file);
	lua_pushfstring(L, "luaopen_%s", name);
	lua_call(L, 2, 2);
	if (lua_isnil(L, -2))
		lua_error(L);
	lua_pop(L, 1);
}

/* The loader of each library that require calls with its name. */
static int load_library(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1), *file;

	if ((file = find(L, name, LUA_PATH_DEFAULT)) != NULL) {
		if (luaL_loadfilex(L, file, "t") != LUA_OK)
			return lua_error(L);
	} else if ((file = find(L, name, LUA_CPATH_DEFAULT)) != NULL) {
		push_open(L, file, name);
	} else {
		return luaL_error(L, "the Lua library '%s' is not installed on this machine", name);
	}
	lua_pushstring(L, name);
	lua_pushstring(L, file);
	lua_call(L, 2, 1);
	return 1;
}

void ad_paths_open(lua_State *L)
{
	size_t i;

	drop_relative(L, "path");
	drop_relative(L, "cpath");
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	for (i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		lua_pushcfunction(L, load_library);
		lua_setfield(L, -2, libraries[i]);
	}
	lua_pop(L, 1);
}
