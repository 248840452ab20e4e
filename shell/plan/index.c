/* A table of hashes. See index.h. */
#include "plan/index.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void ad_index_clear(struct ad_index *x)
{
	free(x->slots);
	*x = (struct ad_index){ .by_guid = x->by_guid };
}

/* FNV-1a, without regard to case as ad_caseeq has it. */
static size_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 0x100000001b3u;
	}
	return (size_t)(h ^ h >> 32);
}

static const char *name_of(const struct ad_index *x, const struct ad_change *c)
{
	return x->by_guid ? c->guid : c->dn;
}

/* The slot of what is looked for, or the free one where it belongs. */
static size_t slot_of(const struct ad_index *x, struct ad_change *const *changes,
	const struct ad_kind *kind, const struct ad_ldap *ld, const char *name)
{
	size_t at = hash(name) & (x->cap - 1);

	for (; x->slots[at]; at = (at + 1) & (x->cap - 1)) {
		const struct ad_change *c = changes[x->slots[at] - 1];

		if (c->kind == kind && (x->by_guid || c->ld == ld) &&
			ad_caseeq(name_of(x, c), name))
			break;
	}
	return at;
}

static void put(struct ad_index *x, struct ad_change *const *changes, size_t i)
{
	const struct ad_change *c = changes[i];
	size_t at;

	if (!name_of(x, c))
		return;
	at = slot_of(x, changes, c->kind, c->ld, name_of(x, c));
	if (!x->slots[at] || x->by_guid)
		x->slots[at] = i + 1;
}

/* At most half of it is used. */
static void grow(struct ad_index *x, size_t n)
{
	size_t cap = x->cap ? x->cap : 64;

	while (cap < 2 * n)
		cap *= 2;
	if (cap == x->cap)
		return;
	ad_index_clear(x);
	x->cap = cap;
	x->slots = ad_alloc(cap * sizeof *x->slots);
}

struct ad_change *ad_index_find(struct ad_index *x, struct ad_change *const *changes, size_t n,
	const struct ad_kind *kind, const struct ad_ldap *ld, const char *name)
{
	size_t at;

	grow(x, n);
	for (; x->seen < n; x->seen++)
		put(x, changes, x->seen);
	at = x->slots[slot_of(x, changes, kind, ld, name)];
	return at ? changes[at - 1] : NULL;
}
