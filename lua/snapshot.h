/* adsh.core.snapshot. See shell/net/stored.h. */
#ifndef AD_LUA_SNAPSHOT_H
#define AD_LUA_SNAPSHOT_H

#include <lua.h>

int ad_lua_open_snapshot(lua_State *L);

#endif
