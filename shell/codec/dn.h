/*
 * Distinguished names as text (RFC 4514). Names compare without regard to ASCII case, to spaces
 * around the separators, and to how a character is escaped. AD's <GUID=...> and <SID=...> are
 * no DNs here. The functions that append to a buffer leave it alone when they return false.
 */
#ifndef AD_DN_H
#define AD_DN_H

#include "base/buf.h"

#include <stdbool.h>

/* Appends the n bytes of an attribute value as they stand in a DN: specials with a backslash,
 * control characters and bytes that are not UTF-8 as \xx. */
void ad_dn_escape(struct ad_buf *out, const char *value, size_t n);

bool ad_dn_valid(const char *dn); /* the empty DN (the root) is valid */

bool ad_dn_equal(const char *a, const char *b); /* false when one of them is malformed */

/* dn is base or lies anywhere below it; everything lies below the empty DN. */
bool ad_dn_under(const char *dn, const char *base);

/* The part of dn behind its first RDN; NULL when dn has only one, none, or is malformed. */
const char *ad_dn_parent(const char *dn);

/* Appends the unescaped value of the first RDN ("#..." gives the BER bytes); false when dn is
 * malformed or empty. */
bool ad_dn_rdn_value(struct ad_buf *out, const char *dn);

/* "CN=x,DC=alpha,DC=test" appends "alpha.test": the DC components at the end of the name.
 * False when there are none or dn is malformed. */
bool ad_dn_to_dns(struct ad_buf *out, const char *dn);

/* "alpha.test" or "alpha.test." appends "DC=alpha,DC=test". False: an empty label. */
bool ad_dns_to_dn(struct ad_buf *out, const char *dns);

/* Appends the form that equal names share (for use as a key); false when malformed. */
bool ad_dn_normalise(struct ad_buf *out, const char *dn);

#endif
