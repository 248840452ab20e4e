/* The run that all writes of a Lua state belong to: its rules, its journal. */
#ifndef AD_LUA_RUN_H
#define AD_LUA_RUN_H

#include "gate/run.h"

#include <lua.h>

/* It lives as long as the state. */
struct ad_run *ad_lua_run(lua_State *L);

/* Functions of the module adsh.core.plan. */
int ad_lua_run_total(lua_State *L);
int ad_lua_run_id(lua_State *L);
int ad_lua_run_end(lua_State *L);
int ad_lua_run_continue(lua_State *L);
int ad_lua_run_journal_dir(lua_State *L);
int ad_lua_run_know(lua_State *L);

/* Pushes a table of its numbers. */
void ad_lua_push_report(lua_State *L, const struct ad_report *r);

#endif
