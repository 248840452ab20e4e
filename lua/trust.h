/* adsh.core.trust: trusts and the domains of a forest. */
#ifndef AD_LUA_TRUST_H
#define AD_LUA_TRUST_H

#include <lua.h>

int ad_lua_open_trust(lua_State *L);

#endif
