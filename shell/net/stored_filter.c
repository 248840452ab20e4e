/* Filters made ready for a snapshot: the syntaxes of its schema, normal forms of the values. See
 * stored_filter.h. */
#include "net/stored_filter.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"

#include <stdlib.h>
#include <string.h>

/* --- making it ready -------------------------------------------------------------------- */

static size_t slot_of(struct ad_stored_filter *f, const struct ad_stored_attr *a)
{
	size_t i;

	for (i = 0; i < f->n_slots; i++)
		if (f->slot[i].name == a->name)
			return i;
	f->slot = ad_realloc(f->slot, f->n_slots + 1, sizeof *f->slot);
	f->slot[f->n_slots++] = (struct ad_stored_slot){ .name = a->name,
		.matching = a->matching,
		.is_name = ad_caseeq(a->name, "distinguishedName") };
	return i;
}

static void add_part(struct ad_stored_node *n, struct ad_buf *b)
{
	n->part = ad_realloc(n->part, n->n_parts + 1, sizeof *n->part);
	n->part[n->n_parts].n = b->len;
	n->part[n->n_parts++].data = b->len ? ad_buf_steal(b) : ad_strdup("");
}

/* objectCategory=computer means the name of an object, which the schema has
 * (MS-ADTS 3.1.1.3.1.3.5). */
static bool category(struct ad_buf *out, const struct ad_stored *s, const struct ad_filter_part *p)
{
	struct ad_value name, v;
	struct ad_entry_walk w;

	for (size_t i = 0; i < s->n_items; i++) {
		bool same = false, found = false;

		ad_stored_walk(&s->item[i], &w);
		while (ad_entry_walk_attr(&w, &name)) {
			if (ad_casecmp(name.data, name.len, "lDAPDisplayName", 15) == 0)
				same = ad_entry_walk_value(&w, &v) &&
				       ad_casecmp(v.data, v.len, p->data, p->n) == 0;
			if (ad_casecmp(name.data, name.len, "defaultObjectCategory", 21) == 0 &&
				ad_entry_walk_value(&w, &v)) {
				out->len = 0;
				found = ad_matching_normal(out, AD_MATCHING_NAME, v.data, v.len);
			}
		}
		if (same && found)
			return true;
	}
	out->len = 0;
	return false;
}

static void take_value(
	struct ad_stored_filter *f, struct ad_stored_node *n, const struct ad_filter *t)
{
	const struct ad_stored_slot *slot = &f->slot[n->slot];
	struct ad_buf b = AD_BUF_INIT;
	bool bits = n->rule == AD_STORED_BIT_AND || n->rule == AD_STORED_BIT_OR;

	n->undefined = bits && slot->matching != AD_MATCHING_INTEGER &&
		       slot->matching != AD_MATCHING_LARGE;
	if (!ad_matching_normal(
		    &b, bits ? AD_MATCHING_LARGE : slot->matching, t->part[0].data, t->part[0].n) &&
		!(ad_caseeq(slot->name, "objectCategory") && category(&b, f->s, &t->part[0])))
		n->undefined = true;
	add_part(n, &b);
	ad_buf_clear(&b);
}

static void take_parts(
	struct ad_stored_filter *f, struct ad_stored_node *n, const struct ad_filter *t)
{
	enum ad_matching m = f->slot[n->slot].matching;
	struct ad_buf b = AD_BUF_INIT;

	n->undefined = m != AD_MATCHING_TEXT && m != AD_MATCHING_BYTES;
	for (size_t i = 0; i < t->n_parts; i++) {
		ad_matching_part(&b, m, t->part[i].data, t->part[i].n);
		add_part(n, &b);
	}
	ad_buf_clear(&b);
}

static bool take_rule(struct ad_stored_node *n, const char *rule, struct ad_err *err)
{
	if (!strcmp(rule, AD_RULE_BIT_AND))
		n->rule = AD_STORED_BIT_AND;
	else if (!strcmp(rule, AD_RULE_BIT_OR))
		n->rule = AD_STORED_BIT_OR;
	else if (!strcmp(rule, AD_RULE_IN_CHAIN))
		n->rule = AD_STORED_IN_CHAIN;
	else
		return ad_err_set(err, AD_ERR_FAILED, "snapshot", 0,
			"snapshots do not support the matching rule %s", rule);
	return true;
}

static struct ad_stored_node *compile(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err);

/* The same as AD makes of it (MS-ADTS 3.1.1.3.1.3.5), of the attributes that the file has. */
static struct ad_stored_node *compile_anr(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err)
{
	static const char *const names[] = { "displayName", "givenName", "legacyExchangeDN", "name",
		"physicalDeliveryOfficeName", "proxyAddresses", "sAMAccountName", "sn" };
	const struct ad_filter_part *p = &t->part[0];
	bool exact = p->n && p->data[0] == '=';
	const char *space = memchr(p->data, ' ', p->n);
	struct ad_buf text = AD_BUF_INIT, one = AD_BUF_INIT;
	struct ad_filter *tree = NULL;
	struct ad_stored_node *n = NULL;

	ad_filter_escape(&one, p->data + exact, p->n - exact);
	ad_buf_puts(&text, "(|");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (ad_stored_attr(f->s, names[i]) && one.len)
			ad_buf_printf(
				&text, "(%s=%s%s)", names[i], ad_buf_text(&one), exact ? "" : "*");
	if (space && !exact) {
		struct ad_buf last = AD_BUF_INIT;

		one.len = 0;
		ad_filter_escape(&one, p->data, (size_t)(space - p->data));
		ad_filter_escape(&last, space + 1, p->n - (size_t)(space + 1 - p->data));
		if (one.len && last.len)
			ad_buf_printf(&text, "(&(givenName=%s*)(sn=%s*))(&(givenName=%s*)(sn=%s*))",
				ad_buf_text(&one), ad_buf_text(&last), ad_buf_text(&last),
				ad_buf_text(&one));
		ad_buf_clear(&last);
	}
	ad_buf_addc(&text, ')');
	if (ad_filter_parse(&tree, ad_buf_text(&text), err))
		n = compile(f, tree, err);
	ad_filter_free(tree);
	ad_buf_clear(&text);
	ad_buf_clear(&one);
	return n;
}

static void free_node(struct ad_stored_node *n)
{
	struct ad_stored_node *next;

	for (; n; n = next) {
		next = n->next;
		free_node(n->first);
		while (n->n_parts)
			free(n->part[--n->n_parts].data);
		free(n->part);
		free(n->chain);
		free(n);
	}
}

static bool compile_item(struct ad_stored_filter *f, struct ad_stored_node *n,
	const struct ad_filter *t, struct ad_err *err)
{
	const struct ad_stored_attr *a = ad_stored_attr(f->s, t->attr);

	if (!a) {
		struct ad_err own;

		ad_stored_lacks(f->s, *t->attr ? t->attr : "a filter without attribute", &own);
		if (err)
			*err = own;
		return false;
	}
	if (t->rule && !take_rule(n, t->rule, err))
		return false;
	n->slot = slot_of(f, a);
	if (t->kind == AD_FILTER_SUBSTRING)
		take_parts(f, n, t);
	else if (t->kind != AD_FILTER_PRESENT)
		take_value(f, n, t);
	return true;
}

static struct ad_stored_node *compile(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err)
{
	struct ad_stored_node *n, **last;
	bool ok = true;

	if (t->kind == AD_FILTER_EQUAL && ad_caseeq(t->attr, "anr"))
		return compile_anr(f, t, err);
	n = ad_alloc(sizeof *n);
	n->kind = t->kind;
	last = &n->first;
	if (t->attr)
		ok = compile_item(f, n, t, err);
	for (t = t->first; ok && t; t = t->next) {
		ok = (*last = compile(f, t, err)) != NULL;
		if (ok)
			last = &(*last)->next;
	}
	if (!ok) {
		free_node(n);
		return NULL;
	}
	return n;
}

/* --- the whole ------------------------------------------------------------------------------ */

bool ad_stored_filter_new(
	struct ad_stored_filter **out, struct ad_stored *s, const char *text, struct ad_err *err)
{
	struct ad_stored_filter *f = ad_alloc(sizeof *f);

	f->s = s;
	if (ad_filter_parse(&f->tree, text, err))
		f->root = compile(f, f->tree, err);
	if (!f->root) {
		ad_stored_filter_free(f);
		return false;
	}
	ad_stored_make_chains(f, f->root);
	*out = f;
	return true;
}

void ad_stored_filter_free(struct ad_stored_filter *f)
{
	if (!f)
		return;
	free_node(f->root);
	ad_filter_free(f->tree);
	while (f->n_slots) {
		ad_buf_clear(&f->slot[--f->n_slots].b);
		free(f->slot[f->n_slots].value);
	}
	free(f->slot);
	free(f);
}
