/* adsh.core.file: files that are believed, and files that we make. See shell/base/file.h. */
#include "lua/file.h"

#include "base/file.h"
#include "lua/pour.h"
#include "lua/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void push_user(lua_State *L, uid_t uid)
{
	char *user = ad_file_user(uid);

	lua_pushstring(L, user);
	free(user);
}

static void push_facts(lua_State *L, const struct stat *st)
{
	lua_createtable(L, 0, 4);
	push_user(L, st->st_uid);
	lua_setfield(L, -2, "owner");
	lua_pushinteger(L, (lua_Integer)st->st_uid);
	lua_setfield(L, -2, "uid");
	lua_pushinteger(L, (lua_Integer)st->st_size);
	lua_setfield(L, -2, "size");
	ad_lua_set_bool(L, "ours", st->st_uid == geteuid());
}

static int close_handle(lua_State *L)
{
	luaL_Stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);

	return luaL_fileresult(L, fclose(s->f) == 0, NULL);
}

/* A handle of Lua's io library, closed so far, onto the stack. */
static luaL_Stream *new_handle(lua_State *L)
{
	luaL_Stream *s = lua_newuserdatauv(L, sizeof *s, 0);

	s->closef = NULL;
	luaL_setmetatable(L, LUA_FILEHANDLE);
	return s;
}

static bool attach(luaL_Stream *s, int fd, const char *path, struct ad_err *err)
{
	s->f = fdopen(fd, "r");
	if (!s->f) {
		ad_err_errno(err, "cannot open %s", path);
		close(fd);
		return false;
	}
	s->closef = close_handle;
	return true;
}

/* file.open(path, what[, anybody]) -> a handle for reading and { owner=, uid=, size=, ours= }, or
 * nil and the error. what: "the plan". anybody: it may belong to whoever it says. */
static int file_open(lua_State *L)
{
	const char *path = ad_lua_check_text(L, 1), *what = ad_lua_check_text(L, 2);
	unsigned flags = lua_toboolean(L, 3) ? AD_FILE_ANYBODY : 0;
	luaL_Stream *s = new_handle(L);
	struct ad_err err;
	struct stat st;
	int fd;

	if (!ad_file_open(&fd, &st, path, what, flags, &err) || !attach(s, fd, path, &err))
		return ad_lua_fail(L, &err);
	push_facts(L, &st);
	return 2;
}

/* f(path, what, bytes) -> true, or nil and the error */
static int write_with(lua_State *L,
	bool (*f)(const char *path, const char *what, const void *p, size_t n, struct ad_err *err))
{
	const char *path = ad_lua_check_text(L, 1), *what = ad_lua_check_text(L, 2);
	struct ad_err err;
	size_t n;
	const char *bytes = luaL_checklstring(L, 3, &n);

	if (!f(path, what, bytes, n, &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

/* What fills a new file. */
struct filling {
	lua_State *L;
	int fd, status; /* status: of ad_lua_pour, whose error is on top */
};

static bool sink(void *arg, const void *p, size_t n)
{
	return ad_file_write(((struct filling *)arg)->fd, p, n);
}

static bool fill(void *arg, int fd)
{
	struct filling *f = arg;

	f->fd = fd;
	f->status = ad_lua_pour(f->L, 3, sink, f);
	return f->status == LUA_OK;
}

/* replace(path, what, f): f gets a function that takes the bytes piece by piece */
static int replace_by(lua_State *L)
{
	const char *path = ad_lua_check_text(L, 1), *what = ad_lua_check_text(L, 2);
	struct filling f = { .L = L, .status = LUA_OK };
	struct ad_err err;

	lua_settop(L, 3);
	if (ad_file_replace_by(path, what, fill, &f, &err)) {
		lua_pushboolean(L, 1);
		return 1;
	}
	if (f.status != LUA_OK && !lua_isnil(L, -1))
		return lua_error(L);
	return ad_lua_fail(L, &err);
}

/* replace(path, what, bytes): a new file, 0600, in place of what was there; bytes: or f(put), which
 * puts them piece by piece */
static int file_replace(lua_State *L)
{
	return lua_isfunction(L, 3) ? replace_by(L) : write_with(L, ad_file_replace);
}

/* append(path, what, bytes): adds bytes to a file of ours, which is made 0600; never through a link
 */
static int file_append(lua_State *L)
{
	return write_with(L, ad_file_append);
}

/* state(name): the folder of that name in which adsh keeps something, made 0700; nil: there is no
 * place for it, or others can write there */
static int file_state(lua_State *L)
{
	char *path = ad_file_state(ad_lua_check_text(L, 1));

	if (path && ad_file_make_directories(path) &&
		ad_file_check_directory(path, "the folder", 0, NULL))
		lua_pushstring(L, path);
	else
		lua_pushnil(L);
	free(path);
	return 1;
}

/* user(): the name of the UNIX user that we are */
static int file_user(lua_State *L)
{
	push_user(L, geteuid());
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "append", file_append, NULL },
	{ "open", file_open, NULL },
	{ "replace", file_replace, NULL },
	{ "state", file_state, NULL },
	{ "user", file_user, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_file(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
