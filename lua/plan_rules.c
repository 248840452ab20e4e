/*
 * The rules of the gate, as the command line and code set them, and the questions that it puts to a
 * person. See plan.h.
 */
#include "base/mem.h"
#include "gate/guard.h"
#include "lua/change.h"
#include "lua/plan.h"
#include "lua/run.h"

#include <limits.h>
#include <stdlib.h>

#define CONFIRM "adsh.plan.confirm" /* functions, in the registry */
#define APPROVE "adsh.plan.approve"
#define MAX_WINDOW 10000 /* requests on their way at a time */

/* ---- questions ---- */

struct question {
	struct ad_plan *p;
	const struct ad_change *c; /* the one that is asked about; NULL: all of p */
	struct ad_err *err;
	bool yes;
};

static bool asking;

bool ad_lua_plan_asking(void)
{
	return asking;
}

/* Everything that may raise is in here. */
static int ask(lua_State *L)
{
	struct question *q = lua_touserdata(L, 1);
	const char *why = q->c->verdict.widens;
	size_t more = ad_guard_alike(q->p, q->c);

	lua_getfield(L, LUA_REGISTRYINDEX, CONFIRM);
	if (more)
		lua_pushfstring(L, "%s: %s, and %d more like this", q->c->label, why, (int)more);
	else
		lua_pushfstring(L, "%s: %s", q->c->label, why);
	lua_call(L, 1, 1);
	q->yes = lua_toboolean(L, -1);
	return 0;
}

/* False leaves an error on top. What the gate calls, in C, enters Lua through this only. */
static bool put(lua_State *L, lua_CFunction f, struct question *q)
{
	bool outer = asking, ok;

	lua_pushcfunction(L, f);
	lua_pushlightuserdata(L, q);
	asking = true;
	ok = lua_pcall(L, 1, 0, 0) == LUA_OK;
	asking = outer;
	return ok;
}

static bool confirm(void *arg, struct ad_plan *p, const struct ad_change *c)
{
	struct question q = { .p = p, .c = c };
	lua_State *L = arg;
	int top = lua_gettop(L);

	if (lua_checkstack(L, 4))
		put(L, ask, &q);
	lua_settop(L, top);
	return q.yes;
}

static bool refuse(struct ad_err *err, const char *message, const char *hint)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s. Nothing was written",
		message ? message : "not confirmed");
	return hint ? ad_err_hint(err, "%s", hint) : false;
}

/* The function gives true, or nil, why not, and a hint. */
static int ask_for_plan(lua_State *L)
{
	struct question *q = lua_touserdata(L, 1);

	lua_getfield(L, LUA_REGISTRYINDEX, APPROVE);
	ad_lua_push_changes(L, q->p);
	lua_call(L, 1, 3);
	q->yes = lua_toboolean(L, -3);
	if (!q->yes)
		refuse(q->err, lua_tostring(L, -2), lua_tostring(L, -1));
	return 0;
}

/* Of the error on top, without a call of its metamethods. */
static const char *error_text(lua_State *L)
{
	if (ad_lua_is_err(L, -1)) {
		lua_pushliteral(L, "message");
		lua_rawget(L, -2);
	}
	return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
}

static bool approve(void *arg, struct ad_plan *p, struct ad_err *err)
{
	struct question q = { .p = p, .err = err };
	lua_State *L = arg;
	int top = lua_gettop(L);

	if (!lua_checkstack(L, 8))
		return refuse(err, "not enough memory", NULL);
	if (!put(L, ask_for_plan, &q))
		refuse(err, error_text(L), NULL);
	lua_settop(L, top);
	return q.yes;
}

/* ---- rules ---- */

static void replace_text(char **to, const char *text)
{
	if (text) {
		free(*to);
		*to = ad_strdup(text);
	}
}

/* A function of Lua that the gate calls, or false: none. */
static bool take_function(lua_State *L, const char *key, const char *place)
{
	bool is = ad_lua_push_option(L, 1, key) == LUA_TFUNCTION;

	lua_setfield(L, LUA_REGISTRYINDEX, place);
	return is;
}

/* What only the command line decides. */
static void take_decisions(lua_State *L, struct ad_run *g)
{
	g->rules.agreed = ad_lua_opt_bool(L, 1, "agreed", g->rules.agreed);
	g->rules.sealed = ad_lua_opt_bool(L, 1, "sealed", g->rules.sealed);
	replace_text(&g->command, ad_lua_opt_string(L, 1, "command", NULL));
	if (ad_lua_push_option(L, 1, "confirm") != LUA_TNIL)
		g->confirm = take_function(L, "confirm", CONFIRM) ? confirm : NULL;
	if (ad_lua_push_option(L, 1, "approve") != LUA_TNIL)
		g->approve = take_function(L, "approve", APPROVE) ? approve : NULL;
}

static void take_rules(lua_State *L, struct ad_rules *g)
{
	g->dry_run = ad_lua_opt_bool(L, 1, "dry_run", g->dry_run);
	g->read_only = ad_lua_opt_bool(L, 1, "read_only", g->read_only);
	g->max_changes = (long)ad_lua_opt_range(L, 1, "max_changes", 0, LONG_MAX, g->max_changes);
	g->allow_protected = ad_lua_opt_bool(L, 1, "allow_protected", g->allow_protected);
	g->allow_widening = ad_lua_opt_bool(L, 1, "allow_widening", g->allow_widening);
	g->value_budget =
		(long)ad_lua_opt_range(L, 1, "value_budget", 0, LONG_MAX, g->value_budget);
}

static int push_rules(lua_State *L, const struct ad_rules *g)
{
	lua_createtable(L, 0, 6);
	ad_lua_set_bool(L, "dry_run", g->dry_run);
	ad_lua_set_bool(L, "read_only", g->read_only);
	ad_lua_set_bool(L, "allow_protected", g->allow_protected);
	ad_lua_set_bool(L, "allow_widening", g->allow_widening);
	lua_pushinteger(L, g->max_changes);
	lua_setfield(L, -2, "max_changes");
	lua_pushinteger(L, g->value_budget);
	lua_setfield(L, -2, "value_budget");
	return 1;
}

int ad_lua_plan_rules(lua_State *L)
{
	static const char *const decisions[] = { "dry_run", "read_only", "max_changes",
		"allow_protected", "allow_widening", "value_budget", "keep_going", "window",
		"run_per_plan", "journal_dir", "agreed", "approve", "confirm", "command", "sealed",
		NULL };
	static const char *const rules[] = { "dry_run", "read_only", "max_changes",
		"allow_protected", "allow_widening", "value_budget", "keep_going", "window",
		"run_per_plan", "journal_dir", NULL };
	struct ad_run *run = ad_lua_run(L);
	struct ad_rules *g = &run->rules, wanted = *g;

	if (asking)
		return luaL_error(L,
			"the rules for writing cannot be changed while a question about a change is open");
	ad_lua_check_options(L, 1, g->sealed ? rules : decisions);
	if (g->sealed) {
		take_rules(L, &wanted);
		ad_rules_tighten(g, &wanted);
	} else if (!lua_isnil(L, 1)) {
		take_rules(L, g);
		take_decisions(L, run);
	}
	replace_text(&run->journal_dir, ad_lua_opt_string(L, 1, "journal_dir", NULL));
	g->keep_going = ad_lua_opt_bool(L, 1, "keep_going", g->keep_going);
	g->window = (size_t)ad_lua_opt_range(L, 1, "window", 0, MAX_WINDOW, (lua_Integer)g->window);
	g->run_per_plan = ad_lua_opt_bool(L, 1, "run_per_plan", g->run_per_plan);
	return push_rules(L, g);
}

/* made_by([recipe or false]) -> the recipe that what is written counts as. Only the command line
 * says it: in a script each function of a recipe could be another one. */
int ad_lua_plan_made_by(lua_State *L)
{
	struct ad_run *run = ad_lua_run(L);

	if (!run->rules.sealed && !lua_isnoneornil(L, 1)) {
		free(run->recipe);
		run->recipe = lua_isstring(L, 1) ? ad_strdup(lua_tostring(L, 1)) : NULL;
	}
	lua_pushstring(L, run->recipe);
	return 1;
}

/* statement(text): what was typed at the prompt, for the journals of the runs that it makes. */
int ad_lua_plan_statement(lua_State *L)
{
	struct ad_run *run = ad_lua_run(L);

	free(run->statement);
	run->statement = lua_isstring(L, 1) ? ad_strdup(lua_tostring(L, 1)) : NULL;
	return 0;
}

/* Whether writes are asked for: only where a terminal is, so that no script agrees for itself. */
int ad_lua_plan_asks(lua_State *L)
{
	struct ad_run *run = ad_lua_run(L);

	if (!lua_isnoneornil(L, 1) && run->approve)
		run->rules.agreed = !lua_toboolean(L, 1);
	lua_pushboolean(L, run->approve && !run->rules.agreed);
	return 1;
}
