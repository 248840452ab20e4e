/* Where Lua looks for modules. */
#ifndef AD_PATHS_H
#define AD_PATHS_H

#include <lua.h>

/* Drops the relative entries of package.path and package.cpath, and ties the libraries of others
 * that the standard library uses to the machine's own folders. */
void ad_paths_open(lua_State *L);

#endif
