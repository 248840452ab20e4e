/*
 * The prompt, as lua's own: an expression first, then a statement, more lines while the statement
 * is not complete. What it looks like (prompt, results, what history may keep) is Lua: adsh.repl.
 */
#include "repl.h"

#include "base/mem.h"
#include "base/stop.h"
#include "input.h"
#include "lua/util.h"
#include "state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "adsh.repl"

/* ---- completion: called by readline, so nothing may be raised through it ---- */

static int push_candidates(lua_State *L)
{
	ad_state_push(L, "adsh.complete", "words");
	lua_insert(L, 1);
	lua_call(L, 3, 1);
	luaL_checktype(L, -1, LUA_TTABLE);
	return 1;
}

static char **complete(void *arg, const char *line, size_t start, size_t end)
{
	lua_State *L = arg;
	char **list = NULL;
	size_t i, n;

	lua_pushcfunction(L, push_candidates);
	lua_pushstring(L, line);
	lua_pushinteger(L, (lua_Integer)start);
	lua_pushinteger(L, (lua_Integer)end);
	if (lua_pcall(L, 3, 1, 0) == LUA_OK && (n = lua_rawlen(L, -1)) > 0) {
		list = ad_realloc(NULL, n + 1, sizeof *list);
		for (i = 0; i < n; i++) {
			lua_rawgeti(L, -1, (lua_Integer)i + 1);
			list[i] = ad_strdup(
				lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "");
			lua_pop(L, 1);
		}
		list[n] = NULL;
	}
	lua_pop(L, 1);
	return list;
}

/* ---- reading a statement ---- */

/* Pushes the line that was typed; the bytes are then Lua's. */
static enum ad_input read_line(lua_State *L, const char *prompt)
{
	char *line = NULL;
	enum ad_input result = ad_input_read(&line, prompt);

	if (result == AD_INPUT_LINE) {
		lua_pushstring(L, line);
		free(line);
	}
	return result;
}

/* Pushes the prompt: it names the current directory. */
static const char *push_prompt(lua_State *L)
{
	ad_state_push(L, MODULE, "prompt");
	if (!ad_state_call(L, 0) || lua_type(L, -1) != LUA_TSTRING) {
		lua_pop(L, 1);
		lua_pushliteral(L, "adsh> ");
	}
	return lua_tostring(L, -1);
}

static int load(lua_State *L, const char *code, size_t n)
{
	return luaL_loadbufferx(L, code, n, "=stdin", "t");
}

/* Does the error message on top say that there has to be more? */
static bool wants_more(lua_State *L)
{
	size_t n;
	const char *message = lua_tolstring(L, -1, &n);

	return n >= 5 && strcmp(message + n - 5, "<eof>") == 0;
}

/* Replaces the text on top by the function, or by the error message. */
static bool compile(lua_State *L, bool *incomplete)
{
	size_t n;
	const char *code = lua_tolstring(L, -1, &n);
	const char *expression = lua_pushfstring(L, "return %s", code);
	bool ok = load(L, expression, strlen(expression)) == LUA_OK;

	*incomplete = false;
	if (!ok) {
		*incomplete = wants_more(L);
		lua_pop(L, 1);
		ok = load(L, code, n) == LUA_OK;
		*incomplete = !ok && (*incomplete || wants_more(L));
	}
	lua_replace(L, -3);
	lua_pop(L, 1);
	return ok;
}

/* The statement as it was typed goes to the history, unless it looks like it holds a secret. */
static void remember(lua_State *L, const char *text)
{
	ad_state_push(L, MODULE, "is_kept");
	lua_pushstring(L, text);
	if (ad_state_call(L, 1) && lua_toboolean(L, -1))
		ad_input_remember(text);
	lua_pop(L, 1);
}

/* Reads lines until they make a statement. Leaves the text, and above it the compiled function or
 * (ok is then false) an error message. */
static enum ad_input read_statement(lua_State *L, bool *ok)
{
	bool incomplete;
	enum ad_input result = read_line(L, push_prompt(L));

	if (result != AD_INPUT_LINE)
		return result;
	for (;;) {
		lua_pushvalue(L, -1);
		*ok = compile(L, &incomplete);
		if (!incomplete)
			return AD_INPUT_LINE;
		lua_pop(L, 1);
		result = read_line(L, "   >> ");
		if (result != AD_INPUT_LINE)
			return AD_INPUT_INTERRUPTED; /* also Ctrl-D: back to the first prompt */
		lua_pushliteral(L, "\n");
		lua_insert(L, -2);
		lua_concat(L, 3);
	}
}

/* ---- running it ---- */

/* Calls the function on top and shows its results. */
static void run(lua_State *L)
{
	int base = lua_gettop(L);

	lua_getfield(L, LUA_REGISTRYINDEX, AD_STATE_USER);
	lua_setupvalue(L, -2, 1);
	if (ad_state_call(L, 0)) {
		ad_state_push(L, MODULE, "print");
		lua_insert(L, base);
		if (ad_state_call(L, lua_gettop(L) - base))
			return;
	}
	ad_state_report(L);
}

int ad_repl_run(lua_State *L)
{
	struct ad_err err;
	bool ok = false;

	if (!ad_input_open(complete, L, &err)) {
		ad_lua_push_err(L, &err);
		return ad_state_report(L);
	}
	ad_state_push(L, MODULE, "greet");
	if (!ad_state_call(L, 0))
		ad_state_report(L);
	for (;;) {
		enum ad_input result;

		lua_settop(L, 0);
		ad_stop_request(0);
		result = read_statement(L, &ok);
		if (result == AD_INPUT_END)
			return 0;
		if (result == AD_INPUT_INTERRUPTED)
			continue;
		remember(L, lua_tostring(L, -2));
		if (strcmp(lua_tostring(L, -2), "exit") == 0 ||
			strcmp(lua_tostring(L, -2), "quit") == 0)
			return 0;
		if (ok)
			run(L);
		else
			ad_state_report(L);
		fflush(stdout);
	}
}
