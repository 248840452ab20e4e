/* A table of hashes. See plan_index.h. */
#include "ad/plan_index.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

bool ad_plan_index_is_for(const char *dn)
{
	return dn[0] == '\\' && dn[1] == '\\';
}

void ad_plan_index_clear(struct ad_plan_index *x)
{
	free(x->slots);
	memset(x, 0, sizeof *x);
}

/* FNV-1a, without regard to case as ad_caseeq has it. */
static size_t hash(const char *dn)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *dn; dn++) {
		unsigned char c = (unsigned char)*dn;

		h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 0x100000001b3u;
	}
	return (size_t)(h ^ h >> 32);
}

/* The slot of dn, or the free one where it belongs. */
static size_t slot_of(const struct ad_plan_index *x, struct ad_change *const *changes,
	const struct ad_ldap *ld, const char *dn)
{
	size_t at = hash(dn) & (x->cap - 1);

	for (; x->slots[at]; at = (at + 1) & (x->cap - 1)) {
		const struct ad_change *c = changes[x->slots[at] - 1];

		if (c->ld == ld && ad_caseeq(c->dn, dn))
			break;
	}
	return at;
}

static void put(struct ad_plan_index *x, struct ad_change *const *changes, size_t i)
{
	size_t at = slot_of(x, changes, changes[i]->ld, changes[i]->dn);

	if (!x->slots[at])
		x->slots[at] = i + 1;
}

/* At most half of it is used. */
static void grow(struct ad_plan_index *x, size_t n)
{
	size_t cap = x->cap ? x->cap : 64;

	while (cap < 2 * n)
		cap *= 2;
	if (cap == x->cap)
		return;
	ad_plan_index_clear(x);
	x->cap = cap;
	x->slots = ad_alloc(cap * sizeof *x->slots);
}

struct ad_change *ad_plan_index_find(struct ad_plan_index *x, struct ad_change *const *changes,
	size_t n, const struct ad_ldap *ld, const char *dn)
{
	size_t at;

	grow(x, n);
	for (; x->seen < n; x->seen++)
		if (ad_plan_index_is_for(changes[x->seen]->dn))
			put(x, changes, x->seen);
	at = x->slots[slot_of(x, changes, ld, dn)];
	return at ? changes[at - 1] : NULL;
}
