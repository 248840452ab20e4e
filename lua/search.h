/* Searching: methods of a directory. */
#ifndef AD_LUA_SEARCH_H
#define AD_LUA_SEARCH_H

#include "lua/util.h"

/* Makes the class of what dir:search gives. */
void ad_lua_search_class(lua_State *L);

extern const struct ad_lua_func ad_lua_search_methods[];

#endif
