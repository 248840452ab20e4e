/*
 * Signals. A handler may do two things with Lua: set the flag that waiting C functions look at, and
 * set a hook, which then raises between two instructions. The first signal raises once, so that
 * closing code can still do its work; after the second one it raises at each chance, so that no
 * pcall of a script holds it up; the third one ends the process.
 */
#include "interrupt.h"

#include "base/stop.h"
#include "lua/util.h"

#include <signal.h>

#define EVERY_CHANCE (LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT)

static lua_State *volatile running; /* the thread of Lua that runs now, NULL: none */
static volatile sig_atomic_t signals;

static void on_hook(lua_State *L, lua_Debug *ar)
{
	struct ad_err err;

	(void)ar;
	if (signals < 2)
		lua_sethook(L, NULL, 0, 0);
	if (ad_stop_check(&err) || (ad_stop_take_told() && signals < 2))
		return;
	ad_stop_told(&err); /* what was done is not forgotten because somebody was in a hurry */
	ad_lua_raise(L, &err);
}

static void set_hook(lua_State *L)
{
	lua_sethook(L, on_hook, EVERY_CHANCE, 1);
}

static void on_signal(int signo)
{
	lua_State *L = running;

	if (signo != SIGALRM) {
		ad_stop_request(signo);
		if (L && ++signals > 2) {
			signal(signo, SIG_DFL);
			raise(signo);
		}
	}
	if (L)
		set_hook(L);
}

void ad_interrupt_catch(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction act = { .sa_handler = on_signal };
	size_t i;

	sigemptyset(&act.sa_mask);
	for (i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaction(caught[i], &act, NULL);
	signal(SIGPIPE, SIG_IGN); /* a lost peer is an error of the call, not the end */
}

void ad_interrupt_begin(lua_State *L)
{
	signals = ad_stop_pending() ? 1 : 0;
	running = L;
	if (signals)
		set_hook(L);
}

void ad_interrupt_end(lua_State *L)
{
	running = NULL;
	lua_sethook(L, NULL, 0, 0);
	ad_stop_request(0);
}

/* ---- coroutines have hooks of their own ---- */

/* Calls Lua's own coroutine.resume (upvalue 1) with the arguments from idx on: coroutine first. */
static int resume(lua_State *L, int idx)
{
	lua_State *outer = running, *co = lua_tothread(L, idx);
	struct ad_err err;

	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, idx);
	running = co && outer ? co : outer;
	if (lua_pcall(L, lua_gettop(L) - idx, LUA_MULTRET, 0) != LUA_OK) {
		running = outer;
		return lua_error(L);
	}
	running = outer;
	if (co)
		lua_sethook(co, NULL, 0, 0);
	if (outer && !ad_stop_check(&err)) /* what stopped the coroutine stops its caller */
		set_hook(L);
	return lua_gettop(L) - idx + 1;
}

static int interrupt_resume(lua_State *L)
{
	return resume(L, 1);
}

/* What coroutine.wrap returns; upvalue 2: the coroutine. */
static int interrupt_wrapped(lua_State *L)
{
	lua_State *co = lua_tothread(L, lua_upvalueindex(2));

	lua_pushvalue(L, lua_upvalueindex(2));
	lua_insert(L, 1);
	resume(L, 1);
	if (lua_toboolean(L, 1))
		return lua_gettop(L) - 1;
	if (lua_status(co) > LUA_YIELD) { /* it failed: close what it left open */
		lua_resetthread(co);
		lua_settop(co, 0);
	}
	if (lua_type(L, 2) == LUA_TSTRING) {
		luaL_where(L, 1);
		lua_insert(L, 2);
		lua_concat(L, 2);
	}
	return lua_error(L);
}

static int interrupt_wrap(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_settop(L, 1);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_newthread(L);
	lua_pushvalue(L, 1);
	lua_xmove(L, lua_tothread(L, -2), 1);
	lua_pushcclosure(L, interrupt_wrapped, 2);
	return 1;
}

void ad_interrupt_open(lua_State *L)
{
	lua_getglobal(L, "coroutine");
	lua_getfield(L, -1, "resume");
	lua_pushvalue(L, -1);
	lua_pushcclosure(L, interrupt_resume, 1);
	lua_setfield(L, -3, "resume");
	lua_pushcclosure(L, interrupt_wrap, 1);
	lua_setfield(L, -2, "wrap");
	lua_pop(L, 1);
}
