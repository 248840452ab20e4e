/* Reading SDDL. See sddl_scan.h. */
#include "codec/sddl_scan.h"
#include "base/text.h"

#include <string.h>

bool ad_scan_fail(struct ad_scan *s, const char *what)
{
	return ad_err_set(s->err, AD_ERR_USAGE, "usage", 0, "bad SDDL: %s at character %zu: %.40s",
		what, (size_t)(s->at - s->text) + 1, *s->at ? s->at : "(the end)");
}

void ad_scan_blanks(struct ad_scan *s)
{
	while (*s->at && strchr(" \t\r\n\v\f", *s->at))
		s->at++;
}

bool ad_scan_expect(struct ad_scan *s, char c, const char *what)
{
	if (*s->at != c)
		return ad_scan_fail(s, what);
	s->at++;
	return true;
}

bool ad_scan_take(struct ad_scan *s, const char *word)
{
	size_t n = strlen(word);

	if (ad_casecmp(s->at, strnlen(s->at, n), word, n) != 0)
		return false;
	s->at += n;
	return true;
}

bool ad_scan_sid(struct ad_scan *s, struct ad_sid *out)
{
	const struct ad_sid_known *k;
	size_t i, n = ad_sid_scan(out, s->at);

	s->at += n;
	if (n)
		return true;
	for (i = 0; (k = ad_sid_known(i)); i++) {
		if (!k->sddl || !ad_scan_take(s, k->sddl))
			continue;
		if (k->text)
			return ad_sid_scan(out, k->text) > 0;
		if (s->domain && ad_sid_make(out, s->domain, k->rid))
			return true;
		s->at -= strlen(k->sddl);
		return ad_scan_fail(s, "this name is relative to a domain, but no domain is known");
	}
	return ad_scan_fail(s, "not a SID");
}

bool ad_scan_string(struct ad_scan *s, struct ad_buf *out)
{
	const char *end = *s->at == '"' ? strchr(s->at + 1, '"') : NULL;

	if (!end)
		return ad_scan_fail(
			s, *s->at == '"' ? "the text is not terminated" : "'\"' is missing");
	if (!ad_utf8_to_utf16le(out, s->at + 1, (size_t)(end - s->at - 1)))
		return ad_scan_fail(s, "not valid UTF-8");
	s->at = end + 1;
	return true;
}

/* "%0041": a unit of UTF-16 */
static bool scan_escape(struct ad_scan *s, struct ad_buf *out)
{
	unsigned unit = 0;

	for (int i = 1; i <= 4; i++) {
		int v = ad_hexdigit(s->at[i]);

		if (v < 0)
			return ad_scan_fail(s, "'%' and four hex digits are expected");
		unit = unit << 4 | (unsigned)v;
	}
	if (unit == 0)
		return ad_scan_fail(s, "a zero character in a name");
	ad_buf_u16(out, (uint16_t)unit);
	s->at += 5;
	return true;
}

bool ad_scan_name(struct ad_scan *s, struct ad_buf *out)
{
	static const char ends[] = "!&()<>=|\" \t\r\n\v\f";
	const char *start = s->at;

	while (*s->at && !strchr(ends, *s->at)) {
		size_t n = strcspn(s->at, "%!&()<>=|\" \t\r\n\v\f");

		if (!ad_utf8_to_utf16le(out, s->at, n))
			return ad_scan_fail(s, "not valid UTF-8");
		s->at += n;
		if (*s->at == '%' && !scan_escape(s, out))
			return false;
	}
	return s->at > start || ad_scan_fail(s, "a name is missing");
}

static int octet_digit(char c)
{
	return c == '#' ? 0 : ad_hexdigit(c);
}

/* Of an odd number of digits the first is 0 and left out. */
bool ad_scan_octets(struct ad_scan *s, struct ad_buf *out)
{
	size_t n;
	int high = 0;

	if (!ad_scan_expect(s, '#', "'#' is missing"))
		return false;
	for (n = strspn(s->at, "#0123456789abcdefABCDEF"); n > 0; n--) {
		int v = octet_digit(*s->at++);

		if (n % 2 == 0)
			high = v;
		else
			ad_buf_addc(out, (unsigned char)(high << 4 | v));
	}
	return true;
}

static uint8_t take_sign(struct ad_scan *s)
{
	if (*s->at != '+' && *s->at != '-')
		return AD_SIGN_NONE;
	return *s->at++ == '+' ? AD_SIGN_PLUS : AD_SIGN_MINUS;
}

static uint8_t take_base(struct ad_scan *s)
{
	if (s->at[0] != '0')
		return AD_BASE_DECIMAL;
	if ((s->at[1] | 32) == 'x') {
		s->at += 2;
		return AD_BASE_HEX;
	}
	return ad_hexdigit(s->at[1]) >= 0 ? AD_BASE_OCTAL : AD_BASE_DECIMAL;
}

static uint64_t largest(const struct ad_number *n, bool wide)
{
	if (n->sign == AD_SIGN_NONE && (wide || n->base != AD_BASE_DECIMAL))
		return UINT64_MAX;
	return (uint64_t)INT64_MAX + (n->sign == AD_SIGN_MINUS);
}

bool ad_scan_number(struct ad_scan *s, bool wide, struct ad_number *out)
{
	static const int bases[] = { 0, 8, 10, 16 };
	struct ad_number n = { .sign = take_sign(s), .base = take_base(s) };
	unsigned base = (unsigned)bases[n.base];
	uint64_t max = largest(&n, wide);
	const char *start = s->at;

	for (; ad_hexdigit(*s->at) >= 0; s->at++) {
		unsigned v = (unsigned)ad_hexdigit(*s->at);

		if (v >= base)
			return ad_scan_fail(s, "not a digit of this number");
		if (n.value > (max - v) / base)
			return ad_scan_fail(s, "the number is too large");
		n.value = n.value * base + v;
	}
	if (s->at == start)
		return ad_scan_fail(s, "a number is missing");
	if (n.sign == AD_SIGN_MINUS)
		n.value = -n.value;
	*out = n;
	return true;
}
