/* Bytes that grow. See buf.h. */
#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ad_buf_init(struct ad_buf *b)
{
	b->data = NULL;
	b->len = b->cap = 0;
}

void ad_buf_clear(struct ad_buf *b)
{
	free(b->data);
	ad_buf_init(b);
}

unsigned char *ad_buf_grow(struct ad_buf *b, size_t n)
{
	unsigned char *p;

	if (n >= SIZE_MAX / 2 - b->len)
		ad_realloc(NULL, SIZE_MAX, 2); /* ends the program */
	if (b->len + n + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap < b->len + n + 1)
			cap *= 2;
		b->data = ad_realloc(b->data, cap, 1);
		b->cap = cap;
	}
	p = b->data + b->len;
	memset(p, 0, n + 1);
	b->len += n;
	return p;
}

void ad_buf_add(struct ad_buf *b, const void *p, size_t n)
{
	unsigned char *to = ad_buf_grow(b, n);

	if (n)
		memcpy(to, p, n);
}

void ad_buf_addc(struct ad_buf *b, unsigned char c)
{
	*ad_buf_grow(b, 1) = c;
}

void ad_buf_puts(struct ad_buf *b, const char *s)
{
	ad_buf_add(b, s, strlen(s));
}

void ad_buf_vprintf(struct ad_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0)
		vsnprintf((char *)ad_buf_grow(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
}

void ad_buf_printf(struct ad_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ad_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

char *ad_buf_steal(struct ad_buf *b)
{
	char *s;

	ad_buf_grow(b, 0);
	s = (char *)b->data;
	ad_buf_init(b);
	return s;
}

const char *ad_buf_text(const struct ad_buf *b)
{
	return b->data ? (const char *)b->data : "";
}

void ad_buf_u16(struct ad_buf *b, uint16_t v)
{
	unsigned char *p = ad_buf_grow(b, 2);

	p[0] = v & 255;
	p[1] = v >> 8;
}

void ad_buf_u32(struct ad_buf *b, uint32_t v)
{
	ad_buf_u16(b, v & 0xffff);
	ad_buf_u16(b, (uint16_t)(v >> 16));
}
