/* Writing SDDL. See sddl_value.h. */
#include "codec/sddl_value.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

void ad_sddl_format_sid(struct ad_buf *out, const struct ad_sid *sid, const struct ad_sid *domain)
{
	const struct ad_sid_known *k;
	char text[AD_SID_TEXT];
	struct ad_sid parent;
	bool local = domain && domain->len && ad_sid_domain(&parent, sid) &&
		     ad_sid_equal(&parent, domain);
	size_t i;

	ad_sid_format(sid, text);
	for (i = 0; (k = ad_sid_known(i)); i++)
		if (k->sddl && (k->text ? strcmp(k->text, text) == 0
					: local && k->rid == ad_sid_rid(sid))) {
			ad_buf_puts(out, k->sddl);
			return;
		}
	ad_buf_puts(out, text);
}

/* Is it drawn on a terminal as it is? */
static bool is_drawn(const char *s, size_t n)
{
	struct ad_buf drawn = AD_BUF_INIT;
	bool same;

	ad_text_escape(&drawn, s, n, false);
	same = drawn.len == n && (n == 0 || memcmp(drawn.data, s, n) == 0);
	ad_buf_clear(&drawn);
	return same;
}

bool ad_sddl_format_string(struct ad_buf *out, const unsigned char *p, size_t n)
{
	size_t start;

	ad_buf_addc(out, '"');
	start = out->len;
	if (!ad_utf16le_to_utf8(out, p, n) || memchr(out->data + start, '"', out->len - start) ||
		!is_drawn((const char *)out->data + start, out->len - start))
		return false;
	ad_buf_addc(out, '"');
	return true;
}

bool ad_sddl_format_name(struct ad_buf *out, const unsigned char *p, size_t n)
{
	if (n == 0 || n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		unsigned unit = ad_get_u16(p + i);

		if (unit == 0)
			return false;
		if (unit > ' ' && unit < 0x7f && !strchr("!\"&()<=>|%", (int)unit))
			ad_buf_addc(out, (unsigned char)unit);
		else
			ad_buf_printf(out, "%%%04x", unit);
	}
	return true;
}

void ad_sddl_format_octets(struct ad_buf *out, const unsigned char *p, size_t n)
{
	ad_buf_addc(out, '#');
	ad_hex(out, p, n);
}

bool ad_sddl_format_number(struct ad_buf *out, const struct ad_number *number)
{
	bool minus = number->sign == AD_SIGN_MINUS, negative = number->value > INT64_MAX;
	uint64_t v = minus ? -number->value : number->value;

	if (minus ? number->value && !negative : number->sign == AD_SIGN_PLUS && negative)
		return false;
	if (number->sign < AD_SIGN_PLUS || number->sign > AD_SIGN_NONE)
		return false;
	ad_buf_puts(out, minus ? "-" : number->sign == AD_SIGN_PLUS ? "+" : "");
	switch (number->base) {
	case AD_BASE_OCTAL: ad_buf_printf(out, "0%" PRIo64, v); return true;
	case AD_BASE_HEX: ad_buf_printf(out, "0x%" PRIx64, v); return true;
	case AD_BASE_DECIMAL:
		if (number->sign == AD_SIGN_NONE)
			ad_buf_printf(out, "%" PRId64, (int64_t)v);
		else
			ad_buf_printf(out, "%" PRIu64, v);
		return true;
	default: return false;
	}
}
