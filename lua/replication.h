/* How far domain controllers have come, for Lua. */
#ifndef AD_LUA_REPLICATION_H
#define AD_LUA_REPLICATION_H

#include <lua.h>

int ad_lua_open_replication(lua_State *L);

#endif
