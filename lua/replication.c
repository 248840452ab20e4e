/* adsh.core.replication: how far domain controllers have come. */
#include "lua/replication.h"

#include "base/stop.h"
#include "codec/time.h"
#include "codec/uptodate.h"
#include "lua/directory.h"
#include "lua/util.h"
#include "net/ldap_update.h"

#include <time.h>

static void set_number(lua_State *L, const char *key, lua_Integer value)
{
	lua_pushinteger(L, value);
	lua_setfield(L, -2, key);
}

/* replication.update(dir) -> { invocation=, usn= } */
static int replication_update(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct ad_update update;
	struct ad_err err;

	if (!ad_ldap_update(&update, ld, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, 0, 4);
	ad_lua_set_text(L, "invocation", update.invocation);
	set_number(L, "usn", (lua_Integer)update.usn);
	return 1;
}

/* What a vector holds is the DC's word: a number that Lua has no room for is the largest. */
static void push_cursor(lua_State *L, const struct ad_cursor *c)
{
	lua_createtable(L, 0, 2);
	set_number(L, "usn", c->usn > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)c->usn);
	if (ad_time_unix(c->time) > 0)
		set_number(L, "time", ad_time_unix(c->time));
}

/* replication.vector(bytes) -> { [invocation] = { usn=, time= } } */
static int replication_vector(lua_State *L)
{
	size_t len, n, i;
	const char *p = luaL_checklstring(L, 1, &len);
	char text[AD_GUID_TEXT];
	struct ad_cursor c;
	struct ad_err err;

	if (!ad_uptodate_decode(&n, p, len, &err))
		return ad_lua_fail(L, &err);
	lua_newtable(L);
	for (i = 0; i < n; i++) {
		ad_uptodate_at(&c, p, i);
		ad_guid_format(c.invocation, text);
		push_cursor(L, &c);
		lua_setfield(L, -2, text);
	}
	return 1;
}

/* replication.pause(ms) -> true; an error when the run is to end */
static int replication_pause(lua_State *L)
{
	lua_Integer ms = luaL_checkinteger(L, 1);
	long long until, left;
	struct ad_err err;

	luaL_argcheck(L, ms >= 0 && ms <= 60000, 1, "not from 0 to 60000");
	until = ad_clock_ms() + ms;
	while (ad_stop_check(&err) && (left = until - ad_clock_ms()) > 0) {
		struct timespec t = { 0, (left < AD_STOP_SLICE ? left : AD_STOP_SLICE) * 1000000L };

		nanosleep(&t, NULL);
	}
	if (!ad_stop_check(&err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "update", replication_update, NULL },
	{ "vector", replication_vector, NULL },
	{ "pause", replication_pause, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_replication(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
