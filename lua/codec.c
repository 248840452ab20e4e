/* The codecs for Lua. See codec.h. */
#include "lua/codec.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/access.h"
#include "codec/crowd.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/guid.h"
#include "codec/sddl.h"
#include "codec/sid.h"
#include "codec/uac.h"
#include "lua/box.h"
#include "lua/util.h"

#include <stdlib.h>
#include <string.h>

static int push_buf(lua_State *L, struct ad_buf *b)
{
	lua_pushlstring(L, ad_buf_text(b), b->len);
	ad_buf_clear(b);
	return 1;
}

/* ---- SIDs and GUIDs: bytes to text, text to bytes ---- */

static int codec_sid(lua_State *L)
{
	char text[AD_SID_TEXT];
	struct ad_sid sid;
	struct ad_err err;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	if (n > 2 && strncmp(s, "S-", 2) == 0) {
		if (!ad_sid_parse(&sid, ad_lua_check_text(L, 1), &err))
			return ad_lua_fail(L, &err);
		lua_pushlstring(L, (const char *)sid.bytes, sid.len);
		return 1;
	}
	if (!ad_sid_decode(&sid, s, n, &err))
		return ad_lua_fail(L, &err);
	ad_sid_format(&sid, text);
	lua_pushstring(L, text);
	return 1;
}

static int codec_guid(lua_State *L)
{
	unsigned char bytes[AD_GUID_SIZE];
	char text[AD_GUID_TEXT];
	struct ad_err err;
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);

	if (n == AD_GUID_SIZE) {
		ad_guid_format(s, text);
		lua_pushstring(L, text);
		return 1;
	}
	if (!ad_guid_parse(bytes, s, &err))
		return ad_lua_fail(L, &err);
	lua_pushlstring(L, (const char *)bytes, sizeof bytes);
	return 1;
}

static int codec_wellknown(lua_State *L)
{
	const char *s = ad_lua_check_text(L, 1), *known = NULL;
	char text[AD_SID_TEXT];
	struct ad_sid sid;

	if (ad_sid_parse(&sid, s, NULL)) {
		known = ad_sid_wellknown_name(&sid);
	} else if (ad_sid_wellknown(&sid, s)) {
		ad_sid_format(&sid, text);
		known = text;
	}
	lua_pushstring(L, known); /* NULL pushes nil */
	return 1;
}

/* ---- descriptors ---- */

static void release_sd(void *sd)
{
	ad_sd_free(sd);
}

/* Pushes a box for a descriptor and returns its place. */
static struct ad_sd **new_sd(lua_State *L)
{
	return (struct ad_sd **)ad_lua_box(L, release_sd);
}

static const struct ad_sid *opt_domain(lua_State *L, int idx, struct ad_sid *sid)
{
	struct ad_err err;

	if (lua_isnoneornil(L, idx))
		return NULL;
	if (!ad_sid_parse(sid, ad_lua_check_text(L, idx), &err))
		luaL_argerror(L, idx, err.message);
	return sid;
}

static int codec_sddl(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);
	struct ad_sid sid;
	const struct ad_sid *domain = opt_domain(L, 2, &sid);
	struct ad_sd **sd = new_sd(L);
	struct ad_buf *out = ad_lua_box_buf(L);
	struct ad_err err;

	if (!ad_sd_decode(sd, s, n, &err))
		return ad_lua_fail(L, &err);
	ad_sddl_format(out, *sd, domain);
	return push_buf(L, out);
}

static int codec_sd(lua_State *L)
{
	const char *s = ad_lua_check_text(L, 1);
	struct ad_sid sid;
	const struct ad_sid *domain = opt_domain(L, 2, &sid);
	struct ad_sd **sd = new_sd(L);
	struct ad_buf *out = ad_lua_box_buf(L);
	struct ad_err err;

	if (!ad_sddl_parse(sd, s, domain, &err) || !ad_sd_encode(*sd, out, &err))
		return ad_lua_fail(L, &err);
	return push_buf(L, out);
}

/* The name of a crowd; nil: it is none. */
static int codec_crowd(lua_State *L)
{
	struct ad_sid sid;
	struct ad_err err;

	if (!ad_sid_parse(&sid, ad_lua_check_text(L, 1), &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, ad_crowd_name(&sid)); /* NULL pushes nil */
	return 1;
}

static void check_right(lua_State *L, int idx, unsigned char right[AD_GUID_SIZE])
{
	struct ad_err err;

	if (!ad_guid_parse(right, ad_lua_check_text(L, idx), &err))
		luaL_argerror(L, idx, err.message);
}

/* Who asks for what: the arguments (bytes, guid, sids). */
struct question {
	struct ad_sd **sd;
	unsigned char object[AD_GUID_SIZE];
	struct ad_sid *token;
	size_t n;
};

static bool take_question(lua_State *L, struct question *q, struct ad_err *err)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);

	check_right(L, 2, q->object);
	luaL_checktype(L, 3, LUA_TTABLE);
	q->sd = new_sd(L);
	return ad_lua_parse_sids(L, 3, &q->token, &q->n, err) && ad_sd_decode(q->sd, s, len, err);
}

static int codec_access(lua_State *L)
{
	static const char *const words[] = { "granted", "denied", "missing" };
	struct question q;
	struct ad_err err;

	if (!take_question(L, &q, &err))
		return ad_lua_fail(L, &err);
	lua_pushstring(L, words[ad_access_control(*q.sd, q.object, q.token, q.n)]);
	return 1;
}

static int codec_property_rights(lua_State *L)
{
	struct question q;
	struct ad_err err;

	if (!take_question(L, &q, &err))
		return ad_lua_fail(L, &err);
	lua_pushinteger(L,
		ad_access_mask(*q.sd, q.token, q.n, &ad_generic_ds, q.object, AD_CONDITION_UNMET));
	return 1;
}

/* rights(bytes, sids) */
static int codec_rights(lua_State *L)
{
	struct ad_sid *token;
	struct ad_sd **sd;
	struct ad_err err;
	const char *s;
	size_t n, len;

	s = luaL_checklstring(L, 1, &len);
	luaL_checktype(L, 2, LUA_TTABLE);
	sd = new_sd(L);
	if (!ad_lua_parse_sids(L, 2, &token, &n, &err) || !ad_sd_decode(sd, s, len, &err))
		return ad_lua_fail(L, &err);
	lua_pushinteger(L, (lua_Integer)ad_access_mask(
				   *sd, token, n, &ad_generic_file, NULL, AD_CONDITION_UNMET));
	return 1;
}

/* ---- flags, filters, DNs ---- */

static int codec_uac(lua_State *L)
{
	lua_Integer bits = luaL_checkinteger(L, 1), k = 0;
	const struct ad_flag *f;

	lua_newtable(L);
	for (f = ad_flags_uac; f->name; f++)
		if (bits & f->bit) {
			lua_pushstring(L, f->name);
			lua_rawseti(L, -2, ++k);
		}
	return 1;
}

static int codec_uac_bit(lua_State *L)
{
	const char *name = ad_lua_check_text(L, 1);
	uint32_t bit = 0;

	if (!ad_flag_bit(ad_flags_uac, name, &bit))
		return luaL_error(L, "userAccountControl has no flag '%s'", name);
	lua_pushinteger(L, bit);
	return 1;
}

static int codec_rid(lua_State *L)
{
	const char *name = ad_lua_check_text(L, 1);
	const struct ad_sid_known *k;
	size_t i;

	for (i = 0; (k = ad_sid_known(i)); i++)
		if (!k->text && ad_caseeq(k->name, name)) {
			lua_pushinteger(L, k->rid);
			return 1;
		}
	return luaL_error(L, "no account or group '%s' exists in every domain", name);
}

static int codec_escape(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);
	struct ad_buf *out = ad_lua_box_buf(L);

	ad_filter_escape(out, s, n);
	return push_buf(L, out);
}

static int codec_escape_bytes(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);
	struct ad_buf *out = ad_lua_box_buf(L);

	ad_filter_escape_bytes(out, s, n);
	return push_buf(L, out);
}

static int codec_check_filter(lua_State *L)
{
	struct ad_err err;

	if (!ad_filter_check(ad_lua_check_text(L, 1), &err))
		return ad_lua_fail(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

static int codec_dn_escape(lua_State *L)
{
	size_t n;
	const char *s = luaL_checklstring(L, 1, &n);
	struct ad_buf *out = ad_lua_box_buf(L);

	ad_dn_escape(out, s, n);
	return push_buf(L, out);
}

static int codec_dn_under(lua_State *L)
{
	lua_pushboolean(L, ad_dn_under(ad_lua_check_text(L, 1), ad_lua_check_text(L, 2)));
	return 1;
}

static int codec_failure(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	ad_lua_set_err(L);
	return 1;
}

static const struct ad_lua_func functions[] = {
	{ "sid", codec_sid,
		"codec.sid(s) - Converts a SID from bytes to text, or from text to bytes." },
	{ "guid", codec_guid,
		"codec.guid(s) - Converts a GUID from 16 bytes to text, or from text to bytes." },
	{ "wellknown", codec_wellknown,
		"codec.wellknown(x) - The name of a well-known SID, such as Everyone, or the SID of such a name; or nil." },
	{ "sddl", codec_sddl,
		"codec.sddl(bytes[, domain_sid]) - The SDDL of a self-relative security descriptor." },
	{ "sd", codec_sd,
		"codec.sd(sddl[, domain_sid]) - The self-relative security descriptor of an SDDL text." },
	{ "crowd", codec_crowd,
		"codec.crowd(sid) - The name of a SID that nearly everyone has, such as Everyone or Domain Users; or nil." },
	{ "access", codec_access,
		"codec.access(bytes, right, sids) - Whether an account with these SIDs has the extended right of this GUID: \"granted\", \"denied\" or \"missing\"." },
	{ "rights", codec_rights,
		"codec.rights(bytes, sids) - The rights that an account with these SIDs certainly has by the descriptor of a file, folder or share, as a mask." },
	{ "property_rights", codec_property_rights,
		"codec.property_rights(bytes, guid, sids) - The rights, as bits, that an account with these SIDs certainly has to the property or set of this GUID." },
	{ "uac", codec_uac, "codec.uac(n) - The names of the flags set in a userAccountControl." },
	{ "uac_bit", codec_uac_bit,
		"codec.uac_bit(name) - The bit of a flag of userAccountControl." },
	{ "rid", codec_rid,
		"codec.rid(name) - The RID that a group or account such as Domain Users has in every domain." },
	{ "escape", codec_escape, "codec.escape(s) - Escapes a value for a search filter." },
	{ "escape_bytes", codec_escape_bytes,
		"codec.escape_bytes(s) - Escapes a binary value for a search filter." },
	{ "check_filter", codec_check_filter,
		"codec.check_filter(filter) - Returns true, or says where the syntax of a search filter is wrong." },
	{ "dn_escape", codec_dn_escape, "codec.dn_escape(s) - Escapes a value for a DN." },
	{ "dn_under", codec_dn_under,
		"codec.dn_under(dn, base) - Whether a DN is the base or lies below it." },
	{ "failure", codec_failure,
		"codec.failure(fields) - Makes a table with kind and message an error object." },
	{ NULL, NULL, NULL },
};

int ad_lua_open_codec(lua_State *L)
{
	ad_lua_module(L, functions);
	lua_pushinteger(L, AD_VALUE_BUDGET);
	lua_setfield(L, -2, "VALUE_BUDGET");
	return 1;
}
