/* adsh.core.share: the verbs that write. See share.h. */
#include "lua/share.h"

#include "ad/permission.h"
#include "ad/share.h"
#include "lua/account.h"
#include "lua/directory.h"
#include "lua/plan.h"

struct wish {
	struct ad_sid *sids;
	size_t n;
	uint32_t mask;
	uint8_t flags;
	bool copy;
	const struct ad_sd *sd;
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

static int edit(
	lua_State *L, struct ad_ldap *ld, const char *unc, ad_share_verb *f, const struct wish *w)
{
	struct ad_plan *p = ad_lua_plan_begin(L);
	int idx = lua_gettop(L);
	struct ad_err err;

	if (!ad_share_edit(p, ld, unc, f, w, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

/* grant(unc, trustees, rights[, inherit]) */
int ad_lua_share_grant(lua_State *L)
{
	const char *unc = luaL_checkstring(L, 1), *rights = luaL_checkstring(L, 3);
	struct wish w = { .flags = ad_lua_check_inherit(L, 4) };
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct ad_err err;

	if (!ad_rights_parse(&w.mask, rights, &err) ||
		!ad_lua_to_sids(L, 2, ld, &w.sids, &w.n, &err))
		return ad_lua_fail(L, &err);
	return edit(L, ld, unc, do_grant, &w);
}

/* revoke(unc, trustees) */
int ad_lua_share_revoke(lua_State *L)
{
	const char *unc = luaL_checkstring(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct wish w = { 0 };
	struct ad_err err;

	if (!ad_lua_to_sids(L, 2, ld, &w.sids, &w.n, &err))
		return ad_lua_fail(L, &err);
	return edit(L, ld, unc, do_revoke, &w);
}

/* set(unc, sddl[, domain's SID]) */
int ad_lua_share_set(lua_State *L)
{
	const char *unc = luaL_checkstring(L, 1);
	struct ad_ldap *ld;
	struct wish w = { 0 };
	struct ad_err err;

	lua_settop(L, 3);
	w.sd = ad_lua_parse_sd(L, 2, &err);
	if (!w.sd)
		return ad_lua_fail(L, &err);
	ld = ad_lua_current_directory(L);
	return edit(L, ld, unc, do_set, &w);
}

/* protect(unc, "copy"|"remove") */
int ad_lua_share_protect(lua_State *L)
{
	static const char *const ways_out[] = { "remove", "copy", NULL };
	const char *unc = luaL_checkstring(L, 1);
	struct wish w = { .copy = luaL_checkoption(L, 2, NULL, ways_out) == 1 };
	struct ad_ldap *ld = ad_lua_current_directory(L);

	return edit(L, ld, unc, do_protect, &w);
}

/* add(unc, {path=, remark=, users=, acl=, domain_sid=}) */
int ad_lua_share_add(lua_State *L)
{
	static const char *const known[] = { "path", "remark", "users", "acl", "domain_sid", NULL };
	const char *unc = luaL_checkstring(L, 1);
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
	w.users = (long)ad_lua_opt_integer(L, 2, "users", -1);
	if (lua_getfield(L, 2, "acl") != LUA_TNIL) {
		lua_getfield(L, 2, "domain_sid");
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

/* remove(unc) */
int ad_lua_share_remove(lua_State *L)
{
	const char *unc = luaL_checkstring(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	struct ad_plan *p = ad_lua_plan_begin(L);
	int idx = lua_gettop(L);
	struct ad_err err;

	if (!ad_share_remove(p, ld, unc, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}
