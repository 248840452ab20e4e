/*
 * The standard libraries without what breaks memory: code in bytes that no compiler made, and the
 * parts of the debug library that reach into C functions and userdata.
 */
#ifndef AD_HARDEN_H
#define AD_HARDEN_H

#include <lua.h>

/* Replaces functions of the libraries, which are open, before any other code runs. */
void ad_harden_libraries(lua_State *L);

#endif
