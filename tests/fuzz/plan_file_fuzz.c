/* Plan files, up to a plan that can be written: see plan_file.lua. */
#define TARGET "plan_file"
#include "lua_target.h"
