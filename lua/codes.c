/* adsh.core.codes: the words for numbers that domain controllers and file servers answer with. Each
 * function takes a number and gives name, message, hint (those that there are), or nothing. */
#include "lua/codes.h"

#include "lua/util.h"
#include "net/krb5_call.h"
#include "net/ldap.h"
#include "net/smb.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LDAP_OTHER 80 /* a result that says nothing besides the Windows error: RFC 4511 4.1.9 */
#define LDAP_INVALID_CREDENTIALS 49

static int give(lua_State *L, const struct ad_err *err)
{
	lua_createtable(L, 0, 3);
	ad_lua_set_text(L, "name", err->name);
	ad_lua_set_text(L, "message", err->message);
	ad_lua_set_text(L, "hint", err->hint);
	return 1;
}

static int give_named(lua_State *L, const struct ad_err *err)
{
	return *err->name ? give(L, err) : 0;
}

static uint32_t check_code(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);

	luaL_argcheck(L, n >= 0 && n <= UINT32_MAX, 1, "not a 32-bit code");
	return (uint32_t)n;
}

/* codes.ldap(n): a result code of LDAP; libldap's own are negative */
static int codes_ldap(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);
	struct ad_err err = { 0 };

	luaL_argcheck(L, n >= INT16_MIN && n <= INT16_MAX, 1, "not an LDAP result code");
	ad_ldap_err(&err, (int)n, NULL, NULL, NULL);
	return give_named(L, &err);
}

/* What a result becomes when a DC adds this to it; nothing when that makes no difference. */
static int give_refined(lua_State *L, int result, const char *diagnostic)
{
	struct ad_err plain = { 0 }, err = { 0 };

	ad_ldap_err(&plain, result, NULL, NULL, NULL);
	ad_ldap_err(&err, result, diagnostic, NULL, NULL);
	err.name[0] = '\0';
	return strcmp(plain.message, err.message) != 0 ? give(L, &err) : 0;
}

/* codes.logon(n): the number after "data" of a login that a DC refuses */
static int codes_logon(lua_State *L)
{
	char diagnostic[64];

	snprintf(diagnostic, sizeof diagnostic, "AcceptSecurityContext error, data %x, ",
		(unsigned)check_code(L));
	return give_refined(L, LDAP_INVALID_CREDENTIALS, diagnostic);
}

/* codes.win32(n): a Windows error, as file servers' functions or in front of a DC's diagnostic */
static int codes_win32(lua_State *L)
{
	uint32_t code = check_code(L);
	struct ad_err err = { 0 };
	char diagnostic[32];

	ad_smb_werr(&err, "smb", code, NULL, NULL);
	if (*err.name)
		return give(L, &err);
	snprintf(diagnostic, sizeof diagnostic, "%08X: ", (unsigned)code);
	return give_refined(L, LDAP_OTHER, diagnostic);
}

/* codes.status(n): an NTSTATUS of a file server */
static int codes_status(lua_State *L)
{
	struct ad_err err = { 0 };

	ad_smb_err(&err, check_code(L), NULL, NULL);
	return give_named(L, &err);
}

/* codes.kdc(n): an NTSTATUS of a KDC; these have no names */
static int codes_kdc(lua_State *L)
{
	struct ad_err err = { 0 };

	ad_krb5_err_status(&err, check_code(L));
	return *err.message ? give(L, &err) : 0;
}

/* codes.krb5(n): a code of MIT Kerberos, that is one of RFC 4120 and a base */
static int codes_krb5(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);
	struct ad_err err = { 0 };

	luaL_argcheck(L, n >= INT32_MIN && n <= INT32_MAX, 1, "not a Kerberos error code");
	ad_krb5_err(&err, NULL, (long)n, NULL);
	return give_named(L, &err);
}

static const struct ad_lua_func functions[] = {
	{ "ldap", codes_ldap, NULL },
	{ "logon", codes_logon, NULL },
	{ "win32", codes_win32, NULL },
	{ "status", codes_status, NULL },
	{ "kdc", codes_kdc, NULL },
	{ "krb5", codes_krb5, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_codes(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
