/* Writing JSON. See json.h. */
#include "base/json.h"
#include "base/text.h"

#include <string.h>

static void add_char(struct ad_buf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		ad_buf_printf(out, "\\%c", c);
	else if (c == '\n')
		ad_buf_puts(out, "\\n");
	else if (c < 0x20 || c == 0x7f)
		ad_buf_printf(out, "\\u%04x", c);
	else
		ad_buf_addc(out, c);
}

void ad_json_bytes(struct ad_buf *out, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t i;

	if (!ad_utf8_valid(p, n)) {
		ad_buf_puts(out, "{\"base64\":\"");
		ad_base64(out, p, n);
		ad_buf_puts(out, "\"}");
		return;
	}
	ad_buf_addc(out, '"');
	for (i = 0; i < n; i++)
		add_char(out, s[i]);
	ad_buf_addc(out, '"');
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
