/* Normal forms of values. See matching.h. */
#include "codec/matching.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/guid.h"
#include "codec/sid.h"
#include "codec/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

enum ad_matching ad_matching_of(const char *syntax, size_t n)
{
	static const struct {
		const char *last;
		enum ad_matching m;
	} table[] = { { "1", AD_MATCHING_NAME }, { "2", AD_MATCHING_TEXT },
		{ "4", AD_MATCHING_TEXT }, { "8", AD_MATCHING_TEXT }, { "9", AD_MATCHING_INTEGER },
		{ "11", AD_MATCHING_TIME }, { "12", AD_MATCHING_TEXT }, { "16", AD_MATCHING_LARGE },
		{ "17", AD_MATCHING_SID } };
	size_t i;

	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (n == 6 + strlen(table[i].last) && !memcmp(syntax, "2.5.5.", 6) &&
			!memcmp(syntax + 6, table[i].last, n - 6))
			return table[i].m;
	return AD_MATCHING_BYTES;
}

/* ---- text ---- */

static void put_char(struct ad_buf *out, uint32_t c)
{
	if (c < 0x80) {
		ad_buf_addc(out, (unsigned char)c);
		return;
	}
	if (c >= 0x10000) {
		ad_buf_addc(out, (unsigned char)(0xf0 | c >> 18));
		ad_buf_addc(out, (unsigned char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		ad_buf_addc(out, (unsigned char)(0xe0 | c >> 12));
	}
	ad_buf_addc(out, (unsigned char)(c < 0x800 ? 0xc0 | c >> 6 : 0x80 | (c >> 6 & 0x3f)));
	ad_buf_addc(out, (unsigned char)(0x80 | (c & 0x3f)));
}

static void fold(struct ad_buf *out, const char *s, size_t n)
{
	bool hidden, utf8 = ad_utf8_valid(s, n);
	const char *end = s + n;
	size_t start = out->len;

	while (s < end) {
		uint32_t c = (unsigned char)*s;

		if (c < 0x80 || !utf8) {
			s++;
			if (c >= 'A' && c <= 'Z')
				c += 32;
			if (c != ' ' || out->len == start || out->data[out->len - 1] != ' ')
				ad_buf_addc(out, (unsigned char)c);
			continue;
		}
		s += ad_utf8_next(s, (size_t)(end - s), &c, &hidden);
		put_char(out, (uint32_t)towlower((wint_t)c));
	}
}

static void text(struct ad_buf *out, const char *s, size_t n)
{
	while (n && s[n - 1] == ' ')
		n--;
	while (n && *s == ' ')
		s++, n--;
	fold(out, s, n);
}

/* ---- numbers: eight bytes whose order is theirs ---- */

static void put_number(struct ad_buf *out, int64_t v)
{
	uint64_t u = (uint64_t)v ^ (uint64_t)1 << 63;
	unsigned char *p = ad_buf_grow(out, 8);

	for (int i = 7; i >= 0; i--, u >>= 8)
		p[i] = (unsigned char)u;
}

int64_t ad_matching_number(const unsigned char *p)
{
	uint64_t u = 0;

	for (int i = 0; i < 8; i++)
		u = u << 8 | p[i];
	return (int64_t)(u ^ (uint64_t)1 << 63);
}

static bool number(struct ad_buf *out, const char *s, size_t n, bool large)
{
	char digits[24], *end;
	long long v;

	if (!n || n >= sizeof digits || memchr(s, 0, n) || strchr(" +\t\n", *s))
		return false;
	memcpy(digits, s, n);
	digits[n] = 0;
	errno = 0;
	v = strtoll(digits, &end, 10);
	if (*end || errno)
		return false;
	put_number(out, large ? v : (int32_t)(uint32_t)(uint64_t)v);
	return true;
}

static bool moment(struct ad_buf *out, const char *s, size_t n)
{
	int64_t t;

	if (!ad_time_parse_generalized(&t, s, n, NULL))
		return false;
	put_number(out, t);
	return true;
}

/* ---- the rest ---- */

static bool name(struct ad_buf *out, const char *s, size_t n)
{
	char *dn = ad_strndup(s, n);
	bool ok = !memchr(s, 0, n) && ad_dn_normalise(out, dn);

	free(dn);
	return ok;
}

/* AD takes the text of a SID for the bytes. */
static void sid(struct ad_buf *out, const char *s, size_t n)
{
	char *written = n > 4 && !strncasecmp(s, "S-1-", 4) ? ad_strndup(s, n) : NULL;
	struct ad_sid parsed;

	if (written && ad_sid_parse(&parsed, written, NULL))
		ad_buf_add(out, parsed.bytes, parsed.len);
	else
		ad_buf_add(out, s, n);
	free(written);
}

bool ad_matching_normal(struct ad_buf *out, enum ad_matching m, const char *value, size_t n)
{
	switch (m) {
	case AD_MATCHING_TEXT: text(out, value, n); return true;
	case AD_MATCHING_INTEGER: return number(out, value, n, false);
	case AD_MATCHING_LARGE: return number(out, value, n, true);
	case AD_MATCHING_TIME: return moment(out, value, n);
	case AD_MATCHING_NAME: return name(out, value, n);
	case AD_MATCHING_SID: sid(out, value, n); return true;
	default: ad_buf_add(out, value, n); return true;
	}
}

void ad_matching_part(struct ad_buf *out, enum ad_matching m, const char *part, size_t n)
{
	if (m == AD_MATCHING_TEXT)
		fold(out, part, n);
	else
		ad_buf_add(out, part, n);
}
