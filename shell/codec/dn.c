/* Distinguished names. See dn.h. */
#include "codec/dn.h"
#include "base/text.h"

#include <string.h>

/* One "type=value" of a name; the text it came from must outlive it. */
struct ava {
	const char *type;
	size_t type_len;
	struct ad_buf value; /* unescaped */
	bool hex; /* value was "#..." */
	char end; /* what follows: ',', '+' or 0 */
};

static bool alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool decimal(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* Behind the attribute type at s: a keyword or a dotted number; NULL when it is neither. */
static const char *scan_type(const char *s)
{
	if (alpha(*s)) {
		while (alpha(*s) || decimal(*s) || *s == '-')
			s++;
		return s;
	}
	for (;;) {
		if (!decimal(*s))
			return NULL;
		while (decimal(*s))
			s++;
		if (*s != '.')
			return s;
		s++;
	}
}

static const char *scan_hex(const char *s, struct ad_buf *out)
{
	if (ad_hexdigit(*s) < 0)
		return NULL;
	for (; ad_hexdigit(*s) >= 0; s += 2) {
		if (ad_hexdigit(s[1]) < 0)
			return NULL;
		ad_buf_addc(out, (unsigned char)(ad_hexdigit(s[0]) << 4 | ad_hexdigit(s[1])));
	}
	return s;
}

/* The pair behind a backslash at s: two hex digits or one special character. Samba writes "\?"
 * and ADSI "\/", which RFC 4514 does not have. */
static const char *scan_pair(const char *s, struct ad_buf *out)
{
	if (ad_hexdigit(s[0]) >= 0 && ad_hexdigit(s[1]) >= 0) {
		ad_buf_addc(out, (unsigned char)(ad_hexdigit(s[0]) << 4 | ad_hexdigit(s[1])));
		return s + 2;
	}
	if (!*s || !strchr("\\\"+,;<>=# ?/", *s))
		return NULL;
	ad_buf_addc(out, (unsigned char)*s);
	return s + 1;
}

static const char *scan_string(const char *s, struct ad_buf *out)
{
	size_t solid = 0; /* without the spaces at the end, which are not escaped */

	while (*s && *s != ',' && *s != '+') {
		if (*s == '\\') {
			if (!(s = scan_pair(s + 1, out)))
				return NULL;
			solid = out->len;
		} else if (strchr("\";<>", *s)) {
			return NULL;
		} else {
			ad_buf_addc(out, (unsigned char)*s);
			if (*s++ != ' ')
				solid = out->len;
		}
	}
	out->len = solid;
	return s;
}

/* RFC 1779, which tools of Windows still print: all up to the next quote, but for pairs. */
static const char *scan_quoted(const char *s, struct ad_buf *out)
{
	while (*s && *s != '"') {
		if (*s == '\\') {
			if (!(s = scan_pair(s + 1, out)))
				return NULL;
		} else {
			ad_buf_addc(out, (unsigned char)*s++);
		}
	}
	return *s ? s + 1 : NULL;
}

/* The next "type=value" at *s, which moves behind its separator. The caller clears a->value,
 * also after false. */
static bool next(const char **s, struct ava *a)
{
	const char *p = skip(*s);

	ad_buf_init(&a->value);
	a->type = p;
	if (!(p = scan_type(p)))
		return false;
	a->type_len = (size_t)(p - a->type);
	p = skip(p);
	if (*p != '=')
		return false;
	p = skip(p + 1);
	a->hex = *p == '#';
	if (*p == '"')
		p = scan_quoted(p + 1, &a->value);
	else
		p = a->hex ? scan_hex(p + 1, &a->value) : scan_string(p, &a->value);
	if (!p)
		return false;
	p = skip(p);
	a->end = *p;
	if (*p && *p != ',' && *p != '+')
		return false;
	*s = *p ? p + 1 : p;
	return true;
}

static void add_lower(struct ad_buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ad_buf_addc(out, (unsigned char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]));
}

static void normal_value(struct ad_buf *out, struct ava *a)
{
	struct ad_buf low = AD_BUF_INIT;

	if (a->hex) {
		ad_buf_addc(out, '#');
		ad_hex(out, a->value.data, a->value.len);
		return;
	}
	add_lower(&low, ad_buf_text(&a->value), a->value.len);
	ad_dn_escape(out, ad_buf_text(&low), low.len);
	ad_buf_clear(&low);
}

/* "\1F"; by hand, since printf takes most of the time of a value of many such bytes. */
static void add_pair(struct ad_buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char *p = ad_buf_grow(out, 3);

	p[0] = '\\';
	p[1] = (unsigned char)digits[c >> 4];
	p[2] = (unsigned char)digits[c & 15];
}

void ad_dn_escape(struct ad_buf *out, const char *value, size_t n)
{
	bool utf8 = ad_utf8_valid(value, n);
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
			add_pair(out, c);
			continue;
		}
		if (strchr("\\\"+,;<>=", c) || (i == 0 && (c == '#' || c == ' ')) ||
			(i == n - 1 && c == ' '))
			ad_buf_addc(out, '\\');
		ad_buf_addc(out, c);
	}
}

bool ad_dn_normalise(struct ad_buf *out, const char *dn)
{
	size_t keep = out->len;
	struct ava a;
	bool ok = true;

	if (!*skip(dn))
		return true;
	do {
		ok = next(&dn, &a);
		if (ok) {
			add_lower(out, a.type, a.type_len);
			ad_buf_addc(out, '=');
			normal_value(out, &a);
			if (a.end)
				ad_buf_addc(out, (unsigned char)a.end);
		}
		ad_buf_clear(&a.value);
	} while (ok && a.end);
	if (!ok)
		out->len = keep;
	return ok;
}

bool ad_dn_valid(const char *dn)
{
	struct ad_buf b = AD_BUF_INIT;
	bool ok = ad_dn_normalise(&b, dn);

	ad_buf_clear(&b);
	return ok;
}

bool ad_dn_equal(const char *a, const char *b)
{
	struct ad_buf x = AD_BUF_INIT, y = AD_BUF_INIT;
	bool ok = ad_dn_normalise(&x, a) && ad_dn_normalise(&y, b) &&
		  strcmp(ad_buf_text(&x), ad_buf_text(&y)) == 0;

	ad_buf_clear(&x);
	ad_buf_clear(&y);
	return ok;
}

/* Whether the tail of the normal name x that starts at i starts an RDN. */
static bool at_rdn(const char *x, size_t i)
{
	size_t k = 0;

	if (i == 0)
		return true;
	if (x[i - 1] != ',')
		return false;
	while (k + 1 < i && x[i - 2 - k] == '\\')
		k++;
	return k % 2 == 0;
}

bool ad_dn_under(const char *dn, const char *base)
{
	struct ad_buf x = AD_BUF_INIT, y = AD_BUF_INIT;
	bool ok = ad_dn_normalise(&x, dn) && ad_dn_normalise(&y, base) && x.len >= y.len;

	if (ok && y.len) {
		const char *tail = ad_buf_text(&x) + (x.len - y.len);

		ok = strcmp(tail, ad_buf_text(&y)) == 0 && at_rdn(ad_buf_text(&x), x.len - y.len);
	}
	ad_buf_clear(&x);
	ad_buf_clear(&y);
	return ok;
}

const char *ad_dn_parent(const char *dn)
{
	struct ava a;
	bool ok;

	if (!ad_dn_valid(dn) || !*skip(dn))
		return NULL;
	do {
		ok = next(&dn, &a);
		ad_buf_clear(&a.value);
	} while (ok && a.end == '+');
	return ok && a.end == ',' ? skip(dn) : NULL;
}

bool ad_dn_rdn_value(struct ad_buf *out, const char *dn)
{
	struct ava a;
	bool ok;

	if (!ad_dn_valid(dn) || !*skip(dn))
		return false;
	ok = next(&dn, &a);
	if (ok)
		ad_buf_add(out, a.value.data, a.value.len);
	ad_buf_clear(&a.value);
	return ok;
}

bool ad_dn_to_dns(struct ad_buf *out, const char *dn)
{
	struct ad_buf dns = AD_BUF_INIT;
	struct ava a;
	bool ok = false;

	if (!ad_dn_valid(dn) || !*skip(dn))
		return false;
	do {
		ok = next(&dn, &a);
		if (ok && ad_casecmp(a.type, a.type_len, "DC", 2) == 0 && a.value.len) {
			if (dns.len)
				ad_buf_addc(&dns, '.');
			ad_buf_add(&dns, a.value.data, a.value.len);
		} else {
			dns.len = 0;
		}
		ad_buf_clear(&a.value);
	} while (ok && a.end);
	ok = ok && dns.len;
	if (ok)
		ad_buf_add(out, dns.data, dns.len);
	ad_buf_clear(&dns);
	return ok;
}

bool ad_dns_to_dn(struct ad_buf *out, const char *dns)
{
	size_t keep = out->len;

	do {
		size_t n = strcspn(dns, ".");

		if (n == 0) {
			out->len = keep;
			return false;
		}
		ad_buf_puts(out, out->len > keep ? ",DC=" : "DC=");
		ad_dn_escape(out, dns, n);
		dns += n;
		if (*dns == '.')
			dns++;
	} while (*dns);
	return true;
}
