/* adsh.core.peer: what a machine shows without a login. */
#include "lua/peer.h"

#include "base/mem.h"
#include "codec/time.h"
#include "lua/box.h"
#include "lua/util.h"
#include "net/locate.h"
#include "net/peer.h"
#include "net/smb.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST 60000 /* ms */

static int check_ms(lua_State *L, int idx)
{
	lua_Integer ms = luaL_checkinteger(L, idx);

	luaL_argcheck(L, ms > 0 && ms <= LONGEST, idx, "not from 1 to 60000");
	return (int)ms;
}

/* addresses(host, ms) -> a list of texts */
static int peer_addresses(lua_State *L)
{
	char list[AD_PEER_ADDRESSES][AD_PEER_ADDRESS];
	const char *host = ad_lua_check_text(L, 1);
	struct ad_err err;
	size_t n;

	if (!ad_peer_addresses(list, &n, host, check_ms(L, 2), &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		lua_pushstring(L, list[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* name(address, ms) -> text */
static int peer_name(lua_State *L)
{
	char name[AD_PEER_NAME];
	const char *address = ad_lua_check_text(L, 1);
	struct ad_err err;

	if (!ad_peer_name(name, address, check_ms(L, 2), &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, name);
	return 1;
}

static void read_port(lua_State *L, struct ad_peer_port *p, const char *address)
{
	lua_Integer port;
	int is_number;

	lua_getfield(L, -1, "port");
	port = lua_tointegerx(L, -1, &is_number);
	lua_pop(L, 1);
	if (!is_number || port < 1 || port > 65535)
		luaL_error(L, "a port is a number from 1 to 65535");
	p->port = (unsigned)port;
	if (strlen(address) >= sizeof p->address)
		luaL_error(L, "'%s' is not a valid address", address);
	strcpy(p->address, address);
}

struct controllers {
	struct ad_dc *list;
	size_t n;
};

static void controllers_free(void *p)
{
	struct controllers *c = p;

	if (c)
		ad_locate_free(c->list, c->n);
	free(c);
}

/* controllers(prefix, domain, ms) -> the names that DNS has for it, such as "_ldap._tcp.dc._msdcs"
 */
static int peer_controllers(lua_State *L)
{
	const char *prefix = ad_lua_check_text(L, 1), *domain = ad_lua_check_text(L, 2);
	int ms = check_ms(L, 3);
	struct controllers **c = (struct controllers **)ad_lua_box(L, controllers_free);
	struct ad_err err;

	*c = ad_alloc(sizeof **c);
	if (!ad_locate_records(&(*c)->list, &(*c)->n, prefix, domain, ms, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)(*c)->n, 0);
	for (size_t i = 0; i < (*c)->n; i++) {
		lua_pushstring(L, (*c)->list[i].host);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* bytes(address) -> the 4 or 16 bytes of an address of IPv4 or IPv6; nil: it is none */
static int peer_bytes(lua_State *L)
{
	const char *address = ad_lua_check_text(L, 1);
	unsigned char bytes[16];

	if (inet_pton(AF_INET, address, bytes) == 1)
		lua_pushlstring(L, (const char *)bytes, 4);
	else if (inet_pton(AF_INET6, address, bytes) == 1)
		lua_pushlstring(L, (const char *)bytes, sizeof bytes);
	else
		lua_pushnil(L);
	return 1;
}

/* ports({ { address=, port= }, ... }, ms) -> a list of "open", "refused" or "silent" */
static int peer_ports(lua_State *L)
{
	static const char *const words[] = { "silent", "open", "refused" };
	struct ad_peer_port *list;
	struct ad_err err;
	int ms = check_ms(L, 2);
	size_t n;

	luaL_checktype(L, 1, LUA_TTABLE);
	n = ad_lua_check_count(L, 1);
	list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, 1, (lua_Integer)i + 1);
		luaL_checktype(L, -1, LUA_TTABLE);
		lua_getfield(L, -1, "address");
		lua_insert(L, -2);
		read_port(L, &list[i], ad_lua_check_text(L, -2));
		lua_pop(L, 2);
	}
	if (!ad_peer_ports(list, n, ms, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		lua_pushstring(L, words[list[i].state]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* clock(host, ms) -> by how many seconds its clock is before this machine's */
static int peer_clock(lua_State *L)
{
	const char *host = ad_lua_check_text(L, 1);
	struct ad_err err;
	int64_t t;

	if (!ad_smb_clock(&t, host, check_ms(L, 2), &err))
		return ad_lua_fail(L, &err);
	lua_pushinteger(L, (lua_Integer)(ad_time_unix(t) - (int64_t)time(NULL)));
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "addresses", peer_addresses, NULL },
	{ "name", peer_name, NULL },
	{ "bytes", peer_bytes, NULL },
	{ "controllers", peer_controllers, NULL },
	{ "ports", peer_ports, NULL },
	{ "clock", peer_clock, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_peer(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
