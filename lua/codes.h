/* adsh.core.codes: the words for numbers that domain controllers and file servers answer with. */
#ifndef AD_LUA_CODES_H
#define AD_LUA_CODES_H

#include <lua.h>

int ad_lua_open_codes(lua_State *L);

#endif
