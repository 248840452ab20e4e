/*
 * adsh.core.whole: makes and removes objects of the kinds in whose table an attribute says whether
 * the object is there (ad_kind.existence). What may be made, and where, the noun's Lua decides.
 */
#include "lua/whole.h"
#include "ad/whole.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"
#include "plan/object.h"
#include "plan/placeholder.h"

#include <stdlib.h>

static const struct ad_kind *check_kind(lua_State *L, int idx)
{
	const struct ad_kind *k = ad_kind_find(ad_lua_check_text(L, idx));

	luaL_argcheck(L, k && k->existence && k->in_directory, idx, "no such kind of object");
	return k;
}

static void release_text(void *p)
{
	free(p);
}

static void release_entry(void *p)
{
	ad_entry_free(p);
}

static void release_change(void *p)
{
	if (p)
		ad_change_free(p);
}

/* What is at dn, as the kind reads it; pushes one value, in which it lives. */
static bool read_now(lua_State *L, struct ad_entry **e, const struct ad_kind *k, struct ad_ldap *ld,
	const char *dn, struct ad_err *err)
{
	void **entry = ad_lua_box(L, release_entry), **probe = ad_lua_box(L, release_change);
	struct ad_change *c = *probe = ad_change_new(k, ld, dn, NULL, "");
	bool ok = k->read(e, c, err);

	if (ok)
		*entry = *e;
	lua_pop(L, 1);
	return ok;
}

/* container(dir, dn or nil, wkguid) -> its DN; without dn that of the well-known container */
static int whole_container(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	const char *dn = luaL_optstring(L, 2, NULL), *known = ad_lua_check_text(L, 3);
	void **box = ad_lua_box(L, release_text);
	struct ad_err err;
	char *text;

	if (!ad_whole_container(&text, ld, dn, known, &err))
		return ad_lua_fail(L, &err);
	*box = text;
	lua_pushstring(L, text);
	return 1;
}

/* The values of the list at idx, in place of what is pending. */
static void take_values(lua_State *L, int idx, struct ad_list *out)
{
	lua_Integer i, n = (lua_Integer)ad_lua_check_count(L, idx);
	size_t len;

	ad_list_clear(out);
	for (i = 1; i <= n; i++) {
		const char *s;

		lua_rawgeti(L, idx, i);
		s = lua_tolstring(L, -1, &len);
		if (s)
			ad_list_add(out, s, len);
		lua_pop(L, 1);
	}
}

static bool refuse_there(const char *dn, const char *label, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0, "an object called %s already exists", label);
	return ad_err_where(err, "create the object", dn);
}

/* make(kind, dir, container, name, values[, label]): name is the CN; values what the object is, a
 * list of "key=value"; label: what people call it */
static int whole_make(lua_State *L)
{
	const struct ad_kind *k = check_kind(L, 1);
	struct ad_ldap *ld = ad_lua_check_directory(L, 2);
	const char *container = ad_lua_check_text(L, 3), *name = ad_lua_check_text(L, 4);
	const char *label = luaL_optstring(L, 6, name);
	void **box = ad_lua_box(L, release_text);
	const char *dn = *box = ad_whole_dn(container, name);
	struct ad_entry *e = NULL;
	struct ad_change *c;
	struct ad_plan *p;
	struct ad_err err;
	int idx;

	luaL_checktype(L, 5, LUA_TTABLE);
	if (!read_now(L, &e, k, ld, dn, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	c = ad_plan_find(p, k, ld, dn);
	if ((c && ad_change_makes(c)) || ad_entry_values(e, k->existence, NULL)) {
		refuse_there(dn, label, &err);
		return ad_lua_fail(L, &err);
	}
	c = ad_plan_add(p, k, ld, e, label);
	take_values(L, 5, &ad_change_edit(c, e, k->existence)->after);
	ad_placeholder_make(&c->sid, dn);
	return ad_lua_plan_end(L, idx);
}

/* remove(kind, dir, dn[, label]) */
static int whole_remove(lua_State *L)
{
	const struct ad_kind *k = check_kind(L, 1);
	struct ad_ldap *ld = ad_lua_check_directory(L, 2);
	const char *dn = ad_lua_check_text(L, 3), *given = luaL_optstring(L, 4, NULL);
	struct ad_entry *e = NULL;
	struct ad_change *c;
	struct ad_plan *p;
	struct ad_err err;
	char *label;
	int idx;

	if (!read_now(L, &e, k, ld, dn, &err))
		return ad_lua_fail(L, &err);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	label = ad_object_label(e);
	c = ad_plan_add(p, k, ld, e, given ? given : label);
	free(label);
	for (const struct ad_kind_attribute *a = k->attributes; a->name; a++)
		ad_list_clear(&ad_change_edit(c, e, a->name)->after);
	if (!c->guid)
		c->guid = ad_object_guid(e);
	ad_object_sid(&c->sid, e);
	return ad_lua_plan_end(L, idx);
}

static const struct ad_lua_func functions[] = {
	{ "container", whole_container, NULL },
	{ "make", whole_make, NULL },
	{ "remove", whole_remove, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_whole(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
