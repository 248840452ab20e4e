/* dir:search{...}: the streaming search as an iterator for the generic for. */
#include "lua/search.h"

#include "base/mem.h"
#include "base/notice.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/entry.h"
#include "net/ldap_search.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "adsh.search"
#define LAST CLASS ".last" /* in the registry: a directory's last search */

struct reading {
	struct ad_search *search;
	struct ad_entry *entry; /* only between reading and pushing, which may raise and run code */
	bool prints; /* whoever reads it may print in between: no progress stays on the screen */
};

struct box {
	void **held; /* see ad_lua_own: a struct reading */
};

/* ---- the search object ---- */

static void release(void *p)
{
	struct reading *r = p;

	if (!r)
		return;
	ad_entry_free(r->entry);
	ad_search_close(r->search);
	free(r);
}

/* NULL: it was never opened, or is finalized. */
static struct ad_search *check_search(lua_State *L)
{
	const struct reading *r = *((struct box *)luaL_checkudata(L, 1, CLASS))->held;

	return r ? r->search : NULL;
}

/* Also what a script may call as __gc: the memory stays until nobody can use it any more. */
static int search_close(lua_State *L)
{
	struct ad_search *s = check_search(L);

	if (s)
		ad_search_stop(s);
	return 0;
}

static int search_count(lua_State *L)
{
	struct ad_search *s = check_search(L);

	lua_pushinteger(L, s ? (lua_Integer)ad_search_count(s) : 0);
	return 1;
}

static int search_requests(lua_State *L)
{
	struct ad_search *s = check_search(L);

	lua_pushinteger(L, s ? (lua_Integer)ad_search_requests(s) : 0);
	return 1;
}

/* The list is asked for again each time: code that runs in between may read on. */
static int push_referrals(lua_State *L, const struct ad_search *s)
{
	const char *const *urls;
	size_t i, n = 0;

	lua_newtable(L);
	for (i = 0; s && (urls = ad_search_referrals(s, &n), i < n); i++) {
		lua_pushstring(L, urls[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int search_referrals(lua_State *L)
{
	return push_referrals(L, check_search(L));
}

static int search_ready(lua_State *L)
{
	struct ad_search *s = check_search(L);

	lua_pushboolean(L, !s || ad_search_ready(s));
	return 1;
}

/* upvalues: the box, the directory, the class of entries */
static int search_next(lua_State *L)
{
	struct reading *r = *((struct box *)lua_touserdata(L, lua_upvalueindex(1)))->held;
	struct ad_err err;
	int rc;

	if (!r)
		return 0;
	if (r->entry)
		return luaL_error(L, "the search is being read already");
	rc = ad_search_next(r->search, &r->entry, &err);
	if (r->prints)
		ad_notice_hide();
	if (rc < 0)
		return ad_lua_raise(L, &err);
	if (rc == 0)
		return 0;
	ad_lua_push_entry(L, r->entry, lua_upvalueindex(2), lua_upvalueindex(3));
	ad_entry_free(r->entry);
	r->entry = NULL;
	return 1;
}

/* ---- methods of a directory ---- */

static const char *const options[] = { "filter", "base", "scope", "attributes", "page", "limit",
	"sd_flags", "deleted", "timeout", NULL };

static enum ad_scope check_scope(lua_State *L, const char *scope)
{
	if (!strcmp(scope, "base"))
		return AD_SCOPE_BASE;
	if (!strcmp(scope, "one"))
		return AD_SCOPE_ONE;
	if (strcmp(scope, "subtree") != 0)
		luaL_error(L, "scope must be base, one or subtree, not '%s'", scope);
	return AD_SCOPE_SUBTREE;
}

/* Leaves one value on the stack that keeps the attribute list alive. */
static void check_options(lua_State *L, int idx, struct ad_search_options *o)
{
	size_t n;

	ad_lua_check_options(L, idx, options);
	o->filter = ad_lua_opt_string(L, idx, "filter", NULL);
	o->base = ad_lua_opt_string(L, idx, "base", NULL);
	o->scope = check_scope(L, ad_lua_opt_string(L, idx, "scope", "subtree"));
	o->page_size = (int)ad_lua_opt_range(L, idx, "page", -1, INT_MAX, 0);
	o->limit = (long)ad_lua_opt_range(L, idx, "limit", 0, INT_MAX, 0);
	o->sd_flags = (int)ad_lua_opt_range(L, idx, "sd_flags", 0, 15, 0);
	o->show_deleted = ad_lua_opt_bool(L, idx, "deleted", false);
	o->timeout_ms = ad_lua_opt_seconds(L, idx, "timeout");
	if (ad_lua_push_option(L, idx, "attributes") == LUA_TNIL)
		return;
	o->attrs = ad_lua_check_strings(L, -1, &n);
}

/* The search that dir:referrals() tells about. */
static void remember(lua_State *L, int dir, int box)
{
	if (!luaL_getsubtable(L, LUA_REGISTRYINDEX, LAST)) {
		lua_createtable(L, 0, 1);
		lua_pushliteral(L, "k");
		lua_setfield(L, -2, "__mode");
		lua_setmetatable(L, -2);
	}
	lua_pushvalue(L, dir);
	lua_pushvalue(L, box);
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

static const struct ad_lua_func methods[] = {
	{ "count", search_count,
		"search:count() - How many entries a search has returned so far."
		"\nReturns: an integer; the object is the fourth value that dir:search returns"
		"\nErrors: none"
		"\nExample: select(4, dir:search{filter = \"(cn=host01)\"}):count()" },
	{ "ready", search_ready,
		"search:ready() - Internal: whether the next entry, or the end, is there without a wait." },
	{ "requests", search_requests,
		"search:requests() - How many LDAP requests a search has sent."
		"\nReturns: an integer: one for each page of results"
		"\nErrors: none"
		"\nExample: select(4, dir:search{filter = \"(cn=host01)\"}):requests()" },
	{ "referrals", search_referrals,
		"search:referrals() - The URLs of other servers that a search did not follow."
		"\nReturns: a list of strings: URLs"
		"\nErrors: none"
		"\nExample: select(4, dir:search{filter = \"(cn=host01)\"}):referrals()" },
	{ NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
	{ "__gc", search_close },
	{ "__close", search_close },
	{ NULL, NULL },
};

void ad_lua_search_class(lua_State *L)
{
	ad_lua_class(L, CLASS, methods, metamethods);
}

/* Pushes the search object. */
static struct reading *new_reading(lua_State *L)
{
	struct box *b = lua_newuserdatauv(L, sizeof *b, 1);

	b->held = ad_lua_own(L, 1, release);
	*b->held = ad_alloc(sizeof(struct reading));
	luaL_setmetatable(L, CLASS);
	return *b->held;
}

/* A file of stdlib gathers what it reads; code of the user's may do anything. */
static bool is_user(lua_State *L)
{
	lua_Debug ar;

	return !lua_getstack(L, 1, &ar) || !lua_getinfo(L, "S", &ar) ||
	       strncmp(ar.source, "@adsh/", 6) != 0;
}

static int directory_search(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct ad_search_options o = { 0 };
	struct reading *r;
	struct ad_err err;

	lua_settop(L, 2);
	r = new_reading(L); /* at 3 */
	r->prints = is_user(L);
	check_options(L, 2, &o);
	if (!ad_search_open(&r->search, ld, &o, &err))
		return ad_lua_raise(L, &err);
	remember(L, 1, 3);
	lua_pushvalue(L, 3);
	lua_pushvalue(L, 1);
	ad_lua_push_entry_class(L);
	lua_pushcclosure(L, search_next, 3);
	lua_pushvalue(L, 3);
	lua_pushnil(L);
	lua_pushvalue(L, 3);
	return 4;
}

static int directory_referrals(lua_State *L)
{
	const struct reading *r;
	struct box *b;

	ad_lua_check_directory(L, 1);
	lua_settop(L, 1);
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LAST);
	lua_pushvalue(L, 1);
	lua_rawget(L, -2);
	b = luaL_testudata(L, -1, CLASS);
	r = b ? *b->held : NULL;
	return push_referrals(L, r ? r->search : NULL);
}

/* ---- registration ---- */

const struct ad_lua_func ad_lua_search_methods[] = {
	{ "search", directory_search,
		"dir:search(options) - Iterator over the entries found: for e in dir:search{filter=, base=, scope=, attributes=, limit=, deleted=, timeout=} do."
		"\nArguments:"
		"\n  options (table):"
		"\n    filter (option, string): a filter, such as filter.* returns. Default: (objectClass=*)"
		"\n    base (option, DN): where to search. Default: the domain"
		"\n    scope (option, string): \"base\", \"one\" or \"subtree\". Default: \"subtree\""
		"\n    attributes (option, list of strings): names. Default: all"
		"\n    limit (option, integer): maximum number of entries. Default: all"
		"\n    deleted (option, boolean): true also finds deleted objects. Default: false"
		"\n    timeout (option, number): seconds for the whole search. Default: no limit"
		"\nReturns: an iterator; of each entry:"
		"\n  dn (string): its distinguished name"
		"\n  NAME (list of strings): each attribute: its values, as bytes; entry:first(NAME) is the first one"
		"\nErrors:"
		"\n  usage: the filter is wrong"
		"\n  connect: the connection is lost"
		"\nExample: for e in dir:search{filter = \"(cn=host0*)\", attributes = {\"cn\"}} do print(e.dn) end" },
	{ "referrals", directory_referrals,
		"dir:referrals() - The URLs of the referrals of the last search, which are not followed."
		"\nReturns: a list of strings: URLs"
		"\nErrors:"
		"\n  connect: no domain controller answers"
		"\nExample: dir:referrals()" },
	{ NULL, NULL, NULL },
};
