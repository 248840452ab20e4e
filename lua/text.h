/* adsh.core.text. */
#ifndef AD_LUA_TEXT_H
#define AD_LUA_TEXT_H

#include <lua.h>

int ad_lua_open_text(lua_State *L);

#endif
