/*
 * adsh.core.policy: policy files as plain values. A file is evaluated in a Lua state of its own
 * without any function, and with little memory and time: it can hold a table, and do nothing.
 */
#include "lua/policy.h"
#include "lua/run.h"

#include "gate/policy.h"
#include "base/mem.h"
#include "lua/box.h"
#include "lua/util.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY (4 << 20)
#define STEPS 100000

/* ---- a state that can do nothing ---- */

static void *alloc(void *ud, void *p, size_t had, size_t wanted)
{
	size_t *left = ud;

	had = p ? had : 0;
	if (wanted == 0) {
		*left += had;
		free(p);
		return NULL;
	}
	if (wanted > had && wanted - had > *left)
		return NULL;
	p = realloc(p, wanted);
	if (p)
		*left = *left + had - wanted;
	return p;
}

static void on_count(lua_State *S, lua_Debug *ar)
{
	(void)ar;
	luaL_error(S, "it takes too long");
}

struct place { /* one block, which the state's allocator counts in */
	lua_State *S;
	size_t left;
	char *text;
};

static void release(void *p)
{
	struct place *place = p;

	if (!place)
		return;
	if (place->S)
		lua_close(place->S);
	free(place->text);
	free(place);
}

static bool evaluate(lua_State *S, const char *text, size_t n)
{
	if (!lua_checkstack(S, 8))
		return false;
	lua_sethook(S, on_count, LUA_MASKCOUNT, STEPS);
	return luaL_loadbufferx(S, text, n, "=policy", "t") == LUA_OK &&
	       lua_pcall(S, 0, 1, 0) == LUA_OK;
}

/* ---- its table, copied ---- */

/* The value on top of S onto L: false for what a policy cannot hold. */
static bool copy_plain(lua_State *L, lua_State *S)
{
	size_t n;
	const char *s;

	switch (lua_type(S, -1)) {
	case LUA_TBOOLEAN: lua_pushboolean(L, lua_toboolean(S, -1)); return true;
	case LUA_TNUMBER:
		if (lua_isinteger(S, -1))
			lua_pushinteger(L, lua_tointeger(S, -1));
		else
			lua_pushnumber(L, lua_tonumber(S, -1));
		return true;
	case LUA_TSTRING:
		s = lua_tolstring(S, -1, &n);
		lua_pushlstring(L, s, n);
		return true;
	default: return false;
	}
}

/* A list of plain values; anything else in it becomes false, which no rule accepts. */
static void copy_list(lua_State *L, lua_State *S)
{
	lua_createtable(L, 0, 0);
	for (lua_pushnil(S); lua_next(S, -2); lua_pop(S, 1)) {
		if (!lua_isinteger(S, -2) || !copy_plain(L, S))
			lua_pushboolean(L, 0);
		lua_rawseti(L, -2, luaL_len(L, -2) + 1);
	}
}

static void copy_table(lua_State *L, lua_State *S)
{
	size_t n;
	const char *key;

	lua_newtable(L);
	for (lua_pushnil(S); lua_next(S, -2); lua_pop(S, 1)) {
		key = lua_type(S, -2) == LUA_TSTRING ? lua_tolstring(S, -2, &n) : NULL;
		if (key)
			lua_pushlstring(L, key, n);
		else
			lua_pushliteral(L, "(a key that is not a name)");
		if (lua_istable(S, -1))
			copy_list(L, S);
		else if (!copy_plain(L, S))
			lua_pushliteral(L, "");
		lua_rawset(L, -3);
	}
}

static int fail(lua_State *L, const char *path, const char *why)
{
	struct ad_err err;

	ad_err_set(&err, AD_ERR_USAGE, "usage", 0, "the policy file %s: %s", path, why);
	return ad_lua_fail(L, &err);
}

/* Pushes the table, or nil and the error. */
static int push_rules(
	lua_State *L, struct place *place, const char *path, const char *text, size_t n)
{
	lua_State *S;

	place->left = MEMORY;
	place->S = S = lua_newstate(alloc, &place->left);
	if (!S)
		return fail(L, path, "not enough memory");
	if (!evaluate(S, text, n))
		return fail(L, path, lua_isstring(S, -1) ? lua_tostring(S, -1) : "not readable");
	if (!lua_istable(S, -1))
		return fail(L, path, "it must return a table: return { max_changes = 100 }");
	copy_table(L, S);
	return 1;
}

static struct place *new_place(lua_State *L)
{
	void **box = ad_lua_box(L, release);

	return *box = ad_alloc(sizeof(struct place));
}

/* policy.parse(text, path) -> table, or nil and the error */
static int policy_parse(lua_State *L)
{
	size_t n;
	const char *text = luaL_checklstring(L, 1, &n), *path = ad_lua_check_text(L, 2);

	return push_rules(L, new_place(L), path, text, n);
}

/* policy.read(path, is_system) -> table, false when there is no file, or nil and the error */
static int policy_read(lua_State *L)
{
	const char *path = ad_lua_check_text(L, 1);
	bool is_system = lua_toboolean(L, 2);
	struct place *place = new_place(L);
	struct ad_err err;
	size_t n = 0;

	if (!ad_policy_read(&place->text, &n, path, is_system, &err))
		return ad_lua_fail(L, &err);
	if (!place->text) {
		lua_pushboolean(L, 0);
		return 1;
	}
	return push_rules(L, place, path, place->text, n);
}

/* The list stays on the stack. */
static const char *const *opt_strings(lua_State *L, const char *key)
{
	size_t n;

	return ad_lua_push_option(L, 1, key) == LUA_TNIL
		       ? NULL
		       : ad_lua_check_strings(L, lua_gettop(L), &n);
}

/* policy.tighten{ read_only=, no_protected=, no_widening=, no_verbs=, max_changes=, forbidden=,
 * bases={}, recipes={} } */
static int policy_tighten(lua_State *L)
{
	static const char *const known[] = { "read_only", "no_protected", "no_widening", "no_verbs",
		"max_changes", "forbidden", "bases", "recipes", NULL };
	struct ad_policy_rules p = { 0 };
	struct ad_err err;

	lua_settop(L, 1);
	ad_lua_check_options(L, 1, known);
	p.read_only = ad_lua_opt_bool(L, 1, "read_only", false);
	p.no_protected = ad_lua_opt_bool(L, 1, "no_protected", false);
	p.no_widening = ad_lua_opt_bool(L, 1, "no_widening", false);
	p.no_verbs = ad_lua_opt_bool(L, 1, "no_verbs", false);
	p.max_changes = (long)ad_lua_opt_range(L, 1, "max_changes", 0, LONG_MAX, 0);
	p.forbidden = (uint32_t)ad_lua_opt_range(L, 1, "forbidden", 0, UINT32_MAX, 0);
	p.bases = opt_strings(L, "bases");
	p.recipes = opt_strings(L, "recipes");
	if (!ad_policy_tighten(&ad_lua_run(L)->policy, &p, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

/* policy.check_recipe(name) -> true | nil, err */
static int policy_check_recipe(lua_State *L)
{
	struct ad_err err;

	if (!ad_policy_allows_recipe(&ad_lua_run(L)->policy, ad_lua_check_text(L, 1), &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "check_recipe", policy_check_recipe,
		"policy.check_recipe(name) - Refuses a recipe that may not write." },
	{ "parse", policy_parse,
		"policy.parse(text, path) - The text of a policy file as a table." },
	{ "read", policy_read, "policy.read(path, is_system) - A policy file as a table." },
	{ "tighten", policy_tighten, "policy.tighten(rules) - Makes the rules stricter." },
	{ NULL, NULL, NULL },
};

int ad_lua_open_policy(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
