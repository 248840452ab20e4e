/* Search filters (RFC 4515) taken apart, for those who have to decide themselves what matches. */
#ifndef AD_FILTER_TREE_H
#define AD_FILTER_TREE_H

#include "base/buf.h"
#include "base/err.h"

enum ad_filter_kind {
	AD_FILTER_AND,
	AD_FILTER_OR,
	AD_FILTER_NOT,
	AD_FILTER_PRESENT,
	AD_FILTER_EQUAL, /* also the approximate match, which AD treats as this
			    (MS-ADTS 3.1.1.3.1.3.1) */
	AD_FILTER_SUBSTRING,
	AD_FILTER_GREATER, /* or equal */
	AD_FILTER_LESS, /* or equal */
	AD_FILTER_RULE /* attribute:rule:=value */
};

struct ad_filter_part {
	char *data;
	size_t n;
};

struct ad_filter {
	enum ad_filter_kind kind;
	struct ad_filter *first, *next; /* the filters within; the one behind */
	char *attr, *rule; /* rule: a number, or NULL */
	/* The value without escapes: one part. Of a substring: as many as there are stars and one
	 * more; the first and the last may be empty. */
	struct ad_filter_part *part;
	size_t n_parts;
};

/* What ad_filter_check takes, and the same errors. */
bool ad_filter_parse(struct ad_filter **out, const char *text, struct ad_err *err);
void ad_filter_free(struct ad_filter *f);

/* Calls each(arg, attr) for every attribute in it, also more than once. */
void ad_filter_attrs(
	const struct ad_filter *f, void (*each)(void *arg, const char *attr), void *arg);

#endif
