/* Search filters as text (RFC 4515): writing values into them, checking what a person typed. */
#ifndef AD_FILTER_H
#define AD_FILTER_H

#include "base/buf.h"
#include "base/err.h"

/* AD's matching rules (MS-ADTS 3.1.1.3.4.4), as in "(attribute:RULE:=value)" */
#define AD_RULE_BIT_AND "1.2.840.113556.1.4.803"
#define AD_RULE_BIT_OR "1.2.840.113556.1.4.804"
#define AD_RULE_IN_CHAIN "1.2.840.113556.1.4.1941" /* membership through nested groups */
#define AD_RULE_DN_WITH_DATA "1.2.840.113556.1.4.2253"

/* Appends the n bytes of value so that a filter takes each of them literally: * ( ) \ and NUL
 * as \xx, and every byte above 0x7f when value is not UTF-8. */
void ad_filter_escape(struct ad_buf *out, const void *value, size_t n);

/* Every byte as \xx: for GUIDs, SIDs and other binary values. */
void ad_filter_escape_bytes(struct ad_buf *out, const void *value, size_t n);

/* Appends "(attr=value)", value escaped as by ad_filter_escape. */
void ad_filter_equal(struct ad_buf *out, const char *attr, const void *value, size_t n);

/* Whether filter is RFC 4515; more lenient only in what libldap takes too: a simple filter needs
 * no parentheses, and spaces may stand behind "(", behind & | ! and between the parts of & and |.
 * AD_ERR_USAGE names the character (counted from 1) where it goes wrong, or says that it nests
 * more than 100 deep. */
bool ad_filter_check(const char *filter, struct ad_err *err);

#endif
