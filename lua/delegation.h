/* adsh.core.delegation. */
#ifndef AD_LUA_DELEGATION_H
#define AD_LUA_DELEGATION_H

#include <lua.h>

int ad_lua_open_delegation(lua_State *L);

#endif
