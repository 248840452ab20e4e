/* The one list of modules that C offers to Lua: package.preload["adsh.core.NAME"]. */
#ifndef AD_LUA_OPEN_H
#define AD_LUA_OPEN_H

#include <lua.h>

void ad_lua_open(lua_State *L);

#endif
