/* adsh.core.share: steps through DFS. See share.h. */
#include "lua/share.h"

#include "ad/dfs.h"
#include "base/mem.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/util.h"

#include <stdlib.h>

static void free_step(void *p)
{
	if (p)
		ad_dfs_clear(p);
	free(p);
}

static void push_list(lua_State *L, char *const *list, size_t n)
{
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		lua_pushstring(L, list[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_step(lua_State *L, const struct ad_dfs_step *s)
{
	lua_createtable(L, 0, 4);
	ad_lua_set_text(L, "link", s->link);
	ad_lua_set_text(L, "rest", s->rest);
	lua_pushinteger(L, s->ttl);
	lua_setfield(L, -2, "ttl");
	push_list(L, s->targets, s->n);
	lua_setfield(L, -2, "targets");
}

/* step(unc[, dc]): { link=, rest=, targets={...}, ttl= }, or false: the path is what it says */
int ad_lua_share_step(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	const char *dc = lua_isnoneornil(L, 2) ? NULL : ad_lua_check_text(L, 2);
	struct ad_dfs_step *s;
	struct ad_ldap *ld;
	struct ad_unc u;
	struct ad_err err;
	void **box;
	bool ok;

	lua_settop(L, 2);
	ld = ad_lua_current_directory(L);
	box = ad_lua_box(L, free_step);
	s = *box = ad_alloc(sizeof *s);
	if (!ad_unc_parse(&u, unc, &err))
		return ad_lua_fail(L, &err);
	ok = ad_dfs_step(s, ld, &u, dc, &err);
	ad_unc_clear(&u);
	if (!ok)
		return ad_lua_fail(L, &err);
	if (s->link)
		push_step(L, s);
	else
		lua_pushboolean(L, false);
	return 1;
}

/* dcs(dc, domain): names of the other domain's DCs, as many as this one tells */
int ad_lua_share_dcs(lua_State *L)
{
	const char *dc = ad_lua_check_text(L, 1), *domain = ad_lua_check_text(L, 2);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	void **box = ad_lua_box(L, free_step);
	struct ad_dfs_step *s = *box = ad_alloc(sizeof *s);
	struct ad_err err;

	if (!ad_dfs_dcs(s, ld, dc, domain, &err))
		return ad_lua_fail(L, &err);
	push_list(L, s->targets, s->n);
	return 1;
}
