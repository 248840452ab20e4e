/* Filters taken apart. What is read here has been checked by ad_filter_check: it is well-formed,
 * and does not nest deeper than that allows. See filter_tree.h. */
#include "codec/filter_tree.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"

#include <stdlib.h>
#include <string.h>

static struct ad_filter *new_filter(enum ad_filter_kind kind)
{
	struct ad_filter *f = ad_alloc(sizeof *f);

	f->kind = kind;
	return f;
}

static void add_part(struct ad_filter *f, struct ad_buf *b)
{
	f->part = ad_realloc(f->part, f->n_parts + 1, sizeof *f->part);
	f->part[f->n_parts].n = b->len;
	f->part[f->n_parts++].data = b->len ? ad_buf_steal(b) : ad_strdup("");
}

/* Up to the parenthesis; stars: each ends a part. */
static void read_value(struct ad_filter *f, const char **at, bool stars)
{
	struct ad_buf b = AD_BUF_INIT;
	const char *s = *at;

	for (; *s && *s != ')'; s++)
		if (*s == '*' && stars)
			add_part(f, &b);
		else if (*s == '\\') {
			ad_buf_addc(
				&b, (unsigned char)(ad_hexdigit(s[1]) << 4 | ad_hexdigit(s[2])));
			s += 2;
		} else
			ad_buf_addc(&b, (unsigned char)*s);
	add_part(f, &b);
	*at = s;
}

/* An attribute, or a rule. */
static char *read_name(const char **at)
{
	size_t n = strcspn(*at, ":=<>~)");
	char *name = ad_strndup(*at, n);

	*at += n;
	return name;
}

/* Behind the attribute of an extensible match. A component of the DN (":dn") is not looked at: AD
 * ignores it (MS-ADTS 3.1.1.3.1.3.1). */
static struct ad_filter *read_rule(char *attr, const char **at)
{
	struct ad_filter *f = new_filter(AD_FILTER_RULE);

	f->attr = attr;
	if (ad_casecmp(*at, strnlen(*at, 4), ":dn:", 4) == 0)
		*at += 3;
	if ((*at)[1] != '=') {
		++*at;
		f->rule = read_name(at);
	}
	*at += 2;
	read_value(f, at, false);
	if (!f->rule)
		f->kind = AD_FILTER_EQUAL;
	return f;
}

static struct ad_filter *read_item(const char **at)
{
	char *attr = read_name(at), op = **at;
	struct ad_filter *f;

	if (op == ':')
		return read_rule(attr, at);
	f = new_filter(op == '>'   ? AD_FILTER_GREATER
		       : op == '<' ? AD_FILTER_LESS
				   : AD_FILTER_EQUAL);
	f->attr = attr;
	*at += op == '=' ? 1 : 2;
	read_value(f, at, op == '=');
	if (f->n_parts == 2 && !f->part[0].n && !f->part[1].n)
		f->kind = AD_FILTER_PRESENT;
	else if (f->n_parts > 1)
		f->kind = AD_FILTER_SUBSTRING;
	return f;
}

static void skip_spaces(const char **at)
{
	*at += strspn(*at, " ");
}

static struct ad_filter *read_group(const char **at);

static struct ad_filter *read_component(const char **at)
{
	struct ad_filter *f, **last;
	char op = **at;

	if (op != '&' && op != '|' && op != '!')
		return read_item(at);
	f = new_filter(op == '&' ? AD_FILTER_AND : op == '|' ? AD_FILTER_OR : AD_FILTER_NOT);
	last = &f->first;
	++*at;
	skip_spaces(at);
	while (**at == '(') {
		*last = read_group(at);
		last = &(*last)->next;
		skip_spaces(at);
	}
	return f;
}

static struct ad_filter *read_group(const char **at)
{
	struct ad_filter *f;

	++*at;
	skip_spaces(at);
	f = read_component(at);
	++*at;
	return f;
}

bool ad_filter_parse(struct ad_filter **out, const char *text, struct ad_err *err)
{
	if (!ad_filter_check(text, err))
		return false;
	*out = *text == '(' ? read_group(&text) : read_item(&text);
	return true;
}

void ad_filter_free(struct ad_filter *f)
{
	struct ad_filter *next;

	for (; f; f = next) {
		next = f->next;
		ad_filter_free(f->first);
		while (f->n_parts)
			free(f->part[--f->n_parts].data);
		free(f->part);
		free(f->attr);
		free(f->rule);
		free(f);
	}
}

void ad_filter_attrs(
	const struct ad_filter *f, void (*each)(void *arg, const char *attr), void *arg)
{
	for (; f; f = f->next) {
		if (f->attr && *f->attr)
			each(arg, f->attr);
		ad_filter_attrs(f->first, each, arg);
	}
}
