/*
 * Network Data Representation, NDR20, little-endian (C706 chapter 14), as MS-RPCE uses it: what
 * srvsvc and lsarpc need. A reader never leaves its bytes: the first thing that does not fit sets
 * `bad`, and everything after that reads as zero.
 */
#ifndef AD_NDR_H
#define AD_NDR_H

#include "base/buf.h"

#include <stdbool.h>

struct ad_ndr {
	const unsigned char *p;
	size_t n, at;
	bool bad;
};

void ad_ndr_init(struct ad_ndr *r, const void *p, size_t n);
void ad_ndr_skip(struct ad_ndr *r, size_t n);
void ad_ndr_align(struct ad_ndr *r, size_t to);
uint16_t ad_ndr_u16(struct ad_ndr *r); /* aligned, as the next ones */
uint32_t ad_ndr_u32(struct ad_ndr *r);
bool ad_ndr_pointer(struct ad_ndr *r); /* a unique pointer: false when it is NULL */
/* How many elements of at least `size` bytes follow: a count that cannot be true is bad. */
uint32_t ad_ndr_count(struct ad_ndr *r, size_t size);
/* A conformant varying string of UTF-16, its zero left out: UTF-8, allocated, U+FFFD for what is no
 * character; NULL when bad. */
char *ad_ndr_string(struct ad_ndr *r);
/* count bytes of a conformant array (count again in front): points inside; NULL when bad. */
const unsigned char *ad_ndr_bytes(struct ad_ndr *r, uint32_t count);

/* Writing: offsets count from the buffer's start. */
void ad_ndr_put_u32(struct ad_buf *b, uint32_t v);
void ad_ndr_put_pointer(struct ad_buf *b, bool there); /* the referent follows later */
bool ad_ndr_put_string(struct ad_buf *b, const char *s); /* false: not UTF-8 */
void ad_ndr_put_bytes(struct ad_buf *b, const void *p, size_t n); /* a conformant array */

#endif
