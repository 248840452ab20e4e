/* Plans. See plan.h. */
#include "plan/plan.h"
#include "base/mem.h"
#include "base/text.h"
#include "plan/index.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

struct ad_plan {
	struct ad_change **changes;
	size_t n;
	struct ad_index index, guids;
};

struct ad_plan *ad_plan_new(void)
{
	struct ad_plan *p = ad_alloc(sizeof *p);

	p->guids.by_guid = true;
	return p;
}

void ad_plan_free(struct ad_plan *p)
{
	if (!p)
		return;
	while (p->n)
		ad_change_free(p->changes[--p->n]);
	free(p->changes);
	ad_plan_moved(p);
	free(p);
}

size_t ad_plan_count(const struct ad_plan *p)
{
	return p->n;
}

struct ad_change *ad_plan_at(struct ad_plan *p, size_t i)
{
	return p->changes[i];
}

bool ad_plan_is_first(const struct ad_plan *p, size_t i)
{
	size_t k = 0;

	while (p->changes[k]->ld != p->changes[i]->ld)
		k++;
	return k == i;
}

/* ---- finding ---- */

void ad_plan_moved(struct ad_plan *p)
{
	ad_index_clear(&p->index);
	ad_index_clear(&p->guids);
}

/* An object that was renamed in between has another DN. */
static struct ad_change *find(struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld,
	const char *dn, const char *guid)
{
	struct ad_change *c = ad_index_find(&p->index, p->changes, p->n, kind, ld, dn);

	if (c && !(c->guid && guid && strcmp(c->guid, guid) != 0))
		return c;
	return guid ? ad_index_find(&p->guids, p->changes, p->n, kind, ld, guid) : NULL;
}

struct ad_change *ad_plan_find(
	struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld, const char *dn)
{
	return find(p, kind, ld, dn, NULL);
}

struct ad_change *ad_plan_coming(struct ad_plan *p, const struct ad_kind *kind, const char *label)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->changes[i]->kind == kind && ad_change_makes(p->changes[i]) &&
			ad_caseeq(p->changes[i]->label, label))
			return p->changes[i];
	return NULL;
}

/* ---- changes come ---- */

static void append(struct ad_plan *p, struct ad_change *c)
{
	if ((p->n & (p->n - 1)) == 0)
		p->changes = ad_realloc(p->changes, p->n ? 2 * p->n : 1, sizeof *p->changes);
	p->changes[p->n++] = c;
}

struct ad_change *ad_plan_restore(struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld,
	const char *dn, const char *guid, const char *label)
{
	struct ad_change *c = ad_change_new(kind, ld, dn, guid, label);

	append(p, c);
	return c;
}

struct ad_change *ad_plan_change(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e)
{
	const struct ad_kind *kind = &ad_kind_attributes;
	char *guid = ad_object_guid(e), *label = ad_object_label(e);
	struct ad_change *c = find(p, kind, ld, ad_entry_dn(e), guid);

	if (!c)
		c = ad_plan_restore(p, kind, ld, ad_entry_dn(e), guid, label);
	free(label);
	free(guid);
	return c;
}

struct ad_change *ad_plan_add(struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld,
	struct ad_entry *e, const char *label)
{
	struct ad_change *c = find(p, kind, ld, ad_entry_dn(e), NULL);

	return c ? c : ad_plan_restore(p, kind, ld, ad_entry_dn(e), NULL, label);
}

/* ---- changes go ---- */

/* What waited for old waits for its successor, or for nothing. */
static void stop_waiting(
	struct ad_plan *p, const struct ad_change *old, struct ad_change *successor)
{
	for (size_t i = 0; i < p->n; i++) {
		struct ad_change *c = p->changes[i];
		size_t k, kept = 0, n = c->n_after;

		for (k = 0; k < n; k++)
			if (c->after[k] != old)
				c->after[kept++] = c->after[k];
		c->n_after = kept;
		if (kept < n && successor)
			ad_change_wait(c, successor);
	}
}

/* Frees those that are marked with place 0; the others keep their order. */
static void sweep(struct ad_plan *p)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++) {
		struct ad_change *c = p->changes[i];
		size_t k, left = 0;

		for (k = 0; k < c->n_after; k++)
			if (c->after[k]->place)
				c->after[left++] = c->after[k];
		c->n_after = left;
	}
	for (i = 0; i < p->n; i++)
		if (p->changes[i]->place)
			p->changes[kept++] = p->changes[i];
		else
			ad_change_free(p->changes[i]);
	if (kept != p->n)
		ad_plan_moved(p);
	p->n = kept;
}

void ad_plan_keep(struct ad_plan *p, const bool *keep)
{
	for (size_t i = 0; i < p->n; i++)
		p->changes[i]->place = keep[i];
	sweep(p);
}

static bool is_nothing(const struct ad_edit *e)
{
	return ad_list_equal(
		&e->before, &e->after, e->merge == AD_MERGE_SET ? e->merge : AD_MERGE_EXACT);
}

static void trim_edits(struct ad_change *c)
{
	size_t i, kept = 0;

	for (i = 0; i < c->n; i++)
		if (is_nothing(&c->edits[i])) {
			free(c->edits[i].attr);
			ad_list_clear(&c->edits[i].before);
			ad_list_clear(&c->edits[i].after);
		} else {
			c->edits[kept++] = c->edits[i];
		}
	c->n = kept;
}

void ad_plan_trim(struct ad_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		trim_edits(p->changes[i]);
		p->changes[i]->place = p->changes[i]->n > 0;
	}
	sweep(p);
}

/* ---- merging ---- */

/* Puts an edit that was computed without knowing of c's on top of what c has pending. */
static bool stack_edit(struct ad_change *c, struct ad_edit *e, struct ad_err *err)
{
	struct ad_edit *old = (struct ad_edit *)ad_change_find(c, e->attr);

	if (!old) {
		c->edits = ad_realloc(c->edits, c->n + 1, sizeof *c->edits);
		c->edits[c->n++] = *e;
		memset(e, 0, sizeof *e);
		return true;
	}
	if (!ad_edit_rebase(e, &old->after, err))
		return false;
	ad_list_clear(&old->after);
	old->after = e->after;
	e->after = (struct ad_list){ NULL, 0 };
	return true;
}

static bool stack(struct ad_change *c, struct ad_change *other, struct ad_err *err)
{
	bool ok = true;

	for (size_t i = 0; i < other->n && ok; i++)
		ok = stack_edit(c, &other->edits[i], err);
	for (size_t i = 0; i < other->n_after; i++)
		ad_change_wait(c, other->after[i]);
	return ok;
}

bool ad_plan_take(struct ad_plan *p, struct ad_plan *other, struct ad_err *err)
{
	bool ok = true;

	for (size_t i = 0; i < other->n; i++) {
		struct ad_change *c = other->changes[i];
		struct ad_change *old = find(p, c->kind, c->ld, c->dn, c->guid);

		if (!old) {
			append(p, c);
			continue;
		}
		ok = ok && stack(old, c, err);
		stop_waiting(p, c, old);
		stop_waiting(other, c, old); /* those that were not taken yet */
		other->changes[i] = old; /* so that what is freed is not looked at again */
		ad_change_free(c);
	}
	other->n = 0;
	ad_plan_moved(other);
	return ok;
}
