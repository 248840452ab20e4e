/* Writing SDDL: the values that entries, conditions and resource attributes have in common
 * (MS-DTYP 2.5.1.1). sddl_scan.h reads them. Each appends to out; what can fail leaves there what
 * was written until then. */
#ifndef AD_SDDL_VALUE_H
#define AD_SDDL_VALUE_H

#include "codec/sddl_scan.h"

/* The letters of a SID that has some: well-known, or relative to domain (NULL: none). */
void ad_sddl_format_sid(struct ad_buf *out, const struct ad_sid *sid, const struct ad_sid *domain);

/* UTF-16LE in quotes. SDDL has no escapes there: false for text with a quote, with characters
 * that draw nothing themselves, or that is not UTF-16. */
bool ad_sddl_format_string(struct ad_buf *out, const unsigned char *p, size_t n);

/* UTF-16LE as the name of an attribute, with %0020 for a blank; false: empty, half, or a zero. */
bool ad_sddl_format_name(struct ad_buf *out, const unsigned char *p, size_t n);

void ad_sddl_format_octets(struct ad_buf *out, const unsigned char *p, size_t n);

/* False: an unknown sign or base, or a sign that the value does not have. */
bool ad_sddl_format_number(struct ad_buf *out, const struct ad_number *number);

#endif
