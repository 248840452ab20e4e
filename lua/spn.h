/* adsh.core.spn. */
#ifndef AD_LUA_SPN_H
#define AD_LUA_SPN_H

#include <lua.h>

int ad_lua_open_spn(lua_State *L);

#endif
