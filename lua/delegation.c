/* adsh.core.delegation: who may delegate to whom. */
#include "lua/delegation.h"

#include "ad/delegation.h"
#include "ad/protected.h"
#include "codec/uac.h"
#include "lua/account.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/entry.h"
#include "lua/plan.h"

#include <stdlib.h>

/* ---- reading ---- */

static void release(void *d)
{
	if (d)
		ad_delegation_clear(d);
	free(d);
}

/* An account's name, a well-known name, or the SID itself. */
static void push_name(lua_State *L, const struct ad_sid *sid, struct ad_entry *e)
{
	char text[AD_SID_TEXT];
	struct ad_value name;

	if (e && ad_entry_first(e, "sAMAccountName", &name)) {
		lua_pushlstring(L, name.data, name.len);
	} else if (ad_sid_wellknown_name(sid)) {
		lua_pushstring(L, ad_sid_wellknown_name(sid));
	} else {
		ad_sid_format(sid, text);
		lua_pushstring(L, text);
	}
}

/* Sets sources (names) and source_sids, in the same order, into the table on top. */
static bool set_sources(
	lua_State *L, struct ad_ldap *ld, const struct ad_delegation *d, struct ad_err *err)
{
	static const char *const attrs[] = { "sAMAccountName", "objectSid", NULL };
	struct ad_entry **e = ad_lua_box_entries(L, d->n_sources);
	char text[AD_SID_TEXT];
	size_t i;

	if (!ad_identity_by_sids(e, ld, d->sources, d->n_sources, attrs, err))
		return false;
	lua_createtable(L, (int)d->n_sources, 0);
	lua_createtable(L, (int)d->n_sources, 0);
	for (i = 0; i < d->n_sources; i++) {
		push_name(L, &d->sources[i], e[i]);
		lua_rawseti(L, -3, (lua_Integer)i + 1);
		ad_sid_format(&d->sources[i], text);
		lua_pushstring(L, text);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -4, "source_sids");
	lua_setfield(L, -3, "sources");
	lua_pop(L, 1);
	return true;
}

/* Sets conditional, a list of { sid=, condition= }, into the table on top. */
static void set_conditional(lua_State *L, const struct ad_delegation *d)
{
	char text[AD_SID_TEXT];

	lua_createtable(L, (int)d->n_conditional, 0);
	for (size_t i = 0; i < d->n_conditional; i++) {
		lua_createtable(L, 0, 3);
		ad_sid_format(&d->conditional[i], text);
		ad_lua_set_text(L, "sid", text);
		ad_lua_set_text(L, "condition", d->conditions[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "conditional");
}

static int delegation_get(lua_State *L)
{
	struct ad_delegation *d;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_value name;
	struct ad_err err;
	void **box;

	lua_settop(L, 1);
	if (!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err))
		return ad_lua_fail(L, &err);
	box = ad_lua_box(L, release);
	*box = d = calloc(1, sizeof *d);
	if (!d)
		return luaL_error(L, "out of memory");
	if (!ad_delegation_get(d, ld, e, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, 0, 13);
	if (!ad_entry_first(e, "sAMAccountName", &name))
		name = (struct ad_value){ "", 0 };
	lua_pushlstring(L, name.data, name.len);
	lua_setfield(L, -2, "account");
	ad_lua_set_text(L, "dn", ad_entry_dn(e));
	ad_lua_set_text(L, "mode", ad_mode_name(d->mode));
	ad_lua_push_sorted(L, d->targets, d->n_targets);
	lua_setfield(L, -2, "targets");
	ad_lua_set_bool(L, "protocol_transition", d->uac & AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION);
	ad_lua_set_bool(L, "sensitive", d->sensitive);
	ad_lua_set_bool(L, "protected_user", d->protected_user);
	ad_lua_set_bool(L, "domain_controller", d->domain_controller);
	lua_pushinteger(L, (lua_Integer)d->odd_aces);
	lua_setfield(L, -2, "odd_aces");
	set_conditional(L, d);
	return set_sources(L, ld, d, &err) ? 1 : ad_lua_fail(L, &err);
}

static void push_sids(lua_State *L, const struct ad_sid *sids, size_t n)
{
	char text[AD_SID_TEXT];

	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		ad_sid_format(&sids[i], text);
		lua_pushstring(L, text);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_conditions(lua_State *L, const struct ad_delegation *d)
{
	char text[AD_SID_TEXT];

	lua_createtable(L, 0, (int)d->n_conditional);
	for (size_t i = 0; i < d->n_conditional; i++) {
		ad_sid_format(&d->conditional[i], text);
		ad_lua_set_text(L, text, d->conditions[i]);
	}
}

/* sources(bytes): the SIDs that a value of the RBCD attribute allows, how many other entries it
 * has, and { denied=, conditional=, conditions= }: the SIDs that it denies and those it may allow,
 * and for each of the latter under which condition; "" where only its groups have one */
static int delegation_sources(lua_State *L)
{
	struct ad_delegation *d;
	struct ad_value v;
	struct ad_err err;
	void **box;

	v.data = luaL_checklstring(L, 1, &v.len);
	box = ad_lua_box(L, release);
	*box = d = calloc(1, sizeof *d);
	if (!d)
		return luaL_error(L, "out of memory");
	if (!ad_delegation_sources(d, &v, NULL, &err))
		return ad_lua_fail(L, &err);
	push_sids(L, d->sources, d->n_sources);
	lua_pushinteger(L, (lua_Integer)d->odd_aces);
	lua_createtable(L, 0, 2);
	push_sids(L, d->denied, d->n_denied);
	lua_setfield(L, -2, "denied");
	push_sids(L, d->conditional, d->n_conditional);
	lua_setfield(L, -2, "conditional");
	push_conditions(L, d);
	lua_setfield(L, -2, "conditions");
	return 3;
}

/* may_act(bytes, sids) */
static int delegation_may_act(lua_State *L)
{
	struct ad_sid *token;
	struct ad_value v;
	struct ad_err err;
	size_t n;
	bool may;

	v.data = luaL_checklstring(L, 1, &v.len);
	lua_settop(L, 2);
	if (!ad_lua_parse_sids(L, 2, &token, &n, &err) ||
		!ad_delegation_may_act(&may, &v, token, n, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, may);
	return 1;
}

/* protected(account) */
static int delegation_protected(lua_State *L)
{
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	void **box;
	char *why;

	lua_settop(L, 1);
	if (!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ANY, &err))
		return ad_lua_fail(L, &err);
	box = ad_lua_box(L, free);
	if (!ad_protected_why(&why, ld, e, &err))
		return ad_lua_fail(L, &err);
	*box = why;
	lua_pushstring(L, why); /* NULL pushes nil */
	return 1;
}

/* is_controller(entry): it was read with userAccountControl and primaryGroupID */
static int delegation_is_controller(lua_State *L)
{
	const struct ad_entry *e = ad_lua_to_entry(L, 1);

	luaL_argexpected(L, e, 1, "entry");
	lua_pushboolean(L, ad_is_domain_controller(e));
	return 1;
}

/* ---- edits of a source ---- */

static const char *const allow_options[] = { "mode", NULL };

static int delegation_allow(lua_State *L)
{
	const char *const *targets;
	const char *name;
	enum ad_mode mode;
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	size_t n;
	int idx;

	lua_settop(L, 3);
	ad_lua_check_options(L, 3, allow_options);
	name = ad_lua_opt_string(L, 3, "mode", NULL);
	targets = ad_lua_check_strings(L, 2, &n);
	if ((name && !ad_mode_parse(&mode, name, &err)) ||
		!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_delegation_allow(p, ld, e, targets, n, name ? (int)mode : -1, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

static int delegation_revoke(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_ACCOUNT, ad_delegation_revoke);
}

static int delegation_set_mode(lua_State *L)
{
	const char *name = ad_lua_check_text(L, 2);
	enum ad_mode mode;
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	int idx;

	lua_settop(L, 2);
	if (!ad_mode_parse(&mode, name, &err) ||
		!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_delegation_set_mode(p, ld, e, mode, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

/* ---- edits of a target ---- */

typedef bool edit_sources(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err);

static int change_sources(lua_State *L, edit_sources *edit)
{
	struct ad_sid *sids;
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	size_t n;
	int idx;

	luaL_checkany(L, 2);
	lua_settop(L, 2);
	if (!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err) ||
		!ad_lua_to_sids(L, 2, ld, &sids, &n, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!edit(p, ld, e, sids, n, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

static int delegation_allow_from(lua_State *L)
{
	return change_sources(L, ad_delegation_allow_from);
}

static int delegation_revoke_from(lua_State *L)
{
	return change_sources(L, ad_delegation_revoke_from);
}

/* ---- registration ---- */

static const struct ad_lua_func functions[] = {
	{ "get", delegation_get,
		"delegation.get(account) - The delegation settings of an account: mode (the widest), protocol_transition, targets, sources, sensitive, ..."
		"\nArguments:"
		"\n  account (account): <account>"
		"\nReturns: a table:"
		"\n  mode (string): the widest: none, kerberos, any, unconstrained"
		"\n  protocol_transition, sensitive, protected_user, domain_controller (boolean): properties of the account"
		"\n  targets (list of SPNs): services that it may delegate to"
		"\n  sources (list of strings): names of the accounts that may delegate to it"
		"\n  source_sids (list of strings): their SIDs"
		"\n  conditional (list of strings): accounts that may delegate to it when a condition is met"
		"\nErrors:"
		"\n  <notfound>"
		"\nExample: delegation.get \"host01\"" },
	{ "allow", delegation_allow,
		"delegation.allow(source, targets[, {mode=}]) - The source may delegate to these SPNs; mode is \"kerberos\" or \"any\"."
		"\nArguments:"
		"\n  source (account): <account>"
		"\n  targets (SPN or list): such as \"cifs/host02\"; the short name and the DNS name are different SPNs"
		"\n  mode (option, string): \"kerberos\": for users who signed in with Kerberos; \"any\": any protocol. Default: unchanged"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: delegation.allow(\"host01\", {\"cifs/host02\", \"cifs/host02.alpha.test\"}, {mode = \"any\"})" },
	{ "revoke", delegation_revoke,
		"delegation.revoke(source, targets) - The source may no longer delegate to these SPNs."
		"\nArguments:"
		"\n  source (account): <account>"
		"\n  targets (SPN or list): SPNs that it does not have are ignored"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: delegation.revoke(\"host01\", \"cifs/host02\")" },
	{ "set_mode", delegation_set_mode,
		"delegation.set_mode(source, mode) - Sets \"none\", \"kerberos\", \"any\" or \"unconstrained\", which keeps constrained delegation."
		"\nArguments:"
		"\n  source (account): <account>"
		"\n  mode (string): \"none\" also empties its list of SPNs; \"kerberos\", \"any\", \"unconstrained\""
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: delegation.set_mode(\"host01\", \"any\")" },
	{ "allow_from", delegation_allow_from,
		"delegation.allow_from(target, sources) - Resource-based: the target accepts delegation by these accounts."
		"\nArguments:"
		"\n  target (account): <account>"
		"\n  sources (account or list): the accounts that may delegate to it"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: delegation.allow_from(\"host02\", {\"host01\", \"host03\"})" },
	{ "revoke_from", delegation_revoke_from,
		"delegation.revoke_from(target, sources) - The target no longer accepts delegation by these accounts."
		"\nArguments:"
		"\n  target (account): <account>"
		"\n  sources (account or list): the accounts that may delegate to it"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: delegation.revoke_from(\"host02\", \"host01\")" },
	{ "sources", delegation_sources,
		"delegation.sources(bytes) - Internal: The SIDs that a resource-based descriptor allows, the number of its other entries, and {denied=, conditional=, conditions=}." },
	{ "may_act", delegation_may_act,
		"delegation.may_act(bytes, sids) - Internal: Whether a resource-based descriptor allows an account with these SIDs: its own and those of its groups." },
	{ "protected", delegation_protected,
		"delegation.protected(account) - Says why an account or group is protected (see --allow-protected); nil: it is not."
		"\nArguments:"
		"\n  account (account or group): any identity"
		"\nReturns: a string; nil when it is not protected"
		"\nErrors:"
		"\n  <notfound>"
		"\nExample: delegation.protected \"Domain Admins\"" },
	{ "is_controller", delegation_is_controller,
		"delegation.is_controller(entry) - Internal: Whether an entry of a search is a domain controller, writable or read-only." },
	{ NULL, NULL, NULL },
};

int ad_lua_open_delegation(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
