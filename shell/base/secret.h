/*
 * Passwords: an opaque type with a short life. The bytes live in memory that core dumps leave
 * out and are overwritten before they are freed.
 */
#ifndef AD_SECRET_H
#define AD_SECRET_H

#include "base/err.h"

#include <stddef.h>

struct ad_secret;

struct ad_secret *ad_secret_new(const char *bytes, size_t n);
struct ad_secret *ad_secret_dup(const struct ad_secret *s); /* NULL gives NULL */
void ad_secret_free(struct ad_secret *s); /* NULL is fine */

/* The first line of a file; "-" is standard input, /dev/fd/N a descriptor that is open already.
 * Errors: the file cannot be read, is empty, is a link, or belongs to others or may be read by them
 * (see AD_FILE_SECRET). */
bool ad_secret_read(struct ad_secret **out, const char *path, struct ad_err *err);

/* Asks at the terminal (/dev/tty), without echo. AD_ERR_USAGE when there is none. */
bool ad_secret_prompt(struct ad_secret **out, const char *prompt, struct ad_err *err);

/* Terminated by a zero byte; do not keep the pointer. */
const char *ad_secret_text(const struct ad_secret *s, size_t *n);

#endif
