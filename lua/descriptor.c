/* Descriptors of shares and folders as Lua tables. See share.h. */
#include "lua/share.h"

#include "ad/permission.h"
#include "codec/crowd.h"
#include "codec/guid.h"
#include "codec/sddl.h"
#include "lua/box.h"
#include "lua/util.h"

#include <stdlib.h>
#include <string.h>

/* ---- how ACEs are inherited, in words ---- */

#define BELOW (AD_ACE_OBJECT_INHERIT | AD_ACE_CONTAINER_INHERIT)

static const struct way {
	const char *name;
	uint8_t flags;
} ways[] = {
	{ "this", 0 },
	{ "all", BELOW },
	{ "folders", AD_ACE_CONTAINER_INHERIT },
	{ "files", AD_ACE_OBJECT_INHERIT },
	{ "below", BELOW | AD_ACE_INHERIT_ONLY },
	{ "folders below", AD_ACE_CONTAINER_INHERIT | AD_ACE_INHERIT_ONLY },
	{ "files below", AD_ACE_OBJECT_INHERIT | AD_ACE_INHERIT_ONLY },
};

uint8_t ad_lua_check_inherit(lua_State *L, int idx)
{
	const char *name = luaL_optstring(L, idx, "this");
	size_t i;

	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, name) == 0)
			return ways[i].flags;
	return (uint8_t)luaL_argerror(L, idx, "all, this, folders, files or below");
}

static void set_way(lua_State *L, uint8_t flags)
{
	size_t i;

	flags &= BELOW | AD_ACE_INHERIT_ONLY | AD_ACE_NO_PROPAGATE;
	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		if (ways[i].flags == flags) {
			ad_lua_set_text(L, "inherit", ways[i].name);
			return;
		}
	lua_pushinteger(L, flags);
	lua_setfield(L, -2, "inherit");
}

/* ---- descriptors as tables ---- */

static void free_sd(void *sd)
{
	ad_sd_free(sd);
}

struct ad_sd *ad_lua_decode_sd(lua_State *L, const struct ad_value *v, struct ad_err *err)
{
	void **box = ad_lua_box(L, free_sd);
	struct ad_sd *sd;

	if (!ad_sd_decode(&sd, v->data, v->len, err))
		return NULL;
	*box = sd;
	return sd;
}

struct ad_sd *ad_lua_parse_sd(lua_State *L, int idx, struct ad_err *err)
{
	const char *text = ad_lua_check_text(L, idx), *domain = luaL_optstring(L, idx + 1, NULL);
	void **box = ad_lua_box(L, free_sd);
	struct ad_sid sid;
	struct ad_sd *sd;

	if (domain && !ad_sid_parse(&sid, domain, err))
		return NULL;
	if (!ad_sddl_parse(&sd, text, domain ? &sid : NULL, err))
		return NULL;
	return *box = sd;
}

static void set_rights(lua_State *L, const char *key, uint32_t mask)
{
	struct ad_buf *b = ad_lua_box_buf(L);

	ad_rights_format(b, mask);
	lua_pushlstring(L, ad_buf_text(b), b->len);
	lua_setfield(L, -3, key);
	lua_pop(L, 1);
}

static void set_sid(lua_State *L, const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	ad_lua_set_text(L, "sid", text);
}

static const char *type_name(uint8_t type)
{
	return ad_ace_is_allow(type) ? "allow" : ad_ace_is_deny(type) ? "deny" : "other";
}

static void set_condition(lua_State *L, const struct ad_ace *ace)
{
	struct ad_buf *b = ad_lua_box_buf(L);

	ad_sddl_format_condition(b, ace, NULL);
	lua_pushlstring(L, ad_buf_text(b), b->len);
	lua_setfield(L, -3, "condition");
	lua_pop(L, 1);
}

/* condition = its text, and object = the GUID, into the table on top, where the entry has them */
static void set_limits(lua_State *L, const struct ad_ace *ace)
{
	char text[AD_GUID_TEXT];

	if (ad_ace_is_conditional(ace->type))
		set_condition(L, ace);
	if (ad_ace_is_object(ace->type) && ace->object_flags & AD_ACE_HAS_OBJECT) {
		ad_guid_format(ace->object, text);
		ad_lua_set_text(L, "object", text);
	}
}

static void push_ace(lua_State *L, const struct ad_ace *ace)
{
	lua_createtable(L, 0, 8);
	set_sid(L, &ace->sid);
	ad_lua_set_text(L, "type", type_name(ace->type));
	set_rights(L, "rights", ace->mask);
	lua_pushinteger(L, ace->mask);
	lua_setfield(L, -2, "mask");
	set_way(L, ace->flags);
	ad_lua_set_bool(L, "inherited", ace->flags & AD_ACE_INHERITED);
	set_limits(L, ace);
}

bool ad_lua_set_descriptor(lua_State *L, const struct ad_value *v, struct ad_err *err)
{
	struct ad_sd *sd = ad_lua_decode_sd(L, v, err);
	struct ad_buf *text;
	size_t i;

	if (!sd)
		return false;
	text = ad_lua_box_buf(L);
	ad_sddl_format(text, sd, NULL);
	lua_pushlstring(L, ad_buf_text(text), text->len);
	lua_setfield(L, -4, "sddl");
	lua_pop(L, 1);
	lua_createtable(L, sd->dacl ? (int)sd->dacl->count : 0, 0);
	for (i = 0; sd->dacl && i < sd->dacl->count; i++) {
		push_ace(L, &sd->dacl->ace[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -3, "entries");
	lua_pushboolean(L, sd->control & AD_SD_DACL_PROTECTED);
	lua_setfield(L, -3, "protected");
	lua_pop(L, 1);
	return true;
}

/* ---- crowds ---- */

static void free_list(void *p)
{
	free(p);
}

bool ad_lua_push_crowds(lua_State *L, const struct ad_value *v, struct ad_err *err)
{
	struct ad_sd *sd = ad_lua_decode_sd(L, v, err);
	void **box = ad_lua_box(L, free_list);
	struct ad_permission_crowd *list;
	size_t n;

	if (!sd)
		return false;
	ad_permission_crowds(&list, &n, sd);
	*box = list;
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		lua_createtable(L, 0, 3);
		set_sid(L, &list[i].sid);
		ad_lua_set_text(L, "name", ad_crowd_name(&list[i].sid));
		set_rights(L, "rights", list[i].mask);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return true;
}

/* ---- the difference in words ---- */

static bool is_protected(const struct ad_sd *sd)
{
	return sd && sd->control & AD_SD_DACL_PROTECTED;
}

static bool is_open(const struct ad_sd *sd)
{
	return sd && !sd->dacl;
}

static void push_delta(lua_State *L, const struct ad_permission_delta *d)
{
	lua_createtable(L, 0, 7);
	set_sid(L, &d->ace->sid);
	set_way(L, d->flags);
	set_limits(L, d->ace);
	ad_lua_set_bool(L, "deny", ad_ace_is_deny(d->ace->type));
	if (d->before)
		set_rights(L, "before", d->before);
	if (d->after)
		set_rights(L, "after", d->after);
}

/* difference(before, after): descriptors as bytes, or nil. Its fields: protected, when that
 * changed: whether inheritance is stopped; reordered and same: see ad/permission.h; was_open,
 * is_open: no access list at all */
int ad_lua_share_difference(lua_State *L)
{
	struct ad_value v[2] = { { NULL, 0 }, { NULL, 0 } };
	struct ad_sd *sd[2] = { NULL, NULL };
	struct ad_permission_difference d;
	struct ad_err err;
	void **box;

	for (int i = 0; i < 2; i++) {
		v[i].data = luaL_optlstring(L, i + 1, NULL, &v[i].len);
		if (v[i].data && !(sd[i] = ad_lua_decode_sd(L, &v[i], &err)))
			return ad_lua_fail(L, &err);
	}
	box = ad_lua_box(L, free_list);
	ad_permission_compare(&d, sd[0], sd[1]);
	*box = d.deltas;
	lua_createtable(L, (int)d.n, 5);
	if (is_protected(sd[0]) != is_protected(sd[1]))
		ad_lua_set_bool(L, "protected", is_protected(sd[1]));
	ad_lua_set_bool(L, "reordered", d.reordered);
	ad_lua_set_bool(L, "same", d.same);
	ad_lua_set_bool(L, "was_open", is_open(sd[0]));
	ad_lua_set_bool(L, "is_open", is_open(sd[1]));
	for (size_t i = 0; i < d.n; i++) {
		push_delta(L, &d.deltas[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}
