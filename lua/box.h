/*
 * C memory that Lua keeps: "box first, resource second". A box is empty when it is made; what is
 * put into it is released with it, also when an error of Lua's cuts the function short.
 */
#ifndef AD_LUA_BOX_H
#define AD_LUA_BOX_H

#include "ad/identity.h"
#include "base/buf.h"

#include <lua.h>

/* Pushes an empty box and returns the place for its pointer; release may be called with NULL. */
void **ad_lua_box(lua_State *L, void (*release)(void *));

/* Pushes a box with a buffer in it. */
struct ad_buf *ad_lua_box_buf(lua_State *L);

/* Pushes a box for n entries, all NULL. Its user value is free for what must live as long. */
struct ad_entry **ad_lua_box_entries(lua_State *L, size_t n);

#endif
