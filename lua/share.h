/* adsh.core.share: shares and folders of file servers. */
#ifndef AD_LUA_SHARE_H
#define AD_LUA_SHARE_H

#include "codec/sd.h"
#include "net/ldap_entry.h"

#include <lua.h>

struct ad_plan;
struct ad_ldap;

int ad_lua_open_share(lua_State *L);

/* What lua/descriptor.c has for the two files of this module. */

/* The ACE flags for a word such as "all" at idx; none: "this". Raises on another word. */
uint8_t ad_lua_check_inherit(lua_State *L, int idx);
/* Pushes a box, in which the descriptor lives; NULL with err. */
struct ad_sd *ad_lua_decode_sd(lua_State *L, const struct ad_value *v, struct ad_err *err);
/* The same of SDDL at idx; the domain's SID, or nil, is at idx + 1. */
struct ad_sd *ad_lua_parse_sd(lua_State *L, int idx, struct ad_err *err);
/* Sets sddl, protected and entries into the table on top. */
bool ad_lua_set_descriptor(lua_State *L, const struct ad_value *v, struct ad_err *err);
/* Pushes the crowds that may do more than read, a list of { sid=, name=, rights= }, and what it
 * needs below that. */
bool ad_lua_push_crowds(lua_State *L, const struct ad_value *v, struct ad_err *err);
/* share.difference(before, after) */
int ad_lua_share_difference(lua_State *L);

/* A verb that takes nothing but a UNC path, which is at 1. */
typedef bool ad_lua_unc_intent(
	struct ad_plan *p, struct ad_ldap *ld, const char *unc, struct ad_err *err);
int ad_lua_unc_verb(lua_State *L, ad_lua_unc_intent *f);

/* In lua/share_dfs.c */
int ad_lua_share_step(lua_State *L);
int ad_lua_share_dcs(lua_State *L);

/* The verbs that write, in lua/share_write.c */
int ad_lua_share_grant(lua_State *L);
int ad_lua_share_revoke(lua_State *L);
int ad_lua_share_set(lua_State *L);
int ad_lua_share_protect(lua_State *L);
int ad_lua_share_propagate(lua_State *L);
int ad_lua_share_add(lua_State *L);
int ad_lua_share_remove(lua_State *L);

#endif
