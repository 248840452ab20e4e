/* Looking up typed objects: methods of a directory, and what stdlib needs for its own verbs. */
#ifndef AD_LUA_LOOKUP_H
#define AD_LUA_LOOKUP_H

#include "lua/util.h"

extern const struct ad_lua_func ad_lua_lookup_methods[]; /* dir:get, dir:find */

int ad_lua_open_lookup(lua_State *L); /* adsh.core.lookup */

#endif
