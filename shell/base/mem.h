/*
 * Allocation that does not fail: without memory the program says so and ends, and since every
 * write is journaled first, nothing is lost by that. So no caller checks for NULL.
 */
#ifndef AD_MEM_H
#define AD_MEM_H

#include <stddef.h>

void *ad_alloc(size_t size); /* zeroed */
void *ad_realloc(void *p, size_t count, size_t size); /* count * size is checked */
char *ad_strdup(const char *s); /* NULL gives NULL */
char *ad_strndup(const char *s, size_t n); /* n bytes, always terminated */
void *ad_memdup(const void *p, size_t n); /* n + 1 bytes, the last one zero */
char *ad_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
