/* adsh.core.versions. */
#ifndef AD_LUA_VERSIONS_H
#define AD_LUA_VERSIONS_H

#include <lua.h>

int ad_lua_open_versions(lua_State *L);

#endif
