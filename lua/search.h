/* Searching: methods of a directory. */
#ifndef AD_LUA_SEARCH_H
#define AD_LUA_SEARCH_H

#include "lua/util.h"

extern const struct ad_lua_func ad_lua_search_methods[];

#endif
