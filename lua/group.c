/* adsh.core.group: members of groups, by DN. stdlib/group.lua is what people call. */
#include "lua/group.h"
#include "ad/group.h"
#include "lua/account.h"

/* add(group, dns) */
static int group_add(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_GROUP, ad_group_add);
}

/* remove(group, dns) */
static int group_remove(lua_State *L)
{
	return ad_lua_edit_values(L, AD_WANT_GROUP, ad_group_remove);
}

static const struct ad_lua_func functions[] = {
	{ "add", group_add, NULL },
	{ "remove", group_remove, NULL },
	{ NULL, NULL, NULL },
};

int ad_lua_open_group(lua_State *L)
{
	ad_lua_module(L, functions);
	return 1;
}
