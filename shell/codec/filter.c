/* Search filters. See filter.h. */
#include "codec/filter.h"
#include "base/text.h"

#include <string.h>

#define DEPTH_MAX 100

struct scan {
	const char *text, *at;
	int depth;
	struct ad_err *err;
};

void ad_filter_escape(struct ad_buf *out, const void *value, size_t n)
{
	const unsigned char *p = value;
	bool utf8 = ad_utf8_valid(value, n);
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == 0 || strchr("*()\\", p[i]) || (p[i] >= 0x80 && !utf8))
			ad_buf_printf(out, "\\%02x", p[i]);
		else
			ad_buf_addc(out, p[i]);
}

void ad_filter_escape_bytes(struct ad_buf *out, const void *value, size_t n)
{
	const unsigned char *p = value;
	size_t i;

	for (i = 0; i < n; i++)
		ad_buf_printf(out, "\\%02x", p[i]);
}

void ad_filter_equal(struct ad_buf *out, const char *attr, const void *value, size_t n)
{
	ad_buf_printf(out, "(%s=", attr);
	ad_filter_escape(out, value, n);
	ad_buf_addc(out, ')');
}

static bool fail(struct scan *s, const char *what)
{
	return ad_err_set(s->err, AD_ERR_USAGE, "usage", 0, "bad filter: %s at character %zu of %s",
		what, (size_t)(s->at - s->text) + 1, s->text);
}

static bool alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static void spaces(struct scan *s)
{
	while (*s->at == ' ')
		s->at++;
}

/* A keyword or a dotted number. */
static bool oid(struct scan *s, const char *what)
{
	bool number = *s->at >= '0' && *s->at <= '9';

	if (!alnum(*s->at))
		return fail(s, what);
	if (!number) {
		while (alnum(*s->at) || *s->at == '-')
			s->at++;
		return true;
	}
	for (;;) {
		if (*s->at < '0' || *s->at > '9')
			return fail(s, "a number is missing");
		while (*s->at >= '0' && *s->at <= '9')
			s->at++;
		if (*s->at != '.')
			return true;
		s->at++;
	}
}

static bool attribute(struct scan *s)
{
	if (!oid(s, "an attribute name is missing"))
		return false;
	while (*s->at == ';') {
		s->at++;
		if (!alnum(*s->at))
			return fail(s, "an attribute option is missing");
		while (alnum(*s->at) || *s->at == '-')
			s->at++;
	}
	return true;
}

/* The value up to the parenthesis; stars: asterisks may stand in it. */
static bool value(struct scan *s, bool stars)
{
	const char *start = s->at;

	for (; *s->at && *s->at != ')'; s->at++) {
		if (*s->at == '(')
			return fail(s, "a parenthesis that is not written \\28");
		if (*s->at == '\\') {
			if (ad_hexdigit(s->at[1]) < 0 || ad_hexdigit(s->at[2]) < 0)
				return fail(s, "a backslash without two hex digits");
			s->at += 2;
		}
		if (*s->at == '*' && !stars)
			return fail(s, "an asterisk that is not written \\2a");
		if (*s->at == '*' && s->at > start && s->at[-1] == '*')
			return fail(s, "a second asterisk");
	}
	if (!ad_utf8_valid(start, (size_t)(s->at - start))) {
		s->at = start;
		return fail(s, "a value that is not UTF-8");
	}
	return true;
}

/* Behind the attribute of an extensible match: [":dn"] [":" rule] ":=" value */
static bool extensible(struct scan *s, bool attr)
{
	bool rule = false;

	if (ad_casecmp(s->at, strnlen(s->at, 3), ":dn", 3) == 0 && s->at[3] == ':')
		s->at += 3;
	if (s->at[0] == ':' && s->at[1] != '=') {
		s->at++;
		if (!oid(s, "a matching rule is missing"))
			return false;
		rule = true;
	}
	if (s->at[0] != ':' || s->at[1] != '=')
		return fail(s, "':=' is missing");
	if (!attr && !rule)
		return fail(s, "neither attribute nor matching rule");
	s->at += 2;
	return value(s, false);
}

static bool item(struct scan *s)
{
	if (*s->at == ':')
		return extensible(s, false);
	if (!attribute(s))
		return false;
	if (*s->at == ':')
		return extensible(s, true);
	if (*s->at == '=') {
		s->at++;
		return value(s, true);
	}
	if (!*s->at || !strchr("~<>", *s->at) || s->at[1] != '=')
		return fail(s, "'=' is missing");
	s->at += 2;
	return value(s, false);
}

static bool component(struct scan *s);

static bool group(struct scan *s)
{
	if (*s->at != '(')
		return fail(s, "'(' is missing");
	if (++s->depth > DEPTH_MAX)
		return fail(s, "it is nested too deep");
	s->at++;
	spaces(s);
	if (!component(s))
		return false;
	if (*s->at != ')')
		return fail(s, "')' is missing");
	s->at++;
	s->depth--;
	return true;
}

/* What stands between parentheses. */
static bool component(struct scan *s)
{
	char op = *s->at;

	if (op != '&' && op != '|' && op != '!')
		return item(s);
	s->at++;
	if (*s->at == ')' && op != '!') /* true and false: RFC 4526 */
		return true;
	spaces(s);
	if (op == '!' || *s->at != '(')
		return group(s);
	while (*s->at == '(') {
		if (!group(s))
			return false;
		spaces(s);
	}
	return true;
}

bool ad_filter_check(const char *filter, struct ad_err *err)
{
	struct scan s = { filter, filter, 0, err };

	if (!*s.at || strchr("&|!)", *s.at))
		return fail(&s, "'(' is missing");
	if (*s.at == '(' ? !group(&s) : !item(&s))
		return false;
	if (*s.at)
		return fail(&s, "more than one filter");
	return true;
}
