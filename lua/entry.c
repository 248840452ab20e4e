/*
 * Entries. The bytes of an entry are the memory of the Lua value itself, so that the collector
 * knows their size and nothing has to be finalized; values become Lua strings when asked for.
 */
#include "lua/entry.h"

#include "lua/util.h"

#include <string.h>

#define CLASS "adsh.entry"

/* ---- names ---- */

#define NAMES 64
#define NAME_MAX_LEN 38

/* The Lua strings of names seen lately: entries mostly have the same attributes, and to find the
 * string costs less than to hash it again. The strings lie in the user value, at slot + 1. */
struct names {
	struct {
		unsigned char len;
		char text[NAME_MAX_LEN];
	} slot[NAMES];
};

static const char names_key; /* its address is the key in the registry */

/* Pushes the names and the table of their strings. */
static struct names *push_names(lua_State *L)
{
	struct names *names;

	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) != LUA_TUSERDATA) {
		lua_pop(L, 1);
		names = lua_newuserdatauv(L, sizeof *names, 1);
		memset(names, 0, sizeof *names);
		lua_createtable(L, NAMES, 0);
		lua_setiuservalue(L, -2, 1);
		lua_pushvalue(L, -1);
		lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
	}
	lua_getiuservalue(L, -1, 1);
	return lua_touserdata(L, -2);
}

/* Pushes the string; table: where push_names left that of the strings. */
static void push_name(lua_State *L, struct names *names, int table, const struct ad_value *name)
{
	size_t n = name->len, i;

	if (n == 0 || n > NAME_MAX_LEN) {
		lua_pushlstring(L, name->data, n);
		return;
	}
	i = (n * 7 + (unsigned char)name->data[0] + (unsigned char)name->data[n - 1] * 3u) % NAMES;
	if (names->slot[i].len == n && !memcmp(names->slot[i].text, name->data, n)) {
		lua_rawgeti(L, table, (lua_Integer)i + 1);
		return;
	}
	lua_pushlstring(L, name->data, n);
	lua_pushvalue(L, -1);
	lua_rawseti(L, table, (lua_Integer)i + 1);
	names->slot[i].len = (unsigned char)n;
	memcpy(names->slot[i].text, name->data, n);
}

/* ---- values ---- */

/* Pushes the list of the values that w stands at. */
static void push_values(lua_State *L, struct ad_entry_walk *w)
{
	struct ad_entry_walk ahead;
	struct ad_value v;
	int n = 1;

	if (!ad_entry_walk_value(w, &v)) {
		lua_createtable(L, 0, 0);
		return;
	}
	for (ahead = *w; ad_entry_walk_value(&ahead, &(struct ad_value){ 0 }); n++)
		;
	lua_createtable(L, n, 0);
	n = 1;
	do {
		lua_pushlstring(L, v.data, v.len);
		lua_rawseti(L, -2, n++);
	} while (ad_entry_walk_value(w, &v));
}

/* Pushes { ATTR = { ... }, ... } with room for more fields. */
static void push_attributes(lua_State *L, const struct ad_entry *e, int more)
{
	struct ad_entry_walk w;
	struct ad_value name;
	struct names *names = push_names(L);
	int strings = lua_gettop(L);

	lua_createtable(L, 0, (int)ad_entry_count(e) + more);
	ad_entry_walk_start(e, &w);
	while (ad_entry_walk_attr(&w, &name)) {
		push_name(L, names, strings, &name);
		push_values(L, &w);
		lua_rawset(L, -3);
	}
	lua_replace(L, strings - 1);
	lua_pop(L, 1);
}

/* ---- methods ---- */

static const struct ad_entry *check_entry(lua_State *L, int idx)
{
	const struct ad_entry *e = ad_lua_to_entry(L, idx);

	if (!e)
		luaL_typeerror(L, idx, CLASS);
	return e;
}

static int entry_attributes(lua_State *L)
{
	const struct ad_entry *e = check_entry(L, 1);

	push_attributes(L, e, 1);
	ad_lua_set_text(L, "dn", ad_entry_dn(e));
	return 1;
}

static int entry_first(lua_State *L)
{
	const struct ad_entry *e = check_entry(L, 1);
	struct ad_value v;

	if (!ad_entry_first(e, ad_lua_check_text(L, 2), &v))
		return 0;
	lua_pushlstring(L, v.data, v.len);
	return 1;
}

/* e.ATTR in any case, e.dn, methods; upvalues: the class, the methods */
static int entry_index(lua_State *L)
{
	const struct ad_entry *e = lua_touserdata(L, 1);
	struct ad_entry_walk w;
	const char *key;
	size_t len;

	if (!e || !lua_getmetatable(L, 1) || !lua_rawequal(L, -1, lua_upvalueindex(1)))
		return luaL_typeerror(L, 1, CLASS);
	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL)
		return 1; /* no attribute has the name of a method */
	key = lua_tolstring(L, 2, &len);
	if (ad_entry_walk_find(e, &w, key, len))
		push_values(L, &w);
	else if (len == 2 && !strcmp(key, "dn"))
		lua_pushstring(L, ad_entry_dn(e));
	else
		return 0;
	return 1;
}

static int entry_pairs(lua_State *L)
{
	const struct ad_entry *e = check_entry(L, 1);

	lua_getglobal(L, "next");
	push_attributes(L, e, 0);
	return 2;
}

static int entry_tostring(lua_State *L)
{
	lua_pushfstring(L, "entry: %s", ad_entry_dn(check_entry(L, 1)));
	return 1;
}

/* ---- for other bindings ---- */

void ad_lua_push_entry(lua_State *L, const struct ad_entry *e, int dir, int metatable)
{
	size_t size = ad_entry_size(e);

	dir = lua_absindex(L, dir);
	metatable = lua_absindex(L, metatable);
	memcpy(lua_newuserdatauv(L, size, 1), e, size);
	lua_pushvalue(L, dir);
	lua_setiuservalue(L, -2, 1);
	lua_pushvalue(L, metatable);
	lua_setmetatable(L, -2);
}

const struct ad_entry *ad_lua_to_entry(lua_State *L, int idx)
{
	return luaL_testudata(L, idx, CLASS);
}

void ad_lua_push_entry_directory(lua_State *L, int idx)
{
	lua_getiuservalue(L, idx, 1);
}

/* ---- registration ---- */

static const struct ad_lua_func methods[] = {
	{ "attributes", entry_attributes,
		"entry:attributes() - A plain table of all attributes of an entry."
		"\nReturns: a table:"
		"\n  dn (DN): its distinguished name"
		"\n  NAME (list of strings): for each attribute its values, as bytes"
		"\nErrors: none"
		"\nExample: for e in dir:search{filter = \"(cn=host01)\"} do print(#e:attributes().objectClass) end" },
	{ "first", entry_first,
		"entry:first(name) - The first value of an attribute, or nil."
		"\nArguments:"
		"\n  name (string): name of the attribute"
		"\nReturns: a string: the bytes of the value; nil when the entry has no such attribute"
		"\nErrors: none"
		"\nExample: for e in dir:search{filter = \"(cn=host01)\"} do print(e:first \"cn\") end" },
	{ NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
	{ "__pairs", entry_pairs },
	{ "__tostring", entry_tostring },
	{ NULL, NULL },
};

void ad_lua_push_entry_class(lua_State *L)
{
	if (luaL_getmetatable(L, CLASS) == LUA_TTABLE)
		return;
	lua_pop(L, 1);
	ad_lua_class(L, CLASS, methods, metamethods);
	luaL_getmetatable(L, CLASS);
	lua_pushvalue(L, -1);
	lua_getfield(L, -2, "__index");
	lua_pushcclosure(L, entry_index, 2);
	lua_setfield(L, -2, "__index");
}
