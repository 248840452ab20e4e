/* Texts that lists share: a table of hashes. See shared.h. */
#include "plan/shared.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A link of the table is no owner, and is written so that the leak check does not see one: a text
 * that only the table knows was not dropped. */
struct link {
	uintptr_t hidden;
};

struct text {
	struct link next; /* in its slot */
	size_t hash, owners, len;
	uint32_t mark;
	char bytes[];
};

static struct link *slots;
static size_t n_slots, n_texts; /* n_slots is a power of two */
static uint32_t marks;

static struct text *text_of(const char *s)
{
	return (struct text *)((uintptr_t)s - offsetof(struct text, bytes));
}

static struct text *follow(struct link l)
{
	return l.hidden ? (struct text *)~l.hidden : NULL;
}

static struct link link_to(struct text *t)
{
	return (struct link){ ~(uintptr_t)t };
}

static size_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

/* Where the table is differs from run to run, so nobody can choose names that meet in one slot. */
static size_t hash(const char *p, size_t n)
{
	uint64_t h = (uintptr_t)&slots ^ n, word = 0;

	for (; n > sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		h = mix(h, word);
	}
	word = 0;
	if (n)
		memcpy(&word, p, n);
	return mix(h, word);
}

static void put(struct text *t)
{
	struct link *slot = &slots[t->hash & (n_slots - 1)];

	t->next = *slot;
	*slot = link_to(t);
}

/* As many slots as texts, at least. */
static void grow(void)
{
	struct link *old = slots;
	size_t n_old = n_slots;
	struct text *t, *next;

	n_slots = n_old ? 2 * n_old : 64;
	slots = ad_alloc(n_slots * sizeof *slots);
	for (size_t i = 0; i < n_old; i++)
		for (t = follow(old[i]); t; t = next) {
			next = follow(t->next);
			put(t);
		}
	free(old);
}

static struct text *find(size_t h, const void *p, size_t n)
{
	struct text *t = n_slots ? follow(slots[h & (n_slots - 1)]) : NULL;

	while (t && !(t->hash == h && t->len == n && (n == 0 || memcmp(t->bytes, p, n) == 0)))
		t = follow(t->next);
	return t;
}

static struct text *add(size_t h, const void *p, size_t n)
{
	struct text *t = ad_alloc(sizeof *t + n + 1);

	if (n_texts++ == n_slots)
		grow();
	t->hash = h;
	t->len = n;
	if (n)
		memcpy(t->bytes, p, n);
	put(t);
	return t;
}

const char *ad_shared_get(const void *p, size_t n)
{
	size_t h = hash(p, n);
	struct text *t = find(h, p, n);

	if (!t)
		t = add(h, p, n);
	t->owners++;
	return t->bytes;
}

const char *ad_shared_again(const char *s)
{
	text_of(s)->owners++;
	return s;
}

static void forget(struct text *t)
{
	struct link *at = &slots[t->hash & (n_slots - 1)];

	while (follow(*at) != t)
		at = &follow(*at)->next;
	*at = t->next;
	free(t);
	if (--n_texts)
		return;
	free(slots);
	slots = NULL;
	n_slots = 0;
}

void ad_shared_drop(const char *s)
{
	struct text *t = text_of(s);

	if (--t->owners == 0)
		forget(t);
}

uint32_t ad_shared_mark(void)
{
	return ++marks;
}

bool ad_shared_has(const char *s, uint32_t mark)
{
	return text_of(s)->mark == mark;
}

void ad_shared_set(const char *s, uint32_t mark)
{
	text_of(s)->mark = mark;
}
