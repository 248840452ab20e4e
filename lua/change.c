/* Changes of a plan as Lua tables. See change.h. */
#include "lua/change.h"
#include "lua/box.h"
#include "lua/util.h"
#include "plan/fields.h"

#include <string.h>

#define CLASS "adsh.difference"

/* Lua shares short strings only, and lists have the same long ones in common: texts, at that index,
 * holds those that were pushed, by the copy that the lists share. */
static void push_text(lua_State *L, int texts, const struct ad_value *v)
{
	if (lua_rawgetp(L, texts, v->data) != LUA_TNIL)
		return;
	lua_pop(L, 1);
	lua_pushlstring(L, v->data, v->len);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, texts, v->data);
}

static void push_list(lua_State *L, int texts, const struct ad_list *l)
{
	size_t i;

	lua_createtable(L, (int)l->n, 0);
	for (i = 0; i < l->n; i++) {
		push_text(L, texts, &l->v[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static bool is_same(const struct ad_list *a, const struct ad_list *b)
{
	size_t i = 0;

	while (a->n == b->n && i < a->n && a->v[i].data == b->v[i].data)
		i++;
	return a->n == b->n && i == a->n;
}

/* Sets the list all and what of it makes the difference into the table on top; one table is both
 * where they are the same, as with an attribute that had no values before. */
static void set_lists(lua_State *L, int texts, const struct ad_list *all, const char *key,
	const struct ad_list *difference, const char *difference_key)
{
	push_list(L, texts, difference);
	if (is_same(all, difference))
		lua_pushvalue(L, -1);
	else
		push_list(L, texts, all);
	lua_setfield(L, -3, key);
	lua_setfield(L, -2, difference_key);
}

/* The lists live outside Lua: they go into a box first, so that an error leaks nothing. */
struct difference {
	struct ad_list add, remove;
};

static int difference_gc(lua_State *L)
{
	struct difference *d = lua_touserdata(L, 1);

	ad_list_clear(&d->add);
	ad_list_clear(&d->remove);
	return 0;
}

static void push_edit(lua_State *L, int texts, const struct ad_edit *e)
{
	struct difference *d;

	ad_lua_check_alive(L);
	d = lua_newuserdatauv(L, sizeof *d, 0);
	memset(d, 0, sizeof *d);
	if (luaL_newmetatable(L, CLASS)) {
		lua_pushcfunction(L, difference_gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	ad_edit_difference(e, &d->add, &d->remove);
	ad_list_sort(&d->add, e->merge);
	ad_list_sort(&d->remove, e->merge);
	lua_createtable(L, 0, 6);
	ad_lua_set_text(L, "attribute", e->attr);
	ad_lua_set_text(L, "syntax", ad_merge_name(e->merge));
	set_lists(L, texts, &e->before, "before", &d->remove, "remove");
	set_lists(L, texts, &e->after, "after", &d->add, "add");
	ad_list_clear(&d->add);
	ad_list_clear(&d->remove);
	lua_remove(L, -2);
}

/* The places in the plan of what has to be done before it; those are numbered. */
static void set_after(lua_State *L, const struct ad_change *c)
{
	if (c->n_after == 0)
		return;
	lua_createtable(L, (int)c->n_after, 0);
	for (size_t i = 0; i < c->n_after; i++) {
		lua_pushinteger(L, (lua_Integer)c->after[i]->place);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "after");
}

static void set_fields(lua_State *L, const struct ad_change *c)
{
	struct ad_buf *text = ad_lua_box_buf(L);
	const struct ad_field *f;

	for (size_t i = 0; (f = ad_field(i)); i++) {
		if (!(f->places & AD_FIELD_LUA))
			continue;
		f->text(c, text);
		if (text->len) {
			lua_pushlstring(L, (const char *)text->data, text->len);
			lua_setfield(L, -3, f->name);
		}
		ad_buf_clear(text);
	}
	lua_pop(L, 1);
}

/* fields(place) -> the names of the texts of a change there: "journal" or "file"; each true when it
 * is needed */
int ad_lua_change_fields(lua_State *L)
{
	static const char *const places[] = { "journal", "file", NULL };
	unsigned place = luaL_checkoption(L, 1, NULL, places) ? AD_FIELD_FILE : AD_FIELD_JOURNAL;
	const struct ad_field *f;

	lua_newtable(L);
	for (size_t i = 0; (f = ad_field(i)); i++)
		if (f->places & place)
			ad_lua_set_bool(L, f->name, f->places & AD_FIELD_NEEDED);
	return 1;
}

static void push_change(lua_State *L, int texts, const struct ad_change *c)
{
	size_t i;

	lua_createtable(L, 0, 14);
	set_fields(L, c);
	ad_lua_set_bool(L, "widens", c->verdict.widens);
	ad_lua_set_bool(L, "protected", c->verdict.touches);
	ad_lua_set_bool(L, "rebased", c->rebased);
	if (c->state != AD_CHANGE_DONE && c->err.kind != AD_ERR_NONE) {
		ad_lua_push_err(L, &c->err);
		lua_setfield(L, -2, "error");
	}
	set_after(L, c);
	lua_createtable(L, (int)c->n, 0);
	for (i = 0; i < c->n; i++) {
		push_edit(L, texts, &c->edits[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "edits");
}

void ad_lua_push_changes(lua_State *L, struct ad_plan *p)
{
	size_t i;
	int texts;

	for (i = 0; i < ad_plan_count(p); i++)
		ad_plan_at(p, i)->place = i + 1;
	lua_newtable(L);
	texts = lua_gettop(L);
	lua_createtable(L, (int)ad_plan_count(p), 0);
	for (i = 0; i < ad_plan_count(p); i++) {
		push_change(L, texts, ad_plan_at(p, i));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, texts);
}
