/* C memory that Lua keeps. See box.h. */
#include "lua/box.h"

#include "lua/util.h"

#define BOX "adsh.box"
#define BUF "adsh.box.buf"
#define ENTRIES "adsh.box.entries"

struct box {
	void *p;
	void (*release)(void *);
};

static bool closing;

void ad_lua_close(lua_State *L)
{
	closing = true;
	lua_close(L);
}

void ad_lua_check_alive(lua_State *L)
{
	if (closing)
		luaL_error(L, "the program is ending");
}

static void set_class(lua_State *L, const char *class_name, lua_CFunction gc)
{
	if (luaL_newmetatable(L, class_name)) {
		lua_pushcfunction(L, gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
}

static int box_gc(lua_State *L)
{
	struct box *b = lua_touserdata(L, 1);

	b->release(b->p);
	b->p = NULL;
	return 0;
}

void **ad_lua_box(lua_State *L, void (*release)(void *))
{
	struct box *b;

	ad_lua_check_alive(L);
	b = lua_newuserdatauv(L, sizeof *b, 0);
	b->p = NULL;
	b->release = release;
	set_class(L, BOX, box_gc);
	return &b->p;
}

void **ad_lua_own(lua_State *L, int nth, void (*release)(void *))
{
	void **place = ad_lua_box(L, release);

	lua_setiuservalue(L, -2, nth);
	return place;
}

static int buf_gc(lua_State *L)
{
	ad_buf_clear(lua_touserdata(L, 1));
	return 0;
}

struct ad_buf *ad_lua_box_buf(lua_State *L)
{
	struct ad_buf *b;

	ad_lua_check_alive(L);
	b = lua_newuserdatauv(L, sizeof *b, 0);
	ad_buf_init(b);
	set_class(L, BUF, buf_gc);
	return b;
}

struct entries {
	size_t n;
	struct ad_entry *e[];
};

static int entries_gc(lua_State *L)
{
	struct entries *b = lua_touserdata(L, 1);

	while (b->n)
		ad_entry_free(b->e[--b->n]);
	return 0;
}

struct ad_entry **ad_lua_box_entries(lua_State *L, size_t n)
{
	struct entries *b;

	ad_lua_check_alive(L);
	b = lua_newuserdatauv(L, sizeof *b + n * sizeof *b->e, 1);
	b->n = n;
	while (n)
		b->e[--n] = NULL;
	set_class(L, ENTRIES, entries_gc);
	return b->e;
}
