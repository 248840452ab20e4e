/* adsh.core.server_file: files and folders of file servers. */
#ifndef AD_LUA_SERVER_FILE_H
#define AD_LUA_SERVER_FILE_H

#include <lua.h>

int ad_lua_open_server_file(lua_State *L);

#endif
