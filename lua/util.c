/* What every binding shares. See util.h. */
#include "lua/util.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define ERROR_CLASS "adsh.error"
#define HELP_TABLE "adsh.help"
#define MAX_ITEMS (1 << 24)

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

void ad_lua_set_time(lua_State *L, const char *key, long long seconds)
{
	time_t t = (time_t)seconds;
	char text[64];
	struct tm tm;

	if (seconds && gmtime_r(&t, &tm)) {
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
		ad_lua_set_filled(L, key, text);
	}
}

void ad_lua_set_bool(lua_State *L, const char *key, bool on)
{
	lua_pushboolean(L, on);
	lua_setfield(L, -2, key);
}

/* ---- errors ---- */

/* Pushes the field with the words before it: one value, or none when it has no text. What ends the
 * last line of a server's words is left out. */
static void push_part(lua_State *L, const char *key, const char *before)
{
	const char *text;
	size_t n;

	lua_pushstring(L, key);
	if (lua_rawget(L, 1) != LUA_TSTRING) {
		lua_pop(L, 1);
		return;
	}
	text = lua_tolstring(L, -1, &n);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	lua_pushstring(L, before);
	lua_pushlstring(L, text, n);
	lua_concat(L, 2);
	lua_remove(L, -2);
}

/* "op dn: message", the server's words, the hint: each on a line of its own. */
static int error_tostring(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	push_part(L, "op", "");
	push_part(L, "dn", lua_gettop(L) > 1 ? " " : "");
	lua_pushstring(L, lua_gettop(L) > 1 ? ": " : "");
	push_part(L, "message", "");
	push_part(L, "diagnostic", "\n  server: ");
	push_part(L, "hint", "\n  hint: ");
	lua_concat(L, lua_gettop(L) - 1);
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

static bool is_known(lua_State *L, int idx, const char *const *known)
{
	const char *name = lua_type(L, idx) == LUA_TSTRING ? lua_tostring(L, idx) : "";

	while (*known && strcmp(*known, name) != 0)
		known++;
	return *known;
}

/* What the table at idx has through __index, which may run code and make values up, into the copy
 * on top: there they are held. */
static void add_inherited(lua_State *L, int idx, const char *const *known)
{
	for (; *known; known++) {
		lua_getfield(L, idx, *known);
		lua_setfield(L, -2, *known);
	}
}

void ad_lua_check_options(lua_State *L, int idx, const char *const *known)
{
	if (lua_isnoneornil(L, idx))
		return;
	luaL_checktype(L, idx, LUA_TTABLE);
	idx = lua_absindex(L, idx);
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, idx);) {
		if (!is_known(L, -2, known))
			unknown_option(L, lua_absindex(L, -2), known);
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, -4);
	}
	if (luaL_getmetafield(L, idx, "__index") != LUA_TNIL) {
		lua_pop(L, 1);
		add_inherited(L, idx, known);
	}
	lua_replace(L, idx);
}

int ad_lua_push_option(lua_State *L, int idx, const char *key)
{
	if (lua_isnoneornil(L, idx)) {
		lua_pushnil(L);
		return LUA_TNIL;
	}
	idx = lua_absindex(L, idx);
	lua_pushstring(L, key);
	return lua_rawget(L, idx);
}

/* Pushes the field; false (and nothing pushed) when it is absent. */
static bool get_field(lua_State *L, int idx, const char *key, int type)
{
	if (ad_lua_push_option(L, idx, key) == LUA_TNIL) {
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
	size_t n;

	if (!get_field(L, idx, key, LUA_TSTRING))
		return fallback;
	s = lua_tolstring(L, -1, &n);
	if (strlen(s) != n)
		luaL_error(L, "option '%s' contains a zero byte", key);
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

lua_Integer ad_lua_opt_range(lua_State *L, int idx, const char *key, lua_Integer lo, lua_Integer hi,
	lua_Integer fallback)
{
	lua_Integer n;
	int exact;

	if (!get_field(L, idx, key, LUA_TNUMBER))
		return fallback;
	n = lua_tointegerx(L, -1, &exact);
	if (!exact || n < lo || n > hi)
		luaL_error(L, "option '%s' must be a whole number from %I to %I", key,
			(LUAI_UACINT)lo, (LUAI_UACINT)hi);
	lua_pop(L, 1);
	return n;
}

int ad_lua_opt_seconds(lua_State *L, int idx, const char *key)
{
	return (int)ad_lua_opt_range(L, idx, key, 0, 86400, 0) * 1000;
}

/* ---- arguments ---- */

const char *ad_lua_check_text(lua_State *L, int idx)
{
	size_t n;
	const char *s = luaL_checklstring(L, idx, &n);

	luaL_argcheck(L, strlen(s) == n, idx, "it contains a zero byte");
	return s;
}

/* A border of a table with holes may be anywhere: it is no size to multiply. */
size_t ad_lua_check_count(lua_State *L, int idx)
{
	size_t n = lua_rawlen(L, idx);

	luaL_argcheck(L, n <= MAX_ITEMS, idx, "the list is too long");
	return n;
}

const char *const *ad_lua_check_strings(lua_State *L, int idx, size_t *n)
{
	bool list = lua_type(L, idx) == LUA_TTABLE;
	size_t i, count = list ? ad_lua_check_count(L, idx) : 1;
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

bool ad_lua_parse_sids(lua_State *L, int idx, struct ad_sid **out, size_t *n, struct ad_err *err)
{
	const char *const *texts = ad_lua_check_strings(L, idx, n);
	size_t i;

	*out = lua_newuserdatauv(L, (*n + 1) * sizeof **out, 0);
	for (i = 0; i < *n; i++)
		if (!ad_sid_parse(&(*out)[i], texts[i], err))
			return false;
	lua_remove(L, -2);
	return true;
}
