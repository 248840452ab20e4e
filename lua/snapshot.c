/* adsh.core.snapshot: files that hold what a directory said, and making them. */
#include "lua/snapshot.h"

#include "codec/metadata.h"
#include "codec/time.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/entry.h"
#include "lua/util.h"
#include "net/stored.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "adsh.snapshot"
#define WRITER "adsh.snapshot_writer"

struct box {
	void **held; /* see ad_lua_own */
};

static void **new_box(lua_State *L, const char *class_name, void (*release)(void *))
{
	struct box *b = lua_newuserdatauv(L, sizeof *b, 1);

	b->held = ad_lua_own(L, 1, release);
	luaL_setmetatable(L, class_name);
	return b->held;
}

static void *check(lua_State *L, const char *class_name)
{
	void *p = *((struct box *)luaL_checkudata(L, 1, class_name))->held;

	luaL_argcheck(L, p, 1, "it no longer exists");
	return p;
}

/* ---- reading ---- */

static void release(void *p)
{
	ad_stored_free(p);
}

static int snapshot_open(lua_State *L)
{
	const char *path = ad_lua_check_text(L, 1);
	void **held = new_box(L, CLASS, release);
	struct ad_err err;

	if (!ad_stored_open((struct ad_stored **)held, path, &err))
		return ad_lua_fail(L, &err);
	return 1;
}

/* { ATTR = { values } } */
static void push_values(lua_State *L, const struct ad_entry *e)
{
	struct ad_entry_walk w;
	struct ad_value name, v;

	lua_newtable(L);
	for (ad_entry_walk_start(e, &w); ad_entry_walk_attr(&w, &name);) {
		lua_Integer n = 0;

		lua_pushlstring(L, name.data, name.len);
		lua_newtable(L);
		while (ad_entry_walk_value(&w, &v)) {
			lua_pushlstring(L, v.data, v.len);
			lua_rawseti(L, -2, ++n);
		}
		lua_rawset(L, -3);
	}
}

/* snapshot:head() -> what the file says of itself, lists of values; the number of domains and of
 * objects */
static int snapshot_head(lua_State *L)
{
	const struct ad_stored *s = check(L, CLASS);

	push_values(L, ad_stored_head(s));
	lua_pushinteger(L, (lua_Integer)ad_stored_domains(s));
	lua_pushinteger(L, (lua_Integer)ad_stored_count(s));
	return 3;
}

/* snapshot:directory(i, how): how: "named": names of its domain find it from then on, "gc": the
 * catalog of its forest, "alone": neither. */
static int snapshot_directory(lua_State *L)
{
	static const char *const ways[] = { "alone", "named", "gc", NULL };
	struct ad_stored *s = check(L, CLASS);
	lua_Integer i = luaL_checkinteger(L, 2);
	int how = luaL_checkoption(L, 3, "alone", ways);
	struct ad_ldap *ld;
	struct ad_err err;

	luaL_argcheck(L, i >= 1 && (lua_Unsigned)i <= ad_stored_domains(s), 2, "no such domain");
	ad_lua_check_alive(L);
	if (!ad_stored_directory(&ld, s, (size_t)i - 1, how == 2, &err))
		return ad_lua_fail(L, &err);
	if (how == 1)
		ad_lua_push_open_directory(L, ld);
	else
		ad_lua_push_directory(L, ld);
	return 1;
}

static const struct ad_lua_func methods[] = {
	{ "head", snapshot_head, "snapshot:head() - Internal: The header of the file." },
	{ "directory", snapshot_directory,
		"snapshot:directory(i, how) - Internal: The i-th domain in it, or the catalog of its forest." },
	{ NULL, NULL, NULL },
};

/* ---- making ---- */

static void release_writer(void *p)
{
	ad_stored_writer_free(p);
}

static int snapshot_writer(lua_State *L)
{
	void **held = new_box(L, WRITER, release_writer);

	*held = ad_stored_writer_new();
	return 1;
}

static char check_type(lua_State *L, int idx)
{
	size_t n;
	const char *type = luaL_checklstring(L, idx, &n);

	luaL_argcheck(L, n == 1 && strchr("HDNE", *type), idx, "H, D, N or E");
	return *type;
}

/* writer:put(type, entry) */
static int writer_put(lua_State *L)
{
	struct ad_stored_writer *w = check(L, WRITER);
	char type = check_type(L, 2);
	const struct ad_entry *e = ad_lua_to_entry(L, 3);

	luaL_argcheck(L, e, 3, "no entry");
	ad_stored_put(w, type, e);
	return 0;
}

/* writer:fields(type, dn, { NAME, VALUE, NAME, VALUE, ... }) */
static int writer_fields(lua_State *L)
{
	struct ad_stored_writer *w = check(L, WRITER);
	char type = check_type(L, 2);
	const char *dn = ad_lua_check_text(L, 3);
	size_t n, i;
	struct ad_value *fields;

	luaL_checktype(L, 4, LUA_TTABLE);
	lua_settop(L, 4);
	n = ad_lua_check_count(L, 4);
	luaL_argcheck(L, n % 2 == 0, 4, "a value is missing");
	fields = lua_newuserdatauv(L, (n + 1) * sizeof *fields, 0);
	for (i = 0; i < n; i++) {
		lua_rawgeti(L, 4, (lua_Integer)i + 1);
		luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 4, "a list of strings");
		fields[i].data = lua_tolstring(L, -1, &fields[i].len); /* the list holds it */
		luaL_argcheck(L, i % 2 || fields[i].len, 4, "a name is empty");
		lua_pop(L, 1);
	}
	ad_stored_put_fields(w, type, dn, fields, n);
	return 0;
}

static int writer_finish(lua_State *L)
{
	ad_stored_finish(check(L, WRITER));
	return 0;
}

/* writer:take() -> the bytes that are ready */
static int writer_take(lua_State *L)
{
	struct ad_stored_writer *w = check(L, WRITER);
	struct ad_buf *b = ad_lua_box_buf(L);

	ad_stored_take(w, b);
	lua_pushlstring(L, ad_buf_text(b), b->len);
	return 1;
}

static int writer_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)ad_stored_written(check(L, WRITER)));
	return 1;
}

static const struct ad_lua_func writer_methods[] = {
	{ "put", writer_put, "writer:put(type, entry) - Internal: Adds a record of a snapshot." },
	{ "fields", writer_fields,
		"writer:fields(type, dn, list) - Internal: Adds one that has no entry." },
	{ "finish", writer_finish, "writer:finish() - Internal: Adds the end." },
	{ "take", writer_take, "writer:take() - Internal: The bytes of the file that are ready." },
	{ "count", writer_count, "writer:count() - Internal: How many objects it has." },
	{ NULL, NULL, NULL },
};

/* ---- replication metadata ---- */

static void push_metadata(lua_State *L, const struct ad_metadata *m)
{
	const char *name = ad_metadata_name(m->attribute);
	char guid[AD_GUID_TEXT];

	lua_createtable(L, 0, 5);
	if (name)
		lua_pushstring(L, name);
	else
		lua_pushfstring(L, "%d", (int)m->attribute);
	lua_setfield(L, -2, "attribute");
	lua_pushinteger(L, m->version);
	lua_setfield(L, -2, "version");
	lua_pushinteger(L, ad_time_unix(m->time));
	lua_setfield(L, -2, "time");
	ad_guid_format(m->invocation, guid);
	ad_lua_set_text(L, "invocation", guid);
	lua_pushinteger(L, (lua_Integer)m->usn);
	lua_setfield(L, -2, "usn");
}

/* metadata(bytes) -> a list of { attribute=, version=, time=, invocation=, usn= } */
static int snapshot_metadata(lua_State *L)
{
	size_t len, n, i;
	const char *bytes = luaL_checklstring(L, 1, &len);
	struct ad_metadata m;
	struct ad_err err;

	if (!ad_metadata_decode(&n, bytes, len, &err))
		return ad_lua_fail(L, &err);
	lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
	for (i = 0; i < n; i++) {
		ad_metadata_at(&m, bytes, i);
		push_metadata(L, &m);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "open", snapshot_open, NULL },
	{ "writer", snapshot_writer, NULL },
	{ "metadata", snapshot_metadata, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_snapshot(lua_State *L)
{
	ad_lua_class(L, CLASS, methods, NULL);
	ad_lua_class(L, WRITER, writer_methods, NULL);
	ad_lua_module(L, functions);
	return 1;
}
