/* What Lua learns about the program: adsh.core.options and adsh.core.program. */
#ifndef AD_PROGRAM_H
#define AD_PROGRAM_H

#include "args.h"

#include <lua.h>

#define AD_VERSION "0.2.0-dev"

/* Preloads both modules. args must outlive the state. */
void ad_program_open(lua_State *L, const struct ad_args *args);

#endif
