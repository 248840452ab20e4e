/* adsh.core.krb5: identities, their tickets, and tickets as the proof of a delegation. */
#include "lua/krb5.h"

#include "base/mem.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/util.h"
#include "net/ldap.h"
#include "net/s4u.h"
#include "net/s4u_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLASS "adsh.krb5"
#define TICKETS "adsh.krb5.tickets"
#define RUN "adsh.krb5.run"

struct box {
	void **held; /* see ad_lua_own: the identity */
};

/* ---- identities ---- */

struct ad_krb5 *ad_lua_check_krb5(lua_State *L, int idx)
{
	struct ad_krb5 *k = *((struct box *)luaL_checkudata(L, idx, CLASS))->held;

	luaL_argcheck(L, k, idx, "the identity no longer exists");
	return k;
}

static void release(void *k)
{
	ad_krb5_free(k);
}

/* Pushes an identity and returns the place for it. */
static struct ad_krb5 **new_box(lua_State *L)
{
	struct box *b = lua_newuserdatauv(L, sizeof *b, 1);

	b->held = ad_lua_own(L, 1, release);
	luaL_setmetatable(L, CLASS);
	return (struct ad_krb5 **)b->held;
}

bool ad_lua_get_password(
	struct ad_secret **out, const char *user, const char *file, bool ask, struct ad_err *err)
{
	char prompt[300];

	if (file)
		return ad_secret_read(out, file, err);
	if (!ask)
		return true;
	snprintf(prompt, sizeof prompt, "Password of %s: ", user ? user : "the account");
	return ad_secret_prompt(out, prompt, err);
}

static int krb5_login(lua_State *L)
{
	static const char *const known[] = { "user", "domain", "password_file", "keytab", "ccache",
		"prompt", "timeout", NULL };
	struct ad_krb5_options o = { 0 };
	struct ad_secret *password = NULL;
	const char *file;
	struct ad_err err;
	struct ad_krb5 **k;
	bool ask, ok;

	lua_settop(L, 1);
	ad_lua_check_options(L, 1, known);
	o.user = ad_lua_opt_string(L, 1, "user", NULL);
	o.realm = ad_lua_opt_string(L, 1, "domain", NULL);
	o.keytab = ad_lua_opt_string(L, 1, "keytab", NULL);
	o.ccache = ad_lua_opt_string(L, 1, "ccache", NULL);
	o.timeout_ms = ad_lua_opt_seconds(L, 1, "timeout");
	file = ad_lua_opt_string(L, 1, "password_file", NULL);
	ask = ad_lua_opt_bool(L, 1, "prompt", o.user && !o.keytab && !o.ccache);
	k = new_box(L);
	ok = ad_lua_get_password(&password, o.user, file, ask, &err);
	o.password = password;
	ok = ok && ad_krb5_open(k, &o, &err);
	ad_secret_free(password);
	return ok ? 1 : ad_lua_fail(L, &err);
}

static int identity_tostring(lua_State *L)
{
	struct ad_krb5 *k = ad_lua_check_krb5(L, 1);

	lua_pushfstring(L, "krb5: %s, tickets in %s", ad_krb5_principal(k), ad_krb5_ccache(k));
	return 1;
}

static int krb5_logout(lua_State *L)
{
	struct ad_krb5 *k = ad_lua_check_krb5(L, 1);
	struct ad_err err;

	if (!ad_krb5_logout(k, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, true);
	return 1;
}

static int krb5_default_realm(lua_State *L)
{
	struct ad_err err;
	char *realm;

	if (!ad_krb5_default_realm(&realm, NULL, &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, realm);
	free(realm);
	return 1;
}

/* ---- tickets ---- */

struct tickets {
	struct ad_krb5_ticket *list;
	size_t n;
};

static int tickets_gc(lua_State *L)
{
	struct tickets *t = lua_touserdata(L, 1);

	ad_krb5_tickets_free(t->list, t->n);
	return 0;
}

static struct tickets *new_tickets(lua_State *L)
{
	struct tickets *t;

	ad_lua_check_alive(L);
	t = lua_newuserdatauv(L, sizeof *t, 0);
	*t = (struct tickets){ NULL, 0 };
	if (luaL_newmetatable(L, TICKETS)) {
		lua_pushcfunction(L, tickets_gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	return t;
}

static void push_ticket(lua_State *L, const struct ad_krb5_ticket *t)
{
	char flags[24];

	lua_createtable(L, 0, 7);
	ad_lua_set_filled(L, "client", t->client);
	ad_lua_set_filled(L, "server", t->server);
	ad_lua_set_time(L, "start", t->start);
	ad_lua_set_time(L, "expires", t->end);
	ad_lua_set_time(L, "renew_till", t->renew_till);
	ad_lua_set_filled(L, "flags", ad_krb5_flag_letters(t->flags, flags));
	ad_lua_set_filled(L, "enctype", t->enctype);
}

static int krb5_tickets(lua_State *L)
{
	struct ad_krb5_options o = { .expired = true };
	struct ad_err err;
	struct tickets *t;

	lua_settop(L, 1);
	if (lua_isnil(L, 1)) {
		if (!ad_krb5_open(new_box(L), &o, &err))
			return ad_lua_fail(L, &err);
		lua_replace(L, 1);
	}
	t = new_tickets(L);
	if (!ad_krb5_tickets(ad_lua_check_krb5(L, 1), &t->list, &t->n, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)t->n, 0);
	for (size_t i = 0; i < t->n; i++) {
		push_ticket(L, &t->list[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- the proof of a delegation ---- */

static const char *needed_text(lua_State *L, int idx, const char *key)
{
	const char *s = ad_lua_opt_string(L, idx, key, NULL);

	if (!s || !*s)
		luaL_error(L, "option '%s' is needed", key);
	return s;
}

static void read_request(lua_State *L, int idx, struct ad_s4u_request *r)
{
	static const char *const known[] = { "source", "keytab", "user", "target", "timeout",
		NULL };

	luaL_checktype(L, idx, LUA_TTABLE);
	ad_lua_check_options(L, idx, known);
	r->source = ad_lua_opt_string(L, idx, "source", NULL);
	r->keytab = needed_text(L, idx, "keytab");
	r->user = needed_text(L, idx, "user");
	r->target = needed_text(L, idx, "target");
	r->timeout_ms = ad_lua_opt_seconds(L, idx, "timeout");
}

/* asked: nothing but false, when the KDC could not be asked. */
static void push_answer(lua_State *L, const struct ad_s4u_result *result)
{
	static const char *const steps[] = { "login", "self", "proxy", "done" };

	lua_createtable(L, 0, 10);
	lua_pushboolean(L, result->step == AD_S4U_DONE);
	lua_setfield(L, -2, "ok");
	ad_lua_set_filled(L, "step", steps[result->step]);
	if (result->step != AD_S4U_DONE && !ad_s4u_is_refusal(&result->refusal)) {
		lua_pushboolean(L, false);
		lua_setfield(L, -2, "asked");
	}
	if (result->step == AD_S4U_DONE) {
		ad_lua_set_filled(L, "client", result->client);
		ad_lua_set_filled(L, "server", result->server);
		ad_lua_set_time(L, "expires", result->end);
	} else {
		ad_lua_set_filled(L, "reason", result->refusal.message);
		ad_lua_set_filled(L, "name", result->refusal.name);
		ad_lua_set_filled(L, "diagnostic", result->refusal.diagnostic);
		ad_lua_set_filled(L, "hint", result->refusal.hint);
		lua_pushboolean(L, result->forwardable);
		lua_setfield(L, -2, "forwardable");
	}
}

static void push_result(
	lua_State *L, const struct ad_s4u_request *r, const struct ad_s4u_result *result)
{
	push_answer(L, result);
	ad_lua_set_filled(L, "source", r->source);
	ad_lua_set_filled(L, "user", r->user);
	ad_lua_set_filled(L, "target", r->target);
}

static int krb5_verify(lua_State *L)
{
	struct ad_s4u_request r;
	struct ad_s4u_result result;
	struct ad_err err;

	read_request(L, 1, &r);
	if (!ad_s4u_verify(&r, &result, &err))
		return ad_lua_fail(L, &err);
	push_result(L, &r, &result);
	return 1;
}

/* verify_many(list) */
static int krb5_verify_many(lua_State *L)
{
	struct ad_s4u_result *results;
	struct ad_s4u_request *requests;
	struct ad_err err;
	size_t n, done = 0;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	n = ad_lua_check_count(L, 1);
	lua_createtable(L, (int)n, 0); /* at 2: holds the options that the requests' texts are in */
	requests = lua_newuserdatauv(L, (n + 1) * sizeof *requests, 0);
	results = lua_newuserdatauv(L, (n + 1) * sizeof *results, 0);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, 1, (lua_Integer)i + 1);
		read_request(L, -1, &requests[i]);
		lua_rawseti(L, 2, (lua_Integer)i + 1);
	}
	if (!ad_s4u_verify_many(requests, n, results, &done, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		push_result(L, &requests[i], &results[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- very many tickets ---- */

struct s4u_list {
	struct ad_s4u_ask *asks;
	size_t n;
};

static void s4u_list_free(void *p)
{
	struct s4u_list *list = p;

	for (size_t i = 0; list && i < list->n; i++)
		free((void *)list->asks[i].targets);
	if (list)
		free(list->asks);
	free(list);
}

static void s4u_run_release(void *run)
{
	ad_s4u_run_free(run);
}

/* The cache of who is logged in to the directory at idx. */
static const char *own_cache(lua_State *L, int idx)
{
	struct ad_krb5 *k = ad_ldap_krb5(ad_lua_check_directory(L, idx));

	if (!k)
		luaL_error(L, "the login to the directory is not a Kerberos login");
	return ad_krb5_ccache(k);
}

/* krb5.own_ticket(dir, source): the flags of the user's own ticket to a principal. */
static int krb5_own_ticket(lua_State *L)
{
	const char *cache = own_cache(L, 1), *source = ad_lua_check_text(L, 2);
	struct ad_s4u_evidence e;
	struct ad_err err;

	if (!ad_s4u_own(&e, cache, source, 0, &err))
		return ad_lua_fail(L, &err);
	free(e.ticket);
	lua_createtable(L, 0, 2);
	lua_pushboolean(L, e.forwardable);
	lua_setfield(L, -2, "forwardable");
	lua_pushboolean(L, e.trusted);
	lua_setfield(L, -2, "trusted");
	return 1;
}

/* The texts are held by Lua: those of the ask at idx stay in it, its list included, until it is
 * copied. kept: a table that holds them. */
static void read_ask(lua_State *L, int kept, struct ad_s4u_ask *ask)
{
	static const char *const known[] = { "source", "keytab", "user", "own", "targets",
		"entries", NULL };
	int idx = lua_gettop(L);
	const char **targets;
	size_t n;

	luaL_checktype(L, idx, LUA_TTABLE);
	ad_lua_check_options(L, idx, known);
	ask->source = lua_pushstring(L, needed_text(L, idx, "source"));
	ask->keytab = lua_pushstring(L, needed_text(L, idx, "keytab"));
	ask->user = lua_pushstring(L, needed_text(L, idx, "user"));
	for (int i = 0; i < 3; i++)
		luaL_ref(L, kept);
	if (ad_lua_push_option(L, idx, "own") != LUA_TNIL)
		ask->own = own_cache(L, -1);
	luaL_ref(L, kept); /* the directory, and so its cache */
	lua_getfield(L, idx, "targets");
	luaL_checktype(L, -1, LUA_TTABLE);
	n = ad_lua_check_count(L, -1);
	targets = ad_alloc((n + 1) * sizeof *targets);
	ask->targets = targets;
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		targets[ask->n++] = ad_lua_check_text(L, -1);
		luaL_ref(L, kept);
	}
	lua_settop(L, idx - 1);
}

/* The KDCs by realm; texts are held by the table kept. */
static size_t read_kdcs(lua_State *L, int idx, int kept, struct ad_s4u_place *places, size_t room)
{
	size_t n = 0;

	lua_getfield(L, idx, "kdcs");
	if (lua_istable(L, -1))
		for (lua_pushnil(L); n < room && lua_next(L, -2);) {
			if (lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING) {
				places[n].realm = lua_tostring(L, -2);
				places[n++].host = lua_tostring(L, -1);
				lua_pushvalue(L, -2);
				luaL_ref(L, kept);
			}
			luaL_ref(L, kept);
		}
	lua_pop(L, 1);
	return n;
}

static int krb5_s4u(lua_State *L)
{
	static const char *const known[] = { "kdcs", "timeout", "connections", NULL };
	struct ad_s4u_place places[64];
	struct ad_s4u_options o = { .kdcs = places };
	struct s4u_list **list;
	struct ad_s4u_run *run = NULL;
	struct ad_err err;
	void **held;
	size_t n;

	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	ad_lua_check_options(L, 2, known);
	n = ad_lua_check_count(L, 1);
	lua_newtable(L); /* at 3: holds the texts */
	o.timeout_ms = ad_lua_opt_seconds(L, 2, "timeout");
	o.connections = (size_t)ad_lua_opt_range(L, 2, "connections", 0, 64, 0);
	o.n_kdcs = read_kdcs(L, 2, 3, places, sizeof places / sizeof *places);
	list = (struct s4u_list **)ad_lua_box(L, s4u_list_free);
	*list = ad_alloc(sizeof **list);
	(*list)->asks = ad_alloc((n + 1) * sizeof *(*list)->asks);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, 1, (lua_Integer)i + 1);
		(*list)->n++;
		read_ask(L, 3, &(*list)->asks[i]);
	}
	lua_newuserdatauv(L, sizeof(struct box), 1);
	held = ad_lua_own(L, 1, s4u_run_release);
	((struct box *)lua_touserdata(L, -1))->held = held;
	luaL_setmetatable(L, RUN);
	if (!ad_s4u_run_new(&run, (*list)->asks, n, &o, &err))
		return ad_lua_fail(L, &err);
	*held = run;
	return 1;
}

/* run:next(): the numbers of ask and target, and the answer; nil: all are answered. */
static int s4u_next(lua_State *L)
{
	struct ad_s4u_run *run = *((struct box *)luaL_checkudata(L, 1, RUN))->held;
	struct ad_s4u_result result;
	struct ad_err err;
	size_t ask, target;

	luaL_argcheck(L, run, 1, "it is closed");
	if (!ad_s4u_run_next(run, &ask, &target, &result, &err)) {
		if (err.kind != AD_ERR_NONE)
			return ad_lua_fail(L, &err);
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, (lua_Integer)ask + 1);
	lua_pushinteger(L, (lua_Integer)target + 1);
	push_answer(L, &result);
	return 3;
}

static int s4u_close(lua_State *L)
{
	struct box *b = luaL_checkudata(L, 1, RUN);

	ad_s4u_run_free(*b->held);
	*b->held = NULL;
	return 0;
}

static const luaL_Reg run_metamethods[] = {
	{ "__close", s4u_close },
	{ NULL, NULL },
};

static const struct ad_lua_func run_methods[] = {
	{ "next", s4u_next, NULL },
	{ NULL, NULL, NULL },
};

static const struct ad_lua_func methods[] = {
	{ NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
	{ "__tostring", identity_tostring },
	{ NULL, NULL },
};

/* cache_of(realm[, collection]): the name of a cache at hand that is of this realm, or nil. */
static int krb5_cache_of(lua_State *L)
{
	const char *realm = ad_lua_check_text(L, 1);
	char *name =
		ad_krb5_cache_of(realm, lua_isnoneornil(L, 2) ? NULL : ad_lua_check_text(L, 2));

	lua_pushstring(L, name);
	free(name);
	return 1;
}

/* keytab_of(keytab, realm[, user]) */
static int krb5_keytab_of(lua_State *L)
{
	const char *keytab = ad_lua_check_text(L, 1), *realm = ad_lua_check_text(L, 2);
	const char *user = lua_isnoneornil(L, 3) ? NULL : ad_lua_check_text(L, 3);
	char *name = ad_krb5_keytab_of(keytab, realm, user);

	lua_pushstring(L, name);
	free(name);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "cache_of", krb5_cache_of,
		"krb5.cache_of(realm[, collection]) - Internal: The credential cache of the environment whose owner is of this realm, or nil." },
	{ "keytab_of", krb5_keytab_of,
		"krb5.keytab_of(keytab, realm[, user]) - Internal: The account of this realm in a keytab, or nil." },
	{ "login", krb5_login,
		"krb5.login{user=, domain=, password_file=, prompt=, keytab=, ccache=, timeout=} - An identity for connect{krb5=}; without options, that of the current tickets."
		"\nArguments:"
		"\n  user, domain (option, string): the account. Default: from the current tickets"
		"\n  password_file, keytab, ccache (option, string): the source of the secret. Default: the current tickets"
		"\n  prompt (option, boolean): true asks for the password at the terminal. Default: true with user alone"
		"\n  timeout (option, number): seconds for each KDC. Default: 15"
		"\nReturns: an identity"
		"\nErrors:"
		"\n  connect: the login failed"
		"\nExample: krb5.login{}" },
	{ "logout", krb5_logout,
		"krb5.logout(identity) - Destroys the tickets of an identity."
		"\nArguments:"
		"\n  identity (identity): what krb5.login returned"
		"\nReturns: nothing"
		"\nErrors: none"
		"\nExample: krb5.logout(krb5.login{keytab = \"host01.keytab\", user = \"HOST01$\"})" },
	{ "tickets", krb5_tickets,
		"krb5.tickets([identity]) - Lists the tickets of an identity, or the current tickets."
		"\nArguments:"
		"\n  identity (identity): what krb5.login returned. Default: the current tickets"
		"\nReturns: a list:"
		"\n  client, server (string): principals"
		"\n  start, expires, renew_till (time): start and end of validity, and end of renewal"
		"\n  flags (string), enctype (string): of the ticket"
		"\nErrors:"
		"\n  connect: there is no ticket"
		"\nExample: krb5.tickets()" },
	{ "verify", krb5_verify,
		"krb5.verify{source=, keytab=, user=, target=} - Requests a ticket on behalf of the user, with the key of the source: { ok=, step=, reason=, hint=, expires= }."
		"\nArguments:"
		"\n  source (option, string): the account that delegates. Required"
		"\n  keytab (option, string): the file with its key. Required"
		"\n  user (option, string): the user to act for. Required"
		"\n  target (option, SPN): the service. Required"
		"\nReturns: a table:"
		"\n  ok (boolean): whether the KDC issued the ticket"
		"\n  step, reason, name, diagnostic, hint (string): the step that failed, and why"
		"\n  expires (time), client, server (string): of the ticket"
		"\nErrors:"
		"\n  usage: an option is missing"
		"\nExample: krb5.verify{source = \"HOST01$\", keytab = \"host01.keytab\", user = \"user01\", target = \"cifs/host02\"}" },
	{ "own_ticket", krb5_own_ticket,
		"krb5.own_ticket(dir, source) - Internal: Whether the user's own ticket to a principal is forwardable, and the KDC trusts that." },
	{ "s4u", krb5_s4u,
		"krb5.s4u(list, options) - Internal: Tickets for { source=, keytab=, user=, targets= } in a list; its next() gives an answer." },
	{ "verify_many", krb5_verify_many,
		"krb5.verify_many(list) - Does many krb5.verify at once, with one login for each source."
		"\nArguments:"
		"\n  list (list of tables): each as krb5.verify takes it"
		"\nReturns: a list of results of krb5.verify"
		"\nErrors:"
		"\n  usage: an option is missing"
		"\nExample: krb5.verify_many{}" },
	{ "default_realm", krb5_default_realm,
		"krb5.default_realm() - The realm of the current tickets, or the default realm of krb5.conf."
		"\nReturns: a string"
		"\nErrors:"
		"\n  connect: none is known"
		"\nExample: krb5.default_realm()" },
	{ NULL, NULL, NULL },
};

int ad_lua_open_krb5(lua_State *L)
{
	ad_lua_class(L, CLASS, methods, metamethods);
	ad_lua_class(L, RUN, run_methods, run_metamethods);
	ad_lua_module(L, functions);
	return 1;
}
