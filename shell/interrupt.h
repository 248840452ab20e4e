/* Signals and the time limit, for running Lua code. */
#ifndef AD_INTERRUPT_H
#define AD_INTERRUPT_H

#include <lua.h>
#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP stop what runs; SIGALRM looks at the time limit. */
void ad_interrupt_catch(void);

/* Makes coroutine.resume and coroutine.wrap say which coroutine runs: a signal stops that one. */
void ad_interrupt_open(lua_State *L);

/* Around a protected call of Lua code. */
void ad_interrupt_begin(lua_State *L);
void ad_interrupt_end(lua_State *L);

#endif
