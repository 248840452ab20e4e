/*
 * Typed objects: plain tables with the attributes in the schema's spelling, single-valued ones as
 * scalars, and what was read kept hidden behind them, so that a verb need not read it again.
 */
#ifndef AD_LUA_OBJECT_H
#define AD_LUA_OBJECT_H

#include "net/ldap_search.h"

#include <lua.h>

/*
 * Pushes e as an object of the class "adsh.object"; dir: index of the directory it came from. only
 * (ends with NULL): the attributes to show; NULL: all that e has. complete: e was read with
 * ad_account_attrs or more.
 */
void ad_lua_push_object(
	lua_State *L, int dir, struct ad_entry *e, const char *const *only, bool complete);

/* What is hidden behind the object at idx: false when it is none (a table of somebody else's).
 * Valid while the object lives. *fresh: e is complete, and not older than the last write of
 * this process nor than ten seconds. Pushes the directory when true. */
bool ad_lua_to_object(lua_State *L, int idx, struct ad_ldap **ld, struct ad_entry **e, bool *fresh);

#endif
