/* adsh.core.server_file: files and folders of file servers. stdlib/file.lua and stdlib/folder.lua
 * are what people call. */
#include "lua/server_file.h"

#include "ad/server_file.h"
#include "base/mem.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/plan.h"
#include "lua/share.h"

#include <stdlib.h>

static void free_bytes(void *p)
{
	if (p)
		ad_buf_clear(p);
	free(p);
}

/* read(unc): what the file holds */
static int server_file_read(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	void **box = ad_lua_box(L, free_bytes);
	struct ad_buf *b = *box = ad_alloc(sizeof *b);
	struct ad_err err;

	if (!ad_file_content(b, ld, unc, &err))
		return ad_lua_fail(L, &err);
	lua_pushlstring(L, b->len ? (const char *)b->data : "", b->len);
	return 1;
}

/* ---- what is in a folder ---- */

struct children {
	struct child {
		char *name;
		bool folder, link;
	} * list;
	size_t n;
};

static void free_children(void *p)
{
	struct children *c = p;

	while (c && c->n)
		free(c->list[--c->n].name);
	if (c)
		free(c->list);
	free(c);
}

static bool is_itself(const char *name)
{
	return name[0] == '.' && !name[1];
}

/* Names that are not Unicode are left out: no path leads there. */
static bool add_child(void *arg, const struct ad_smb_child *c, struct ad_err *err)
{
	struct children *all = arg;

	(void)err;
	if (!c->name || is_itself(c->name))
		return true;
	if ((all->n & (all->n - 1)) == 0)
		all->list = ad_realloc(all->list, all->n ? 2 * all->n : 1, sizeof *all->list);
	all->list[all->n++] = (struct child){ ad_strdup(c->name), c->folder, c->link };
	return true;
}

/* list(unc): { name=, folder=, link= } for each thing in the folder */
static int server_file_list(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_ldap *ld = ad_lua_current_directory(L);
	void **box = ad_lua_box(L, free_children);
	struct children *c = *box = ad_alloc(sizeof *c);
	struct ad_err err;

	if (!ad_file_list(ld, unc, add_child, c, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, (int)c->n, 0);
	for (size_t i = 0; i < c->n; i++) {
		lua_createtable(L, 0, 3);
		ad_lua_set_text(L, "name", c->list[i].name);
		ad_lua_set_bool(L, "folder", c->list[i].folder);
		ad_lua_set_bool(L, "link", c->list[i].link);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- the verbs ---- */

/* put(unc, content or nil[, sddl[, domain's SID]]); without content a folder */
static int server_file_put(lua_State *L)
{
	const char *unc = ad_lua_check_text(L, 1);
	struct ad_file_wish w = { 0 };
	struct ad_ldap *ld;
	struct ad_plan *p;
	struct ad_err err;
	int idx;

	lua_settop(L, 4);
	if (!lua_isnil(L, 2)) {
		luaL_checktype(L, 2, LUA_TSTRING);
		w.content = lua_tolstring(L, 2, &w.n);
	}
	if (!lua_isnil(L, 3)) {
		w.sd = ad_lua_parse_sd(L, 3, &err);
		if (!w.sd)
			return ad_lua_fail(L, &err);
	}
	ld = ad_lua_current_directory(L);
	p = ad_lua_plan_begin(L);
	idx = lua_gettop(L);
	if (!ad_file_put(p, ld, unc, &w, &err))
		return ad_lua_fail(L, &err);
	return ad_lua_plan_end(L, idx);
}

/* remove(unc) */
static int server_file_remove(lua_State *L)
{
	return ad_lua_unc_verb(L, ad_file_remove);
}

static const struct ad_lua_func functions[] = {
	{ "read", server_file_read, NULL },
	{ "list", server_file_list, NULL },
	{ "put", server_file_put, NULL },
	{ "remove", server_file_remove, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_server_file(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
