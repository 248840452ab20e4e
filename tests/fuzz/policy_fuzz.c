/* Policy files: see policy.lua. */
#define TARGET "policy"
#include "lua_target.h"
