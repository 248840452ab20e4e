/* Allocation that does not fail. See mem.h. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *check(void *p)
{
	if (!p) {
		fputs("adsh: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *ad_alloc(size_t size)
{
	return check(calloc(1, size ? size : 1));
}

void *ad_realloc(void *p, size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	if (count > SIZE_MAX / size)
		return check(NULL);
	return check(realloc(p, count * size));
}

char *ad_strdup(const char *s)
{
	return s ? check(strdup(s)) : NULL;
}

void *ad_memdup(const void *p, size_t n)
{
	char *q = ad_alloc(n + 1);

	if (n)
		memcpy(q, p, n);
	return q;
}

char *ad_strndup(const char *s, size_t n)
{
	return ad_memdup(s, strnlen(s, n));
}

char *ad_format(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return check(s);
}
