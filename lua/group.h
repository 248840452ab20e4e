/* adsh.core.group: members of groups. */
#ifndef AD_LUA_GROUP_H
#define AD_LUA_GROUP_H

#include <lua.h>

int ad_lua_open_group(lua_State *L);

#endif
