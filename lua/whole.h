/* adsh.core.whole: objects of the directory that come or go as a whole, of any kind. */
#ifndef AD_LUA_WHOLE_H
#define AD_LUA_WHOLE_H

#include <lua.h>

int ad_lua_open_whole(lua_State *L);

#endif
