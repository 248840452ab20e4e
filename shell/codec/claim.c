/* Resource attributes. See claim.h. */
#include "codec/claim.h"
#include "base/text.h"
#include "codec/flags.h"
#include "codec/sddl_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 16

/* ValueType */
enum claim_type {
	CLAIM_INT = 1,
	CLAIM_UINT = 2,
	CLAIM_STRING = 3,
	CLAIM_SID = 5,
	CLAIM_BOOLEAN = 6,
	CLAIM_OCTETS = 0x10
};

static const struct ad_flag types[] = {
	{ CLAIM_INT, "TI" },
	{ CLAIM_UINT, "TU" },
	{ CLAIM_STRING, "TS" },
	{ CLAIM_SID, "TD" },
	{ CLAIM_BOOLEAN, "TB" },
	{ CLAIM_OCTETS, "TX" },
	{ 0, NULL },
};

/* ---- bytes to text ---- */

struct claim {
	const unsigned char *p;
	size_t n;
	const struct ad_sid *domain;
};

/* The length of UTF-16 that starts at offset, without the zero at its end; SIZE_MAX: none. */
static size_t text_length(const struct claim *c, size_t offset)
{
	for (size_t i = offset; i < c->n && c->n - i >= 2; i += 2)
		if (ad_get_u16(c->p + i) == 0)
			return i - offset;
	return SIZE_MAX;
}

static bool put_number(const struct claim *c, struct ad_buf *out, size_t offset, unsigned type)
{
	uint64_t v;

	if (c->n < 8 || offset > c->n - 8)
		return false;
	v = ad_get_u64(c->p + offset);
	if (type == CLAIM_INT)
		ad_buf_printf(out, "%" PRId64, (int64_t)v);
	else
		ad_buf_printf(out, "%" PRIu64, v);
	return type != CLAIM_BOOLEAN || v <= 1;
}

/* A SID is its text, with or without a zero behind it. */
static bool put_sid(const struct claim *c, struct ad_buf *out, const unsigned char *p, size_t n)
{
	char text[AD_SID_TEXT] = { 0 };
	struct ad_sid sid;

	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, p, n);
	if (strlen(text) + 1 < n || !ad_sid_parse(&sid, text, NULL))
		return false;
	ad_sddl_format_sid(out, &sid, c->domain);
	return true;
}

static bool put_octets(const struct claim *c, struct ad_buf *out, size_t offset, unsigned type)
{
	const unsigned char *p = c->p + offset;
	size_t n;

	if (c->n < 4 || offset > c->n - 4)
		return false;
	n = ad_get_u32(p);
	if (n > c->n - offset - 4)
		return false;
	if (type == CLAIM_SID)
		return put_sid(c, out, p + 4, n);
	ad_sddl_format_octets(out, p + 4, n);
	return true;
}

static bool put_value(const struct claim *c, struct ad_buf *out, size_t offset, unsigned type)
{
	size_t n;

	switch (type) {
	case CLAIM_SID:
	case CLAIM_OCTETS: return put_octets(c, out, offset, type);
	case CLAIM_STRING:
		n = text_length(c, offset);
		return n != SIZE_MAX && ad_sddl_format_string(out, c->p + offset, n);
	default: return put_number(c, out, offset, type);
	}
}

static bool put_name(const struct claim *c, struct ad_buf *out)
{
	size_t offset = ad_get_u32(c->p), n = text_length(c, offset);

	ad_buf_puts(out, "(\"");
	if (n == SIZE_MAX || !ad_sddl_format_name(out, c->p + offset, n))
		return false;
	ad_buf_addc(out, '"');
	return true;
}

/* Values may overlap: then they are told of as long as the text stays in proportion to the bytes.
 */
static bool put(const struct claim *c, struct ad_buf *out)
{
	unsigned type = c->n >= HEADER ? ad_get_u16(c->p + 4) : 0;
	const char *name = ad_flag_name(types, type);
	size_t count, most = out->len + 8 * c->n;

	if (!name || !put_name(c, out))
		return false;
	ad_buf_printf(out, ",%s,0x%" PRIx32, name, ad_get_u32(c->p + 8));
	count = ad_get_u32(c->p + 12);
	if (count > (c->n - HEADER) / 4)
		return false;
	for (size_t i = 0; i < count; i++) {
		ad_buf_addc(out, ',');
		if (!put_value(c, out, ad_get_u32(c->p + HEADER + 4 * i), type) || out->len > most)
			return false;
	}
	ad_buf_addc(out, ')');
	return true;
}

bool ad_claim_format(
	struct ad_buf *out, const unsigned char *p, size_t n, const struct ad_sid *domain)
{
	struct claim c = { p, n, domain };
	size_t start = out->len;

	if (put(&c, out))
		return true;
	out->len = start;
	return false;
}

/* ---- text to bytes ---- */

/* Values one after the other, and where each starts. */
struct values {
	struct ad_buf data, offsets;
	unsigned type;
};

static bool scan_number(struct ad_scan *s, struct values *v)
{
	const char *start = s->at;
	struct ad_number n;
	bool fits;

	if (!ad_scan_number(s, v->type == CLAIM_UINT, &n))
		return false;
	fits = v->type == CLAIM_INT ? n.sign == AD_SIGN_MINUS || n.value <= INT64_MAX
				    : n.sign != AD_SIGN_MINUS;
	if (!fits || (v->type == CLAIM_BOOLEAN && n.value > 1)) {
		s->at = start;
		return ad_scan_fail(s, "a number that the attribute's type does not have");
	}
	ad_buf_u32(&v->data, (uint32_t)n.value);
	ad_buf_u32(&v->data, (uint32_t)(n.value >> 32));
	return true;
}

static bool scan_sid(struct ad_scan *s, struct ad_buf *out)
{
	bool wrapped = ad_scan_take(s, "SID(");
	char text[AD_SID_TEXT];
	struct ad_sid sid;

	if (!ad_scan_sid(s, &sid) || (wrapped && !ad_scan_expect(s, ')', "')' is missing")))
		return false;
	ad_sid_format(&sid, text);
	ad_buf_puts(out, text);
	return true;
}

static bool scan_octets(struct ad_scan *s, struct values *v)
{
	struct ad_buf value = AD_BUF_INIT;
	bool ok = v->type == CLAIM_SID ? scan_sid(s, &value) : ad_scan_octets(s, &value);

	ad_buf_u32(&v->data, (uint32_t)value.len);
	ad_buf_add(&v->data, value.data, value.len);
	ad_buf_clear(&value);
	return ok;
}

static bool scan_value(struct ad_scan *s, struct values *v)
{
	ad_buf_u32(&v->offsets, (uint32_t)v->data.len);
	switch (v->type) {
	case CLAIM_SID:
	case CLAIM_OCTETS: return scan_octets(s, v);
	case CLAIM_STRING:
		if (!ad_scan_string(s, &v->data))
			return false;
		ad_buf_u16(&v->data, 0);
		return true;
	default: return scan_number(s, v);
	}
}

static bool scan_comma(struct ad_scan *s)
{
	ad_scan_blanks(s);
	if (!ad_scan_expect(s, ',', "',' is missing"))
		return false;
	ad_scan_blanks(s);
	return true;
}

static bool scan_type(struct ad_scan *s, unsigned *out)
{
	for (const struct ad_flag *t = types; t->name; t++)
		if (ad_scan_take(s, t->name)) {
			*out = t->bit;
			return true;
		}
	return ad_scan_fail(s, "a type is expected: TI, TU, TS, TD, TX or TB");
}

/* ("name",TYPE,FLAGS: the name goes before the values. */
static bool scan_head(struct ad_scan *s, struct values *v, struct ad_number *flags)
{
	if (!ad_scan_expect(s, '(', "'(' is missing") ||
		!ad_scan_expect(s, '"', "'\"' is missing") || !ad_scan_name(s, &v->data) ||
		!ad_scan_expect(s, '"', "'\"' is missing"))
		return false;
	ad_buf_u16(&v->data, 0);
	if (!scan_comma(s) || !scan_type(s, &v->type) || !scan_comma(s) ||
		!ad_scan_number(s, false, flags))
		return false;
	return flags->value <= UINT32_MAX || ad_scan_fail(s, "the flags are too large");
}

static void encode(struct ad_buf *out, const struct values *v, uint32_t flags)
{
	size_t start = out->len, count = v->offsets.len / 4, data = HEADER + 4 * count;

	ad_buf_u32(out, (uint32_t)data);
	ad_buf_u32(out, v->type);
	ad_buf_u32(out, flags);
	ad_buf_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		ad_buf_u32(out, (uint32_t)(data + ad_get_u32(v->offsets.data + 4 * i)));
	ad_buf_add(out, v->data.data, v->data.len);
	ad_buf_grow(out, -(out->len - start) & 3);
}

bool ad_claim_scan(struct ad_scan *s, struct ad_buf *out)
{
	struct values v = { AD_BUF_INIT, AD_BUF_INIT, 0 };
	struct ad_number flags;
	bool ok = scan_head(s, &v, &flags);

	for (ad_scan_blanks(s); ok && *s->at != ')'; ad_scan_blanks(s))
		ok = scan_comma(s) && scan_value(s, &v);
	if (ok) {
		s->at++;
		encode(out, &v, (uint32_t)flags.value);
	}
	ad_buf_clear(&v.data);
	ad_buf_clear(&v.offsets);
	return ok;
}
