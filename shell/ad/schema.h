/*
 * What kind of values the attributes have that an administrator meets: how a typed object shows
 * them. A table of our own, so that no search of the schema stands in front of the first answer;
 * attributes that are not in it are lists of byte strings (MS-ADA1, MS-ADA2, MS-ADA3).
 */
#ifndef AD_SCHEMA_H
#define AD_SCHEMA_H

#include "codec/flags.h"

#include <stddef.h>

enum ad_syntax {
	AD_SYNTAX_TEXT, /* also names of objects */
	AD_SYNTAX_INTEGER, /* 32 and 64 bits */
	AD_SYNTAX_BOOLEAN,
	AD_SYNTAX_FLAGS, /* a 32-bit number with named bits */
	AD_SYNTAX_TIME, /* GeneralizedTime */
	AD_SYNTAX_FILETIME, /* 0 and the largest number mean never */
	AD_SYNTAX_INTERVAL, /* negative number of 100 ns */
	AD_SYNTAX_SID,
	AD_SYNTAX_GUID,
	AD_SYNTAX_SD,
	AD_SYNTAX_BYTES
};

struct ad_attribute {
	const char *name; /* lDAPDisplayName, in the schema's spelling */
	enum ad_syntax syntax;
	bool multi; /* may have several values */
	const struct ad_flag *flags; /* names of the bits, for AD_SYNTAX_FLAGS */
};

/* NULL when the name (any case) is not in the table. */
const struct ad_attribute *ad_schema_find(const char *name, size_t n);

/* The i-th of the table, in the order of their names; NULL behind the end. */
const struct ad_attribute *ad_schema_at(size_t i);

#endif
