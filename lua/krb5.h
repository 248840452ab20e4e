/* Kerberos in Lua: identities are userdata of the class "adsh.krb5". */
#ifndef AD_LUA_KRB5_H
#define AD_LUA_KRB5_H

#include "base/secret.h"
#include "net/krb5.h"

#include <lua.h>

int ad_lua_open_krb5(lua_State *L);

/* The identity at idx; raises when it is none. It lives as long as the value. */
struct ad_krb5 *ad_lua_check_krb5(lua_State *L, int idx);

/* A password from a file ("-": standard input), or, when there is none and ask is true, from the
 * terminal; *out stays as it is when neither is wanted. */
bool ad_lua_get_password(
	struct ad_secret **out, const char *user, const char *file, bool ask, struct ad_err *err);

#endif
