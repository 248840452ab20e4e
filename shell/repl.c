/*
 * The prompt, as lua's own: an expression first, then a statement, more lines while the statement
 * is not complete. What it looks like (prompt, results, what history may keep) is Lua: adsh.repl.
 */
#include "repl.h"

#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "input.h"
#include "lua/util.h"
#include "state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "adsh.repl"

/* ---- while a line is typed: called by readline, so nothing may be raised through it ---- */

/* (name, arguments ...): calls that function of adsh.complete. */
static int call_completion(lua_State *L)
{
	ad_state_push(L, "adsh.complete", lua_tostring(L, 1));
	lua_replace(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

/* Calls it with the n arguments on top; leaves two results, nil when it failed. */
static void ask_completion(lua_State *L, const char *name, int n)
{
	int base = lua_gettop(L) - n;

	lua_pushcfunction(L, call_completion);
	lua_pushstring(L, name);
	lua_rotate(L, base + 1, 2);
	if (lua_pcall(L, n + 1, 2, 0) != LUA_OK) {
		lua_settop(L, base);
		lua_pushnil(L);
		lua_pushnil(L);
	}
}

/* The list of strings on top, as readline takes it. */
static char **take_strings(lua_State *L)
{
	size_t i, n = lua_type(L, -1) == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
	char **list = n > 0 ? ad_realloc(NULL, n + 1, sizeof *list) : NULL;

	for (i = 0; i < n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		list[i] = ad_strdup(lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "");
		lua_pop(L, 1);
	}
	if (list)
		list[n] = NULL;
	return list;
}

static char **complete(void *arg, const char *line, size_t start, size_t end, bool *stays_open)
{
	lua_State *L = arg;
	char **list;

	lua_pushstring(L, line);
	lua_pushinteger(L, (lua_Integer)start);
	lua_pushinteger(L, (lua_Integer)end);
	ad_stop_on_input(STDIN_FILENO);
	ad_notice_mute(true); /* a line is being typed */
	ask_completion(L, "words", 3);
	ad_notice_mute(false);
	ad_stop_on_input(-1);
	*stays_open = lua_toboolean(L, -1);
	lua_pop(L, 1);
	list = take_strings(L);
	lua_pop(L, 1);
	return list;
}

/* The text of the first of two results, which are popped. */
static char *take_text(lua_State *L)
{
	char *text = lua_type(L, -2) == LUA_TSTRING ? ad_strdup(lua_tostring(L, -2)) : NULL;

	lua_pop(L, 2);
	return text;
}

static char *list_candidates(void *arg, char **candidates, size_t n, int columns, int rows)
{
	lua_State *L = arg;
	size_t i;

	lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		lua_pushstring(L, candidates[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_pushinteger(L, columns);
	lua_pushinteger(L, rows);
	ask_completion(L, "list", 3);
	return take_text(L);
}

static char *help_at(void *arg, const char *line, size_t at)
{
	lua_State *L = arg;

	lua_pushstring(L, line);
	lua_pushinteger(L, (lua_Integer)at);
	ask_completion(L, "help_at", 2);
	return take_text(L);
}

static int idle(void *arg)
{
	lua_State *L = arg;
	lua_Number seconds;

	ad_stop_on_input(STDIN_FILENO);
	ad_notice_mute(true);
	ask_completion(L, "idle", 0);
	ad_notice_mute(false);
	ad_stop_on_input(-1);
	seconds = lua_isnumber(L, -2) ? lua_tonumber(L, -2) : -1;
	lua_pop(L, 2);
	return seconds >= 0 && seconds < 60 ? (int)(seconds * 1000) : -1;
}

static const struct ad_input_hooks hooks = { complete, list_candidates, help_at, idle };

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

/* Replaces the text on top by the Lua code that it means: "?name" and its like are no Lua. */
static const char *translate(lua_State *L, size_t *n)
{
	ad_state_push(L, MODULE, "translate");
	lua_pushvalue(L, -2);
	if (!ad_state_call(L, 1) || lua_type(L, -1) != LUA_TSTRING)
		lua_settop(L, lua_gettop(L) - 1);
	else
		lua_replace(L, -2);
	return lua_tolstring(L, -1, n);
}

/* Replaces the text on top by the function, or by the error message. */
static bool compile(lua_State *L, bool *incomplete)
{
	size_t n;
	const char *code = translate(L, &n);
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
	lua_replace(L, 1); /* the prompt has done its work */
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

/* ---- what a statement's "local" declares stays ---- */

static const void *chunk; /* the function of the statement that runs, NULL: it has no "local" */

static void keep_locals(lua_State *L, lua_Debug *ar)
{
	const char *name;
	int i;

	lua_getfield(L, LUA_REGISTRYINDEX, AD_STATE_USER);
	for (i = 1; (name = lua_getlocal(L, ar, i)) != NULL; i++) {
		if (*name == '(') { /* of the compiler */
			lua_pop(L, 1);
			continue;
		}
		lua_pushstring(L, name);
		lua_insert(L, -2);
		lua_rawset(L, -3);
	}
	lua_pop(L, 1);
}

static void on_return(lua_State *L, lua_Debug *ar)
{
	bool is_chunk;

	lua_getinfo(L, "f", ar);
	is_chunk = lua_topointer(L, -1) == chunk;
	lua_pop(L, 1);
	if (is_chunk)
		keep_locals(L, ar);
}

/* ---- running it ---- */

/* Tells the error on top: the text that was typed is at 1. */
static void report(lua_State *L)
{
	lua_pushvalue(L, -1);
	ad_state_push(L, MODULE, "report");
	lua_insert(L, -2);
	ad_state_push_traceback(L);
	lua_pushvalue(L, 1);
	if (ad_state_call(L, 3))
		lua_settop(L, 0);
	else {
		lua_pop(L, 1);
		ad_state_report(L);
	}
}

static void call_void(lua_State *L, const char *name)
{
	ad_state_push(L, MODULE, name);
	if (!ad_state_call(L, 0))
		ad_state_report(L);
}

/* The text of the statement is at 1. */
static void begin(lua_State *L)
{
	ad_state_push(L, MODULE, "begin");
	lua_pushvalue(L, 1);
	if (!ad_state_call(L, 1))
		ad_state_report(L);
	lua_settop(L, 2);
}

/* Calls the function at 2 and shows its results. */
static void run(lua_State *L)
{
	bool ok;

	begin(L);
	lua_pushvalue(L, 2);
	lua_getfield(L, LUA_REGISTRYINDEX, AD_STATE_USER);
	lua_setupvalue(L, -2, 1);
	chunk = strstr(lua_tostring(L, 1), "local") ? lua_topointer(L, 2) : NULL;
	if (chunk)
		lua_sethook(L, on_return, LUA_MASKRET, 0);
	ok = ad_state_call(L, 0);
	if (ok) {
		ad_state_push(L, MODULE, "print");
		lua_insert(L, 3);
		ok = ad_state_call(L, lua_gettop(L) - 3);
	}
	if (!ok)
		report(L);
	call_void(L, "finish");
}

/* The text of the statement is at 1, behind it the function or the error. */
static bool is_the_end(lua_State *L)
{
	const char *text = lua_tostring(L, 1);

	return strcmp(text, "exit") == 0 || strcmp(text, "quit") == 0;
}

int ad_repl_run(lua_State *L)
{
	struct ad_err err;
	bool ok = false;

	if (!ad_input_open(&hooks, L, &err)) {
		ad_lua_push_err(L, &err);
		return ad_state_report(L);
	}
	call_void(L, "greet");
	for (;;) {
		enum ad_input result;

		lua_settop(L, 0);
		ad_stop_request(0);
		result = read_statement(L, &ok);
		if (result == AD_INPUT_END)
			return 0;
		if (result == AD_INPUT_INTERRUPTED)
			continue;
		remember(L, lua_tostring(L, 1));
		if (is_the_end(L))
			return 0;
		if (ok)
			run(L);
		else
			report(L);
		fflush(stdout);
		clearerr(stdout); /* what a signal interrupted is no fault of the terminal */
	}
}
