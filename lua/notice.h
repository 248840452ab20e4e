/* adsh.core.notice: how far a long piece of work is, for a person who waits. */
#ifndef AD_LUA_NOTICE_H
#define AD_LUA_NOTICE_H

#include <lua.h>

int ad_lua_open_notice(lua_State *L);

#endif
