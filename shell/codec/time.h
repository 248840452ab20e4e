/*
 * Times as AD stores them. In the program every time is a FILETIME (MS-DTYP 2.3.3): 100 ns units
 * since 1601-01-01 UTC as int64_t; here it becomes text and back. Proleptic Gregorian calendar,
 * no leap seconds (a second 60 is refused).
 */
#ifndef AD_TIME_H
#define AD_TIME_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define AD_TIME_SECOND 10000000 /* units */
#define AD_TIME_NEVER INT64_MAX /* accountExpires and others; 0 means the same there */
#define AD_TIME_TEXT 40

bool ad_time_is_never(int64_t t); /* 0 or AD_TIME_NEVER */

/* Seconds since 1970, rounded down, and back (saturating at the ends). */
int64_t ad_time_unix(int64_t t);
int64_t ad_time_of_unix(int64_t seconds);

/* The attribute value of syntax Integer8, "133000000000000000": digits with an optional minus
 * (durations such as maxPwdAge are negative). */
bool ad_time_parse_filetime(int64_t *out, const char *text, size_t n, struct ad_err *err);

/* GeneralizedTime (RFC 4517 3.3.13), as AD writes it "20260102030405.0Z": minutes and seconds
 * may be missing, a fraction of seconds counts to 100 ns, the zone is Z or +hh[mm]. */
bool ad_time_parse_generalized(int64_t *out, const char *text, size_t n, struct ad_err *err);

/* "2026-01-02", "2026-01-02T03:04[:05[.6]]" with Z, +hh:mm, or nothing, which is UTC too; a
 * space may stand for the T. */
bool ad_time_parse_iso(int64_t *out, const char *text, size_t n, struct ad_err *err);

/* "20260102030405.0Z" and "2026-01-02T03:04:05Z" (".1234567" before the Z when not zero).
 * GeneralizedTime loses the fraction, as AD does. Negative times are shown as 1601-01-01; years
 * above 9999, which neither can be read back from, have five digits. */
void ad_time_format_generalized(int64_t t, char out[AD_TIME_TEXT]);
void ad_time_format_iso(int64_t t, char out[AD_TIME_TEXT]);

#endif
