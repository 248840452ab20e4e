/* The gate for bindings: where a write verb puts its changes, and what it gives back. */
#ifndef AD_LUA_PLAN_H
#define AD_LUA_PLAN_H

#include "gate/gate.h"
#include "lua/util.h"

/*
 * The plan a write verb puts its changes into: the current one (inside plan(function() ... end)),
 * that of a dry run, or a fresh one. Pushes one value, as ad_lua_plan_use, for ad_lua_plan_end.
 */
struct ad_plan *ad_lua_plan_begin(lua_State *L);

/*
 * Ends a write verb; idx is where ad_lua_plan_begin pushed. A fresh plan is applied; otherwise
 * nothing is sent. Pushes { changed=, planned=, rebased=, modifies=, readbacks=, changes={...} },
 * or nil and the error; returns the number of values pushed. changed: objects written, or planned.
 */
int ad_lua_plan_end(lua_State *L, int idx);

/* The plan into which verbs put what they do not write yet: the current one, or that of a dry run;
 * NULL when they write at once. Pushes one value, as ad_lua_plan_use. */
struct ad_plan *ad_lua_plan_open(lua_State *L);

/*
 * The plan at idx for the C function that calls this: until that returns or raises, no Lua code
 * that runs in between (a confirmation, a hook, a finalizer) can free the plan or change it;
 * to_change: raises when such a function has it already. Pushes one value, to be left where it is.
 */
struct ad_plan *ad_lua_plan_use(lua_State *L, int idx, bool to_change);

/* A question of the gate is open: what is written must wait for its answer. */
bool ad_lua_plan_asking(void);
/* Functions of the module that are in plan_rules.c. */
int ad_lua_plan_rules(lua_State *L);
int ad_lua_plan_asks(lua_State *L);
int ad_lua_plan_made_by(lua_State *L);
int ad_lua_plan_statement(lua_State *L);

/* Functions of the module, and methods of the plan object, that are in plan_file.c. */
int ad_lua_plan_is_running(lua_State *L);
int ad_lua_plan_restore(lua_State *L);
int ad_lua_plan_drift(lua_State *L);
int ad_lua_plan_keep(lua_State *L);
int ad_lua_plan_wait(lua_State *L);
int ad_lua_plan_strangers(lua_State *L);

int ad_lua_open_plan(lua_State *L);

#endif
