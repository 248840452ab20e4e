/* adsh: the program. Reads the command line, makes the Lua state, runs what was asked for. */
#include "args.h"
#include "deadline.h"
#include "interrupt.h"
#include "lock.h"
#include "lua/box.h"
#include "repl.h"
#include "state.h"
#include "status_line.h"

#include <langinfo.h>
#include <lauxlib.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tickets and passwords are in this memory: no core files, no other process looks in, and files
 * that we make are the owner's. */
static void harden(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check attaches to the process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
	umask(077);
}

/* Text is UTF-8 in the directory; cron's locale does not know that. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* ---- what is run: each leaves one function and its arguments for ad_state_call ---- */

/* The chunk on top sees the user's globals. */
static void set_environment(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, AD_STATE_USER);
	lua_setupvalue(L, -2, 1);
}

static bool load_chunk(lua_State *L, const char *chunk)
{
	const char *expression = lua_pushfstring(L, "return %s", chunk);

	if (luaL_loadbufferx(L, expression, strlen(expression), "=(command line)", "t") == LUA_OK)
		return true;
	lua_pop(L, 1);
	return luaL_loadbufferx(L, chunk, strlen(chunk), "=(command line)", "t") == LUA_OK;
}

static void set_arg(lua_State *L, const struct ad_args *a)
{
	int i;

	lua_createtable(L, a->n, 1);
	lua_pushstring(L, a->start == AD_START_FILE ? a->what : "adsh");
	lua_rawseti(L, -2, 0);
	for (i = 0; i < a->n; i++) {
		lua_pushstring(L, a->rest[i]);
		lua_rawseti(L, -2, i + 1);
	}
	lua_setglobal(L, "arg");
}

static int push_rest(lua_State *L, const struct ad_args *a)
{
	int i;

	luaL_checkstack(L, a->n, "too many arguments");
	for (i = 0; i < a->n; i++)
		lua_pushstring(L, a->rest[i]);
	return a->n;
}

/* Calls the function below nargs arguments and shows what it returned; nil only when it is the
 * value of an expression. */
static int call_and_show(lua_State *L, int nargs, bool is_expression)
{
	int base = lua_gettop(L) - nargs;

	if (!ad_state_call(L, nargs))
		return ad_state_report(L);
	if (lua_gettop(L) == base && lua_isnil(L, base) && !is_expression)
		return 0;
	ad_state_push(L, "adsh.session", "output");
	lua_insert(L, base);
	if (!ad_state_call(L, lua_gettop(L) - base))
		return ad_state_report(L);
	return 0;
}

static int run_code(lua_State *L, const struct ad_args *a)
{
	bool is_stdin = a->start == AD_START_REPL || (a->what && strcmp(a->what, "-") == 0);

	if (a->start == AD_START_CHUNK) {
		if (!load_chunk(L, a->what))
			return ad_state_report(L);
	} else if (!is_stdin && access(a->what, R_OK) != 0) {
		lua_pushfstring(L, "cannot read the script '%s'; try adsh --help", a->what);
		ad_state_report(L);
		return ad_err_exit(AD_ERR_USAGE);
	} else if (luaL_loadfilex(L, is_stdin ? NULL : a->what, "t") != LUA_OK) {
		return ad_state_report(L);
	}
	set_environment(L);
	return call_and_show(L, push_rest(L, a), a->start == AD_START_CHUNK);
}

static int run_named(lua_State *L, const struct ad_args *a, const char *name)
{
	ad_state_push(L, "adsh.session", name);
	if (a->what)
		lua_pushstring(L, a->what);
	return call_and_show(L, (a->what ? 1 : 0) + push_rest(L, a), false);
}

static int run(lua_State *L, const struct ad_args *a)
{
	set_arg(L, a);
	if (ad_args_get(a, "help"))
		return run_named(L, a, "usage");
	if (ad_args_get(a, "version"))
		return run_named(L, a, "version");
	if (a->start == AD_START_VERB)
		return run_named(L, a, a->verb);
	if (a->start == AD_START_REPL && isatty(STDIN_FILENO))
		return ad_repl_run(L);
	return run_code(L, a);
}

/* The exit status also depends on what was written, or would have been. */
static int finish(lua_State *L, int status)
{
	ad_deadline_clear(); /* the account of what was written is not stopped any more */
	ad_state_push(L, "adsh.session", "finish");
	lua_pushinteger(L, status);
	if (!ad_state_call(L, 1))
		return ad_state_report(L);
	status = (int)lua_tointeger(L, -1);
	lua_pop(L, 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ad_state_complain("standard output could not be written");
		return status ? status : ad_err_exit(AD_ERR_FAILED);
	}
	return status;
}

static int protected_main(lua_State *L)
{
	const struct ad_args *args = lua_touserdata(L, 1);

	lua_settop(L, 0);
	lua_pushinteger(L, finish(L, run(L, args)));
	return 1;
}

static int fail(const struct ad_err *err)
{
	char text[4096];

	ad_err_format(err, text, sizeof text);
	ad_state_complain(text);
	return ad_err_exit(err->kind);
}

int main(int argc, char **argv)
{
	const char *lock;
	struct ad_args args;
	struct ad_err err;
	lua_State *L;
	int status;

	harden();
	set_locale();
	if (!ad_args_parse(&args, argc, argv, &err))
		return fail(&err);
	lock = ad_args_get(&args, "lock");
	if (lock && !ad_lock_take(lock, &err))
		return fail(&err);
	if (!(L = ad_state_new(&args, &err)))
		return fail(&err);
	ad_interrupt_catch();
	if (!ad_args_get(&args, "quiet") && !ad_args_get(&args, "plain"))
		ad_status_line_open();
	if (ad_args_get(&args, "timeout"))
		ad_deadline_set(strtol(ad_args_get(&args, "timeout"), NULL, 10));
	lua_pushcfunction(L, protected_main);
	lua_pushlightuserdata(L, &args);
	if (lua_pcall(L, 1, 1, 0) == LUA_OK)
		status = (int)lua_tointeger(L, -1);
	else
		status = ad_state_report(L);
	ad_lua_close(L);
	return status;
}
