/* Text: UTF-8 (RFC 3629) as we keep it, UTF-16LE (RFC 2781) as Windows sends it, comparing as the
 * schema says. */
#ifndef AD_TEXT_H
#define AD_TEXT_H

#include "base/buf.h"

#include <stdbool.h>

bool ad_utf8_valid(const char *s, size_t n); /* well-formed, no surrogates, no overlong forms */

/* The bytes of the first character of well-formed text that is not empty. hidden: it draws nothing
 * itself and acts on how others are drawn; see ad_text_escape. */
size_t ad_utf8_next(const char *s, size_t n, uint32_t *c, bool *hidden);

/* Append to out; false on malformed input (out is then unchanged). */
bool ad_utf8_to_utf16le(struct ad_buf *out, const char *s, size_t n);
bool ad_utf16le_to_utf8(struct ad_buf *out, const unsigned char *p, size_t n);

/* The same of names that others made: what is no character becomes U+FFFD. */
void ad_utf16le_show(struct ad_buf *out, const unsigned char *p, size_t n);

/*
 * Appends what a text file says, as UTF-8: files of Windows begin with a byte order mark and are
 * UTF-8 or UTF-16 of either order; UTF-16 without a mark is known by the zero byte of its first
 * character. False (out unchanged): malformed, or in an old code page.
 */
bool ad_text_decode(struct ad_buf *out, const void *p, size_t n);

/* Is this the start of a file in UTF-16? `low`: which byte of a pair is the lower one. */
bool ad_text_is_utf16(const void *p, size_t n, size_t *low);

/* Compare without regard to ASCII case, as AD does for names and SPNs: <0, 0, >0. */
int ad_casecmp(const char *a, size_t alen, const char *b, size_t blen);
bool ad_caseeq(const char *a, const char *b);
/* Is word one of the words, between which there are spaces? Without regard to case. */
bool ad_text_has_word(const char *words, const char *word);

/*
 * Text of unknown origin as it may be drawn on a terminal: control characters (also C1, and those
 * that turn the direction of writing) and bytes that are not UTF-8 become "\x1b", so that a
 * hostile value can neither move the cursor nor look like another one. keep_lines: newlines and
 * tabs stay.
 */
void ad_text_escape(struct ad_buf *out, const char *s, size_t n, bool keep_lines);

/* Columns that escaped UTF-8 text takes; needs an LC_CTYPE that knows UTF-8. */
size_t ad_text_width(const char *s, size_t n);

void ad_base64(struct ad_buf *out, const void *p, size_t n); /* RFC 4648 section 4 */
bool ad_unbase64(struct ad_buf *out, const char *s, size_t n); /* false, out unchanged: malformed */

int ad_hexdigit(char c); /* its value, in either case; -1 when it is none */

/* "0a1b" of bytes, lower case. */
void ad_hex(struct ad_buf *out, const void *p, size_t n);

#endif
