/* Plans and the gate, for Lua. See plan.h. */
#include "lua/plan.h"
#include "base/mem.h"
#include "gate/guard.h"
#include "gate/judge.h"
#include "lua/box.h"
#include "lua/change.h"
#include "lua/run.h"

#include <stdlib.h>
#include <string.h>

#define CLASS "adsh.plan"
#define USE CLASS ".use"
#define CURRENT CLASS ".current" /* both lie in the registry */
#define COLLECTED CLASS ".collected"

#define IN_USE "the plan is in use: it is being read, changed or written"

enum purpose { FRESH, COLLECTING };

struct box {
	struct ad_plan *p; /* NULL: closed */
	enum purpose purpose;
	bool borrowed; /* the gate's, not ours to free */
	bool tried; /* to write it */
	int uses; /* by C functions that run now */
};

static struct box *new_box(lua_State *L, enum purpose purpose)
{
	struct box *b;

	ad_lua_check_alive(L);
	b = lua_newuserdatauv(L, sizeof *b, 0);
	memset(b, 0, sizeof *b);
	luaL_setmetatable(L, CLASS);
	b->purpose = purpose;
	return b;
}

static struct box *check_box(lua_State *L, int idx)
{
	struct box *b = luaL_checkudata(L, idx, CLASS);

	luaL_argcheck(L, b->p, idx, "the plan is closed");
	return b;
}

/* Pushes what is collected in a dry run: one value for all, so that it knows its uses. */
static struct box *push_collected(lua_State *L)
{
	struct box *b;

	if (lua_getfield(L, LUA_REGISTRYINDEX, COLLECTED) == LUA_TUSERDATA)
		return lua_touserdata(L, -1);
	lua_pop(L, 1);
	b = new_box(L, COLLECTING);
	b->borrowed = true;
	b->p = ad_lua_run(L)->collected;
	lua_pushvalue(L, -1);
	lua_setfield(L, LUA_REGISTRYINDEX, COLLECTED);
	return b;
}

/* Pushes the plan that verbs collect into; false, and nothing pushed: they write at once. */
static bool push_collecting(lua_State *L)
{
	if (lua_getfield(L, LUA_REGISTRYINDEX, CURRENT) == LUA_TUSERDATA)
		return true;
	lua_pop(L, 1);
	if (ad_lua_run(L)->rules.dry_run)
		push_collected(L);
	return ad_lua_run(L)->rules.dry_run;
}

/* ---- plans in use ---- */

/* Code of the user's runs at any time: in a confirmation, in a hook, in a finalizer. While a C
 * function works on a plan, its use keeps that code from freeing it, and from changing it. A use
 * ends with the function, however that ends. */
struct use {
	struct box *b;
};

static int use_end(lua_State *L)
{
	struct use *u = lua_touserdata(L, 1);

	if (u->b)
		u->b->uses--;
	u->b = NULL;
	return 0;
}

static struct use *new_use(lua_State *L)
{
	struct use *u = lua_newuserdatauv(L, sizeof *u, 1);

	u->b = NULL;
	if (luaL_newmetatable(L, USE)) {
		lua_pushcfunction(L, use_end);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, use_end);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	return u;
}

/* u is below the box on top, which is popped. Nothing runs between the last look and the mark. */
static struct box *begin_use(lua_State *L, struct use *u, bool to_change)
{
	struct box *b = lua_touserdata(L, -1);

	lua_setiuservalue(L, -2, 1);
	lua_toclose(L, -1);
	if (!b->p)
		luaL_error(L, "the plan is closed");
	if (to_change && b->uses)
		luaL_error(L, IN_USE);
	u->b = b;
	b->uses++;
	return b;
}

static struct box *use(lua_State *L, int idx, bool to_change)
{
	struct use *u;

	check_box(L, idx);
	u = new_use(L);
	lua_pushvalue(L, idx);
	return begin_use(L, u, to_change);
}

struct ad_plan *ad_lua_plan_use(lua_State *L, int idx, bool to_change)
{
	return use(L, lua_absindex(L, idx), to_change)->p;
}

struct ad_plan *ad_lua_plan_open(lua_State *L)
{
	struct use *u = new_use(L);

	return push_collecting(L) ? begin_use(L, u, false)->p : NULL;
}

/* ---- applying ---- */

typedef bool gate_function(
	struct ad_run *run, struct ad_plan *p, struct ad_report *report, struct ad_err *err);

/* L is the thread that questions are asked on while f works on the plan. */
static bool through_gate(lua_State *L, gate_function *f, struct ad_plan *p,
	struct ad_report *report, struct ad_err *err)
{
	struct ad_run *run = ad_lua_run(L);
	void *outer = run->confirm_arg;
	bool ok;

	if (ad_lua_plan_asking())
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"a change cannot be written while a question about another one is open. Nothing was written");
	if (run->rules.dry_run && p != run->collected) {
		push_collected(L);
		ad_lua_plan_use(L, -1, true);
	}
	run->confirm_arg = L;
	ok = f(run, p, report, err);
	run->confirm_arg = outer;
	return ok;
}

static bool check(
	struct ad_run *run, struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	(void)report;
	return ad_plan_count(p) == 0 || ad_guard_check(run, p, err);
}

/* What it does, for those who look at it; what is refused is still shown. */
static bool look(
	struct ad_run *run, struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	(void)report;
	return ad_judge_plan(run, p, err);
}

struct ad_plan *ad_lua_plan_begin(lua_State *L)
{
	struct use *u = new_use(L);

	if (!push_collecting(L))
		new_box(L, FRESH)->p = ad_plan_new();
	return begin_use(L, u, true)->p;
}

/* The class is for show(), which tells a person about it in words. */
static void set_planned(lua_State *L, bool on)
{
	lua_pushboolean(L, on);
	lua_setfield(L, -2, "planned");
	luaL_newmetatable(L, "adsh.result");
	lua_setmetatable(L, -2);
}

/* What a dry run or a surrounding plan has pending now. It is judged as a whole, when it is looked
 * at, checked or written. */
static int end_planned(lua_State *L, struct ad_plan *p)
{
	ad_plan_trim(p);
	lua_createtable(L, 0, 2);
	lua_pushinteger(L, (lua_Integer)ad_plan_count(p));
	lua_setfield(L, -2, "changed");
	set_planned(L, true);
	return 1;
}

static int end_written(lua_State *L, struct box *b)
{
	struct ad_report report = { 0 };
	struct ad_err err;

	if (!through_gate(L, ad_gate_apply, b->p, &report, &err))
		return ad_lua_fail(L, &err);
	ad_lua_push_report(L, &report);
	set_planned(L, false);
	if (report.modifies)
		ad_lua_set_text(L, "run", ad_run_id(ad_lua_run(L)));
	ad_lua_push_changes(L, b->p);
	lua_setfield(L, -2, "changes");
	return 1;
}

int ad_lua_plan_end(lua_State *L, int idx)
{
	struct box *b = ((struct use *)luaL_checkudata(L, idx, USE))->b;

	return b->purpose == COLLECTING ? end_planned(L, b->p) : end_written(L, b);
}

/* ---- the plan object ---- */

static int plan_new(lua_State *L)
{
	new_box(L, COLLECTING)->p = ad_plan_new();
	return 1;
}

/* What came out as nothing to do goes, when nobody else works on the plan. */
static struct ad_plan *use_trimmed(lua_State *L)
{
	struct box *b = use(L, 1, false);

	if (b->uses == 1)
		ad_plan_trim(b->p);
	return b->p;
}

static int plan_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)ad_plan_count(use_trimmed(L)));
	return 1;
}

static bool is_pending(struct ad_plan *p)
{
	for (size_t i = 0; i < ad_plan_count(p); i++)
		if (ad_plan_at(p, i)->state == AD_CHANGE_PENDING)
			return true;
	return false;
}

/* Not yet written ones are judged for it, when nobody else works on the plan; what was tried is
 * shown as it turned out. */
static int plan_changes(lua_State *L)
{
	struct ad_plan *p = use_trimmed(L);
	struct box *b = lua_touserdata(L, 1);
	struct ad_err err;

	if (!b->tried && b->uses == 1 && is_pending(p) && !through_gate(L, look, p, NULL, &err))
		return ad_lua_fail(L, &err);
	ad_lua_push_changes(L, p);
	return 1;
}

/* As plan_changes, but with those that came out as nothing to do: as many as plan:drift() tells. */
static int plan_all(lua_State *L)
{
	ad_lua_push_changes(L, ad_lua_plan_use(L, 1, false));
	return 1;
}

static int plan_check(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, true);
	struct ad_err err;

	ad_plan_trim(p);
	if (!through_gate(L, check, p, NULL, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

/* Inside plan(f) and in a dry run nothing is written: the changes move to what is collected there,
 * which is on top. */
static int apply_into(lua_State *L, struct ad_plan *p)
{
	struct box *into = lua_touserdata(L, -1);
	struct ad_report none = { 0 };
	struct ad_err err;

	ad_plan_trim(p);
	if (into->p != p && ad_plan_count(p)) {
		ad_lua_plan_use(L, -1, true);
		if (!ad_guard_check_rules(ad_lua_run(L), p, &err) ||
			!ad_plan_take(into->p, p, &err))
			return ad_lua_fail(L, &err);
	}
	ad_lua_push_report(L, &none);
	ad_lua_set_bool(L, "planned", true);
	return 1;
}

/* The error of a run that did not get through carries the report. */
static int plan_apply(lua_State *L)
{
	const char *run = luaL_optstring(L, 2, NULL);
	struct ad_run *current = ad_lua_run(L);
	struct ad_report report = { 0 };
	struct ad_plan *p;
	struct ad_err err;
	bool ok;

	lua_settop(L, 2);
	p = ad_lua_plan_use(L, 1, true);
	if (push_collecting(L))
		return apply_into(L, p);
	((struct box *)lua_touserdata(L, 1))->tried = true;
	current->continues = run ? ad_strdup(run) : NULL;
	ok = through_gate(L, ad_gate_apply, p, &report, &err);
	free(current->continues);
	current->continues = NULL;
	if (ok) {
		ad_lua_push_report(L, &report);
		return 1;
	}
	ad_lua_fail(L, &err);
	ad_lua_push_report(L, &report);
	lua_setfield(L, -2, "report");
	return 2;
}

/* As a verb ends: what was collected in this plan on its own is written at once, or goes to what is
 * collected around it. */
static int plan_finish(lua_State *L)
{
	struct ad_plan *p = ad_lua_plan_use(L, 1, true);
	struct box *b = lua_touserdata(L, 1), *into;
	struct ad_err err;

	if (!push_collecting(L)) {
		ad_plan_trim(p);
		b->tried = true;
		return end_written(L, b);
	}
	into = lua_touserdata(L, -1);
	ad_lua_plan_use(L, -1, true);
	if (!ad_plan_take(into->p, p, &err))
		return ad_lua_fail(L, &err);
	return end_planned(L, into->p);
}

/* Also what a scope and a script can call: a plan in use stays, what the gate has collected too. */
static int plan_gc(lua_State *L)
{
	struct box *b = luaL_checkudata(L, 1, CLASS);

	if (b->borrowed)
		return 0;
	if (b->uses)
		return luaL_error(L, IN_USE);
	ad_plan_free(b->p);
	b->p = NULL;
	return 0;
}

static int plan_tostring(lua_State *L)
{
	struct box *b = luaL_checkudata(L, 1, CLASS);

	lua_pushfstring(L, "plan: %d changes", b->p ? (int)ad_plan_count(b->p) : 0);
	return 1;
}

/* ---- the current plan ---- */

/* Nothing is allocated here: the key is always there. */
static void set_current(lua_State *L, int idx)
{
	lua_pushvalue(L, idx);
	lua_setfield(L, LUA_REGISTRYINDEX, CURRENT);
}

static int plan_current(lua_State *L)
{
	lua_settop(L, 1);
	if (!lua_isnil(L, 1)) {
		if (!lua_isboolean(L, 1) || lua_toboolean(L, 1))
			check_box(L, 1);
		if (!lua_pushthread(L))
			return luaL_error(L,
				"a coroutine cannot set the current plan: what it does ends with it. Use plan(function() ... end)");
		set_current(L, 1);
	}
	if (lua_getfield(L, LUA_REGISTRYINDEX, CURRENT) != LUA_TUSERDATA)
		lua_pushnil(L);
	return 1;
}

/* within(p, f, ...) */
static int plan_within(lua_State *L)
{
	int status;

	check_box(L, 1);
	luaL_checkany(L, 2);
	lua_getfield(L, LUA_REGISTRYINDEX, CURRENT);
	lua_insert(L, 2);
	set_current(L, 1);
	status = lua_pcall(L, lua_gettop(L) - 3, LUA_MULTRET, 0);
	set_current(L, 2);
	return status == LUA_OK ? lua_gettop(L) - 2 : lua_error(L);
}

/* ---- the gate ---- */

static int plan_gate(lua_State *L)
{
	lua_settop(L, 1);
	push_collected(L); /* a dry run needs it */
	lua_settop(L, 1);
	return ad_lua_plan_rules(L);
}

static int plan_collected(lua_State *L)
{
	push_collected(L);
	return 1;
}

static const struct ad_lua_func methods[] = {
	{ "count", plan_count,
		"plan:count() - Number of objects that the plan would change."
		"\nReturns: an integer"
		"\nErrors: none"
		"\nExample: plan(function() spn.add(\"host01\", \"HTTP/host01\") end):count()" },
	{ "changes", plan_changes,
		"plan:changes() - List of the changes: dn, label, state, why, edits with values before, after, added and removed."
		"\nReturns: a list:"
		"\n  dn, label, kind (string): the object"
		"\n  state (string): pending, done, failed, unknown"
		"\n  why (string): why it failed"
		"\n  edits (list): for each attribute its name, before, after, add, remove"
		"\nErrors: none"
		"\nExample: plan(function() spn.add(\"host01\", \"HTTP/host01\") end):changes()" },
	{ "all", plan_all,
		"plan:all() - Internal: As plan:changes(), including changes that are already done." },
	{ "check", plan_check,
		"plan:check() - Runs the guards over the plan and sends nothing; true, or the refusal."
		"\nReturns: true; or nil and the refusal"
		"\nErrors: none"
		"\nExample: plan(function() spn.add(\"host01\", \"HTTP/host01\") end):check()" },
	{ "restore", ad_lua_plan_restore,
		"plan:restore(dir, change) - Adds a change, as plan:changes() lists it, to a plan; it is judged like any other."
		"\nArguments:"
		"\n  dir (directory): of the object"
		"\n  change (table): what plan:changes() lists; edits have attribute, before and after"
		"\nReturns: an integer: its place in the plan"
		"\nErrors:"
		"\n  usage: a field is missing or has a wrong type"
		"\nExample: plan(function() end):restore(dir, plan(function() spn.add(\"host01\", \"HTTP/host01\") end):changes()[1])" },
	{ "drift", ad_lua_plan_drift,
		"plan:drift() - Internal: Reads the objects of a plan made earlier; a list of none, done, other, clash or gone." },
	{ "wait", ad_lua_plan_wait, NULL },
	{ "strangers", ad_lua_plan_strangers, NULL },
	{ "finish", plan_finish, NULL },
	{ "keep", ad_lua_plan_keep,
		"plan:keep(list) - Internal: Drops the changes whose element of the list is false." },
	{ "apply", plan_apply,
		"plan:apply([run]) - Asks at a terminal, writes the plan, reads it back and returns the report; run: an earlier run to continue."
		"\nArguments:"
		"\n  run (string): the id of an earlier run to continue. Default: a new run"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <refused>"
		"\nExample: plan(function() spn.add(\"host01\", \"HTTP/host01\") end):apply()" },
	{ NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
	{ "__gc", plan_gc },
	{ "__close", plan_gc },
	{ "__tostring", plan_tostring },
	{ NULL, NULL },
};

static const struct ad_lua_func functions[] = {
	{ "new", plan_new, "plan.new() - Internal: An empty plan; see plan.current." },
	{ "current", plan_current,
		"plan.current([p]) - Internal: The plan that write verbs collect into; p sets it, false: none." },
	{ "within", plan_within,
		"plan.within(p, f, ...) - Internal: Calls f with p as the current plan; returns what f returns." },
	{ "gate", plan_gate,
		"plan.gate([options]) - Makes the rules for all writes stricter: dry_run, read_only, max_changes, allow_protected, allow_widening, value_budget; sets keep_going, window, journal_dir; returns the rules in effect."
		"\nArguments:"
		"\n  options (table): rules that apply from now on:"
		"\n    dry_run, read_only, allow_protected, allow_widening (option, boolean): rules. Default: unchanged"
		"\n    max_changes, value_budget (option, integer): limits. Default: unchanged"
		"\n    keep_going (option, boolean): true continues with the other changes when one fails. Default: unchanged"
		"\n    window (option, integer): requests at the same time. Default: 64"
		"\n    journal_dir (option, string): directory of the journal. Default: unchanged"
		"\nReturns: a table: all rules that apply, by these names"
		"\nErrors:"
		"\n  usage: an unknown rule"
		"\nExample: plan.gate().read_only" },
	{ "asks", ad_lua_plan_asks, NULL },
	{ "made_by", ad_lua_plan_made_by, NULL },
	{ "statement", ad_lua_plan_statement, NULL },
	{ "run", ad_lua_run_id,
		"plan.run() - Internal: The id of the current or last run in the journal, or nil." },
	{ "end_run", ad_lua_run_end,
		"plan.end_run([status]) - Internal: Ends the current run; the next write begins a new run." },
	{ "continue_run", ad_lua_run_continue,
		"plan.continue_run(run) - Internal: Writes from now on continue the journal of that run." },
	{ "is_running", ad_lua_plan_is_running,
		"plan.is_running(path) - Internal: Whether the run with this journal is still in progress." },
	{ "journal_dir", ad_lua_run_journal_dir,
		"plan.journal_dir() - Internal: The directory of the journal." },
	{ "fields", ad_lua_change_fields, NULL },
	{ "know", ad_lua_run_know, NULL },
	{ "total", ad_lua_run_total,
		"plan.total() - Internal: What this process has written so far." },
	{ "collected", plan_collected, "plan.collected() - Internal: The plan of a dry run." },
	{ NULL, NULL, NULL },
};

int ad_lua_open_plan(lua_State *L)
{
	ad_lua_class(L, CLASS, methods, metamethods);
	lua_pushboolean(L, 0);
	lua_setfield(L, LUA_REGISTRYINDEX, CURRENT);
	ad_lua_module(L, functions);
	return 1;
}
