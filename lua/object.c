/* Typed objects. See object.h. */
#include "lua/object.h"

#include "lua/run.h"
#include "ad/schema.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/guid.h"
#include "codec/sddl.h"
#include "codec/time.h"
#include "lua/box.h"
#include "lua/directory.h"
#include "lua/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "adsh.object"
#define HIDDEN CLASS ".hidden" /* in the registry: object -> what was read, weak keys */
#define READ CLASS ".read" /* class of what was read */
#define MAX_AGE_MS 10000

/* ---- values ---- */

static bool parse_integer(long long *out, const struct ad_value *v)
{
	char text[24], *end;

	if (v->len == 0 || v->len >= sizeof text)
		return false;
	memcpy(text, v->data, v->len);
	text[v->len] = 0;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *end == 0;
}

/* { value = 4096, flags = { "WORKSTATION_TRUST_ACCOUNT" } } */
static void push_flags(lua_State *L, uint32_t bits, const struct ad_flag *names)
{
	int n = 0;

	lua_createtable(L, 0, 2);
	lua_pushinteger(L, bits);
	lua_setfield(L, -2, "value");
	lua_newtable(L);
	for (; names->name; names++)
		if (bits & names->bit) {
			lua_pushstring(L, names->name);
			lua_rawseti(L, -2, ++n);
		}
	lua_setfield(L, -2, "flags");
}

static bool push_number(lua_State *L, const struct ad_attribute *a, const struct ad_value *v)
{
	long long n;

	if (!parse_integer(&n, v))
		return false;
	if (a->syntax == AD_SYNTAX_FLAGS)
		push_flags(L, (uint32_t)n, a->flags);
	else
		lua_pushinteger(L, n);
	return true;
}

static bool push_time(lua_State *L, enum ad_syntax syntax, const struct ad_value *v)
{
	char text[AD_TIME_TEXT];
	int64_t t;

	if (syntax == AD_SYNTAX_TIME ? !ad_time_parse_generalized(&t, v->data, v->len, NULL)
				     : !ad_time_parse_filetime(&t, v->data, v->len, NULL))
		return false;
	if (syntax == AD_SYNTAX_INTERVAL && t != INT64_MIN) {
		lua_pushinteger(L, -(t / AD_TIME_SECOND));
	} else if (syntax == AD_SYNTAX_INTERVAL ||
		   (syntax == AD_SYNTAX_FILETIME && ad_time_is_never(t))) {
		lua_pushliteral(L, "never");
	} else {
		ad_time_format_iso(t, text);
		lua_pushstring(L, text);
	}
	return true;
}

static bool push_sid(lua_State *L, const struct ad_value *v)
{
	char text[AD_SID_TEXT];
	struct ad_sid sid;

	if (!ad_sid_decode(&sid, v->data, v->len, NULL))
		return false;
	ad_sid_format(&sid, text);
	lua_pushstring(L, text);
	return true;
}

static bool push_guid(lua_State *L, const struct ad_value *v)
{
	char text[AD_GUID_TEXT];

	if (v->len != AD_GUID_SIZE)
		return false;
	ad_guid_format(v->data, text);
	lua_pushstring(L, text);
	return true;
}

static bool push_sddl(lua_State *L, const struct ad_value *v)
{
	struct ad_buf *text = ad_lua_box_buf(L);
	struct ad_sd *sd;

	if (!ad_sd_decode(&sd, v->data, v->len, NULL)) {
		lua_pop(L, 1);
		return false;
	}
	ad_sddl_format(text, sd, NULL);
	ad_sd_free(sd);
	lua_pushlstring(L, ad_buf_text(text), text->len);
	lua_remove(L, -2);
	return true;
}

static bool push_typed(lua_State *L, const struct ad_attribute *a, const struct ad_value *v)
{
	switch (a->syntax) {
	case AD_SYNTAX_BOOLEAN:
		lua_pushboolean(L, ad_casecmp(v->data, v->len, "TRUE", 4) == 0);
		return true;
	case AD_SYNTAX_INTEGER:
	case AD_SYNTAX_FLAGS: return push_number(L, a, v);
	case AD_SYNTAX_TIME:
	case AD_SYNTAX_FILETIME:
	case AD_SYNTAX_INTERVAL: return push_time(L, a->syntax, v);
	case AD_SYNTAX_SID: return push_sid(L, v);
	case AD_SYNTAX_GUID: return push_guid(L, v);
	case AD_SYNTAX_SD: return push_sddl(L, v);
	case AD_SYNTAX_TEXT:
	case AD_SYNTAX_BYTES: break;
	}
	return false;
}

/* What does not fit its syntax stays the bytes that it is. */
static void push_value(lua_State *L, const struct ad_attribute *a, const struct ad_value *v)
{
	if (!a || !push_typed(L, a, v))
		lua_pushlstring(L, v->data, v->len);
}

/* ---- objects ---- */

static bool shown(const char *const *only, const struct ad_value *name)
{
	if (!only)
		return true;
	for (; *only; only++)
		if (!strcmp(*only, "*") ||
			ad_casecmp(*only, strlen(*only), name->data, name->len) == 0)
			return true;
	return false;
}

/* Sets the attribute that w stands at into the table on top. */
static void set_attribute(lua_State *L, struct ad_entry_walk *w, const struct ad_value *name)
{
	const struct ad_attribute *a = ad_schema_find(name->data, name->len);
	struct ad_value v;
	int n = 0;

	if (a)
		lua_pushstring(L, a->name);
	else
		lua_pushlstring(L, name->data, name->len);
	if (a && !a->multi && ad_entry_walk_value(w, &v)) {
		push_value(L, a, &v);
	} else {
		lua_newtable(L);
		while (ad_entry_walk_value(w, &v)) {
			push_value(L, a, &v);
			lua_rawseti(L, -2, ++n);
		}
	}
	lua_rawset(L, -3);
}

static void push_table(lua_State *L, const struct ad_entry *e, const char *const *only)
{
	struct ad_entry_walk w;
	struct ad_value name;

	lua_createtable(L, 0, 16);
	ad_lua_set_text(L, "dn", ad_entry_dn(e));
	ad_entry_walk_start(e, &w);
	while (ad_entry_walk_attr(&w, &name))
		if (shown(only, &name))
			set_attribute(L, &w, &name);
}

/* ---- what is hidden behind an object ---- */

struct hidden {
	struct ad_ldap *ld;
	struct ad_entry *e;
	bool complete;
	size_t writes; /* of this process when e was read */
	long long at;
};

static int hidden_gc(lua_State *L)
{
	struct hidden *h = lua_touserdata(L, 1);

	ad_entry_free(h->e);
	ad_ldap_free(h->ld);
	h->e = NULL;
	h->ld = NULL;
	return 0;
}

static void push_hidden_table(lua_State *L)
{
	if (luaL_getsubtable(L, LUA_REGISTRYINDEX, HIDDEN))
		return;
	lua_createtable(L, 0, 1);
	lua_pushliteral(L, "k");
	lua_setfield(L, -2, "__mode");
	lua_setmetatable(L, -2);
}

/* Hides e behind the table on top. */
static void hide(lua_State *L, int dir, struct ad_entry *e, bool complete)
{
	struct ad_ldap *ld = ad_lua_check_directory(L, dir);
	struct hidden *h;

	ad_lua_check_alive(L);
	push_hidden_table(L);
	lua_pushvalue(L, -2);
	h = lua_newuserdatauv(L, sizeof *h, 1);
	memset(h, 0, sizeof *h);
	if (luaL_newmetatable(L, READ)) {
		lua_pushcfunction(L, hidden_gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	lua_pushvalue(L, dir);
	lua_setiuservalue(L, -2, 1);
	h->ld = ad_ldap_ref(ld);
	h->e = ad_entry_ref(e);
	h->complete = complete;
	h->writes = ad_lua_run(L)->total.modifies;
	h->at = ad_clock_ms();
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

static int object_tostring(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_getfield(L, 1, "dn");
	lua_pushfstring(L, "object: %s", luaL_tolstring(L, -1, NULL));
	return 1;
}

void ad_lua_push_object(
	lua_State *L, int dir, struct ad_entry *e, const char *const *only, bool complete)
{
	dir = lua_absindex(L, dir);
	push_table(L, e, only);
	if (luaL_newmetatable(L, CLASS)) {
		lua_pushcfunction(L, object_tostring);
		lua_setfield(L, -2, "__tostring");
	}
	lua_setmetatable(L, -2);
	hide(L, dir, e, complete);
}

bool ad_lua_to_object(lua_State *L, int idx, struct ad_ldap **ld, struct ad_entry **e, bool *fresh)
{
	struct hidden *h;

	idx = lua_absindex(L, idx);
	push_hidden_table(L);
	lua_pushvalue(L, idx);
	lua_rawget(L, -2);
	h = lua_touserdata(L, -1);
	if (!h) {
		lua_pop(L, 2);
		return false;
	}
	lua_getiuservalue(L, -1, 1);
	lua_replace(L, -3);
	lua_pop(L, 1);
	*ld = h->ld;
	*e = h->e;
	*fresh = h->complete && h->writes == ad_lua_run(L)->total.modifies &&
		 ad_clock_ms() - h->at <= MAX_AGE_MS;
	return true;
}
