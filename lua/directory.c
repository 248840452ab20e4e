/* adsh.core.directory: connections to directories. */
#include "lua/directory.h"

#include "ad/identity.h"
#include "base/notice.h"
#include "base/text.h"
#include "lua/box.h"
#include "lua/entry.h"
#include "lua/krb5.h"
#include "lua/lookup.h"
#include "lua/search.h"
#include "lua/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "adsh.directory"
#define CURRENT "adsh.current_directory" /* these four lie in the registry */
#define DEFAULT "adsh.default_directory" /* a function that opens it */
#define OPEN "adsh.open_directories" /* set of all, weak */

struct box {
	void **held; /* see ad_lua_own: the connection */
	bool open;
};

enum { NETBIOS = 1, HELD }; /* user values */

static struct box *check_box(lua_State *L, int idx)
{
	return luaL_checkudata(L, idx, CLASS);
}

/* NULL: closed */
static struct ad_ldap *get_open(const struct box *b)
{
	return b->open ? *b->held : NULL;
}

struct ad_ldap *ad_lua_check_directory(lua_State *L, int idx)
{
	struct ad_ldap *ld = get_open(check_box(L, idx));

	if (!ld && idx < 0)
		luaL_error(L, "this directory is closed");
	luaL_argcheck(L, ld, idx, "this directory is closed");
	return ld;
}

static void release(void *ld)
{
	ad_ldap_free(ld);
}

static struct box *new_box(lua_State *L)
{
	struct box *b = lua_newuserdatauv(L, sizeof *b, HELD);

	memset(b, 0, sizeof *b);
	luaL_setmetatable(L, CLASS);
	b->held = ad_lua_own(L, HELD, release);
	return b;
}

void ad_lua_push_directory(lua_State *L, struct ad_ldap *ld)
{
	struct box *b = new_box(L);

	*b->held = ld;
	b->open = true;
}

struct ad_ldap *ad_lua_current_directory(lua_State *L)
{
	struct ad_ldap *ld;

	if (lua_getfield(L, LUA_REGISTRYINDEX, CURRENT) == LUA_TUSERDATA) {
		ld = get_open(lua_touserdata(L, -1));
		if (ld)
			return ld;
	}
	lua_pop(L, 1);
	if (lua_getfield(L, LUA_REGISTRYINDEX, DEFAULT) != LUA_TFUNCTION)
		luaL_error(L, "no directory is connected");
	lua_call(L, 0, 1);
	return ad_lua_check_directory(L, -1);
}

/* Is the open directory at idx the domain with this NetBIOS name? Its own is read once. */
static bool has_netbios(lua_State *L, int idx, struct ad_ldap *ld, const char *name)
{
	char *netbios = NULL;
	bool same;

	idx = lua_absindex(L, idx);
	if (lua_getiuservalue(L, idx, NETBIOS) == LUA_TNIL) {
		if (!ad_identity_netbios(&netbios, ld, NULL)) {
			lua_pop(L, 1);
			return false;
		}
		lua_pushstring(L, netbios ? netbios : "");
		free(netbios);
		lua_copy(L, -1, -2);
		lua_setiuservalue(L, idx, NETBIOS);
	}
	same = ad_caseeq(lua_tostring(L, -1), name);
	lua_pop(L, 1);
	return same;
}

/* Whether it says what the current directory says: a snapshot is of another time. */
static bool is_of_now(lua_State *L, const struct ad_ldap_info *info)
{
	struct ad_ldap *current;
	const char *file;

	lua_getfield(L, LUA_REGISTRYINDEX, CURRENT);
	current = lua_isuserdata(L, -1) ? get_open(lua_touserdata(L, -1)) : NULL;
	file = current ? ad_ldap_info(current)->snapshot : NULL;
	lua_pop(L, 1);
	if (!file || !info->snapshot)
		return !file && !info->snapshot;
	return strcmp(file, info->snapshot) == 0;
}

/* A catalog's connection answers for the whole forest, and is nobody's domain. */
static struct ad_ldap *if_domain(lua_State *L, int idx, const char *domain)
{
	struct ad_ldap *ld = lua_isuserdata(L, idx) ? get_open(lua_touserdata(L, idx)) : NULL;
	const struct ad_ldap_info *info = ld ? ad_ldap_info(ld) : NULL;
	bool dns = strchr(domain, '.') != NULL;

	if (!info || info->is_gc || !info->domain || !is_of_now(L, info))
		return NULL;
	return ad_caseeq(info->domain, domain) || (!dns && has_netbios(L, idx, ld, domain)) ? ld
											    : NULL;
}

/* Of several logins the current directory is the one that is meant. */
struct ad_ldap *ad_lua_named_directory(lua_State *L, const char *domain)
{
	struct ad_ldap *ld;

	lua_getfield(L, LUA_REGISTRYINDEX, CURRENT);
	ld = if_domain(L, -1, domain);
	if (ld)
		return ld;
	lua_pop(L, 1);
	luaL_getsubtable(L, LUA_REGISTRYINDEX, OPEN);
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		ld = if_domain(L, -2, domain);
		if (!ld)
			continue;
		lua_pop(L, 1);
		lua_remove(L, -2);
		return ld;
	}
	lua_pop(L, 1);
	return NULL;
}

/* ---- connect ---- */

static const char *const known[] = { "domain", "server", "user", "password_file", "prompt",
	"keytab", "ccache", "krb5", "like", "tls", "cacert", "simple", "gc", "prefer",
	"connect_timeout", "timeout", NULL };

static enum ad_tls opt_tls(lua_State *L, int idx)
{
	const char *s = ad_lua_opt_string(L, idx, "tls", NULL);

	if (s && strcmp(s, "ldaps") != 0 && strcmp(s, "starttls") != 0)
		luaL_error(L, "option 'tls' must be 'ldaps' or 'starttls', not '%s'", s);
	return !s ? AD_TLS_NONE : *s == 'l' ? AD_TLS_LDAPS : AD_TLS_STARTTLS;
}

static void read_options(lua_State *L, int idx, struct ad_ldap_options *o)
{
	ad_lua_check_options(L, idx, known);
	o->domain = ad_lua_opt_string(L, idx, "domain", NULL);
	o->server = ad_lua_opt_string(L, idx, "server", NULL);
	o->user = ad_lua_opt_string(L, idx, "user", NULL);
	o->keytab = ad_lua_opt_string(L, idx, "keytab", NULL);
	o->ccache = ad_lua_opt_string(L, idx, "ccache", NULL);
	o->cacert = ad_lua_opt_string(L, idx, "cacert", NULL);
	o->simple = ad_lua_opt_bool(L, idx, "simple", false);
	o->gc = ad_lua_opt_bool(L, idx, "gc", false);
	o->prefer = ad_lua_opt_string(L, idx, "prefer", NULL);
	o->tls = opt_tls(L, idx);
	if (ad_lua_push_option(L, idx, "krb5") != LUA_TNIL)
		o->krb5 = ad_lua_check_krb5(L, -1);
	if (ad_lua_push_option(L, idx, "like") != LUA_TNIL)
		o->krb5 = ad_ldap_krb5(ad_lua_check_directory(L, -1));
	lua_settop(L, idx);
	o->connect_timeout_ms = ad_lua_opt_seconds(L, idx, "connect_timeout");
	o->operation_timeout_ms = ad_lua_opt_seconds(L, idx, "timeout");
}

static void remember(lua_State *L, int idx)
{
	idx = lua_absindex(L, idx);
	if (!luaL_getsubtable(L, LUA_REGISTRYINDEX, OPEN)) {
		lua_createtable(L, 0, 1);
		lua_pushliteral(L, "k");
		lua_setfield(L, -2, "__mode");
		lua_setmetatable(L, -2);
	}
	lua_pushvalue(L, idx);
	lua_pushboolean(L, true);
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

void ad_lua_push_open_directory(lua_State *L, struct ad_ldap *ld)
{
	ad_lua_push_directory(L, ld);
	remember(L, -1);
}

static int directory_connect(lua_State *L)
{
	struct ad_ldap_options o = { .remember = true };
	struct ad_secret *password = NULL;
	const char *file = NULL;
	struct ad_err err;
	bool ask = false, ok;
	struct box *b;

	lua_settop(L, 1);
	if (lua_type(L, 1) == LUA_TSTRING) {
		o.domain = lua_tostring(L, 1);
	} else {
		read_options(L, 1, &o);
		file = ad_lua_opt_string(L, 1, "password_file", NULL);
		ask = ad_lua_opt_bool(L, 1, "prompt", o.user && !o.keytab && !o.ccache && !o.krb5);
	}
	b = new_box(L);
	remember(L, 2);
	ok = ad_lua_get_password(&password, o.user, file, ask, &err);
	o.password = password;
	ok = ok && ad_ldap_open((struct ad_ldap **)b->held, &o, &err);
	ad_secret_free(password);
	b->open = ok;
	return ok ? 1 : ad_lua_fail(L, &err);
}

/* current() is the current directory, or nil; current(dir) makes dir the current one. */
static int directory_current(lua_State *L)
{
	lua_settop(L, 1);
	if (!lua_isnil(L, 1)) {
		ad_lua_check_directory(L, 1);
		lua_setfield(L, LUA_REGISTRYINDEX, CURRENT);
	}
	if (lua_getfield(L, LUA_REGISTRYINDEX, CURRENT) != LUA_TUSERDATA ||
		!get_open(lua_touserdata(L, -1)))
		lua_pushnil(L);
	return 1;
}

/* named(domain): the open directory of that domain, by DNS or NetBIOS name, or nil. */
static int directory_named(lua_State *L)
{
	if (!ad_lua_named_directory(L, ad_lua_check_text(L, 1)))
		lua_pushnil(L);
	return 1;
}

static int set_function(lua_State *L, const char *place)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_settop(L, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, place);
	return 0;
}

/* default(f): what opens the directory that is used when none is connected. */
static int directory_default(lua_State *L)
{
	return set_function(L, DEFAULT);
}

/* known(f): see AD_LUA_DIRECTORY_KNOWN. */
static int directory_known(lua_State *L)
{
	return set_function(L, AD_LUA_DIRECTORY_KNOWN);
}

static void write_note(const char *text)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_text_escape(&b, text, strlen(text), true);
	ad_notice_hide();
	fprintf(stderr, "%s\n", ad_buf_text(&b));
	ad_buf_clear(&b);
}

static bool has_details; /* of what happens to connections, and what happens before they are lost */

static void note_connection(bool lost, const char *text, const char *details)
{
	char line[1024];

	if (!lost && !has_details)
		return;
	snprintf(line, sizeof line, "%s%s", text, has_details ? details : "");
	write_note(line);
}

/* notes(level): what happens to connections is told on standard error, besides what names mean.
 * "lost": that one was lost and made again, "all": that it was made again, and as whom. */
static int directory_notes(lua_State *L)
{
	const char *level = luaL_optstring(L, 1, NULL);

	ad_ldap_note = level ? note_connection : NULL;
	has_details = level && strcmp(level, "all") == 0;
	ad_identity_note = write_note;
	return 0;
}

/* ---- methods ---- */

static int directory_whoami(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct ad_err err;
	char *name;

	if (!ad_ldap_whoami(ld, &name, &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, name);
	free(name);
	return 1;
}

static void set_number(lua_State *L, const char *key, lua_Integer value)
{
	lua_pushinteger(L, value);
	lua_setfield(L, -2, key);
}

static int directory_info(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	const struct ad_ldap_info *i = ad_ldap_info(ld);

	lua_createtable(L, 0, 20);
	ad_lua_set_text(L, "uri", i->uri);
	ad_lua_set_text(L, "host", i->host);
	ad_lua_set_text(L, "mechanism", i->mechanism);
	ad_lua_set_text(L, "principal", i->principal);
	set_number(L, "ssf", i->ssf);
	ad_lua_set_bool(L, "tls", i->tls);
	ad_lua_set_bool(L, "channel_binding", i->channel_binding);
	ad_lua_set_text(L, "domain", i->domain);
	ad_lua_set_text(L, "base", i->base);
	ad_lua_set_text(L, "config_base", i->config_base);
	ad_lua_set_text(L, "schema_base", i->schema_base);
	ad_lua_set_text(L, "root_base", i->root_base);
	ad_lua_set_text(L, "dns_host", i->dns_host);
	set_number(L, "domain_level", i->domain_level);
	set_number(L, "forest_level", i->forest_level);
	ad_lua_set_bool(L, "is_gc", i->is_gc);
	ad_lua_set_bool(L, "read_only", i->read_only);
	ad_lua_set_bool(L, "samba", i->samba);
	ad_lua_set_text(L, "snapshot", i->snapshot);
	ad_lua_set_text(L, "taken", i->taken);
	ad_lua_set_time(L, "expires", ad_ldap_ticket_end(ld));
	return 1;
}

static int directory_close(lua_State *L)
{
	struct box *b = check_box(L, 1);

	if (get_open(b))
		ad_ldap_close(*b->held);
	b->open = false;
	return 0;
}

/* Others (entries, plans) may still hold the connection: it is not ended for them. */
static int directory_gc(lua_State *L)
{
	check_box(L, 1)->open = false;
	return 0;
}

static int directory_tostring(lua_State *L)
{
	struct ad_ldap *ld = get_open(check_box(L, 1));
	const struct ad_ldap_info *i;

	if (!ld) {
		lua_pushliteral(L, "directory: closed");
		return 1;
	}
	i = ad_ldap_info(ld);
	if (i->snapshot) {
		lua_pushfstring(L, "directory: %s in the snapshot %s of %s", i->domain, i->snapshot,
			i->taken ? i->taken : "?");
		return 1;
	}
	lua_pushfstring(L, "directory: %s via %s as %s (%s%s%s, %d bits)",
		i->domain && *i->domain ? i->domain
		: i->base               ? i->base
					: "?",
		i->dns_host ? i->dns_host : i->host, i->principal ? i->principal : "nobody",
		i->mechanism, i->tls ? ", TLS" : "",
		i->channel_binding ? " with channel binding" : "", i->ssf);
	return 1;
}

static const struct ad_lua_func methods[] = {
	{ "whoami", directory_whoami,
		"dir:whoami() - The identity of this login, as the domain controller reports it."
		"\nReturns: a string"
		"\nErrors:"
		"\n  connect: no domain controller answers"
		"\nExample: dir:whoami()" },
	{ "info", directory_info,
		"dir:info() - Describes the connection: server, login, protection, naming contexts, functional levels."
		"\nReturns: a table:"
		"\n  domain, host, dns_host, uri (string): the connected server"
		"\n  principal (string): the login"
		"\n  tls, channel_binding (boolean): whether TLS is used, and bound to the login"
		"\n  mechanism (string), ssf (integer): of the login, and how strongly it is sealed, in bits"
		"\n  base, root_base, config_base, schema_base (DN): naming contexts"
		"\n  domain_level, forest_level (integer): functional levels"
		"\n  is_gc, samba (boolean): whether it is a global catalog, and whether it is Samba"
		"\n  snapshot (string), taken (time): the snapshot file that is read instead, and when it was taken"
		"\n  expires (time): when the ticket of the login expires; nil without a ticket"
		"\nErrors: none"
		"\nExample: dir:info().domain" },
	{ "close", directory_close,
		"dir:close() - Closes the connection. What uses the directory later is an error."
		"\nReturns: nothing"
		"\nErrors: none"
		"\nExample: connect{domain = \"alpha.test\"}:close()" },
	{ NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
	{ "__gc", directory_gc },
	{ "__close", directory_close },
	{ "__tostring", directory_tostring },
	{ NULL, NULL },
};

/* Methods that other files add to the class. */
static const struct ad_lua_func *const more_methods[] = {
	ad_lua_lookup_methods,
	ad_lua_search_methods,
	NULL,
};

static const struct ad_lua_func functions[] = {
	{ "connect", directory_connect, NULL },
	{ "current", directory_current, NULL },
	{ "named", directory_named, NULL },
	{ "default", directory_default, NULL },
	{ "known", directory_known, NULL },
	{ "notes", directory_notes, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_directory(lua_State *L)
{
	const struct ad_lua_func *const *more;

	ad_lua_class(L, CLASS, methods, metamethods);
	for (more = more_methods; *more; more++)
		ad_lua_add_methods(L, CLASS, *more);
	ad_lua_search_class(L);
	ad_lua_push_entry_class(L); /* help() tells about its methods before there is an entry */
	lua_pop(L, 1);
	ad_lua_module(L, functions);
	luaL_getmetatable(L, CLASS);
	lua_getfield(L, -1, "__index");
	lua_setfield(L, -3, "methods");
	lua_pop(L, 1);
	return 1;
}
