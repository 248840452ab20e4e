/*
 * What every binding shares: registration with help lines, errors, options tables.
 * A binding converts and nothing else. Two kinds of failure: misuse raises at the caller's line;
 * the world saying no returns nil, err. "Box first, resource second" (see lua/box.h).
 */
#ifndef AD_LUA_UTIL_H
#define AD_LUA_UTIL_H

#include "base/err.h"
#include "codec/sid.h"

#include <lauxlib.h>
#include <lua.h>

struct ad_lua_func {
	const char *name;
	lua_CFunction f;
	const char *help; /* "noun.verb(args) - sentence."; NULL only for metamethods */
};

/* Pushes a table of the functions (the list ends with a NULL name) and records their help lines
 * in the registry, where help() finds them: see ad_lua_help. */
void ad_lua_module(lua_State *L, const struct ad_lua_func *funcs);

/* Makes the metatable `class_name` ("adsh.directory"): methods into __index, metamethods (may be
 * NULL) into itself, __name set. Pushes nothing. Methods' help lines are recorded too. */
void ad_lua_class(lua_State *L, const char *class_name, const struct ad_lua_func *methods,
	const luaL_Reg *metamethods);

/* Adds methods to a class that is there already. */
void ad_lua_add_methods(lua_State *L, const char *class_name, const struct ad_lua_func *methods);

/* Pushes the table of recorded help lines: { ["delegation.get"] = "delegation.get(account) - ..."
 * }. */
void ad_lua_help(lua_State *L);

/* Pushes err as a table with the metatable "adsh.error" (__tostring); its fields: kind, domain,
 * code, name, message, op, dn, and when present diagnostic, win32, hint. */
void ad_lua_push_err(lua_State *L, const struct ad_err *err);
void ad_lua_set_err(lua_State *L); /* makes the table on top, with such fields, an error object */
bool ad_lua_is_err(lua_State *L, int idx); /* is the value such a table? */
int ad_lua_fail(lua_State *L, const struct ad_err *err); /* pushes nil, err; returns 2 */

/* Sets a field of the table on top; text that is NULL is left out, by the second one also text that
 * is empty. */
void ad_lua_set_text(lua_State *L, const char *key, const char *text);
void ad_lua_set_filled(lua_State *L, const char *key, const char *text);
/* Seconds since 1970 as ISO 8601, UTC; nothing for 0. */
void ad_lua_set_time(lua_State *L, const char *key, long long seconds);
void ad_lua_set_bool(lua_State *L, const char *key, bool on);
int ad_lua_raise(lua_State *L, const struct ad_err *err); /* raises it */

/*
 * Options: the table at idx (or none/nil). Replaced by a copy, with what __index gives: no Lua code
 * that runs later can change or free that, so strings stay valid until the C function returns (or
 * takes the copy off the stack). A key that is not in known (ends with NULL) raises an error that
 * lists the known ones.
 */
void ad_lua_check_options(lua_State *L, int idx, const char *const *known);
/* Pushes one of the copy, or nil; returns its type. */
int ad_lua_push_option(lua_State *L, int idx, const char *key);
/* These return the fallback when the key is absent, and raise on a wrong type, on text with a zero
 * byte and on a number outside of lo to hi. */
const char *ad_lua_opt_string(lua_State *L, int idx, const char *key, const char *fallback);
bool ad_lua_opt_bool(lua_State *L, int idx, const char *key, bool fallback);
lua_Integer ad_lua_opt_range(lua_State *L, int idx, const char *key, lua_Integer lo, lua_Integer hi,
	lua_Integer fallback);
/* A time in seconds, up to a day, in milliseconds; 0 when absent. */
int ad_lua_opt_seconds(lua_State *L, int idx, const char *key);

/* The string at idx; raises when it is none, or has a zero byte in it. */
const char *ad_lua_check_text(lua_State *L, int idx);
/* The length of the list at idx, past __len; raises when no list can be meant to be that long. */
size_t ad_lua_check_count(lua_State *L, int idx);

/* A string or a list of strings at idx as a NULL-terminated array, anchored on the stack: pushes
 * one value that must stay there while the array is used. */
const char *const *ad_lua_check_strings(lua_State *L, int idx, size_t *n);

/* The same of SIDs, which are written as S-1-5-...: *out lives in the value that is pushed. */
bool ad_lua_parse_sids(lua_State *L, int idx, struct ad_sid **out, size_t *n, struct ad_err *err);

#endif
