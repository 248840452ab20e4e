/*
 * What Lua learns about the program. adsh.core.options is a table of the command line's options;
 * adsh.core.program says which options exist, which terminal there is, and what was bundled.
 */
#include "program.h"

#include "base/stop.h"
#include "bundle.h"
#include "deadline.h"
#include "input.h"
#include "lock.h"
#include "log.h"
#include "lua/util.h"
#include "page.h"
#include "status_line.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- adsh.core.options ---- */

/* "dry-run" becomes the field dry_run of the table on top, whose new value is above it. */
static void set_option(lua_State *L, const char *name)
{
	luaL_gsub(L, name, "-", "_");
	lua_insert(L, -2);
	lua_rawset(L, -3);
}

/* The value of an option that was given as text ("1" for a flag). */
static void push_value(lua_State *L, const struct ad_option *o, const char *text)
{
	if (o->kind == AD_OPTION_FLAG)
		lua_pushboolean(L, true);
	else if (o->kind == AD_OPTION_NUMBER)
		lua_pushinteger(L, strtoll(text, NULL, 10));
	else
		lua_pushstring(L, text);
}

static int open_options(lua_State *L)
{
	const struct ad_args *args = lua_touserdata(L, lua_upvalueindex(1));
	size_t i;

	lua_newtable(L);
	for (i = 0; ad_options[i].name; i++) {
		const char *text = args->given[i];

		if (!text)
			continue;
		push_value(L, &ad_options[i], text);
		set_option(L, ad_options[i].name);
	}
	lua_pushboolean(L, isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
	set_option(L, "interactive");
	return 1;
}

/* ---- adsh.core.program ---- */

/* program.options() -> list of { name, letter, kind, value, group, help } */
static int program_options(lua_State *L)
{
	static const char *const kinds[] = { "flag", "text", "number", "choice" };
	const struct ad_option *o;

	lua_newtable(L);
	for (o = ad_options; o->name; o++) {
		lua_createtable(L, 0, 6);
		ad_lua_set_text(L, "name", o->name);
		ad_lua_set_text(L, "kind", kinds[o->kind]);
		ad_lua_set_text(L, "value", o->value);
		ad_lua_set_text(L, "group", o->group);
		ad_lua_set_text(L, "help", o->help);
		if (o->letter) {
			lua_pushlstring(L, &o->letter, 1);
			lua_setfield(L, -2, "letter");
		}
		lua_rawseti(L, -2, luaL_len(L, -2) + 1);
	}
	return 1;
}

/* program.option(name[, text]) -> its value as adsh.core.options has it | nil, err */
static int program_option(lua_State *L)
{
	const char *name = ad_lua_check_text(L, 1), *text = lua_tostring(L, 2);
	const struct ad_option *o = ad_options;
	struct ad_err err;

	while (o->name && strcmp(o->name, name) != 0)
		o++;
	luaL_argcheck(L, o->name, 1, "no such option");
	luaL_argcheck(L, text || o->kind == AD_OPTION_FLAG, 2, "this option has a value");
	if (o->kind != AD_OPTION_FLAG && !ad_args_check(o, text, &err))
		return ad_lua_fail(L, &err);
	push_value(L, o, text);
	return 1;
}

/* program.lock(name): as --lock does; raises when somebody else has it */
static int program_lock(lua_State *L)
{
	struct ad_err err;

	return ad_lock_take(ad_lua_check_text(L, 1), &err) ? 0 : ad_lua_raise(L, &err);
}

/* program.timeout(seconds): from now, as --timeout does */
static int program_timeout(lua_State *L)
{
	ad_deadline_set((long)luaL_checkinteger(L, 1));
	return 0;
}

/* program.modules() -> list of the bundled modules' names */
static int program_modules(lua_State *L)
{
	const struct ad_bundle *b;

	lua_newtable(L);
	for (b = ad_bundle; b->module; b++) {
		lua_pushstring(L, b->module);
		lua_rawseti(L, -2, b - ad_bundle + 1);
	}
	return 1;
}

/* program.readline() -> its version */
static int program_readline(lua_State *L)
{
	lua_pushstring(L, ad_input_version());
	return 1;
}

/* program.terminal() -> { stdin=, stdout=, stderr=: is it a terminal; columns=, rows= or nil } */
static int program_terminal(lua_State *L)
{
	struct winsize size = { 0 };

	lua_createtable(L, 0, 4);
	lua_pushboolean(L, isatty(STDIN_FILENO));
	lua_setfield(L, -2, "stdin");
	lua_pushboolean(L, isatty(STDOUT_FILENO));
	lua_setfield(L, -2, "stdout");
	lua_pushboolean(L, isatty(STDERR_FILENO));
	lua_setfield(L, -2, "stderr");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		lua_pushinteger(L, size.ws_col);
		lua_setfield(L, -2, "columns");
		lua_pushinteger(L, size.ws_row);
		lua_setfield(L, -2, "rows");
	}
	return 1;
}

/* program.page(command, text) -> whether a pager took it */
static int program_page(lua_State *L)
{
	const char *command = ad_lua_check_text(L, 1);
	size_t n;
	const char *text = luaL_checklstring(L, 2, &n);

	lua_pushboolean(L, ad_page(command, text, n));
	return 1;
}

/* program.clock() -> seconds, counted from any point in time */
static int program_clock(lua_State *L)
{
	lua_pushnumber(L, (lua_Number)ad_clock_ms() / 1000);
	return 1;
}

/* program.status_line(on): whether a line on the terminal says what is waited for */
static int program_status_line(lua_State *L)
{
	if (lua_toboolean(L, 1))
		ad_status_line_open();
	else
		ad_status_line_close();
	return 0;
}

/* program.sleep(seconds): raises when it is interrupted */
static int program_sleep(lua_State *L)
{
	long long end = ad_clock_ms() + (long long)(luaL_checknumber(L, 1) * 1000);
	struct ad_err err;

	while (ad_clock_ms() < end) {
		if (!ad_stop_check(&err))
			return ad_lua_raise(L, &err);
		usleep(AD_STOP_SLICE * 500);
	}
	return 0;
}

/* program.preset(text): what the next line at the prompt begins with */
static int program_preset(lua_State *L)
{
	ad_input_preset(ad_lua_check_text(L, 1));
	return 0;
}

/* program.at_prompt() -> whether there is a prompt */
static int program_at_prompt(lua_State *L)
{
	const struct ad_args *args = lua_touserdata(L, lua_upvalueindex(1));

	lua_pushboolean(L, args->start == AD_START_REPL && isatty(STDIN_FILENO));
	return 1;
}

/* program.last_statement() -> the last one in the history, or nil */
static int program_last_statement(lua_State *L)
{
	lua_pushstring(L, ad_input_last());
	return 1;
}

/* program.help() -> the help lines that C functions brought with them, by name */
static int program_help(lua_State *L)
{
	ad_lua_help(L);
	return 1;
}

/* program.command() -> the command line as it could be typed; passwords are never in it */
static int program_command(lua_State *L)
{
	const struct ad_args *args = lua_touserdata(L, lua_upvalueindex(1));
	luaL_Buffer b;
	int i;

	luaL_buffinit(L, &b);
	luaL_addstring(&b, "adsh");
	for (i = 1; i < args->argc; i++) {
		const char *word = args->argv[i];
		bool plain = *word && !strpbrk(word, " \t\n'\"$`\\&|;<>()*?[]{}!#~");

		luaL_addstring(&b, plain ? " " : " '");
		luaL_addstring(&b, word);
		luaL_addstring(&b, plain ? "" : "'");
	}
	luaL_pushresult(&b);
	return 1;
}

/* The fields of the table at idx, which holds names and values: no Lua code runs until they are
 * written. */
static size_t log_fields(lua_State *L, int idx, struct ad_log_field *f, size_t max)
{
	size_t n = 0;

	for (lua_pushnil(L); lua_next(L, idx) && n < max; lua_pop(L, 1)) {
		luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING,
			idx, "names and values must be strings");
		f[n].name = lua_tostring(L, -2);
		f[n++].value = lua_tostring(L, -1);
	}
	return n;
}

/* program.log("syslog" | "journal", failed, message, { NAME = text }) -> true | nil, err */
static int program_log(lua_State *L)
{
	static const char *const kinds[] = { "syslog", "journal", NULL };
	int kind = luaL_checkoption(L, 1, NULL, kinds);
	bool failed = lua_toboolean(L, 2);
	const char *message = ad_lua_check_text(L, 3);
	struct ad_log_field f[32];
	struct ad_err err;
	size_t n;

	luaL_checktype(L, 4, LUA_TTABLE);
	lua_settop(L, 4);
	n = log_fields(L, 4, f, sizeof f / sizeof *f);
	if (kind == 0)
		ad_log_syslog(failed, message, f, n);
	else if (!ad_log_journal(failed, message, f, n, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

static int open_program(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "help", program_help },
		{ "log", program_log },
		{ "lock", program_lock },
		{ "option", program_option },
		{ "options", program_options },
		{ "modules", program_modules },
		{ "readline", program_readline },
		{ "clock", program_clock },
		{ "last_statement", program_last_statement },
		{ "page", program_page },
		{ "preset", program_preset },
		{ "sleep", program_sleep },
		{ "status_line", program_status_line },
		{ "terminal", program_terminal },
		{ "timeout", program_timeout },
		{ NULL, NULL },
	};
	const struct ad_args *args = lua_touserdata(L, lua_upvalueindex(1));

	luaL_newlib(L, functions);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushcclosure(L, program_command, 1);
	lua_setfield(L, -2, "command");
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushcclosure(L, program_at_prompt, 1);
	lua_setfield(L, -2, "at_prompt");
	ad_lua_set_text(L, "version", AD_VERSION);
	ad_lua_set_text(L, "profile", args->profile);
	ad_lua_set_text(L, "verb", args->verb); /* no code of the user's runs */
	return 1;
}

void ad_program_open(lua_State *L, const struct ad_args *args)
{
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	lua_pushlightuserdata(L, (void *)args);
	lua_pushcclosure(L, open_options, 1);
	lua_setfield(L, -2, "adsh.core.options");
	lua_pushlightuserdata(L, (void *)args);
	lua_pushcclosure(L, open_program, 1);
	lua_setfield(L, -2, "adsh.core.program");
	lua_pop(L, 1);
}
