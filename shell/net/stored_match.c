/*
 * Which objects of a snapshot a filter matches (RFC 4511 4.5.1.7, MS-ADTS 3.1.1.3.1.3). Three
 * answers: what compares with a value that is none of its syntax is neither true nor false, and so
 * is the contrary of it. An attribute that an object lacks is false. See stored_priv.h.
 */
#include "net/stored_priv.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/filter_tree.h"

#include <stdlib.h>
#include <string.h>

enum answer { NO, YES, UNDEFINED };

/* An attribute that the filter asks for, and what the present object has of it. */
struct slot {
	const char *name;
	enum ad_matching matching;
	bool is_name; /* distinguishedName */
	struct span {
		size_t at, len;
	} * value; /* normal forms, in b */
	size_t n, room;
	struct ad_buf b;
};

struct node {
	enum ad_filter_kind kind;
	struct node *first, *next;
	size_t slot;
	struct ad_filter_part *part; /* normal forms */
	size_t n_parts;
	bool undefined; /* the value is none */
	enum { NO_RULE, BIT_AND, BIT_OR, IN_CHAIN } rule;
	unsigned char *chain; /* a bit for each object */
};

struct ad_stored_filter {
	struct ad_stored *s;
	struct ad_filter *tree;
	struct node *root;
	struct slot *slot;
	size_t n_slots;
};

/* --- making it ready -------------------------------------------------------------------- */

static size_t slot_of(struct ad_stored_filter *f, const struct ad_stored_attr *a)
{
	size_t i;

	for (i = 0; i < f->n_slots; i++)
		if (f->slot[i].name == a->name)
			return i;
	f->slot = ad_realloc(f->slot, f->n_slots + 1, sizeof *f->slot);
	f->slot[f->n_slots++] = (struct slot){ .name = a->name,
		.matching = a->matching,
		.is_name = ad_caseeq(a->name, "distinguishedName") };
	return i;
}

static void add_part(struct node *n, struct ad_buf *b)
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

static void take_value(struct ad_stored_filter *f, struct node *n, const struct ad_filter *t)
{
	const struct slot *slot = &f->slot[n->slot];
	struct ad_buf b = AD_BUF_INIT;
	bool bits = n->rule == BIT_AND || n->rule == BIT_OR;

	n->undefined = bits && slot->matching != AD_MATCHING_INTEGER &&
		       slot->matching != AD_MATCHING_LARGE;
	if (!ad_matching_normal(
		    &b, bits ? AD_MATCHING_LARGE : slot->matching, t->part[0].data, t->part[0].n) &&
		!(ad_caseeq(slot->name, "objectCategory") && category(&b, f->s, &t->part[0])))
		n->undefined = true;
	add_part(n, &b);
	ad_buf_clear(&b);
}

static void take_parts(struct ad_stored_filter *f, struct node *n, const struct ad_filter *t)
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

static bool take_rule(struct node *n, const char *rule, struct ad_err *err)
{
	if (!strcmp(rule, AD_RULE_BIT_AND))
		n->rule = BIT_AND;
	else if (!strcmp(rule, AD_RULE_BIT_OR))
		n->rule = BIT_OR;
	else if (!strcmp(rule, AD_RULE_IN_CHAIN))
		n->rule = IN_CHAIN;
	else
		return ad_err_set(err, AD_ERR_FAILED, "snapshot", 0,
			"a snapshot does not know the matching rule %s", rule);
	return true;
}

static struct node *compile(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err);

/* The same as AD makes of it (MS-ADTS 3.1.1.3.1.3.5), of the attributes that the file has. */
static struct node *compile_anr(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err)
{
	static const char *const names[] = { "displayName", "givenName", "legacyExchangeDN", "name",
		"physicalDeliveryOfficeName", "proxyAddresses", "sAMAccountName", "sn" };
	const struct ad_filter_part *p = &t->part[0];
	bool exact = p->n && p->data[0] == '=';
	const char *space = memchr(p->data, ' ', p->n);
	struct ad_buf text = AD_BUF_INIT, one = AD_BUF_INIT;
	struct ad_filter *tree = NULL;
	struct node *n = NULL;

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

static void free_node(struct node *n)
{
	struct node *next;

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

static bool compile_item(
	struct ad_stored_filter *f, struct node *n, const struct ad_filter *t, struct ad_err *err)
{
	const struct ad_stored_attr *a = ad_stored_attr(f->s, t->attr);

	if (!a) {
		struct ad_err own;

		ad_stored_lacks(f->s, *t->attr ? t->attr : "what has no name", &own);
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

static struct node *compile(
	struct ad_stored_filter *f, const struct ad_filter *t, struct ad_err *err)
{
	struct node *n, **last;
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

/* --- one object -------------------------------------------------------------------------- */

static void add_value(struct slot *s, size_t at)
{
	if (s->n == s->room)
		s->value = ad_realloc(s->value, s->room += s->room + 4, sizeof *s->value);
	s->value[s->n++] = (struct span){ at, s->b.len - at };
}

static void fill_slot(struct slot *s, struct ad_entry_walk *w)
{
	struct ad_value v;

	while (ad_entry_walk_value(w, &v)) {
		size_t at = s->b.len;

		if (!ad_matching_normal(&s->b, s->matching, v.data, v.len))
			s->b.len = at;
		add_value(s, at);
	}
}

/* The values of the object at place that the filter is about. */
static void fill(struct ad_stored_filter *f, size_t place)
{
	const struct ad_stored_item *item = &f->s->item[place];
	struct ad_entry_walk w;
	struct ad_value name;
	size_t i;

	for (i = 0; i < f->n_slots; i++) {
		f->slot[i].n = f->slot[i].b.len = 0;
		if (f->slot[i].is_name &&
			ad_matching_normal(&f->slot[i].b, AD_MATCHING_NAME, item->dn, item->dn_len))
			add_value(&f->slot[i], 0);
	}
	for (ad_stored_walk(item, &w); ad_entry_walk_attr(&w, &name);)
		for (i = 0; i < f->n_slots; i++)
			if (!f->slot[i].is_name && ad_casecmp(name.data, name.len, f->slot[i].name,
							   strlen(f->slot[i].name)) == 0)
				fill_slot(&f->slot[i], &w);
}

static struct ad_value value_at(const struct slot *s, size_t k)
{
	return (struct ad_value){ ad_buf_text(&s->b) + s->value[k].at, s->value[k].len };
}

/* --- in chain ---------------------------------------------------------------------------- */

static bool get_bit(const unsigned char *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* Does the object at place name what is asked for, or an object that does? */
static bool leads_there(struct ad_stored_filter *f, const struct node *n, size_t place)
{
	const struct slot *s = &f->slot[n->slot];

	fill(f, place);
	for (size_t k = 0; k < s->n; k++) {
		struct ad_value v = value_at(s, k);
		char *dn;
		bool found;
		size_t at;

		if (v.len == n->part[0].n && memcmp(v.data, n->part[0].data, v.len) == 0)
			return true;
		dn = ad_strndup(v.data, v.len);
		found = ad_stored_find(f->s, dn, &at) && get_bit(n->chain, at);
		free(dn);
		if (found)
			return true;
	}
	return false;
}

/* All objects from which a way leads there: as many rounds as the way is long. */
static void make_chain(struct ad_stored_filter *f, struct node *n)
{
	bool more = true;

	n->chain = ad_alloc(f->s->n_items / 8 + 1);
	while (more) {
		more = false;
		for (size_t i = 0; i < f->s->n_items; i++)
			if (!get_bit(n->chain, i) && leads_there(f, n, i)) {
				n->chain[i / 8] |= (unsigned char)(1u << i % 8);
				more = true;
			}
	}
}

static void make_chains(struct ad_stored_filter *f, struct node *n)
{
	for (; n; n = n->next) {
		make_chains(f, n->first);
		if (n->rule == IN_CHAIN && !n->undefined)
			make_chain(f, n);
	}
}

/* --- comparing ---------------------------------------------------------------------------- */

static int order(const struct ad_value *v, const struct ad_filter_part *p)
{
	size_t n = v->len < p->n ? v->len : p->n;
	int c = n ? memcmp(v->data, p->data, n) : 0;

	return c ? c : (v->len > p->n) - (v->len < p->n);
}

static bool has_parts(const struct ad_value *v, const struct node *n)
{
	const struct ad_filter_part *p = n->part, *last = &n->part[n->n_parts - 1];
	const char *at = v->data, *end = v->data + v->len;

	if (v->len < p->n || memcmp(at, p->data, p->n) != 0)
		return false;
	at += p->n;
	for (p++; p < last; p++) {
		at = memmem(at, (size_t)(end - at), p->data, p->n);
		if (!at)
			return false;
		at += p->n;
	}
	return (size_t)(end - at) >= last->n && memcmp(end - last->n, last->data, last->n) == 0;
}

static bool has_bits(const struct ad_value *v, const struct node *n)
{
	int64_t have, want = ad_matching_number((const unsigned char *)n->part[0].data);

	if (v->len != 8)
		return false;
	have = ad_matching_number((const unsigned char *)v->data);
	return n->rule == BIT_AND ? (have & want) == want : (have & want) != 0;
}

static bool fits(const struct ad_value *v, const struct node *n)
{
	if (n->rule)
		return has_bits(v, n);
	switch (n->kind) {
	case AD_FILTER_SUBSTRING: return has_parts(v, n);
	case AD_FILTER_GREATER: return order(v, n->part) >= 0;
	case AD_FILTER_LESS: return order(v, n->part) <= 0;
	default: return v->len == n->part[0].n && memcmp(v->data, n->part[0].data, v->len) == 0;
	}
}

static enum answer item(const struct ad_stored_filter *f, const struct node *n, size_t place)
{
	const struct slot *s = &f->slot[n->slot];

	if (n->undefined)
		return UNDEFINED;
	if (n->rule == IN_CHAIN)
		return get_bit(n->chain, place) ? YES : NO;
	if (n->kind == AD_FILTER_PRESENT)
		return s->n > 0 ? YES : NO;
	for (size_t k = 0; k < s->n; k++) {
		struct ad_value v = value_at(s, k);

		if (fits(&v, n))
			return YES;
	}
	return NO;
}

static enum answer answer(const struct ad_stored_filter *f, const struct node *n, size_t place)
{
	enum answer a, stop = n->kind == AD_FILTER_AND ? NO : YES, all = stop == NO ? YES : NO;

	if (n->kind > AD_FILTER_NOT)
		return item(f, n, place);
	if (n->kind == AD_FILTER_NOT) {
		a = answer(f, n->first, place);
		return a == UNDEFINED ? a : a == YES ? NO : YES;
	}
	for (n = n->first; n; n = n->next) {
		a = answer(f, n, place);
		if (a == stop)
			return a;
		if (a == UNDEFINED)
			all = a;
	}
	return all;
}

bool ad_stored_matches(struct ad_stored_filter *f, size_t place)
{
	fill(f, place);
	return answer(f, f->root, place) == YES;
}

/* --- which objects need a look -------------------------------------------------------------- */

struct places {
	size_t *place;
	size_t n, room;
};

static void add_place(void *arg, size_t place)
{
	struct places *p = arg;

	if (p->n == p->room)
		p->place = ad_realloc(p->place, p->room += p->room + 16, sizeof *p->place);
	p->place[p->n++] = place;
}

static bool collect(const struct ad_stored_filter *f, const struct node *n, struct places *out)
{
	const struct node *k;
	size_t keep = out->n;

	if (n->kind == AD_FILTER_EQUAL && ad_stored_indexed(f->slot[n->slot].name)) {
		if (!n->undefined)
			ad_stored_look_up(f->s, f->slot[n->slot].name, n->part[0].data,
				n->part[0].n, add_place, out);
		return true;
	}
	for (k = n->first; k && n->kind == AD_FILTER_AND; k = k->next)
		if (collect(f, k, out))
			return true;
	for (k = n->first; k && n->kind == AD_FILTER_OR; k = k->next)
		if (!collect(f, k, out)) {
			out->n = keep;
			return false;
		}
	return n->kind == AD_FILTER_OR;
}

static int by_place(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

bool ad_stored_candidates(struct ad_stored_filter *f, size_t **out, size_t *n)
{
	struct places p = { NULL, 0, 0 };
	size_t i, kept = 0;

	if (!collect(f, f->root, &p)) {
		free(p.place);
		return false;
	}
	if (p.n)
		qsort(p.place, p.n, sizeof *p.place, by_place);
	for (i = 0; i < p.n; i++)
		if (!i || p.place[i] != p.place[i - 1])
			p.place[kept++] = p.place[i];
	*out = p.place;
	*n = kept;
	return true;
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
	make_chains(f, f->root);
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
