/* adsh.core.group: groups and their members, by DN. stdlib/group.lua is what people call. */
#include "lua/group.h"
#include "ad/group.h"
#include "ad/members.h"
#include "lua/account.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* add(group, dns) */
static int group_add(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_GROUP, ad_group_add);
}

/* remove(group, dns) */
static int group_remove(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_GROUP, ad_group_remove);
}

/* The result of the verb is on top. A group that was made just now has its own SID. */
static void set_identity(lua_State *L, struct ad_plan *p, const char *dn, struct ad_sid *sid)
{
	char text[AD_SID_TEXT];
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++)
		if (ad_plan_at(p, i)->sid.len && strcmp(ad_plan_at(p, i)->dn, dn) == 0)
			*sid = ad_plan_at(p, i)->sid;
	ad_sid_format(sid, text);
	ad_lua_set_text(L, "sid", text);
	ad_lua_set_text(L, "dn", dn);
}

/* make(dir, name, {scope=, container=, description=, members=DNs}) */
static int group_make(lua_State *L)
{
	static const char *const known[] = { "scope", "container", "description", "members", NULL };
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	struct ad_group_wish w = { .name = ad_lua_check_text(L, 2) };
	struct ad_group_found g;
	struct ad_plan *p;
	struct ad_err err;
	int idx, pushed;

	lua_settop(L, 3);
	ad_lua_check_options(L, 3, known);
	if (!ad_group_scope_parse(&w.scope, ad_lua_opt_string(L, 3, "scope", "global"), &err))
		return ad_lua_fail(L, &err);
	w.container = ad_lua_opt_string(L, 3, "container", NULL);
	w.description = ad_lua_opt_string(L, 3, "description", NULL);
	ad_lua_push_option(L, 3, "members");
	w.members = ad_lua_check_strings(L, 4, &w.n);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_group_make(&g, p, ld, &w, &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, g.dn);
	free(g.dn);
	pushed = ad_lua_plan_end(L, idx);
	if (pushed == 1)
		set_identity(L, p, lua_tostring(L, idx + 1), &g.sid);
	return pushed;
}

/* coming(name) -> { dn=, sid=, scope= } of a group that is to be made, and is not yet; or nil */
static int group_coming(lua_State *L)
{
	const char *name = ad_lua_check_text(L, 1);
	struct ad_plan *p = ad_lua_plan_open(L);
	const struct ad_change *c = p ? ad_plan_coming(p, &ad_kind_group, name) : NULL;
	char *scope;

	if (!c)
		return 0;
	lua_createtable(L, 0, 3);
	scope = ad_list_value(&ad_change_find(c, AD_GROUP)->after, "scope");
	lua_pushstring(L, scope);
	free(scope);
	lua_setfield(L, -2, "scope");
	set_identity(L, p, c->dn, &(struct ad_sid){ 0 });
	return 1;
}

/* ---- who is in a group ---- */

static void free_members(void *m)
{
	if (m)
		ad_members_clear(m);
	free(m);
}

/* What finds those who are in the groups: one filter for each, terms for an or. */
static void set_filters(lua_State *L, const struct ad_members *m)
{
	struct ad_buf *b = ad_lua_box_buf(L);

	lua_createtable(L, (int)m->n_groups, 0);
	for (size_t i = 0; i < m->n_groups; i++) {
		ad_buf_clear(b);
		ad_members_filter(b, m->groups[i].dn, &m->groups[i].sid);
		lua_pushstring(L, ad_buf_text(b));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
	lua_setfield(L, -2, "filters");
}

/* Appends to the list on top. */
static void add_sid(lua_State *L, size_t i, const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	lua_pushstring(L, text);
	lua_rawseti(L, -2, (lua_Integer)i + 1);
}

static void set_foreign(lua_State *L, const struct ad_members *m)
{
	lua_createtable(L, (int)m->n_foreign, 0);
	for (size_t i = 0; i < m->n_foreign; i++)
		add_sid(L, i, &m->foreign[i]);
	lua_setfield(L, -2, "foreign");
}

static void set_groups(lua_State *L, const struct ad_members *m)
{
	lua_createtable(L, (int)m->n_groups, 0);
	for (size_t i = 0; i < m->n_groups; i++)
		add_sid(L, i, &m->groups[i].sid);
	lua_setfield(L, -2, "groups");
}

static void set_abroad(lua_State *L, const struct ad_members *m)
{
	lua_createtable(L, (int)m->abroad.n, 0);
	for (size_t i = 0; i < m->abroad.n; i++) {
		lua_pushlstring(L, m->abroad.v[i].data, m->abroad.v[i].len);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "abroad");
}

/* expand(dir, names, secured) -> { groups = SIDs, filters = terms, foreign = SIDs, abroad = DNs }:
 * see ad/members.h. */
static int group_expand(lua_State *L)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, 1);
	bool secured = lua_toboolean(L, 3);
	const char *const *names;
	struct ad_members **m;
	struct ad_err err;
	size_t n;

	lua_settop(L, 2);
	names = ad_lua_check_strings(L, 2, &n);
	m = (struct ad_members **)ad_lua_box(L, free_members);
	*m = ad_alloc(sizeof **m);
	if (!ad_members_expand(*m, ld, names, n, secured, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, 0, 4);
	set_groups(L, *m);
	set_filters(L, *m);
	set_foreign(L, *m);
	set_abroad(L, *m);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "expand", group_expand, NULL },
	{ "coming", group_coming, NULL },
	{ "make", group_make, NULL },
	{ "add", group_add, NULL },
	{ "remove", group_remove, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_group(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
