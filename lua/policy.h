/* Policy files for Lua. */
#ifndef AD_LUA_POLICY_H
#define AD_LUA_POLICY_H

#include <lua.h>

int ad_lua_open_policy(lua_State *L);

#endif
