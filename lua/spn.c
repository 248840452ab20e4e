/* adsh.core.spn: service principal names. */
#include "lua/spn.h"

#include "ad/spn.h"
#include "lua/account.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists of owners ---- */

struct owners {
	struct ad_spn_owner *o;
	size_t n;
};

static void release(void *p)
{
	struct owners *list = p;

	if (list)
		ad_spn_owners_free(list->o, list->n);
	free(list);
}

static struct owners *box_owners(lua_State *L)
{
	void **box = ad_lua_box(L, release);

	*box = calloc(1, sizeof(struct owners));
	if (!*box)
		luaL_error(L, "out of memory");
	return *box;
}

static void release_aliases(void *p)
{
	ad_spn_aliases_free(p);
}

struct covers {
	size_t n;
	char *text[];
};

static void release_covers(void *p)
{
	struct covers *c = p;

	while (c && c->n)
		free(c->text[--c->n]);
	free(c);
}

/* Pushes the list; spns: what was asked for, or NULL. */
static int push_owners(
	lua_State *L, const struct owners *list, const char *const *spns, bool forest)
{
	size_t i;

	lua_createtable(L, (int)list->n, 1);
	for (i = 0; i < list->n; i++) {
		lua_createtable(L, 0, 5);
		if (spns)
			ad_lua_set_text(L, "asked", spns[list->o[i].asked]);
		ad_lua_set_text(L, "spn", list->o[i].spn);
		ad_lua_set_text(L, "account", list->o[i].account);
		ad_lua_set_text(L, "dn", list->o[i].dn);
		ad_lua_set_bool(L, "alias", list->o[i].relation == AD_SPN_COVERS);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	ad_lua_set_bool(L, "forest", forest);
	return 1;
}

/* ---- reading ---- */

static const char *const find_options[] = { "aliases", NULL };

static int spn_find(lua_State *L)
{
	const char *const *spns;
	struct owners *list;
	struct ad_ldap *ld;
	struct ad_err err;
	bool forest, with_aliases;
	void **aliases;
	size_t n;

	lua_settop(L, 3);
	ad_lua_check_options(L, 2, find_options);
	with_aliases = ad_lua_opt_bool(L, 2, "aliases", true);
	spns = ad_lua_check_strings(L, 1, &n);
	ld = lua_isnil(L, 3) ? ad_lua_current_directory(L) : ad_lua_check_directory(L, 3);
	list = box_owners(L);
	aliases = ad_lua_box(L, release_aliases);
	if ((with_aliases && !ad_spn_aliases_read((struct ad_spn_aliases **)aliases, ld, &err)) ||
		!ad_spn_find(&list->o, &list->n, &forest, ld, spns, n, *aliases, false, &err))
		return ad_lua_fail(L, &err);
	return push_owners(L, list, spns, forest);
}

static int spn_duplicates(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct owners *list = box_owners(L);
	struct ad_err err;
	bool forest;

	if (!ad_spn_duplicates(&list->o, &list->n, &forest, ld, &err))
		return ad_lua_fail(L, &err);
	return push_owners(L, list, NULL, forest);
}

static int spn_list(lua_State *L)
{
	const struct ad_value *v = NULL;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	size_t n;

	lua_settop(L, 1);
	if (!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err))
		return ad_lua_fail(L, &err);
	n = ad_entry_values(e, "servicePrincipalName", &v);
	ad_lua_push_sorted(L, v, n);
	return 1;
}

/* covers(spns[, dir]): for each name the one that stands for it by sPNMappings, or false */
static int spn_covers(lua_State *L)
{
	const char *const *spns;
	struct covers *c;
	struct ad_ldap *ld;
	struct ad_err err;
	void **box;
	size_t i, n;

	lua_settop(L, 2);
	ld = lua_isnil(L, 2) ? ad_lua_current_directory(L) : ad_lua_check_directory(L, 2);
	spns = ad_lua_check_strings(L, 1, &n);
	box = ad_lua_box(L, release_covers);
	*box = c = calloc(1, sizeof *c + (n + 1) * sizeof *c->text);
	if (!c)
		return luaL_error(L, "out of memory");
	if (!ad_spn_covers(c->text, ld, spns, n, &err))
		return ad_lua_fail(L, &err);
	c->n = n;
	lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		if (c->text[i])
			lua_pushstring(L, c->text[i]);
		else
			lua_pushboolean(L, 0);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- edits ---- */

/* Sets the lines of text as the field "warnings" of the result table below them. */
static void set_warnings(lua_State *L, const struct ad_buf *text)
{
	const char *s = ad_buf_text(text), *end;
	int n = 0;

	lua_newtable(L);
	for (; (end = strchr(s, '\n')); s = end + 1) {
		lua_pushlstring(L, s, (size_t)(end - s));
		lua_rawseti(L, -2, ++n);
	}
	lua_setfield(L, -2, "warnings");
}

static const char *const add_options[] = { "covered", NULL };

static int spn_add(lua_State *L)
{
	struct ad_buf *warnings;
	bool covered;
	const char *const *spns;
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	int idx, pushed;
	size_t n;

	lua_settop(L, 3);
	ad_lua_check_options(L, 3, add_options);
	covered = ad_lua_opt_bool(L, 3, "covered", false);
	spns = ad_lua_check_strings(L, 2, &n);
	if (!ad_lua_to_account(L, 1, &ld, &e, AD_WANT_ACCOUNT, &err))
		return ad_lua_fail(L, &err);
	warnings = ad_lua_box_buf(L);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_spn_add(p, ld, e, spns, n, covered, warnings, &err))
		return ad_lua_fail(L, &err);
	pushed = ad_lua_plan_end(L, idx);
	if (lua_istable(L, -pushed))
		set_warnings(L, warnings);
	return pushed;
}

static int spn_remove(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_ACCOUNT, ad_spn_remove);
}

/* ---- registration ---- */

static const struct ad_lua_func functions[] = {
	{ "list", spn_list,
		"spn.list(account) - The service principal names (SPNs) of an account, sorted."
		"\nArguments:"
		"\n  account (account): <account>"
		"\nReturns: a list of SPNs, sorted"
		"\nErrors:"
		"\n  <notfound>"
		"\nExample: spn.list \"host01\"" },
	{ "find", spn_find,
		"spn.find(spns[, {aliases=}]) - Finds the accounts of the forest that have these SPNs, or an SPN that covers them (alias)."
		"\nArguments:"
		"\n  spns (SPN or list): the names"
		"\n  aliases (option, boolean): false leaves out SPNs that only cover another. Default: true"
		"\nReturns: a list:"
		"\n  asked, spn (SPN): the requested SPN, and the SPN that was found"
		"\n  account, dn (string): the owner"
		"\n  alias (boolean): whether it only covers the requested SPN, as HOST covers cifs"
		"\nErrors:"
		"\n  connect: no domain controller answers"
		"\nExample: spn.find{\"cifs/host01\", \"HTTP/host01\"}" },
	{ "covers", spn_covers,
		"spn.covers(spns[, dir]) - For each SPN, the SPN that covers it by sPNMappings, or false."
		"\nArguments:"
		"\n  spns (list of SPNs): the names"
		"\n  dir (directory): whose sPNMappings apply. Default: the current one"
		"\nReturns: a list: for each SPN another one, or false"
		"\nErrors:"
		"\n  connect: no domain controller answers"
		"\nExample: spn.covers{\"cifs/host01\", \"MSSQLSvc/host01\"}" },
	{ "duplicates", spn_duplicates,
		"spn.duplicates() - Lists the service principal names (SPNs) that more than one object of the forest has."
		"\nReturns: a list:"
		"\n  spn (SPN): the name"
		"\n  account, dn (string): an owner"
		"\n  warning (string): set when no global catalog answered, so that only this domain was searched"
		"\nErrors:"
		"\n  connect: no domain controller answers"
		"\nExample: spn.duplicates()" },
	{ "add", spn_add,
		"spn.add(account, spns[, {covered=}]) - Adds SPNs that no other account of the forest has; covered: also those that others cover by HOST/."
		"\nArguments:"
		"\n  account (account): <account>"
		"\n  spns (SPN or list): the names"
		"\n  covered (option, boolean): true also adds SPNs that others cover by HOST. Default: false"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  conflict: another account of the forest has the name"
		"\n  <refused>"
		"\nExample: spn.add(\"host01\", \"HTTP/host01\")" },
	{ "remove", spn_remove,
		"spn.remove(account, spns) - Removes SPNs from an account."
		"\nArguments:"
		"\n  account (account): <account>"
		"\n  spns (SPN or list): SPNs that it does not have are ignored"
		"\nReturns: <report>"
		"\nErrors:"
		"\n  <notfound>"
		"\n  <refused>"
		"\nExample: spn.remove(\"host01\", \"Microsoft Virtual Console Service/HOST01\")" },
	{ NULL, NULL, NULL },
};

int ad_lua_open_spn(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
