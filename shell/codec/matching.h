/*
 * How values of an attribute compare, by its syntax (MS-ADTS 3.1.1.2.2.2 and 3.1.1.3.1.3.1): each
 * value has a normal form, and two of them are equal when their normal forms are the same bytes.
 * What has an order has it in the normal forms, too.
 */
#ifndef AD_MATCHING_H
#define AD_MATCHING_H

#include "base/buf.h"

#include <stdbool.h>

enum ad_matching {
	AD_MATCHING_BYTES, /* also text in which case counts */
	AD_MATCHING_TEXT, /* case does not count, nor how many spaces there are */
	AD_MATCHING_INTEGER, /* 32 bits: what does not fit is cut, as AD does */
	AD_MATCHING_LARGE, /* 64 bits */
	AD_MATCHING_TIME,
	AD_MATCHING_NAME, /* of an object */
	AD_MATCHING_SID
};

/* By attributeSyntax, "2.5.5.12". */
enum ad_matching ad_matching_of(const char *syntax, size_t n);

/* Appends the normal form. False: that is not a value of this syntax. */
bool ad_matching_normal(struct ad_buf *out, enum ad_matching m, const char *value, size_t n);

/* The number in a normal form of AD_MATCHING_INTEGER or AD_MATCHING_LARGE. */
int64_t ad_matching_number(const unsigned char *normal);

/* The normal form of a part of text: spaces at its ends stay. */
void ad_matching_part(struct ad_buf *out, enum ad_matching m, const char *part, size_t n);

#endif
