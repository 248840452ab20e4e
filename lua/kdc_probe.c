/* adsh.core.kdc_probe: what a KDC does, found out by asking it. */
#include "lua/kdc_probe.h"

#include "lua/directory.h"
#include "lua/util.h"
#include "net/kdc_probe.h"
#include "net/ldap.h"

#define LONGEST_MS 60000

static int check_timeout(lua_State *L, int idx)
{
	lua_Integer ms = luaL_optinteger(L, idx, 0);

	luaL_argcheck(L, ms >= 0 && ms <= LONGEST_MS, idx, "not from 0 to 60000");
	return (int)ms;
}

/* kdc_probe.has_aes(principal[, ms]) -> boolean */
static int kdc_probe_has_aes(lua_State *L)
{
	const char *principal = ad_lua_check_text(L, 1);
	int ms = check_timeout(L, 2);
	struct ad_err err;
	bool has;

	if (!ad_kdc_probe_aes(&has, principal, ms, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, has);
	return 1;
}

/* kdc_probe.ticket(dir, service[, enctype[, ms]]) -> { server=, ticket=, session= }, with dir's
 * login */
static int kdc_probe_ticket(lua_State *L)
{
	struct ad_krb5 *k = ad_ldap_krb5(ad_lua_check_directory(L, 1));
	const char *service = ad_lua_check_text(L, 2);
	const char *enctype = lua_isnoneornil(L, 3) ? NULL : ad_lua_check_text(L, 3);
	int ms = check_timeout(L, 4);
	struct ad_kdc_ticket t;
	struct ad_err err;

	if (!k)
		ad_err_set(&err, AD_ERR_USAGE, "usage", 0,
			"the directory was opened without a Kerberos login, so there is no ticket to use");
	if (!k || !ad_kdc_probe_ticket(&t, k, service, enctype, ms, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, 0, 3);
	ad_lua_set_filled(L, "server", t.server);
	ad_lua_set_filled(L, "ticket", t.ticket);
	ad_lua_set_filled(L, "session", t.session);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "has_aes", kdc_probe_has_aes, NULL },
	{ "ticket", kdc_probe_ticket, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_kdc_probe(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
