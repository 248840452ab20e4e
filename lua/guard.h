/* adsh.core.guard: nil, err becomes a raised err. */
#ifndef AD_LUA_GUARD_H
#define AD_LUA_GUARD_H

#include <lua.h>

int ad_lua_open_guard(lua_State *L);

#endif
