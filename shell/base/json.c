/* Writing JSON. See json.h. */
#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* How many bytes from the start stand for themselves, as nearly all do. */
static size_t count_plain(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

static void add_number(struct ad_buf *out, uint32_t c)
{
	if (c >= 0x10000) {
		c -= 0x10000;
		ad_buf_printf(out, "\\u%04x", 0xd800 | c >> 10);
		c = 0xdc00 | (c & 0x3ff);
	}
	ad_buf_printf(out, "\\u%04x", c);
}

/* The character at s, whose code is c. */
static void add_char(struct ad_buf *out, const char *s, size_t n, uint32_t c, bool hidden)
{
	static const char short_ones[] = "\"\"\\\\\nn\rr\tt";
	const char *p = c && c < 0x80 ? strchr(short_ones, (int)c) : NULL;

	if (p && (p - short_ones) % 2 == 0) {
		ad_buf_addc(out, '\\');
		ad_buf_addc(out, (unsigned char)p[1]);
	} else if (hidden) {
		add_number(out, c);
	} else {
		ad_buf_add(out, s, n);
	}
}

static void add_text(struct ad_buf *out, const char *s, size_t n)
{
	uint32_t c = 0;
	bool hidden;
	size_t k;

	ad_buf_addc(out, '"');
	for (; n; s += k, n -= k) {
		k = count_plain(s, n);
		if (k) {
			ad_buf_add(out, s, k);
		} else {
			k = ad_utf8_next(s, n, &c, &hidden);
			add_char(out, s, k, c, hidden);
		}
	}
	ad_buf_addc(out, '"');
}

void ad_json_bytes(struct ad_buf *out, const void *p, size_t n)
{
	if (count_plain(p, n) == n || ad_utf8_valid(p, n)) {
		add_text(out, p, n);
		return;
	}
	ad_buf_puts(out, "{\"base64\":\"");
	ad_base64(out, p, n);
	ad_buf_puts(out, "\"}");
}

void ad_json_text(struct ad_buf *out, const char *s)
{
	if (s)
		ad_json_bytes(out, s, strlen(s));
	else
		ad_buf_puts(out, "null");
}

void ad_json_key(struct ad_buf *out, const char *key)
{
	char last = out->len ? (char)out->data[out->len - 1] : '{';

	if (last != '{' && last != '[')
		ad_buf_addc(out, ',');
	ad_json_text(out, key);
	ad_buf_addc(out, ':');
}

void ad_json_pair(struct ad_buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	ad_json_key(out, key);
	ad_json_text(out, text);
}
