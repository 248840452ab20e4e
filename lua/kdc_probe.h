/* Asking KDCs what they do, for Lua. */
#ifndef AD_LUA_KDC_PROBE_H
#define AD_LUA_KDC_PROBE_H

#include <lua.h>

int ad_lua_open_kdc_probe(lua_State *L);

#endif
