/* Directories in Lua: userdata of the class "adsh.directory". */
#ifndef AD_LUA_DIRECTORY_H
#define AD_LUA_DIRECTORY_H

#include "net/ldap.h"

#include <lua.h>

int ad_lua_open_directory(lua_State *L);

/* In the registry: a function that gives the directory of a domain that the current one knows, or
 * nil. Whoever opens connections sets it (directory.known). */
#define AD_LUA_DIRECTORY_KNOWN "adsh.directory.known"

/* Pushes a directory that has this connection, with the reference of the caller. */
void ad_lua_push_directory(lua_State *L, struct ad_ldap *ld);
/* The same; names of its domain find it from then on. */
void ad_lua_push_open_directory(lua_State *L, struct ad_ldap *ld);

/* The open directory at idx; raises when it is none, or closed. */
struct ad_ldap *ad_lua_check_directory(lua_State *L, int idx);

/* The current directory: the one connected last, or the default one, which is opened now. Pushes
 * it, so that it lives while it is used; raises when there can be none. */
struct ad_ldap *ad_lua_current_directory(lua_State *L);

/* The open directory of a domain, by its DNS name or its NetBIOS name, without regard to case.
 * Pushes it; NULL (and nothing pushed) when none is connected. */
struct ad_ldap *ad_lua_named_directory(lua_State *L, const char *domain);

#endif
