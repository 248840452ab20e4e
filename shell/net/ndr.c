/* NDR. See ndr.h. */
#include "net/ndr.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

void ad_ndr_init(struct ad_ndr *r, const void *p, size_t n)
{
	*r = (struct ad_ndr){ p, n, 0, false };
}

static const unsigned char *take(struct ad_ndr *r, size_t n)
{
	const unsigned char *p = r->p + r->at;

	if (r->bad || n > r->n - r->at) {
		r->bad = true;
		return NULL;
	}
	r->at += n;
	return p;
}

void ad_ndr_skip(struct ad_ndr *r, size_t n)
{
	take(r, n);
}

void ad_ndr_align(struct ad_ndr *r, size_t to)
{
	take(r, -r->at & (to - 1));
}

uint16_t ad_ndr_u16(struct ad_ndr *r)
{
	const unsigned char *p;

	ad_ndr_align(r, 2);
	p = take(r, 2);
	return p ? ad_get_u16(p) : 0;
}

uint32_t ad_ndr_u32(struct ad_ndr *r)
{
	const unsigned char *p;

	ad_ndr_align(r, 4);
	p = take(r, 4);
	return p ? ad_get_u32(p) : 0;
}

bool ad_ndr_pointer(struct ad_ndr *r)
{
	return ad_ndr_u32(r) != 0;
}

uint32_t ad_ndr_count(struct ad_ndr *r, size_t size)
{
	uint32_t n = ad_ndr_u32(r);

	if (r->bad || n > (r->n - r->at) / size) {
		r->bad = true;
		return 0;
	}
	return n;
}

char *ad_ndr_string(struct ad_ndr *r)
{
	uint32_t max = ad_ndr_u32(r), offset = ad_ndr_u32(r), actual = ad_ndr_count(r, 2);
	const unsigned char *p = take(r, 2 * (size_t)actual);
	struct ad_buf b = AD_BUF_INIT;

	if (!p || offset != 0 || actual > max) {
		r->bad = true;
		return NULL;
	}
	if (actual && p[2 * actual - 2] == 0 && p[2 * actual - 1] == 0)
		actual--;
	ad_utf16le_show(&b, p, 2 * (size_t)actual);
	if (memchr(ad_buf_text(&b), 0, b.len)) {
		ad_buf_clear(&b);
		r->bad = true;
		return NULL;
	}
	return b.len ? ad_buf_steal(&b) : ad_strdup("");
}

const unsigned char *ad_ndr_bytes(struct ad_ndr *r, uint32_t count)
{
	if (ad_ndr_count(r, 1) != count)
		r->bad = true;
	return take(r, count);
}

/* ---- writing ---- */

static void align(struct ad_buf *b)
{
	ad_buf_grow(b, -b->len & 3);
}

void ad_ndr_put_u32(struct ad_buf *b, uint32_t v)
{
	align(b);
	ad_buf_u32(b, v);
}

/* Any number but 0 will do, each once: the place is one. */
void ad_ndr_put_pointer(struct ad_buf *b, bool there)
{
	align(b);
	ad_buf_u32(b, there ? 0x20000 + (uint32_t)b->len : 0);
}

bool ad_ndr_put_string(struct ad_buf *b, const char *s)
{
	struct ad_buf text = AD_BUF_INIT;
	bool ok = ad_utf8_to_utf16le(&text, s, strlen(s));
	uint32_t n = (uint32_t)(text.len / 2 + 1);

	if (ok) {
		ad_ndr_put_u32(b, n);
		ad_ndr_put_u32(b, 0);
		ad_ndr_put_u32(b, n);
		ad_buf_add(b, text.data, text.len);
		ad_buf_u16(b, 0);
	}
	ad_buf_clear(&text);
	return ok;
}

void ad_ndr_put_bytes(struct ad_buf *b, const void *p, size_t n)
{
	ad_ndr_put_u32(b, (uint32_t)n);
	ad_buf_add(b, p, n);
}
