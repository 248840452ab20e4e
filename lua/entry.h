/* Entries of a search as Lua values of the class "adsh.entry". */
#ifndef AD_LUA_ENTRY_H
#define AD_LUA_ENTRY_H

#include "net/ldap_entry.h"

#include <lua.h>

/* Pushes the class: first use makes it. */
void ad_lua_push_entry_class(lua_State *L);

/* Pushes a copy of e, which remembers the directory at dir that it came from. metatable: stack
 * index of what ad_lua_push_entry_class pushed. */
void ad_lua_push_entry(lua_State *L, const struct ad_entry *e, int dir, int metatable);

/* The entry at idx, NULL when it is something else. It lives as long as the Lua value; only what
 * takes a const struct ad_entry may be used on it: the rest needs an ad_entry_copy. */
const struct ad_entry *ad_lua_to_entry(lua_State *L, int idx);

/* Pushes the directory that the entry at idx came from. */
void ad_lua_push_entry_directory(lua_State *L, int idx);

#endif
