/*
 * What a change is outside memory: the one table that journals, plan files, Lua and --format json
 * read. Besides these texts a change has its number ("n", in journals), the numbers or places of
 * those that it waits for ("after") and its edits, each with the texts "attribute" and "syntax" and
 * the lists of values "before" and "after".
 */
#ifndef AD_FIELDS_H
#define AD_FIELDS_H

#include "base/buf.h"
#include "plan/change.h"

enum ad_field_place {
	AD_FIELD_JOURNAL = 1, /* a line "intent" of a journal */
	AD_FIELD_FILE = 2, /* a plan file */
	AD_FIELD_LUA = 4, /* what Lua sees, and --format json */
	AD_FIELD_NEEDED = 8 /* in a file; what is not needed may be missing */
};

struct ad_field {
	const char *name;
	unsigned places;
	/* Appends the text; nothing: the change does not have it. */
	void (*text)(const struct ad_change *c, struct ad_buf *out);
};

/* The i-th, in the order in which they are written; NULL behind the last one. */
const struct ad_field *ad_field(size_t i);

#endif
