/* Bytes that grow. After ad_buf_init nothing can fail; data is always followed by a zero byte
 * once something was added, so that text can be read as a C string. */
#ifndef AD_BUF_H
#define AD_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct ad_buf {
	unsigned char *data;
	size_t len, cap;
};

#define AD_BUF_INIT                                                                                \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

void ad_buf_init(struct ad_buf *b);
void ad_buf_clear(struct ad_buf *b); /* frees; b is empty and usable again */
void ad_buf_add(struct ad_buf *b, const void *p, size_t n);
void ad_buf_addc(struct ad_buf *b, unsigned char c);
void ad_buf_puts(struct ad_buf *b, const char *s);
void ad_buf_printf(struct ad_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ad_buf_vprintf(struct ad_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
unsigned char *ad_buf_grow(struct ad_buf *b, size_t n); /* n zeroed bytes more, to be filled */
char *ad_buf_steal(struct ad_buf *b); /* terminated, the caller frees; b is empty afterwards */
const char *ad_buf_text(const struct ad_buf *b); /* "" when empty; valid until the next add */

/* Little-endian integers, as MS-DTYP stores them. */
void ad_buf_u16(struct ad_buf *b, uint16_t v);
void ad_buf_u32(struct ad_buf *b, uint32_t v);

static inline uint16_t ad_get_u16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t ad_get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t ad_get_u64(const unsigned char *p)
{
	return ad_get_u32(p) | (uint64_t)ad_get_u32(p + 4) << 32;
}

#endif
