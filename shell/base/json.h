/* Writing JSON (RFC 8259): the journal, which no Lua may stand between, and the strings of all
 * other documents. Reading is the business of Lua's library. */
#ifndef AD_JSON_H
#define AD_JSON_H

#include "base/buf.h"

/* A string in quotes; what would act on a terminal is written by number, bytes that are not UTF-8
 * become {"base64":"..."}. */
void ad_json_bytes(struct ad_buf *out, const void *p, size_t n);
void ad_json_text(struct ad_buf *out, const char *s); /* NULL: null */

/* ,"key": in front of a value; no comma right behind an opening brace. */
void ad_json_key(struct ad_buf *out, const char *key);
/* ,"key":"text"; nothing at all when text is NULL. */
void ad_json_pair(struct ad_buf *out, const char *key, const char *text);

#endif
