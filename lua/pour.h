/* Text that a function of Lua makes piece by piece: so that nothing holds all of it. */
#ifndef AD_LUA_POUR_H
#define AD_LUA_POUR_H

#include "base/buf.h"

#include <lua.h>
#include <stdbool.h>

/* Takes a part of it; false: no more is wanted, with errno. */
typedef bool ad_lua_sink(void *arg, const void *p, size_t n);

/*
 * Calls the function at idx with one argument, put: put(text), and put(list, between) for the
 * strings of JSON of a list with something between them. What comes goes to sink in larger parts.
 * LUA_OK: all of it went there. Else an error is on top, which is nil when the sink gave false.
 * Raises no error itself: what the caller has open it can close.
 */
int ad_lua_pour(lua_State *L, int idx, ad_lua_sink *sink, void *arg);

/* Appends the strings of the list at idx, up to what is no string, as strings of JSON. */
void ad_lua_quote_all(lua_State *L, int idx, const char *between, struct ad_buf *out);

#endif
