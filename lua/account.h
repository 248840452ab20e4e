/*
 * Accounts, groups and hosts as arguments of verbs: given by any identity, as an object that
 * dir:get returned, or as an entry of a search.
 */
#ifndef AD_LUA_ACCOUNT_H
#define AD_LUA_ACCOUNT_H

#include "plan/plan.h"
#include "ad/identity.h"
#include "lua/util.h"

/*
 * The account at idx, read with ad_account_attrs: a name is looked up in the current directory, and
 * NAME@domain and DOMAIN\name in that domain's, which is opened when the current one trusts it or
 * is of its forest. An object is not read again while nothing was written since. Pushes one value
 * in any case, whose user value 1 is the directory; *ld and *e live while it stays on the stack.
 * Raises when idx holds something else.
 */
bool ad_lua_to_account(lua_State *L, int idx, struct ad_ldap **ld, struct ad_entry **e,
	enum ad_identity_want want, struct ad_err *err);

/* The SIDs of the one or many at idx, looked up in ld when they are plain names; SIDs are taken as
 * they are. Pushes one value, in which *out lives. */
bool ad_lua_to_sids(lua_State *L, int idx, struct ad_ldap *ld, struct ad_sid **out, size_t *n,
	struct ad_err *err);

/* Pushes the values as a list of strings, sorted without regard to case. */
void ad_lua_push_sorted(lua_State *L, const struct ad_value *v, size_t n);

/* A write verb f(account, values), the account being what is wanted: the edit goes through the gate
 * or into the current plan; the results are those of ad_lua_plan_end. */
typedef bool ad_lua_edit(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *values, size_t n, struct ad_err *err);
int ad_lua_edit_values(lua_State *L, enum ad_identity_want want, ad_lua_edit *edit);

#endif
