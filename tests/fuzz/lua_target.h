/*
 * A fuzz target whose parser is Lua: TARGET names the file beside this one which gets directory()
 * and returns a function of the bytes. What it raises has to be an error object, as a person would
 * be told; any other error is a fault of the program. The state is made once; what a run leaves in
 * it is taken back.
 *
 * libFuzzer sees no Lua, so each line that runs counts as a place of the program.
 */
#include "fuzz.h"
#include "lua/directory.h"
#include "lua/run.h"
#include "lua/util.h"
#include "net/ldap_priv.h"
#include "state.h"

#include <stdio.h>

#define LONGEST 512 /* more bytes are no other case */
#define PLACES 4096
#define COLLECT 1024 /* runs: Lua does not know how much memory of C its values hold */

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t places[PLACES];
static lua_State *L;

static void on_line(lua_State *S, lua_Debug *ar)
{
	uintptr_t file;

	lua_getinfo(S, "S", ar);
	file = (uintptr_t)ar->source;
	places[((file >> 4) * 37 + (uintptr_t)ar->currentline) % PLACES]++;
}

/* Ends the program with the error on top, unless there is none. */
static void no_error(bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
	abort();
}

/* What is a fault is shown with the way to it. */
static int on_error(lua_State *S)
{
	if (!ad_lua_is_err(S, 1))
		luaL_traceback(S, S, luaL_tolstring(S, 1, NULL), 1);
	return 1;
}

/* directory(): one that is never asked for anything. */
static int directory(lua_State *S)
{
	struct ad_ldap *ld = ad_alloc(sizeof *ld);

	ld->refs = 1;
	ld->info.host = ad_strdup("dc1.alpha.test");
	ld->info.domain = ad_strdup("alpha.test");
	ld->info.base = ad_strdup("DC=alpha,DC=test");
	ad_lua_push_directory(S, ld);
	return 1;
}

/* What Lua has not collected yet is no leak: libFuzzer would look for one after each run. */
static void look_for_no_leaks(int *argc, char ***argv)
{
	static char option[] = "-detect_leaks=0", *words[64];

	ensure(*argc < 62);
	memcpy(words, *argv, (size_t)*argc * sizeof *words);
	words[(*argc)++] = option;
	*argv = words;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char name[] = "adsh", *words[] = { name, NULL };
	static struct ad_args args;
	struct ad_err err;

	look_for_no_leaks(argc, argv);
	unsetenv("HOME"); /* no policy of the user's */
	unsetenv("XDG_CONFIG_HOME");
	ensure(ad_args_parse(&args, 1, words, &err));
	L = ad_state_new(&args, &err);
	ensure(L);
	no_error(luaL_loadfile(L, "tests/fuzz/" TARGET ".lua") == LUA_OK);
	lua_pushcfunction(L, directory);
	no_error(lua_pcall(L, 1, 1, 0) == LUA_OK);
	lua_sethook(L, on_line, LUA_MASKLINE, 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static size_t runs;

	if (++runs % COLLECT == 0)
		lua_gc(L, LUA_GCCOLLECT, 0);
	lua_pushcfunction(L, on_error);
	lua_pushvalue(L, 1);
	lua_pushlstring(L, (const char *)data, size < LONGEST ? size : LONGEST);
	no_error(lua_pcall(L, 1, 0, 2) == LUA_OK || ad_lua_is_err(L, -1));
	lua_settop(L, 1);
	ad_policy_clear(&ad_lua_run(L)->policy);
	return 0;
}
