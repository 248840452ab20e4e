/* dir:get and dir:find. See lookup.h. */
#include "lua/lookup.h"

#include "ad/schema.h"
#include "base/text.h"
#include "lua/account.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/entry.h"
#include "lua/object.h"

#include <limits.h>
#include <string.h>

/* ---- dir:get ---- */

static const char *const get_options[] = { "attributes", "want", NULL };

static enum ad_identity_want check_want(lua_State *L, const char *s)
{
	if (!strcmp(s, "account"))
		return AD_WANT_ACCOUNT;
	if (!strcmp(s, "computer"))
		return AD_WANT_COMPUTER;
	if (!strcmp(s, "group"))
		return AD_WANT_GROUP;
	if (strcmp(s, "any") != 0)
		luaL_error(L, "option 'want' must be any, account, computer or group, not '%s'", s);
	return AD_WANT_ANY;
}

/* Pushes one value, in which the list lives; all attributes when none are named. */
static const char *const *opt_attributes(lua_State *L, int idx)
{
	static const char *const all[] = { "*", NULL };
	const char *const *attrs;
	size_t n;

	if (ad_lua_push_option(L, idx, "attributes") == LUA_TNIL)
		return all;
	attrs = ad_lua_check_strings(L, -1, &n);
	lua_remove(L, -2);
	return attrs;
}

static bool has_all(const char *const *attrs, const char *const *needed)
{
	for (; *needed; needed++) {
		const char *const *a = attrs;

		while (*a && !ad_caseeq(*a, *needed) && strcmp(*a, "*") != 0)
			a++;
		if (!*a)
			return false;
	}
	return true;
}

static int directory_get(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	bool many = lua_type(L, 2) == LUA_TTABLE;
	const char *const *names, *const *attrs;
	enum ad_identity_want want;
	struct ad_entry **e;
	struct ad_err err;
	size_t n, i;
	bool complete;

	lua_settop(L, 3);
	ad_lua_check_options(L, 3, get_options);
	want = check_want(L, ad_lua_opt_string(L, 3, "want", "any"));
	names = ad_lua_check_strings(L, 2, &n);
	attrs = opt_attributes(L, 3);
	complete = has_all(attrs, ad_account_attrs);
	e = ad_lua_box_entries(L, n);
	if (!ad_identity_find_many(e, ld, names, n, want, attrs, &err))
		return ad_lua_fail(L, &err);
	if (many)
		lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		ad_lua_push_object(L, 1, e[i], attrs, complete);
		if (many)
			lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- dir:find ---- */

static const char *const find_options[] = { "filter", "base", "scope", "attributes", "limit",
	"sd_flags", "deleted", "timeout", NULL };

static void close_search(void *s)
{
	ad_search_close(s);
}

static int directory_find(lua_State *L)
{
	static const char *const scopes[] = { "base", "one", "subtree", NULL };
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct ad_search_options o = { 0 };
	struct ad_entry **e;
	struct ad_err err;
	bool complete;
	void **s;
	int got, n = 0;

	lua_settop(L, 2);
	ad_lua_check_options(L, 2, find_options);
	lua_pushstring(L, ad_lua_opt_string(L, 2, "scope", "subtree"));
	o.scope = (enum ad_scope)luaL_checkoption(L, 3, NULL, scopes);
	o.filter = ad_lua_opt_string(L, 2, "filter", NULL);
	o.base = ad_lua_opt_string(L, 2, "base", NULL);
	o.limit = (long)ad_lua_opt_range(L, 2, "limit", 0, INT_MAX, 0);
	o.sd_flags = (int)ad_lua_opt_range(L, 2, "sd_flags", 0, 15, 0);
	o.show_deleted = ad_lua_opt_bool(L, 2, "deleted", false);
	o.timeout_ms = ad_lua_opt_seconds(L, 2, "timeout");
	o.attrs = opt_attributes(L, 2);
	complete = has_all(o.attrs, ad_account_attrs);
	e = ad_lua_box_entries(L, 1);
	s = ad_lua_box(L, close_search);
	if (!ad_search_open((struct ad_search **)s, ld, &o, &err))
		return ad_lua_fail(L, &err);
	lua_newtable(L);
	while ((got = ad_search_next(*s, e, &err)) == 1) {
		ad_lua_push_object(L, 1, *e, o.attrs, complete);
		lua_rawseti(L, -2, ++n);
		ad_entry_free(*e);
		*e = NULL;
	}
	return got == 0 ? 1 : ad_lua_fail(L, &err);
}

/* ---- registration ---- */

const struct ad_lua_func ad_lua_lookup_methods[] = {
	{ "get", directory_get,
		"dir:get(identity[, {attributes=, want=}]) - Returns the object of that name with typed values; for a list of names, a list."
		"\nArguments:"
		"\n  identity (account or list): a name, DN, SID, GUID, UPN, SPN"
		"\n  attributes (option, list of strings): attributes to read. Default: all"
		"\n  want (option, string): \"account\", \"computer\", \"group\" or \"any\". Default: \"any\""
		"\nReturns: an object: dn and its attributes, typed: numbers, times, flags in words"
		"\nErrors:"
		"\n  notfound: no such object"
		"\n  usage: several objects have this name; the message lists them"
		"\nExample: dir:get(\"host01\", {attributes = {\"cn\", \"objectSid\"}})" },
	{ "find", directory_find,
		"dir:find{filter=, base=, scope=, attributes=} - Returns a list of objects with typed values."
		"\nArguments:"
		"\n  filter, base, scope (option, string): as in dir:search"
		"\n  attributes (option, list of strings): as in dir:search"
		"\nReturns: a list of objects, as dir:get returns them"
		"\nErrors:"
		"\n  usage: the filter is wrong"
		"\nExample: dir:find{filter = \"(cn=host01)\"}" },
	{ NULL, NULL, NULL },
};

/* account(x, want): what a verb takes as an account, as object; and its directory */
static int lookup_account(lua_State *L)
{
	enum ad_identity_want want = check_want(L, ad_lua_check_text(L, 2));
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;

	lua_settop(L, 2);
	if (!ad_lua_to_account(L, 1, &ld, &e, want, &err))
		return ad_lua_fail(L, &err);
	lua_getiuservalue(L, 3, 1);
	ad_lua_push_object(L, 4, e, NULL, true);
	lua_insert(L, 4);
	return 2;
}

/* entry(object): the entry with the values as they came; nil when nothing is behind the table */
static int lookup_entry(lua_State *L)
{
	struct ad_ldap *ld;
	struct ad_entry *e;
	bool fresh;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	if (!ad_lua_to_object(L, 1, &ld, &e, &fresh)) {
		lua_pushnil(L);
		return 1;
	}
	ad_lua_push_entry_class(L);
	ad_lua_push_entry(L, e, 2, 3);
	return 1;
}

/* attribute(name): as it is spelled, when it is one of those that have a type; else nil */
static int lookup_attribute(lua_State *L)
{
	size_t n;
	const char *name = luaL_checklstring(L, 1, &n);
	const struct ad_attribute *a = ad_schema_find(name, n);

	lua_pushstring(L, a ? a->name : NULL);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "account", lookup_account, NULL },
	{ "entry", lookup_entry, NULL },
	{ "attribute", lookup_attribute, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_lookup(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
