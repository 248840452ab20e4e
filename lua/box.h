/*
 * C memory that Lua keeps: "box first, resource second". A box is empty when it is made; what is
 * put into it is released with it, also when an error of Lua's cuts the function short.
 */
#ifndef AD_LUA_BOX_H
#define AD_LUA_BOX_H

#include "ad/identity.h"
#include "base/buf.h"

#include <lua.h>

/* lua_close for a state with such values. While it runs, finalizers of a script run too; what they
 * would make is never finalized, so from now on nothing is made: ad_lua_check_alive raises. */
void ad_lua_close(lua_State *L);
/* To be called before a value is made whose finalizer releases memory of C. */
void ad_lua_check_alive(lua_State *L);

/* Pushes an empty box and returns the place for its pointer; release may be called with NULL. */
void **ad_lua_box(lua_State *L, void (*release)(void *));

/*
 * The same for the value on top, a userdata that Lua code has: the box becomes its user value nth,
 * which nothing but the collector reaches. So what is in it lives as long as the value is on a
 * stack, whatever that code does meanwhile with close, __gc or __close. NULL in it again:
 * finalized.
 */
void **ad_lua_own(lua_State *L, int nth, void (*release)(void *));

/* Pushes a box with a buffer in it. */
struct ad_buf *ad_lua_box_buf(lua_State *L);

/* Pushes a box for n entries, all NULL. Its user value is free for what must live as long. */
struct ad_entry **ad_lua_box_entries(lua_State *L, size_t n);

#endif
