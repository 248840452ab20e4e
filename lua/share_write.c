/* adsh.core.share: the verbs that write. See share.h. */
#include "lua/share.h"

#include "ad/permission.h"
#include "ad/share.h"
#include "base/mem.h"
#include "lua/account.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"

#include <stdlib.h>

struct wish {
	struct ad_sid *sids;
	size_t n;
	uint32_t mask;
	uint8_t flags;
	bool copy;
	const struct ad_sd *sd;
	int children; /* the function that is told what lacks below, on the stack; 0: not wanted */
};

static bool do_grant(struct ad_change *c, struct ad_edit *e, const void *arg, struct ad_err *err)
{
	const struct wish *w = arg;

	return ad_permission_grant(c, e, w->sids, w->n, w->mask, w->flags, err);
}

static bool do_revoke(struct ad_change *c, struct ad_edit *e, const void *arg, struct ad_err *err)
{
	const struct wish *w = arg;

	return ad_permission_revoke(c, e, w->sids, w->n, err);
}

static bool do_set(struct ad_change *c, struct ad_edit *e, const void *arg, struct ad_err *err)
{
	return ad_permission_set(c, e, ((const struct wish *)arg)->sd, err);
}

static bool do_protect(struct ad_change *c, struct ad_edit *e, const void *arg, struct ad_err *err)
{
	return ad_permission_protect(c, e, ((const struct wish *)arg)->copy, err);
}

/* ---- what is below ---- */

struct lacks {
	struct lack {
		char *unc, *why;
		bool folder;
	} * list;
	size_t n;
};

static void free_lacks(void *p)
{
	struct lacks *l = p;

	while (l && l->n) {
		free(l->list[--l->n].unc);
		free(l->list[l->n].why);
	}
	if (l)
		free(l->list);
	free(l);
}

static void add_lack(void *arg, const char *unc, bool folder, const struct ad_err *why)
{
	struct lacks *l = arg;

	l->list = ad_realloc(l->list, l->n + 1, sizeof *l->list);
	l->list[l->n++] = (struct lack){ ad_strdup(unc), ad_strdup(why->message), folder };
}

/* Calls the function at idx for everything that lacks: f(unc, why, is_folder). */
static bool propagate(lua_State *L, struct ad_plan *p, struct ad_ldap *ld, const char *unc, int idx,
	struct ad_err *err)
{
	void **box = ad_lua_box(L, free_lacks);
	struct lacks *l = *box = ad_alloc(sizeof *l);
	bool ok = ad_share_propagate(p, ld, unc, add_lack, l, err);

	for (size_t i = 0; i < l->n; i++) {
		lua_pushvalue(L, idx);
		lua_pushstring(L, l->list[i].unc);
		lua_pushstring(L, l->list[i].why);
		lua_pushboolean(L, l->list[i].folder);
		lua_call(L, 3, 0);
	}
	return ok;
}

/* nil and false: not wanted */
static int check_children(lua_State *L, int idx)
{
	if (!lua_toboolean(L, idx))
		return 0;
	luaL_checktype(L, idx, LUA_TFUNCTION);
	return idx;
}

/* f NULL: only what is below */
static int edit(
	lua_State *L, struct ad_ldap *ld, const char *unc, ad_share_verb *f, const struct wish *w)
{
	struct ad_plan *p = ad_lua_plan_begin(L);
	int idx = lua_gettop(L);
	struct ad_err err;

	if (f && !ad_share_edit(p, ld, unc, f, w, &err))
		return ad_lua_fail(L, &err);
	if (w->children && !propagate(L, p, ld, unc, w->children, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

/* ---- the verbs ---- */

/* grant(unc, trustees, rights[, inherit[, children]]); children: see propagate */
int ad_lua_share_grant(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1), *rights = ad_lua_check_text(L, 3);
	struct wish w = { .flags = ad_lua_check_inherit(L, 4) };
	struct ad_ldap *ld;
	struct ad_err err;

	lua_settop(L, 5);
	w.children = check_children(L, 5);
	ld = ad_lua_current_directory(L);
	if (!ad_rights_parse(&w.mask, rights, &err) ||
		!ad_lua_to_sids(L, 2, ld, &w.sids, &w.n, &err))
		return ad_lua_fail(L, &err);
	return edit(L, ld, unc, do_grant, &w);
}

/* revoke(unc, trustees[, children]) */
int ad_lua_share_revoke(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct wish w = { .children = check_children(L, 3) };
	struct ad_ldap *ld;
	struct ad_err err;

	lua_settop(L, 3);
	ld = ad_lua_current_directory(L);
	if (!ad_lua_to_sids(L, 2, ld, &w.sids, &w.n, &err))
		return ad_lua_fail(L, &err);
	return edit(L, ld, unc, do_revoke, &w);
}

/* set(unc, sddl[, domain's SID[, children]]) */
int ad_lua_share_set(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_ldap *ld;
	struct wish w = { .children = check_children(L, 4) };
	struct ad_err err;

	lua_settop(L, 4);
	w.sd = ad_lua_parse_sd(L, 2, &err);
	if (!w.sd)
		return ad_lua_fail(L, &err);
	ld = ad_lua_current_directory(L);
	return edit(L, ld, unc, do_set, &w);
}

/* protect(unc, "copy"|"remove"[, children]) */
int ad_lua_share_protect(lua_State *L)
{
	static const char *const ways_out[] = { "remove", "copy", NULL };
	const char *unc = ad_lua_check_text(L, 1);
	struct wish w = { .copy = luaL_checkoption(L, 2, NULL, ways_out) == 1,
		.children = check_children(L, 3) };

	lua_settop(L, 3);
	return edit(L, ad_lua_current_directory(L), unc, do_protect, &w);
}

/* propagate(unc, children) */
int ad_lua_share_propagate(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct wish w = { .children = 2 };

	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_settop(L, 2);
	return edit(L, ad_lua_current_directory(L), unc, NULL, &w);
}

/* add(unc, {path=, remark=, users=, acl=, domain_sid=}) */
int ad_lua_share_add(lua_State *L)
{
	static const char *const known[] = { "path", "remark", "users", "acl", "domain_sid", NULL };
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_share_wish w = { 0 };
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_err err;
	int idx;

	lua_settop(L, 2);
	ad_lua_check_options(L, 2, known);
	w.path = ad_lua_opt_string(L, 2, "path", NULL);
	luaL_argcheck(L, w.path, 2, "the path on the server is missing");
	w.remark = ad_lua_opt_string(L, 2, "remark", NULL);
	w.users = (long)ad_lua_opt_range(L, 2, "users", 0, UINT32_MAX, -1);
	if (ad_lua_push_option(L, 2, "acl") != LUA_TNIL) {
		ad_lua_push_option(L, 2, "domain_sid");
		w.sd = ad_lua_parse_sd(L, 3, &err);
		if (!w.sd)
			return ad_lua_fail(L, &err);
	}
	ld = ad_lua_current_directory(L);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_share_add(p, ld, unc, &w, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

int ad_lua_unc_verb(lua_State *L, ad_lua_unc_intent *f)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct ad_plan *p = ad_lua_plan_begin(L);
	int idx = lua_gettop(L);
	struct ad_err err;

	if (!f(p, ld, unc, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

/* remove(unc) */
int ad_lua_share_remove(lua_State *L)
{
	return ad_lua_unc_verb(L, ad_share_remove);
}
