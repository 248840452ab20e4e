/*
 * Which objects of a snapshot a filter matches (RFC 4511 4.5.1.7, MS-ADTS 3.1.1.3.1.3). Three
 * answers: what compares with a value that is none of its syntax is neither true nor false, and so
 * is the contrary of it. An attribute that an object lacks is false. See stored_filter.h.
 */
#include "net/stored_filter.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum answer { NO, YES, UNDEFINED };

/* --- one object -------------------------------------------------------------------------- */

static void add_value(struct ad_stored_slot *s, size_t at)
{
	if (s->n == s->room)
		s->value = ad_realloc(s->value, s->room += s->room + 4, sizeof *s->value);
	s->value[s->n++] = (struct ad_stored_span){ at, s->b.len - at };
}

static void fill_slot(struct ad_stored_slot *s, struct ad_entry_walk *w)
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

static struct ad_value value_at(const struct ad_stored_slot *s, size_t k)
{
	return (struct ad_value){ ad_buf_text(&s->b) + s->value[k].at, s->value[k].len };
}

/* --- in chain ---------------------------------------------------------------------------- */

static bool get_bit(const unsigned char *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* Does the object at place name what is asked for, or an object that does? */
static bool leads_there(struct ad_stored_filter *f, const struct ad_stored_node *n, size_t place)
{
	const struct ad_stored_slot *s = &f->slot[n->slot];

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
static void make_chain(struct ad_stored_filter *f, struct ad_stored_node *n)
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

void ad_stored_make_chains(struct ad_stored_filter *f, struct ad_stored_node *n)
{
	for (; n; n = n->next) {
		ad_stored_make_chains(f, n->first);
		if (n->rule == AD_STORED_IN_CHAIN && !n->undefined)
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

static bool has_parts(const struct ad_value *v, const struct ad_stored_node *n)
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

static bool has_bits(const struct ad_value *v, const struct ad_stored_node *n)
{
	int64_t have, want = ad_matching_number((const unsigned char *)n->part[0].data);

	if (v->len != 8)
		return false;
	have = ad_matching_number((const unsigned char *)v->data);
	return n->rule == AD_STORED_BIT_AND ? (have & want) == want : (have & want) != 0;
}

static bool fits(const struct ad_value *v, const struct ad_stored_node *n)
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

static enum answer item(
	const struct ad_stored_filter *f, const struct ad_stored_node *n, size_t place)
{
	const struct ad_stored_slot *s = &f->slot[n->slot];

	if (n->undefined)
		return UNDEFINED;
	if (n->rule == AD_STORED_IN_CHAIN)
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

static enum answer answer(
	const struct ad_stored_filter *f, const struct ad_stored_node *n, size_t place)
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

static bool collect(
	const struct ad_stored_filter *f, const struct ad_stored_node *n, struct places *out)
{
	const struct ad_stored_node *k;
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
