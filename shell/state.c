/* The Lua state. See state.h. */
#include "state.h"

#include "base/notice.h"
#include "base/text.h"
#include "bundle.h"
#include "harden.h"
#include "interrupt.h"
#include "lua/alloc.h"
#include "lua/open.h"
#include "lua/util.h"
#include "paths.h"
#include "program.h"

#include <lualib.h>
#include <stdio.h>
#include <string.h>

#define TRACEBACK "adsh.traceback"

static const struct ad_args *arguments;

/* ---- making it ---- */

void ad_state_push(lua_State *L, const char *module, const char *name)
{
	lua_getglobal(L, "require");
	lua_pushstring(L, module);
	lua_call(L, 1, 1);
	lua_getfield(L, -1, name);
	lua_remove(L, -2);
}

/* The kind of the error object at idx. */
static enum ad_err_kind kind_of(lua_State *L, int idx)
{
	enum ad_err_kind kind;
	const char *name;

	lua_getfield(L, idx, "kind");
	name = lua_tostring(L, -1);
	for (kind = AD_ERR_FAILED; name && kind <= AD_ERR_CONFLICT; kind++)
		if (strcmp(ad_err_kind_name(kind), name) == 0)
			break;
	lua_pop(L, 1);
	return name && kind <= AD_ERR_CONFLICT ? kind : AD_ERR_FAILED;
}

/* Protected: everything that can raise while the state is made. */
static int open_state(lua_State *L)
{
	const struct ad_args *args = lua_touserdata(L, 1);

	luaL_openlibs(L);
	ad_harden_libraries(L);
	ad_interrupt_open(L);
	ad_paths_open(L);
	ad_lua_open(L);
	ad_program_open(L, args);
	ad_bundle_preload(L);
	ad_state_push(L, "adsh.strict", "environment");
	lua_pushglobaltable(L);
	lua_pushboolean(L, true);
	lua_call(L, 2, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, AD_BUNDLE_ENV);
	ad_state_push(L, "adsh.session", "start");
	lua_call(L, 0, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, AD_STATE_USER);
	return 0;
}

lua_State *ad_state_new(const struct ad_args *args, struct ad_err *err)
{
	lua_State *L = lua_newstate(ad_lua_alloc, NULL);
	enum ad_err_kind kind;

	if (!L) {
		ad_err_set(err, AD_ERR_FAILED, "system", 0, "not enough memory");
		return NULL;
	}
	arguments = args;
	lua_pushcfunction(L, open_state);
	lua_pushlightuserdata(L, (void *)args);
	if (lua_pcall(L, 1, 0, 0) == LUA_OK)
		return L;
	kind = ad_lua_is_err(L, -1) ? kind_of(L, -1) : AD_ERR_FAILED;
	ad_err_set(err, kind, "system", 0, "%s", luaL_tolstring(L, -1, NULL));
	lua_close(L);
	return NULL;
}

/* ---- calling ---- */

/* Message handler: keeps the traceback aside, the error value goes on as it is. */
static int on_error(lua_State *L)
{
	luaL_traceback(L, L, NULL, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, TRACEBACK);
	return 1;
}

bool ad_state_call(lua_State *L, int nargs)
{
	int base = lua_gettop(L) - nargs, status;

	lua_pushcfunction(L, on_error);
	lua_insert(L, base);
	ad_interrupt_begin(L);
	status = lua_pcall(L, nargs, LUA_MULTRET, base);
	ad_interrupt_end(L);
	ad_notice_end();
	lua_remove(L, base);
	return status == LUA_OK;
}

/* ---- telling errors ---- */

void ad_state_complain(const char *text)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_text_escape(&b, text, strlen(text), true);
	fprintf(stderr, "adsh: %s\n", ad_buf_text(&b));
	ad_buf_clear(&b);
}

void ad_state_push_traceback(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, TRACEBACK);
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, TRACEBACK);
}

/* Protected, since __tostring may be a script's: error value -> exit status. */
static int tell(lua_State *L)
{
	bool is_object = ad_lua_is_err(L, 1);
	bool in_file = arguments->start == AD_START_FILE || arguments->start == AD_START_VERB;

	ad_state_complain(luaL_tolstring(L, 1, NULL));
	lua_getfield(L, LUA_REGISTRYINDEX, TRACEBACK);
	if (lua_isstring(L, -1) && (ad_args_get(arguments, "verbose") || (in_file && !is_object)))
		ad_state_complain(lua_tostring(L, -1));
	lua_pushinteger(L, is_object ? ad_err_exit(kind_of(L, 1)) : ad_err_exit(AD_ERR_FAILED));
	return 1;
}

int ad_state_report(lua_State *L)
{
	int status = ad_err_exit(AD_ERR_FAILED);

	lua_pushcfunction(L, tell);
	lua_insert(L, -2);
	if (lua_pcall(L, 1, 1, 0) == LUA_OK)
		status = (int)lua_tointeger(L, -1);
	else
		ad_state_complain("an error whose text cannot be shown");
	lua_pop(L, 1);
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, TRACEBACK);
	return status;
}
