/* Text that comes piece by piece. See pour.h. */
#include "lua/pour.h"
#include "base/buf.h"
#include "base/json.h"

#include <errno.h>
#include <lauxlib.h>

#define PART (64 << 10) /* bytes that go on together */

/* It outlives the call when the function of Lua keeps what it was given: then sink is NULL. */
struct pour {
	ad_lua_sink *sink;
	void *arg;
	struct ad_buf kept;
	int code; /* errno of a sink that wants no more */
};

static bool flush(struct pour *p)
{
	bool ok = p->sink(p->arg, p->kept.data, p->kept.len);

	p->code = ok ? 0 : errno;
	ad_buf_clear(&p->kept);
	return ok;
}

void ad_lua_quote_all(lua_State *L, int idx, const char *between, struct ad_buf *out)
{
	const char *s;
	lua_Integer i;
	size_t n;

	for (i = 1; lua_rawgeti(L, idx, i) == LUA_TSTRING; i++) {
		s = lua_tolstring(L, -1, &n);
		if (i > 1)
			ad_buf_puts(out, between);
		ad_json_bytes(out, s, n);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

/* put(text), or put(list, between): strings of JSON with something between them */
static int put(lua_State *L)
{
	struct pour *p = lua_touserdata(L, lua_upvalueindex(1));
	const char *s;
	size_t n;

	if (!p->sink)
		return luaL_error(L, "this text is finished");
	if (lua_istable(L, 1)) {
		ad_lua_quote_all(L, 1, luaL_checkstring(L, 2), &p->kept);
	} else {
		s = luaL_checklstring(L, 1, &n);
		ad_buf_add(&p->kept, s, n);
	}
	if (p->kept.len >= PART && !flush(p)) {
		lua_pushnil(L);
		return lua_error(L);
	}
	return 0;
}

/* pour(job, f): under lua_pcall, so that what memory is short for is no error of the caller's */
static int call(lua_State *L)
{
	const struct pour *job = lua_touserdata(L, 1);
	struct pour *p = lua_newuserdatauv(L, sizeof *p, 0);
	int status;

	*p = *job;
	lua_pushvalue(L, 2);
	lua_pushvalue(L, -2);
	lua_pushcclosure(L, put, 1);
	status = lua_pcall(L, 1, 0, 0);
	if (status == LUA_OK && p->kept.len && !flush(p)) {
		lua_pushnil(L);
		status = LUA_ERRRUN;
	}
	ad_buf_clear(&p->kept);
	p->sink = NULL;
	errno = p->code;
	return status == LUA_OK ? 0 : lua_error(L);
}

int ad_lua_pour(lua_State *L, int idx, ad_lua_sink *sink, void *arg)
{
	struct pour job = { sink, arg, AD_BUF_INIT, 0 };

	idx = lua_absindex(L, idx);
	lua_pushcfunction(L, call);
	lua_pushlightuserdata(L, &job);
	lua_pushvalue(L, idx);
	return lua_pcall(L, 2, 0, 0);
}
