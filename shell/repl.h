/* The prompt: read, evaluate, print, and again. */
#ifndef AD_REPL_H
#define AD_REPL_H

#include <lua.h>

/* Talks until Ctrl-D; returns the exit status. */
int ad_repl_run(lua_State *L);

#endif
