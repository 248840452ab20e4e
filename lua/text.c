/* adsh.core.text: what showing values needs of the base layer's text functions. */
#include "lua/text.h"

#include "base/json.h"
#include "base/text.h"
#include "lua/pour.h"
#include "lua/util.h"
#include "net/digest.h"

static int push_buf(lua_State *L, struct ad_buf *b)
{
	/* Out of memory here ends the program anyway: ad_buf does not fail either. */
	lua_pushlstring(L, ad_buf_text(b), b->len);
	ad_buf_clear(b);
	return 1;
}

static int text_escape(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	ad_text_escape(&b, s, n, lua_toboolean(L, 2));
	return push_buf(L, &b);
}

static int text_width(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	lua_pushinteger(L, (lua_Integer)ad_text_width(s, n));
	return 1;
}

static int text_valid(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	lua_pushboolean(L, ad_utf8_valid(s, n));
	return 1;
}

static int text_decode(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	if (ad_text_decode(&b, s, n))
		return push_buf(L, &b);
	ad_buf_clear(&b);
	lua_pushnil(L);
	return 1;
}

static int text_base64(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	ad_base64(&b, s, n);
	return push_buf(L, &b);
}

static int text_unbase64(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	if (ad_unbase64(&b, s, n))
		return push_buf(L, &b);
	ad_buf_clear(&b);
	return luaL_error(L, "malformed base64");
}

static bool add_to_digest(void *arg, const void *p, size_t n)
{
	ad_sha256_add(arg, p, n);
	return true;
}

/* sha256(bytes), or sha256(f): f gets a function that takes them piece by piece */
static int text_sha256(lua_State *L)
{
	bool by_function = lua_isfunction(L, 1);
	char digest[AD_SHA256_TEXT];
	struct ad_sha256 *h;
	size_t n;
	const char *s = by_function ? NULL : luaL_checklstring(L, 1, &n);

	lua_settop(L, 1);
	if (s) {
		ad_sha256(s, n, digest);
	} else {
		h = ad_sha256_begin();
		by_function = ad_lua_pour(L, 1, add_to_digest, h) == LUA_OK;
		ad_sha256_end(h, digest);
		if (!by_function)
			return lua_error(L);
	}
	lua_pushstring(L, digest);
	return 1;
}

static int text_quote(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	ad_json_bytes(&b, s, n);
	return push_buf(L, &b);
}

/* A list without a metatable of strings only, and of one at least */
static int text_is_list(lua_State *L)
{
	bool is = lua_istable(L, 1) && !lua_getmetatable(L, 1);
	lua_Integer i, n = is ? (lua_Integer)lua_rawlen(L, 1) : 0;

	lua_settop(L, 1);
	for (i = 1; i <= n && lua_rawgeti(L, 1, i) == LUA_TSTRING; i++)
		lua_pop(L, 1);
	lua_pushboolean(L, n > 0 && i > n);
	return 1;
}

static int text_quote_all(lua_State *L)
{
	const char *between = luaL_checkstring(L, 2);
	struct ad_buf b = AD_BUF_INIT;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 2);
	ad_lua_quote_all(L, 1, between, &b);
	return push_buf(L, &b);
}

static const struct ad_lua_func functions[] = {
	{ "escape", text_escape,
		"text.escape(bytes[, keep_lines]) - Text that is safe to print on a terminal." },
	{ "width", text_width, "text.width(text) - Columns that text takes on a terminal." },
	{ "valid", text_valid, "text.valid(bytes) - Whether bytes are well-formed UTF-8." },
	{ "decode", text_decode,
		"text.decode(bytes) - A text file in UTF-8 or UTF-16, as UTF-8 without its mark; nil when it is neither." },
	{ "base64", text_base64, "text.base64(bytes) - Bytes in base64 (RFC 4648)." },
	{ "unbase64", text_unbase64, "text.unbase64(text) - The bytes of a text in base64." },
	{ "quote", text_quote,
		"text.quote(bytes) - A string of JSON; bytes that are not UTF-8 as {\"base64\":...}." },
	{ "quote_all", text_quote_all,
		"text.quote_all(list, between) - Strings of JSON with something between them; the list ends before the first value that is not a string." },
	{ "is_list", text_is_list,
		"text.is_list(value) - Whether it is a plain table of strings only, of one at least." },
	{ "sha256", text_sha256,
		"text.sha256(bytes) - SHA-256 in hex digits; bytes: or f(put), which puts them piece by piece." },
	{ NULL, NULL, NULL },
};

int ad_lua_open_text(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
