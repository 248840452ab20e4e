/* Changes of a plan as Lua tables. */
#ifndef AD_LUA_CHANGE_H
#define AD_LUA_CHANGE_H

#include "plan/plan.h"

#include <lua.h>

int ad_lua_change_fields(lua_State *L); /* a function of the module adsh.core.plan */

/* Pushes a list: { dn, guid, sid, label, state, why, server, domain, widens, protected, rebased,
 * error, edits = { { attribute, syntax = "set"|"bits"|"sd"|"exact", add, remove, before, after } }
 * }; values are byte strings. */
void ad_lua_push_changes(lua_State *L, struct ad_plan *p);

#endif
