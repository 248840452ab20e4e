/*
 * Conditional expressions (MS-DTYP 2.4.4.17): what stands behind the SID of a callback entry, in
 * postfix notation, and their text (2.5.1.1): (@USER.Title == "PM"). They are not evaluated here.
 *
 * The text is the one that Windows writes, every operation in parentheses. It is read as the
 * grammar has it, and as Windows reads more than it: "!" before an attribute, parentheses around
 * values, octets with an odd number of digits, hex and octal numbers of 64 bits.
 *
 * Where Samba (4.22) differs: it reads no numbers of more than 63 bits, no "@" in a simple name, no
 * half characters (%d83d); it takes lists for "<" and its like, empty ones, and values that are no
 * SIDs for Member_of; letters that are relative to a domain, such as DA, end its process. It
 * writes octets in capitals, and gives an access list with callback entries revision 4, Windows 2.
 */
#ifndef AD_CONDITION_H
#define AD_CONDITION_H

#include "codec/sddl_scan.h"

/* How deep operations and parentheses may be nested. */
#define AD_CONDITION_DEPTH 400

enum ad_operator {
	AD_OPERATOR_ORDER, /* an attribute and one value or attribute */
	AD_OPERATOR_EQUAL, /* the same, or several values */
	AD_OPERATOR_SET,
	AD_OPERATOR_MEMBER, /* one SID or several, behind it */
	AD_OPERATOR_EXISTS, /* an attribute behind it */
	AD_OPERATOR_LOGIC,
	AD_OPERATOR_NOT
};

/* A row of the table of operators (2.4.4.17.6, .7), which ends with a NULL name. */
struct ad_condition_operator {
	unsigned char code;
	enum ad_operator kind;
	const char *name;
};
extern const struct ad_condition_operator ad_condition_operators[];

/* Codes of the other tokens (2.4.4.17.5, .8). Numbers of fewer than 64 bits are 1 to 3. */
#define AD_TOKEN_INT64 0x04
#define AD_TOKEN_STRING 0x10
#define AD_TOKEN_OCTETS 0x18
#define AD_TOKEN_LIST 0x50
#define AD_TOKEN_SID 0x51
#define AD_TOKEN_SIMPLE_ATTRIBUTE 0xf8
#define AD_TOKEN_USER_ATTRIBUTE 0xf9
#define AD_TOKEN_RESOURCE_ATTRIBUTE 0xfa
#define AD_TOKEN_DEVICE_ATTRIBUTE 0xfb

#define AD_CONDITION_SIGNATURE "artx"

/* Appends the text of the n bytes at p with its parentheses; false, and out unchanged: they are no
 * condition, or one that text cannot say. The text may have other bytes when it is read, if those
 * at p were not written as Windows writes them. */
bool ad_condition_format(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain);

/* Reads a condition in parentheses and appends its bytes, zeroes behind them up to a multiple of
 * four. */
bool ad_condition_scan(struct ad_scan *s, struct ad_buf *out);

#endif
