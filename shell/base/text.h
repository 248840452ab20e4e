/* Text: UTF-8 as we keep it, UTF-16LE as Windows sends it, comparing as the schema says. */
#ifndef AD_TEXT_H
#define AD_TEXT_H

#include "base/buf.h"

#include <stdbool.h>

bool ad_utf8_valid(const char *s, size_t n); /* well-formed, no surrogates, no overlong forms */

/* Append to out; false on malformed input (out is then unchanged). */
bool ad_utf8_to_utf16le(struct ad_buf *out, const char *s, size_t n);
bool ad_utf16le_to_utf8(struct ad_buf *out, const unsigned char *p, size_t n);

/* Compare without regard to ASCII case, as AD does for names and SPNs: <0, 0, >0. */
int ad_casecmp(const char *a, size_t alen, const char *b, size_t blen);
bool ad_caseeq(const char *a, const char *b);

/* "0a1b" of bytes, lower case. */
void ad_hex(struct ad_buf *out, const void *p, size_t n);

#endif
