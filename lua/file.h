/* adsh.core.file: files that are believed, and files that we make. */
#ifndef AD_LUA_FILE_H
#define AD_LUA_FILE_H

#include <lua.h>

int ad_lua_open_file(lua_State *L);

#endif
