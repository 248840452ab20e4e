/* What every binding shares. See util.h. */
#include "lua/util.h"

#include <string.h>

#define ERROR_CLASS "adsh.error"
#define HELP_TABLE "adsh.help"

/* ---- registration ---- */

void ad_lua_help(lua_State *L)
{
	luaL_getsubtable(L, LUA_REGISTRYINDEX, HELP_TABLE);
}

/* The name in front of the parenthesis is the key: "delegation.get". */
static void record_help(lua_State *L, const struct ad_lua_func *f)
{
	if (!f->help)
		return;
	ad_lua_help(L);
	lua_pushlstring(L, f->help, strcspn(f->help, "( "));
	lua_pushstring(L, f->help);
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

/* Sets the functions into the table on top. */
static void set_functions(lua_State *L, const struct ad_lua_func *f)
{
	for (; f && f->name; f++) {
		lua_pushcfunction(L, f->f);
		lua_setfield(L, -2, f->name);
		record_help(L, f);
	}
}

void ad_lua_module(lua_State *L, const struct ad_lua_func *funcs)
{
	lua_newtable(L);
	set_functions(L, funcs);
}

void ad_lua_class(lua_State *L, const char *class_name, const struct ad_lua_func *methods,
	const luaL_Reg *metamethods)
{
	if (luaL_newmetatable(L, class_name)) {
		lua_newtable(L);
		set_functions(L, methods);
		lua_setfield(L, -2, "__index");
		if (metamethods)
			luaL_setfuncs(L, metamethods, 0);
	}
	lua_pop(L, 1);
}

void ad_lua_add_methods(lua_State *L, const char *class_name, const struct ad_lua_func *methods)
{
	luaL_getmetatable(L, class_name);
	lua_getfield(L, -1, "__index");
	set_functions(L, methods);
	lua_pop(L, 2);
}

/* ---- fields ---- */

void ad_lua_set_text(lua_State *L, const char *key, const char *text)
{
	lua_pushstring(L, text); /* nil for NULL */
	lua_setfield(L, -2, key);
}

void ad_lua_set_filled(lua_State *L, const char *key, const char *text)
{
	ad_lua_set_text(L, key, text && *text ? text : NULL);
}

void ad_lua_set_bool(lua_State *L, const char *key, bool on)
{
	lua_pushboolean(L, on);
	lua_setfield(L, -2, key);
}

/* ---- errors ---- */

static void add_text(luaL_Buffer *b, int idx, const char *key, const char *before)
{
	if (lua_getfield(b->L, idx, key) != LUA_TSTRING) {
		lua_pop(b->L, 1);
		return;
	}
	luaL_addstring(b, before);
	luaL_addvalue(b);
}

/* "op dn: message", the server's words, the hint: each on a line of its own. */
static int error_tostring(lua_State *L)
{
	luaL_Buffer b;
	const char *colon = "";

	lua_settop(L, 1);
	luaL_checktype(L, 1, LUA_TTABLE);
	if (lua_getfield(L, 1, "op") == LUA_TSTRING)
		colon = ": ";
	if (lua_getfield(L, 1, "dn") == LUA_TSTRING)
		colon = ": ";
	lua_settop(L, 1);
	luaL_buffinit(L, &b);
	add_text(&b, 1, "op", "");
	add_text(&b, 1, "dn", " ");
	luaL_addstring(&b, colon);
	add_text(&b, 1, "message", "");
	add_text(&b, 1, "diagnostic", "\n  server: ");
	add_text(&b, 1, "hint", "\n  hint: ");
	luaL_pushresult(&b);
	return 1;
}

void ad_lua_set_err(lua_State *L)
{
	if (luaL_newmetatable(L, ERROR_CLASS)) {
		lua_pushcfunction(L, error_tostring);
		lua_setfield(L, -2, "__tostring");
	}
	lua_setmetatable(L, -2);
}

void ad_lua_push_err(lua_State *L, const struct ad_err *err)
{
	lua_createtable(L, 0, 10);
	ad_lua_set_filled(L, "kind", ad_err_kind_name(err->kind));
	ad_lua_set_filled(L, "domain", err->domain);
	ad_lua_set_filled(L, "name", err->name);
	ad_lua_set_filled(L, "op", err->op);
	ad_lua_set_filled(L, "dn", err->dn);
	ad_lua_set_filled(L, "diagnostic", err->diagnostic);
	ad_lua_set_filled(L, "hint", err->hint);
	ad_lua_set_text(L, "message", err->message);
	lua_pushinteger(L, err->code);
	lua_setfield(L, -2, "code");
	if (err->win32) {
		lua_pushinteger(L, (lua_Integer)err->win32);
		lua_setfield(L, -2, "win32");
	}
	ad_lua_set_err(L);
}

bool ad_lua_is_err(lua_State *L, int idx)
{
	bool is;

	if (!lua_getmetatable(L, idx))
		return false;
	luaL_getmetatable(L, ERROR_CLASS);
	is = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return is;
}

int ad_lua_fail(lua_State *L, const struct ad_err *err)
{
	lua_pushnil(L);
	ad_lua_push_err(L, err);
	return 2;
}

int ad_lua_raise(lua_State *L, const struct ad_err *err)
{
	ad_lua_push_err(L, err);
	return lua_error(L);
}

/* ---- options ---- */

static int unknown_option(lua_State *L, int key, const char *const *known)
{
	const char *name = luaL_tolstring(L, key, NULL);
	luaL_Buffer b;

	luaL_buffinit(L, &b);
	for (; *known; known++) {
		luaL_addstring(&b, *known);
		luaL_addstring(&b, known[1] ? ", " : "");
	}
	luaL_pushresult(&b);
	return luaL_error(
		L, "unknown option '%s'; the known ones are: %s", name, lua_tostring(L, -1));
}

void ad_lua_check_options(lua_State *L, int idx, const char *const *known)
{
	if (lua_isnoneornil(L, idx))
		return;
	luaL_checktype(L, idx, LUA_TTABLE);
	idx = lua_absindex(L, idx);
	for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
		const char *const *k = known;

		if (lua_type(L, -2) == LUA_TSTRING)
			while (*k && strcmp(*k, lua_tostring(L, -2)) != 0)
				k++;
		else
			for (; *k; k++)
				continue;
		if (!*k)
			unknown_option(L, lua_absindex(L, -2), known);
	}
}

/* Pushes the field; false (and nothing pushed) when it is absent. */
static bool get_field(lua_State *L, int idx, const char *key, int type)
{
	if (lua_isnoneornil(L, idx))
		return false;
	if (lua_getfield(L, idx, key) == LUA_TNIL) {
		lua_pop(L, 1);
		return false;
	}
	if (lua_type(L, -1) != type)
		luaL_error(L, "option '%s' must be a %s, not a %s", key, lua_typename(L, type),
			luaL_typename(L, -1));
	return true;
}

const char *ad_lua_opt_string(lua_State *L, int idx, const char *key, const char *fallback)
{
	const char *s;

	if (!get_field(L, idx, key, LUA_TSTRING))
		return fallback;
	s = lua_tostring(L, -1);
	lua_pop(L, 1);
	return s;
}

bool ad_lua_opt_bool(lua_State *L, int idx, const char *key, bool fallback)
{
	bool b;

	if (!get_field(L, idx, key, LUA_TBOOLEAN))
		return fallback;
	b = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return b;
}

lua_Integer ad_lua_opt_integer(lua_State *L, int idx, const char *key, lua_Integer fallback)
{
	lua_Integer n;
	int exact;

	if (!get_field(L, idx, key, LUA_TNUMBER))
		return fallback;
	n = lua_tointegerx(L, -1, &exact);
	if (!exact)
		luaL_error(L, "option '%s' must be a whole number", key);
	lua_pop(L, 1);
	return n;
}

const char *const *ad_lua_check_strings(lua_State *L, int idx, size_t *n)
{
	bool list = lua_type(L, idx) == LUA_TTABLE;
	size_t i, count = list ? lua_rawlen(L, idx) : 1;
	const char **out;

	idx = lua_absindex(L, idx);
	if (!list && lua_type(L, idx) != LUA_TSTRING)
		luaL_typeerror(L, idx, "string or list of strings");
	out = lua_newuserdatauv(L, (count + 1) * sizeof *out, 1);
	lua_createtable(L, (int)count, 0); /* anchors the strings, whatever happens to the list */
	for (i = 0; i < count; i++) {
		if (list)
			lua_rawgeti(L, idx, (lua_Integer)i + 1);
		else
			lua_pushvalue(L, idx);
		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "item %d of the list must be a string, not a %s", (int)i + 1,
				luaL_typename(L, -1));
		out[i] = lua_tostring(L, -1);
		if (strlen(out[i]) != lua_rawlen(L, -1))
			luaL_error(L, "item %d of the list contains a zero byte", (int)i + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setiuservalue(L, -2, 1);
	out[count] = NULL;
	*n = count;
	return out;
}
