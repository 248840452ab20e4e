#ifndef AD_LUA_TIME_H
#define AD_LUA_TIME_H

#include <lua.h>

int ad_lua_open_time(lua_State *L); /* adsh.core.time */

#endif
