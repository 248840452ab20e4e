/* The Lua files compiled into the program: written by lua/embed.c, preloaded by bundle.c. */
#ifndef AD_BUNDLE_H
#define AD_BUNDLE_H

#include <lua.h>
#include <stddef.h>

struct ad_bundle {
	const char *module; /* "adsh.recipes.kcd" */
	const char *path; /* "stdlib/recipes/kcd.lua": the chunk's name */
	const unsigned char *data;
	size_t size;
};

extern const struct ad_bundle ad_bundle[]; /* ends with a NULL module */

/* Puts a loader for each of them into package.preload. Each file runs in the environment that is
 * in the registry under AD_BUNDLE_ENV, once there is one. */
void ad_bundle_preload(lua_State *L);
#define AD_BUNDLE_ENV "adsh.environment"

#endif
