/* Text helpers. See text.h. */
#include "base/text.h"

#include <string.h>
#include <wchar.h>

#define MARK 0xfeff /* U+FEFF at the start of a file tells the order of its bytes */

/* Decodes one code point of at most n bytes; returns its length, 0 when malformed. */
static size_t decode(const char *s, size_t n, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t len, i;
	uint32_t c;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return 0;
	c = p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*out = c;
	return len;
}

bool ad_utf8_valid(const char *s, size_t n)
{
	uint32_t c;
	size_t k;

	for (; n; s += k, n -= k)
		if (!(k = decode(s, n, &c)))
			return false;
	return true;
}

/* Characters that draw nothing themselves but change how others are drawn. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || c >= 0xe0000;
}

size_t ad_utf8_next(const char *s, size_t n, uint32_t *c, bool *hidden)
{
	size_t k = decode(s, n, c);

	*hidden = is_hidden(*c);
	return k;
}

bool ad_utf8_to_utf16le(struct ad_buf *out, const char *s, size_t n)
{
	uint32_t c = 0;
	size_t k;

	if (!ad_utf8_valid(s, n))
		return false;
	for (; n; s += k, n -= k) {
		k = decode(s, n, &c);
		if (c >= 0x10000) {
			ad_buf_u16(out, (uint16_t)(0xd800 | (c - 0x10000) >> 10));
			c = 0xdc00 | ((c - 0x10000) & 0x3ff);
		}
		ad_buf_u16(out, (uint16_t)c);
	}
	return true;
}

static void encode(struct ad_buf *out, uint32_t c)
{
	if (c < 0x80) {
		ad_buf_addc(out, (unsigned char)c);
		return;
	}
	if (c < 0x800) {
		ad_buf_addc(out, (unsigned char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			ad_buf_addc(out, (unsigned char)(0xe0 | c >> 12));
		} else {
			ad_buf_addc(out, (unsigned char)(0xf0 | c >> 18));
			ad_buf_addc(out, 0x80 | (c >> 12 & 0x3f));
		}
		ad_buf_addc(out, 0x80 | (c >> 6 & 0x3f));
	}
	ad_buf_addc(out, 0x80 | (c & 0x3f));
}

/* The 16 bits at p; low: the index of their lower byte. */
static uint32_t unit(const unsigned char *p, size_t low)
{
	return (uint32_t)p[1 - low] << 8 | p[low];
}

static bool utf16_to_utf8(struct ad_buf *out, const unsigned char *p, size_t n, size_t order)
{
	size_t keep = out->len, i;

	if (n % 2)
		return false;
	for (i = 0; i < n; i += 2) {
		uint32_t c = unit(p + i, order);

		if (c >= 0xd800 && c < 0xe000) {
			uint32_t low = c < 0xdc00 && i + 4 <= n ? unit(p + i + 2, order) : 0;

			if (low < 0xdc00 || low >= 0xe000) {
				out->len = keep;
				if (out->data)
					out->data[keep] = 0;
				return false;
			}
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			i += 2;
		}
		encode(out, c);
	}
	return true;
}

bool ad_utf16le_to_utf8(struct ad_buf *out, const unsigned char *p, size_t n)
{
	return utf16_to_utf8(out, p, n, 0);
}

/* Where a pair of surrogates is whole, it goes out together. */
void ad_utf16le_show(struct ad_buf *out, const unsigned char *p, size_t n)
{
	while (n >= 2) {
		size_t len = n >= 4 && (unit(p, 0) & 0xfc00) == 0xd800 ? 4 : 2;

		if (!utf16_to_utf8(out, p, len, 0)) {
			encode(out, 0xfffd);
			len = 2;
		}
		p += len;
		n -= len;
	}
}

bool ad_text_is_utf16(const void *text, size_t n, size_t *low)
{
	const unsigned char *p = text;

	if (n < 2 || (p[0] && p[1] && unit(p, 0) != MARK && unit(p, 1) != MARK))
		return false;
	*low = unit(p, 1) == MARK || (!p[0] && p[1]);
	return p[0] || p[1];
}

bool ad_text_decode(struct ad_buf *out, const void *text, size_t n)
{
	const char *p = text;
	size_t low;

	if (ad_text_is_utf16(p, n, &low)) {
		size_t mark = unit(text, low) == MARK ? 2 : 0;

		return utf16_to_utf8(out, (const unsigned char *)p + mark, n - mark, low);
	}
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if (!ad_utf8_valid(p, n))
		return false;
	ad_buf_add(out, p, n);
	return true;
}

static int lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

int ad_casecmp(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t i = 0, n = alen < blen ? alen : blen;

	while (i < n) {
		int d;

		/* SPNs of one service begin alike: eight bytes at once */
		if (n - i >= 8 && memcmp(a + i, b + i, 8) == 0) {
			i += 8;
			continue;
		}
		d = lower((unsigned char)a[i]) - lower((unsigned char)b[i]);
		if (d)
			return d;
		i++;
	}
	return alen < blen ? -1 : alen > blen;
}

bool ad_caseeq(const char *a, const char *b)
{
	return ad_casecmp(a, strlen(a), b, strlen(b)) == 0;
}

bool ad_text_has_word(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n && ad_casecmp(words, n, word, len) == 0)
			return true;
	}
	return false;
}

int ad_hexdigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void ad_hex(struct ad_buf *out, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *c = p;
	unsigned char *to;
	size_t i;

	if (n == 0)
		return;
	to = ad_buf_grow(out, 2 * n);
	for (i = 0; i < n; i++) {
		*to++ = (unsigned char)digits[c[i] >> 4];
		*to++ = (unsigned char)digits[c[i] & 15];
	}
}

void ad_text_escape(struct ad_buf *out, const char *s, size_t n, bool keep_lines)
{
	uint32_t c = 0;
	size_t k, i;

	for (; n; s += k, n -= k) {
		k = decode(s, n, &c);
		if (k && (!is_hidden(c) || (keep_lines && (c == '\n' || c == '\t')))) {
			ad_buf_add(out, s, k);
			continue;
		}
		k = k ? k : 1;
		for (i = 0; i < k; i++)
			ad_buf_printf(out, "\\x%02x", (unsigned char)s[i]);
	}
}

size_t ad_text_width(const char *s, size_t n)
{
	size_t k, width = 0;
	uint32_t c = 0;

	for (; n; s += k, n -= k) {
		int w = (k = decode(s, n, &c)) ? wcwidth((wchar_t)c) : 1;

		k = k ? k : 1;
		width += w > 0 ? (size_t)w : 0;
	}
	return width;
}

void ad_base64(struct ad_buf *out, const void *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *c = p;
	size_t i;

	for (i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)c[i] << 16;

		v |= i + 1 < n ? (uint32_t)c[i + 1] << 8 : 0;
		v |= i + 2 < n ? c[i + 2] : 0;
		ad_buf_addc(out, (unsigned char)digits[v >> 18]);
		ad_buf_addc(out, (unsigned char)digits[v >> 12 & 63]);
		ad_buf_addc(out, i + 1 < n ? (unsigned char)digits[v >> 6 & 63] : '=');
		ad_buf_addc(out, i + 2 < n ? (unsigned char)digits[v & 63] : '=');
	}
}

static int digit_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool ad_unbase64(struct ad_buf *out, const char *s, size_t n)
{
	size_t keep = out->len, i, pad = 0;
	uint32_t v = 0;

	if (n % 4)
		return false;
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	for (i = 0; i < n; i++) {
		int d = i < n - pad ? digit_value((unsigned char)s[i]) : 0;

		if (d < 0) {
			out->len = keep;
			return false;
		}
		v = v << 6 | (uint32_t)d;
		if (i % 4 == 3) {
			ad_buf_addc(out, v >> 16 & 255);
			ad_buf_addc(out, v >> 8 & 255);
			ad_buf_addc(out, v & 255);
		}
	}
	out->len -= pad;
	return true;
}
