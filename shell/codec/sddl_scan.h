/* Reading SDDL: a place in the text, words, and the values that entries, conditions and resource
 * attributes have in common (MS-DTYP 2.5.1.1). */
#ifndef AD_SDDL_SCAN_H
#define AD_SDDL_SCAN_H

#include "base/buf.h"
#include "codec/sid.h"

struct ad_scan {
	const char *text, *at; /* text ends with a zero byte */
	const struct ad_sid *domain; /* for abbreviations that are relative to one; NULL: unknown */
	struct ad_err *err;
};

/* How a number was written, as conditions keep it (2.4.4.17.5) */
enum ad_number_sign { AD_SIGN_PLUS = 1, AD_SIGN_MINUS, AD_SIGN_NONE };
enum ad_number_base { AD_BASE_OCTAL = 1, AD_BASE_DECIMAL, AD_BASE_HEX };

struct ad_number {
	uint64_t value; /* of a negative one the two's complement */
	uint8_t sign, base;
};

/* AD_ERR_USAGE with the place; returns false. */
bool ad_scan_fail(struct ad_scan *s, const char *what);

void ad_scan_blanks(struct ad_scan *s);

bool ad_scan_expect(struct ad_scan *s, char c, const char *what);

/* Takes word from the text if it stands there, in either case. */
bool ad_scan_take(struct ad_scan *s, const char *word);

/* A SID, or the letters of a known one. */
bool ad_scan_sid(struct ad_scan *s, struct ad_sid *out);

/* The rest append to out what they read, text as UTF-16LE. */

bool ad_scan_string(struct ad_scan *s, struct ad_buf *out); /* "text": no escapes */
bool ad_scan_name(struct ad_scan *s, struct ad_buf *out); /* of an attribute; %0020 is a blank */
bool ad_scan_octets(struct ad_scan *s, struct ad_buf *out); /* #0a1b; each further # is a 0 */

/* Decimal, 0 octal, 0x hex, each with + or - or without. Without a sign the latter two go up to
 * 64 bits, as Windows reads them; decimal too with `wide`, else to 63. */
bool ad_scan_number(struct ad_scan *s, bool wide, struct ad_number *out);

#endif
