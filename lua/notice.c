/* See notice.h. */
#include "lua/notice.h"

#include "base/notice.h"
#include "lua/util.h"

#include <lauxlib.h>
#include <limits.h>

/* progress(what, done, total): shown once that has taken a while, where there is a terminal. */
static int notice_progress(lua_State *L)
{
	const char *what = luaL_checkstring(L, 1);
	lua_Integer done = luaL_checkinteger(L, 2), total = luaL_checkinteger(L, 3);

	luaL_argcheck(L, done >= 0 && done <= INT_MAX, 2, "out of range");
	luaL_argcheck(L, total >= 0 && total <= INT_MAX, 3, "out of range");
	ad_notice_progress(what, (size_t)done, (size_t)total);
	return 0;
}

/* done(): the work is at its end. */
static int notice_done(lua_State *L)
{
	(void)L;
	ad_notice_end();
	return 0;
}

/* hide(): something is going to be printed. */
static int notice_hide(lua_State *L)
{
	(void)L;
	ad_notice_hide();
	return 0;
}

int ad_lua_open_notice(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "progress", notice_progress },
		{ "done", notice_done },
		{ "hide", notice_hide },
		{ NULL, NULL },
	};

	luaL_newlib(L, functions);
	return 1;
}
