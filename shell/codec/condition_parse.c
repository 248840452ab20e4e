/* Text to conditional expressions. See condition.h. */
#include "base/text.h"
#include "codec/condition.h"

#include <string.h>

/* Where the length of a token has its place. */
static size_t open_token(struct ad_buf *out, unsigned char code)
{
	ad_buf_addc(out, code);
	ad_buf_u32(out, 0);
	return out->len;
}

static void close_token(struct ad_buf *out, size_t start)
{
	size_t n = out->len - start;

	for (size_t i = 0; i < 4; i++)
		out->data[start - 4 + i] = n >> 8 * i & 0xff;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c && strchr(":./_", c));
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (is_word(s[n]) || (n > 0 && s[n] == '@'))
		n++;
	return n;
}

/* Takes an operator of a kind from first to last. Its letters end where a word ends. */
static const struct ad_condition_operator *take_operator(
	struct ad_scan *s, enum ad_operator first, enum ad_operator last)
{
	const struct ad_condition_operator *op = ad_condition_operators;

	ad_scan_blanks(s);
	for (; op->name; op++) {
		size_t n = strlen(op->name);

		if (op->kind < first || op->kind > last ||
			(is_word(*op->name) && word_length(s->at) != n))
			continue;
		if (ad_scan_take(s, op->name))
			return op;
	}
	return NULL;
}

/* ---- values ---- */

static bool scan_sid(struct ad_scan *s, struct ad_buf *out)
{
	struct ad_sid sid;
	size_t start;

	if (!ad_scan_take(s, "SID("))
		return ad_scan_fail(s, "SID(...) is expected");
	if (!ad_scan_sid(s, &sid) || !ad_scan_expect(s, ')', "')' is missing"))
		return false;
	start = open_token(out, AD_TOKEN_SID);
	ad_buf_add(out, sid.bytes, sid.len);
	close_token(out, start);
	return true;
}

static bool scan_number(struct ad_scan *s, struct ad_buf *out)
{
	struct ad_number n;

	if (!ad_scan_number(s, false, &n))
		return false;
	if (is_word(*s->at))
		return ad_scan_fail(s, "not a number");
	ad_buf_addc(out, AD_TOKEN_INT64);
	ad_buf_u32(out, (uint32_t)n.value);
	ad_buf_u32(out, (uint32_t)(n.value >> 32));
	ad_buf_addc(out, n.sign);
	ad_buf_addc(out, n.base);
	return true;
}

static bool scan_bytes(struct ad_scan *s, struct ad_buf *out, unsigned char code,
	bool (*scan)(struct ad_scan *, struct ad_buf *))
{
	size_t start = open_token(out, code);

	if (!scan(s, out))
		return false;
	close_token(out, start);
	return true;
}

/* sids: nothing else will do. */
static bool scan_value(struct ad_scan *s, struct ad_buf *out, bool sids)
{
	char c = *s->at;

	if (sids || (c | 32) == 's')
		return scan_sid(s, out);
	if (c == '"')
		return scan_bytes(s, out, AD_TOKEN_STRING, ad_scan_string);
	if (c == '#')
		return scan_bytes(s, out, AD_TOKEN_OCTETS, ad_scan_octets);
	if (c && strchr("+-0123456789", c))
		return scan_number(s, out);
	return ad_scan_fail(s, "a value is expected: a number, \"text\", #hex or SID(...)");
}

/* {1, 2} */
static bool scan_list(struct ad_scan *s, struct ad_buf *out, bool sids)
{
	size_t start = open_token(out, AD_TOKEN_LIST);

	do {
		s->at++; /* the brace or the comma */
		ad_scan_blanks(s);
		if (!scan_value(s, out, sids))
			return false;
		ad_scan_blanks(s);
	} while (*s->at == ',');
	close_token(out, start);
	return ad_scan_expect(s, '}', "',' or '}' is missing");
}

/* One value or several; Windows takes parentheses around them. */
static bool scan_values(struct ad_scan *s, struct ad_buf *out, bool sids, bool list)
{
	size_t parens = 0;

	for (; *s->at == '('; parens++, ad_scan_blanks(s))
		s->at++;
	if (!(list && *s->at == '{' ? scan_list(s, out, sids) : scan_value(s, out, sids)))
		return false;
	while (parens-- > 0) {
		ad_scan_blanks(s);
		if (!ad_scan_expect(s, ')', "')' is missing"))
			return false;
	}
	return true;
}

/* ---- attributes ---- */

static bool scan_prefixed(struct ad_scan *s, struct ad_buf *out)
{
	unsigned char code = ad_scan_take(s, "@User.")       ? AD_TOKEN_USER_ATTRIBUTE
			     : ad_scan_take(s, "@Resource.") ? AD_TOKEN_RESOURCE_ATTRIBUTE
			     : ad_scan_take(s, "@Device.")   ? AD_TOKEN_DEVICE_ATTRIBUTE
							     : 0;

	if (!code)
		return ad_scan_fail(s, "@User., @Device. or @Resource. is expected");
	return scan_bytes(s, out, code, ad_scan_name);
}

/* With or without a prefix. */
static bool scan_attribute(struct ad_scan *s, struct ad_buf *out)
{
	size_t n, start;

	ad_scan_blanks(s);
	n = word_length(s->at);
	if (*s->at == '@')
		return scan_prefixed(s, out);
	if (n == 0)
		return ad_scan_fail(s, "an attribute or an operator is expected");
	start = open_token(out, AD_TOKEN_SIMPLE_ATTRIBUTE);
	ad_utf8_to_utf16le(out, s->at, n);
	close_token(out, start);
	s->at += n;
	return true;
}

/* ---- operations ---- */

static bool scan_relation(struct ad_scan *s, struct ad_buf *out)
{
	const struct ad_condition_operator *op;

	if (!scan_attribute(s, out))
		return false;
	op = take_operator(s, AD_OPERATOR_ORDER, AD_OPERATOR_SET);
	if (!op)
		return true;
	ad_scan_blanks(s);
	if (!(*s->at == '@' ? scan_prefixed(s, out)
			    : scan_values(s, out, false, op->kind != AD_OPERATOR_ORDER)))
		return false;
	ad_buf_addc(out, op->code);
	return true;
}

static bool scan_term(struct ad_scan *s, struct ad_buf *out)
{
	const struct ad_condition_operator *op =
		take_operator(s, AD_OPERATOR_MEMBER, AD_OPERATOR_EXISTS);

	if (!op)
		return scan_relation(s, out);
	ad_scan_blanks(s);
	if (!(op->kind == AD_OPERATOR_EXISTS ? scan_attribute(s, out)
					     : scan_values(s, out, true, true)))
		return false;
	ad_buf_addc(out, op->code);
	return true;
}

static bool scan_logic(struct ad_scan *s, struct ad_buf *out, unsigned depth, bool any);

static bool scan_group(struct ad_scan *s, struct ad_buf *out, unsigned depth)
{
	if (depth > AD_CONDITION_DEPTH)
		return ad_scan_fail(s, "parentheses are nested too deep");
	if (!ad_scan_expect(s, '(', "'(' is missing") || !scan_logic(s, out, depth + 1, true))
		return false;
	ad_scan_blanks(s);
	return ad_scan_expect(s, ')', "an operator or ')' is missing");
}

static bool scan_factor(struct ad_scan *s, struct ad_buf *out, unsigned depth)
{
	const struct ad_condition_operator *negated =
		take_operator(s, AD_OPERATOR_NOT, AD_OPERATOR_NOT);

	ad_scan_blanks(s);
	if (!negated)
		return *s->at == '(' ? scan_group(s, out, depth) : scan_term(s, out);
	if (!(*s->at == '@' ? scan_prefixed(s, out) : scan_group(s, out, depth)))
		return false;
	ad_buf_addc(out, negated->code);
	return true;
}

/* Several with || between them, each of them several with && between them, from left to right. */
static bool scan_logic(struct ad_scan *s, struct ad_buf *out, unsigned depth, bool any)
{
	size_t n = 0;

	do {
		if (!(any ? scan_logic(s, out, depth, false) : scan_factor(s, out, depth)))
			return false;
		if (n++ > 0)
			ad_buf_addc(out, any ? 0xa1 : 0xa0);
		ad_scan_blanks(s);
	} while (ad_scan_take(s, any ? "||" : "&&"));
	return true;
}

bool ad_condition_scan(struct ad_scan *s, struct ad_buf *out)
{
	size_t start = out->len;

	ad_buf_puts(out, AD_CONDITION_SIGNATURE);
	if (!scan_group(s, out, 1))
		return false;
	ad_buf_grow(out, -(out->len - start) & 3);
	return true;
}
