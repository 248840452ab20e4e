/* The gate for bindings: where a write verb puts its changes, and what it gives back. */
#ifndef AD_LUA_PLAN_H
#define AD_LUA_PLAN_H

#include "ad/gate.h"
#include "lua/util.h"

/*
 * The plan a write verb puts its changes into: the current one (inside plan(function() ... end)),
 * that of a dry run, or a fresh one. Pushes one value that keeps it alive until ad_lua_plan_end.
 */
struct ad_plan *ad_lua_plan_begin(lua_State *L);

/*
 * Ends a write verb; idx is where ad_lua_plan_begin pushed. A fresh plan is applied; otherwise
 * nothing is sent. Pushes { changed=, planned=, rebased=, modifies=, readbacks=, changes={...} },
 * or nil and the error; returns the number of values pushed. changed: objects written, or planned.
 */
int ad_lua_plan_end(lua_State *L, int idx);

/* The plan into which verbs put what they do not write yet; NULL when they write at once. It lives
 * while it is what it is: the current one, or that of a dry run. */
struct ad_plan *ad_lua_plan_open(lua_State *L);
#define AD_LUA_PLAN_CURRENT "adsh.plan.current" /* in the registry */

struct ad_plan *ad_lua_check_plan(lua_State *L, int idx);

/* Functions of the module, and methods of the plan object, that are in plan_file.c. */
int ad_lua_plan_is_running(lua_State *L);
int ad_lua_plan_restore(lua_State *L);
int ad_lua_plan_drift(lua_State *L);
int ad_lua_plan_keep(lua_State *L);

int ad_lua_open_plan(lua_State *L);

#endif
