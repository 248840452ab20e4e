/* adsh.core.time: the texts of times. A time is a FILETIME here, an integer; see codec/time.h. */
#include "lua/time.h"

#include "codec/time.h"
#include "lua/util.h"

static const char *check(lua_State *L, size_t *n)
{
	return luaL_checklstring(L, 1, n);
}

/* parse(text): text in one of three forms */
static int push_parsed(
	lua_State *L, bool (*parse)(int64_t *, const char *, size_t, struct ad_err *))
{
	size_t n;
	const char *s = check(L, &n);
	int64_t t;

	if (!parse(&t, s, n, NULL))
		return 0;
	lua_pushinteger(L, t);
	return 1;
}

static int time_of_iso(lua_State *L)
{
	return push_parsed(L, ad_time_parse_iso);
}

static int time_of_generalized(lua_State *L)
{
	return push_parsed(L, ad_time_parse_generalized);
}

static int time_of_filetime(lua_State *L)
{
	return push_parsed(L, ad_time_parse_filetime);
}

static int push_text(lua_State *L, void (*format)(int64_t, char *))
{
	char text[AD_TIME_TEXT];

	format(luaL_checkinteger(L, 1), text);
	lua_pushstring(L, text);
	return 1;
}

static int time_iso(lua_State *L)
{
	return push_text(L, ad_time_format_iso);
}

static int time_generalized(lua_State *L)
{
	return push_text(L, ad_time_format_generalized);
}

static int time_is_never(lua_State *L)
{
	lua_pushboolean(L, ad_time_is_never(luaL_checkinteger(L, 1)));
	return 1;
}

static int time_unix(lua_State *L)
{
	lua_pushinteger(L, ad_time_unix(luaL_checkinteger(L, 1)));
	return 1;
}

static int time_of_unix(lua_State *L)
{
	lua_pushinteger(L, ad_time_of_unix(luaL_checkinteger(L, 1)));
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "of_iso", time_of_iso, NULL },
	{ "of_generalized", time_of_generalized, NULL },
	{ "of_filetime", time_of_filetime, NULL },
	{ "of_unix", time_of_unix, NULL },
	{ "iso", time_iso, NULL },
	{ "generalized", time_generalized, NULL },
	{ "unix", time_unix, NULL },
	{ "is_never", time_is_never, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_time(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
