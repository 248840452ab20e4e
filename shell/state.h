/* The Lua state: what a script finds in it, how it is called, how its errors are told. */
#ifndef AD_STATE_H
#define AD_STATE_H

#include "args.h"

#include <lua.h>

/* A state with the standard libraries, the C modules and the bundled standard library. The
 * arguments must outlive it. NULL with err when the standard library does not load. */
lua_State *ad_state_new(const struct ad_args *args, struct ad_err *err);

/* Calls the function below its nargs arguments, as lua_pcall does, with signals going to it: the
 * first SIGINT or SIGTERM stops it at the next chance, the second one cannot be caught by a pcall
 * of the script, the third one ends the process. True leaves all results, false one error value. */
bool ad_state_call(lua_State *L, int nargs);

#define AD_STATE_USER "adsh.user" /* registry: the environment of scripts and of the prompt */

/* Pushes the function `name` of the module, for ad_state_call. Raises when it is not there. */
void ad_state_push(lua_State *L, const char *module, const char *name);

/* Pushes where the last error was raised, nil: nobody knows; it is then forgotten. */
void ad_state_push_traceback(lua_State *L);

/* Pops the error value and tells it on stderr. Returns its exit status. */
int ad_state_report(lua_State *L);

/* What is drawn on a terminal must not come from the directory unfiltered: writes text to stderr
 * with control characters made visible. */
void ad_state_complain(const char *text);

#endif
