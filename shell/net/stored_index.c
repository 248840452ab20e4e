/* Objects of a snapshot by the values that are mostly asked for: a hash table of all of them, made
 * at the first question. What it finds is looked at again by the filter. See stored_priv.h. */
#include "net/stored_priv.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const indexed[] = { "cn", "distinguishedName", "dNSHostName", "lDAPDisplayName",
	"name", "objectGUID", "objectSid", "sAMAccountName", "servicePrincipalName",
	"userPrincipalName" };

#define NAME 1 /* the place of distinguishedName */
#define N_INDEXED (sizeof indexed / sizeof *indexed)

struct cell {
	uint32_t hash, place, next; /* next: place of the next cell of the slot, and one; 0: none */
};

struct ad_stored_index {
	struct cell *cell;
	size_t n, room;
	uint32_t *slot; /* as next */
	uint32_t mask;
};

static int attr_of(const char *name, size_t n)
{
	for (size_t i = 0; i < N_INDEXED; i++)
		if (ad_casecmp(name, n, indexed[i], strlen(indexed[i])) == 0)
			return (int)i;
	return -1;
}

bool ad_stored_indexed(const char *attr)
{
	return attr_of(attr, strlen(attr)) >= 0;
}

/* FNV-1a, begun with the attribute. */
static uint32_t hash(int attr, const void *p, size_t n)
{
	const unsigned char *c = p;
	uint32_t h = 0x811c9dc5u ^ (uint32_t)attr;

	while (n--)
		h = (h ^ *c++) * 0x01000193u;
	return h;
}

static void add(struct ad_stored_index *x, int attr, const struct ad_buf *normal, size_t place)
{
	if (x->n == x->room)
		x->cell = ad_realloc(x->cell, x->room += x->room / 2 + 1024, sizeof *x->cell);
	x->cell[x->n++] =
		(struct cell){ hash(attr, normal->data, normal->len), (uint32_t)place, 0 };
}

static void add_values(struct ad_stored_index *x, struct ad_entry_walk *w, int attr,
	enum ad_matching m, size_t place, struct ad_buf *b)
{
	struct ad_value v;

	while (ad_entry_walk_value(w, &v)) {
		b->len = 0;
		if (ad_matching_normal(b, m, v.data, v.len))
			add(x, attr, b, place);
	}
}

static void add_object(struct ad_stored_index *x, const struct ad_stored *s,
	const enum ad_matching *m, size_t place, struct ad_buf *b)
{
	const struct ad_stored_item *i = &s->item[place];
	struct ad_entry_walk w;
	struct ad_value name;
	int attr;

	b->len = 0;
	if (ad_matching_normal(b, AD_MATCHING_NAME, i->dn, i->dn_len))
		add(x, NAME, b, place);
	for (ad_stored_walk(i, &w); ad_entry_walk_attr(&w, &name);)
		if ((attr = attr_of(name.data, name.len)) >= 0 && attr != NAME)
			add_values(x, &w, attr, m[attr], place, b);
}

/* In the order of the objects within a slot. */
static void link_cells(struct ad_stored_index *x)
{
	uint32_t slots = 16;

	while (slots < x->n)
		slots *= 2;
	x->mask = slots - 1;
	x->slot = ad_alloc(slots * sizeof *x->slot);
	for (size_t i = x->n; i-- > 0;) {
		uint32_t *slot = &x->slot[x->cell[i].hash & x->mask];

		x->cell[i].next = *slot;
		*slot = (uint32_t)i + 1;
	}
}

static struct ad_stored_index *make(const struct ad_stored *s)
{
	struct ad_stored_index *x = ad_alloc(sizeof *x);
	enum ad_matching m[N_INDEXED];
	struct ad_buf b = AD_BUF_INIT;

	for (size_t i = 0; i < N_INDEXED; i++) {
		const struct ad_stored_attr *a = ad_stored_attr(s, indexed[i]);

		m[i] = a ? a->matching : AD_MATCHING_BYTES;
	}
	for (size_t i = 0; i < s->n_items; i++)
		add_object(x, s, m, i, &b);
	ad_buf_clear(&b);
	link_cells(x);
	return x;
}

void ad_stored_look_up(struct ad_stored *s, const char *attr, const void *normal, size_t n,
	void (*each)(void *arg, size_t place), void *arg)
{
	uint32_t h = hash(attr_of(attr, strlen(attr)), normal, n), i;
	struct ad_stored_index *x;

	if (!s->index)
		s->index = make(s);
	x = s->index;
	for (i = x->slot[h & x->mask]; i; i = x->cell[i - 1].next)
		if (x->cell[i - 1].hash == h)
			each(arg, x->cell[i - 1].place);
}

struct wanted {
	const struct ad_stored *s;
	const char *normal;
	size_t n, place;
	bool found;
	struct ad_buf b;
};

static void check_name(void *arg, size_t place)
{
	struct wanted *w = arg;
	const struct ad_stored_item *i = &w->s->item[place];

	w->b.len = 0;
	if (w->found || !ad_matching_normal(&w->b, AD_MATCHING_NAME, i->dn, i->dn_len) ||
		w->b.len != w->n || memcmp(w->b.data, w->normal, w->n) != 0)
		return;
	w->found = true;
	w->place = place;
}

bool ad_stored_find(const struct ad_stored *s, const char *normal_dn, size_t *place)
{
	struct wanted w = { .s = s, .normal = normal_dn, .n = strlen(normal_dn) };

	ad_stored_look_up((struct ad_stored *)s, indexed[NAME], normal_dn, w.n, check_name, &w);
	ad_buf_clear(&w.b);
	*place = w.place;
	return w.found;
}

void ad_stored_index_free(struct ad_stored_index *x)
{
	if (!x)
		return;
	free(x->cell);
	free(x->slot);
	free(x);
}
