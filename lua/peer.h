/* adsh.core.peer. */
#ifndef AD_LUA_PEER_H
#define AD_LUA_PEER_H

#include <lua.h>

int ad_lua_open_peer(lua_State *L);

#endif
