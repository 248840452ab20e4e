/* Memory for the Lua state. */
#ifndef AD_LUA_ALLOC_H
#define AD_LUA_ALLOC_H

#include <stddef.h>

/* The lua_Alloc for lua_newstate; ud is not used. For one thread, as Lua itself is. */
void *ad_lua_alloc(void *ud, void *ptr, size_t old_size, size_t new_size);

#endif
