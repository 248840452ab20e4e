/* The codecs for Lua: bytes that AD stores and the text people read. */
#ifndef AD_LUA_CODEC_H
#define AD_LUA_CODEC_H

#include <lua.h>

int ad_lua_open_codec(lua_State *L);

#endif
