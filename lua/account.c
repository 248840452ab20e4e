/* Accounts as arguments of verbs. See account.h. */
#include "lua/account.h"

#include "base/text.h"
#include "codec/guid.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/entry.h"
#include "lua/object.h"
#include "lua/plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- which directory ---- */

/* Pushes the directory of a domain that the current one knows, opened when it is not connected:
 * raises when that fails. NULL, and nothing pushed, when it is none: another suffix of user names.
 */
static struct ad_ldap *known_directory(lua_State *L, const char *domain)
{
	struct ad_ldap *ld = ad_lua_named_directory(L, domain);

	if (ld)
		return ld;
	if (lua_getfield(L, LUA_REGISTRYINDEX, AD_LUA_DIRECTORY_KNOWN) != LUA_TFUNCTION) {
		lua_pop(L, 1);
		return NULL;
	}
	lua_pushstring(L, domain);
	lua_call(L, 1, 1);
	if (!lua_isnil(L, -1))
		return ad_lua_check_directory(L, -1);
	lua_pop(L, 1);
	return NULL;
}

/* Pushes the directory that a name belongs to. */
static struct ad_ldap *directory_of(lua_State *L, const char *name)
{
	struct ad_ldap *current = ad_lua_current_directory(L), *other = NULL;
	const char *sep = strchr(name, '\\'), *domain;
	enum ad_identity_form form;

	if (!ad_identity_form(&form, name, NULL) ||
		(form != AD_FORM_DOMAIN_NAME && form != AD_FORM_UPN))
		return current;
	if (form == AD_FORM_UPN) {
		name = strrchr(name, '@') + 1;
		sep = name + strlen(name);
	}
	if (sep - name > 1 && sep[-1] == '.') /* of the DNS's root */
		sep--;
	domain = lua_pushlstring(L, name, (size_t)(sep - name));
	if (!ad_caseeq(ad_ldap_info(current)->domain, domain))
		other = known_directory(L, domain);
	if (!other) {
		lua_pop(L, 1);
		return current;
	}
	lua_replace(L, -3);
	lua_pop(L, 1);
	return other;
}

/* ---- one account ---- */

static const char *check_name(lua_State *L, int idx)
{
	const char *name = lua_tostring(L, idx);

	if (strlen(name) != lua_rawlen(L, idx))
		luaL_error(L, "a name contains a zero byte");
	return name;
}

/* The object of an entry as it is now: by GUID when that was read, since names change. */
static bool read_again(struct ad_entry **out, struct ad_ldap *ld, const struct ad_entry *e,
	enum ad_identity_want want, struct ad_err *err)
{
	char guid[AD_GUID_TEXT];
	struct ad_value v;

	if (!ad_entry_first(e, "objectGUID", &v) || v.len != AD_GUID_SIZE)
		return ad_identity_find(out, ld, ad_entry_dn(e), want, NULL, err);
	ad_guid_format(v.data, guid);
	return ad_identity_find(out, ld, guid, want, NULL, err);
}

/* A row of a list (hosts.all(), search) at idx becomes its DN. */
static bool is_row(lua_State *L, int idx)
{
	bool found;

	if (lua_type(L, idx) != LUA_TTABLE)
		return false;
	lua_pushliteral(L, "dn");
	found = lua_rawget(L, idx) == LUA_TSTRING;
	if (found)
		lua_replace(L, idx);
	else
		lua_pop(L, 1);
	return found;
}

/* By the name at idx; the directory becomes the user value of the box on top. */
static bool find_named(lua_State *L, int idx, struct ad_ldap **ld, struct ad_entry **box,
	enum ad_identity_want want, struct ad_err *err)
{
	const char *name = check_name(L, idx);

	*ld = directory_of(L, name);
	lua_setiuservalue(L, -2, 1);
	return ad_identity_find(box, *ld, name, want, NULL, err);
}

bool ad_lua_to_account(lua_State *L, int idx, struct ad_ldap **ld, struct ad_entry **e,
	enum ad_identity_want want, struct ad_err *err)
{
	struct ad_entry **box, *held;
	bool fresh, found;

	idx = lua_absindex(L, idx);
	box = ad_lua_box_entries(L, 1); /* its user value keeps the directory */
	if (lua_type(L, idx) == LUA_TSTRING) {
		found = find_named(L, idx, ld, box, want, err);
	} else if (ad_lua_to_entry(L, idx)) {
		ad_lua_push_entry_directory(L, idx);
		*ld = ad_lua_check_directory(L, -1);
		lua_setiuservalue(L, -2, 1);
		found = read_again(box, *ld, ad_lua_to_entry(L, idx), want, err);
	} else if (ad_lua_to_object(L, idx, ld, &held, &fresh)) {
		lua_setiuservalue(L, -2, 1);
		if (fresh)
			*box = ad_entry_ref(held);
		found = fresh ? ad_identity_check(held, want, ad_entry_dn(held), err)
			      : read_again(box, *ld, held, want, err);
	} else if (is_row(L, idx)) {
		found = find_named(L, idx, ld, box, want, err);
	} else {
		return luaL_typeerror(L, idx, "name, object or entry");
	}
	*e = *box;
	return found;
}

/* ---- SIDs of several ---- */

static bool sid_of(struct ad_sid *out, struct ad_entry *e, struct ad_err *err)
{
	struct ad_value v;

	if (ad_entry_first(e, "objectSid", &v))
		return ad_sid_decode(out, v.data, v.len, err);
	return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "%s has no SID", ad_entry_dn(e));
}

/* The names of the list at idx that can be looked up in ld together; which: their places. */
static size_t plain_names(
	lua_State *L, int idx, size_t n, struct ad_ldap *ld, const char **names, size_t *which)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		enum ad_identity_form form;
		const char *name;

		if (lua_rawgeti(L, idx, (lua_Integer)i + 1) == LUA_TSTRING) {
			name = check_name(L, -1);
			if ((!ad_identity_form(&form, name, NULL) || form != AD_FORM_SID) &&
				directory_of(L, name) == ld) {
				which[found] = i;
				names[found++] = name;
			}
		}
		lua_settop(L, idx);
	}
	return found;
}

static bool find_plain(
	lua_State *L, int idx, size_t n, struct ad_ldap *ld, struct ad_sid *out, struct ad_err *err)
{
	static const char *const attrs[] = { "objectSid", NULL };
	const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
	size_t *which = lua_newuserdatauv(L, (n + 1) * sizeof *which, 0), found, i;
	struct ad_entry **e = ad_lua_box_entries(L, n);
	int top = lua_gettop(L);
	bool ok;

	lua_pushvalue(L, idx);
	found = plain_names(L, top + 1, n, ld, names, which);
	ok = ad_identity_find_many(e, ld, names, found, AD_WANT_ANY, attrs, err);
	for (i = 0; ok && i < found; i++)
		ok = sid_of(&out[which[i]], e[i], err);
	lua_settop(L, top - 3);
	return ok;
}

/* What find_plain left: SIDs, objects, entries, names of other domains. */
static bool find_other(lua_State *L, int idx, struct ad_sid *out, struct ad_err *err)
{
	struct ad_ldap *ld;
	struct ad_entry *e;

	if (lua_type(L, idx) == LUA_TSTRING && ad_sid_parse(out, lua_tostring(L, idx), NULL))
		return true;
	return ad_lua_to_account(L, idx, &ld, &e, AD_WANT_ANY, err) && sid_of(out, e, err);
}

/* Pushes what is at idx as a list of ours, which no code that runs meanwhile can change: an object
 * or an entry is one item. */
static void push_list(lua_State *L, int idx)
{
	struct ad_ldap *ld;
	struct ad_entry *e;
	bool fresh, one = lua_type(L, idx) != LUA_TTABLE;
	lua_Integer i, n;

	if (!one && ad_lua_to_object(L, idx, &ld, &e, &fresh)) {
		lua_pop(L, 1);
		one = true;
	}
	n = one ? 1 : (lua_Integer)ad_lua_check_count(L, idx);
	lua_newtable(L);
	for (i = 1; i <= n; i++) {
		if (one)
			lua_pushvalue(L, idx);
		else
			lua_rawgeti(L, idx, i);
		lua_rawseti(L, -2, i);
	}
}

bool ad_lua_to_sids(lua_State *L, int idx, struct ad_ldap *ld, struct ad_sid **out, size_t *n,
	struct ad_err *err)
{
	struct ad_sid *sids;
	int top, list;
	bool ok = true;
	size_t i;

	push_list(L, lua_absindex(L, idx));
	list = lua_gettop(L);
	*n = ad_lua_check_count(L, list);
	sids = lua_newuserdatauv(L, (*n + 1) * sizeof *sids, 0);
	memset(sids, 0, (*n + 1) * sizeof *sids);
	top = lua_gettop(L);
	ok = find_plain(L, list, *n, ld, sids, err);
	for (i = 0; ok && i < *n; i++) {
		if (sids[i].len == 0) {
			lua_rawgeti(L, list, (lua_Integer)i + 1);
			ok = find_other(L, lua_gettop(L), &sids[i], err);
		}
		lua_settop(L, top);
	}
	lua_remove(L, list);
	*out = sids;
	return ok;
}

/* ---- values ---- */

static int by_text(const void *a, const void *b)
{
	const struct ad_value *x = a, *y = b;

	return ad_casecmp(x->data, x->len, y->data, y->len);
}

void ad_lua_push_sorted(lua_State *L, const struct ad_value *v, size_t n)
{
	struct ad_value *sorted = lua_newuserdatauv(L, (n + 1) * sizeof *sorted, 0);
	size_t i;

	if (n)
		memcpy(sorted, v, n * sizeof *v);
	qsort(sorted, n, sizeof *sorted, by_text);
	lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		lua_pushlstring(L, sorted[i].data, sorted[i].len);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

/* ---- verbs ---- */

int ad_lua_edit_values(lua_State *L, enum ad_identity_want want, ad_lua_edit *edit)
{
	const char *const *values;
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_entry *e;
	struct ad_err err;
	size_t n;
	int idx;

	lua_settop(L, 2);
	values = ad_lua_check_strings(L, 2, &n);
	if (!ad_lua_to_account(L, 1, &ld, &e, want, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!edit(p, ld, e, values, n, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}
