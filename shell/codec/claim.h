/*
 * Resource attributes (MS-DTYP 2.4.4.15): a CLAIM_SECURITY_ATTRIBUTE_RELATIVE_V1 (2.4.10.1) behind
 * the SID of an entry, and its text (2.5.1.1): ("Project",TS,0x0,"Windows","SQL").
 *
 * Where Samba (4.22) differs: it makes unsigned ones (TU) of booleans and of signed numbers that
 * are not negative, and reads no octets (TX) and no attribute without a value.
 */
#ifndef AD_CLAIM_H
#define AD_CLAIM_H

#include "codec/sddl_scan.h"

/* Appends the text of the n bytes at p with its parentheses; false, and out unchanged: they are no
 * attribute, or one that text cannot say. As with ad_condition_format, the text may have other
 * bytes: the values can lie anywhere. */
bool ad_claim_format(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain);

/* Reads an attribute in parentheses and appends its bytes, laid out as Windows does: the name, the
 * values one after the other, zeroes up to a multiple of four. */
bool ad_claim_scan(struct ad_scan *s, struct ad_buf *out);

#endif
