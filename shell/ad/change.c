/* Changes and plans. See change.h. */
#include "ad/change.h"
#include "ad/group.h"
#include "ad/identity.h"
#include "ad/merge.h"
#include "ad/plan_index.h"
#include "ad/share.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/guid.h"

#include <stdlib.h>
#include <string.h>

struct ad_plan {
	struct ad_change **changes;
	size_t n;
	struct ad_plan_index index;
};

/* ---- edits ---- */

void ad_edit_difference(const struct ad_edit *e, struct ad_list *add, struct ad_list *remove)
{
	/* a single value that changes has to go even where it is "the same" for the schema */
	enum ad_merge m = e->merge == AD_MERGE_SET ? AD_MERGE_SET : AD_MERGE_EXACT;

	ad_list_copy(add, &e->after);
	ad_list_subtract(add, m, e->before.v, e->before.n);
	ad_list_copy(remove, &e->before);
	ad_list_subtract(remove, m, e->after.v, e->after.n);
}

bool ad_edit_rebase(struct ad_edit *e, const struct ad_list *current, struct ad_err *err)
{
	struct ad_list add, remove, after;
	bool ok = true;

	if (ad_list_equal(&e->before, current, AD_MERGE_EXACT))
		return true;
	ad_list_copy(&after, current);
	ad_edit_difference(e, &add, &remove);
	switch (e->merge) {
	case AD_MERGE_SET:
		ad_list_subtract(&after, e->merge, remove.v, remove.n);
		ad_list_unite(&after, e->merge, add.v, add.n);
		break;
	case AD_MERGE_BITS: ok = ad_merge_bits(&after, &e->before, &e->after, err); break;
	case AD_MERGE_SD: ok = ad_merge_sd(&after, &e->before, &e->after, err); break;
	case AD_MERGE_EXACT:
		if (!ad_list_equal(&e->after, current, e->merge) &&
			ad_list_subtract(&after, e->merge, remove.v, remove.n) != remove.n)
			ok = ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
				"a value of %s that was to be replaced has been changed by somebody else",
				e->attr);
		ad_list_unite(&after, e->merge, add.v, add.n);
		break;
	}
	ad_list_clear(&add);
	ad_list_clear(&remove);
	if (!ok) {
		ad_list_clear(&after);
		return false;
	}
	ad_list_clear(&e->before);
	ad_list_clear(&e->after);
	ad_list_copy(&e->before, current);
	e->after = after;
	return true;
}

bool ad_edit_holds(const struct ad_edit *e, const struct ad_list *current)
{
	struct ad_edit probe = { e->attr, e->merge, { 0 }, { 0 } };
	bool holds;

	if (e->merge == AD_MERGE_EXACT || ad_list_equal(&e->after, current, e->merge))
		return ad_list_equal(&e->after, current, e->merge);
	ad_list_copy(&probe.before, &e->before);
	ad_list_copy(&probe.after, &e->after);
	/* true already: doing it again on top of current changes nothing */
	holds = ad_edit_rebase(&probe, current, NULL) &&
		ad_list_equal(&probe.before, &probe.after, probe.merge);
	ad_list_clear(&probe.before);
	ad_list_clear(&probe.after);
	return holds;
}

static void clear_edit(struct ad_edit *e)
{
	free(e->attr);
	ad_list_clear(&e->before);
	ad_list_clear(&e->after);
}

/* ---- changes ---- */

const char *ad_change_state_name(enum ad_change_state s)
{
	static const char *const names[] = {
		[AD_CHANGE_PENDING] = "pending",
		[AD_CHANGE_DONE] = "done",
		[AD_CHANGE_UNKNOWN] = "unknown",
		[AD_CHANGE_FAILED] = "failed",
	};

	return names[s];
}

static void free_change(struct ad_change *c)
{
	while (c->n)
		clear_edit(&c->edits[--c->n]);
	free(c->edits);
	free(c->dn);
	free(c->guid);
	free(c->label);
	free(c->why);
	ad_ldap_free(c->ld);
	free(c);
}

const struct ad_edit *ad_change_find(const struct ad_change *c, const char *attr)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (ad_caseeq(c->edits[i].attr, attr))
			return &c->edits[i];
	return NULL;
}

bool ad_change_fits(const struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct ad_list now = ad_list_borrow(e, c->edits[i].attr);

		if (!ad_list_equal(&now, &c->edits[i].before, AD_MERGE_EXACT)) {
			ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
				"%s has been changed by somebody else", c->edits[i].attr);
			return ad_err_where(err, "modify", c->dn);
		}
	}
	return true;
}

struct ad_edit *ad_change_restore(struct ad_change *c, const char *attr, enum ad_merge merge)
{
	struct ad_edit *edit;

	c->edits = ad_realloc(c->edits, c->n + 1, sizeof *c->edits);
	edit = &c->edits[c->n++];
	memset(edit, 0, sizeof *edit);
	edit->attr = ad_strdup(attr);
	edit->merge = merge;
	if (!c->kind)
		c->kind = ad_group_kind(attr);
	return edit;
}

struct ad_edit *ad_change_edit(
	struct ad_change *c, struct ad_entry *e, const char *attr, enum ad_merge merge)
{
	struct ad_edit *edit;
	size_t i;

	for (i = 0; i < c->n; i++)
		if (ad_caseeq(c->edits[i].attr, attr))
			return &c->edits[i];
	edit = ad_change_restore(c, attr, merge);
	ad_list_read(&edit->before, e, attr);
	ad_list_copy(&edit->after, &edit->before);
	return edit;
}

static void add_reason(struct ad_change *c, const char *why)
{
	char *joined;

	if (c->why && strstr(c->why, why))
		return;
	joined = c->why ? ad_format("%s; %s", c->why, why) : ad_strdup(why);
	free(c->why);
	c->why = joined;
}

void ad_change_widens(struct ad_change *c, const char *why)
{
	c->widens = true;
	c->confirmed = false;
	add_reason(c, why);
}

void ad_change_protected(struct ad_change *c, const char *why)
{
	c->is_protected = true;
	add_reason(c, why);
}

/* ---- plans ---- */

struct ad_plan *ad_plan_new(void)
{
	return ad_alloc(sizeof(struct ad_plan));
}

void ad_plan_free(struct ad_plan *p)
{
	if (!p)
		return;
	while (p->n)
		free_change(p->changes[--p->n]);
	free(p->changes);
	ad_plan_index_clear(&p->index);
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

static char *entry_guid(struct ad_entry *e)
{
	struct ad_value v;
	char text[37];

	if (!ad_entry_first(e, "objectGUID", &v) || v.len != 16)
		return NULL;
	ad_guid_format(v.data, text);
	return ad_strdup(text);
}

/* The same object: by GUID where both have one, else by DN, within one directory's domain. */
static struct ad_change *find_change(
	struct ad_plan *p, struct ad_ldap *ld, const char *dn, const char *guid)
{
	size_t i;

	if (ad_plan_index_is_for(dn))
		return ad_plan_index_find(&p->index, p->changes, p->n, ld, dn);
	for (i = p->n; i-- > 0;) {
		struct ad_change *c = p->changes[i];

		if (c->guid && guid ? strcmp(c->guid, guid) == 0
				    : c->ld == ld && ad_caseeq(c->dn, dn))
			return c;
	}
	return NULL;
}

struct ad_change *ad_plan_find(struct ad_plan *p, struct ad_ldap *ld, const char *dn)
{
	return find_change(p, ld, dn, NULL);
}

/* Non-linked values that count against the object's budget (one record in the database). */
static long count_values(struct ad_entry *e)
{
	return (long)(ad_entry_values(e, "servicePrincipalName", NULL) +
		      ad_entry_values(e, "msDS-AllowedToDelegateTo", NULL));
}

/* After some were taken out. */
static void set_count(struct ad_plan *p, size_t n)
{
	if (n != p->n)
		ad_plan_index_clear(&p->index);
	p->n = n;
}

static void append(struct ad_plan *p, struct ad_change *c)
{
	if ((p->n & (p->n - 1)) == 0)
		p->changes = ad_realloc(p->changes, p->n ? 2 * p->n : 1, sizeof *p->changes);
	p->changes[p->n++] = c;
}

struct ad_change *ad_plan_restore(
	struct ad_plan *p, struct ad_ldap *ld, const char *dn, const char *guid, const char *label)
{
	struct ad_change *c = ad_alloc(sizeof *c);

	c->ld = ad_ldap_ref(ld);
	c->kind = ad_share_kind(dn);
	c->dn = ad_strdup(dn);
	c->guid = ad_strdup(guid);
	c->label = ad_strdup(label);
	append(p, c);
	return c;
}

void ad_plan_keep(struct ad_plan *p, const bool *keep)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++)
		if (keep[i])
			p->changes[kept++] = p->changes[i];
		else
			free_change(p->changes[i]);
	set_count(p, kept);
}

struct ad_change *ad_plan_change(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e)
{
	char *guid = entry_guid(e), *label;
	struct ad_change *c = find_change(p, ld, ad_entry_dn(e), guid);

	if (c) {
		free(guid);
		return c;
	}
	label = ad_identity_label(e);
	c = ad_plan_restore(p, ld, ad_entry_dn(e), guid, label);
	c->values = count_values(e);
	free(label);
	free(guid);
	return c;
}

struct ad_change *ad_plan_remote(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e, const char *label)
{
	struct ad_change *c = find_change(p, ld, ad_entry_dn(e), NULL);

	return c ? c : ad_plan_restore(p, ld, ad_entry_dn(e), NULL, label);
}

void ad_plan_trim(struct ad_plan *p)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++) {
		struct ad_change *c = p->changes[i];
		size_t k, edits = 0;

		for (k = 0; k < c->n; k++) {
			enum ad_merge m = c->edits[k].merge;

			if (ad_list_equal(&c->edits[k].before, &c->edits[k].after,
				    m == AD_MERGE_SET ? m : AD_MERGE_EXACT))
				clear_edit(&c->edits[k]);
			else
				c->edits[edits++] = c->edits[k];
		}
		c->n = edits;
		if (edits)
			p->changes[kept++] = c;
		else
			free_change(c);
	}
	set_count(p, kept);
}

/* Puts an edit that was computed without knowing of c's on top of what c has pending. */
static bool stack_edit(struct ad_change *c, struct ad_edit *e, struct ad_err *err)
{
	size_t i;

	for (i = 0; i < c->n && !ad_caseeq(c->edits[i].attr, e->attr); i++)
		continue;
	if (i == c->n) {
		c->edits = ad_realloc(c->edits, c->n + 1, sizeof *c->edits);
		c->edits[c->n++] = *e;
		memset(e, 0, sizeof *e);
		return true;
	}
	if (!ad_edit_rebase(e, &c->edits[i].after, err))
		return false;
	ad_list_clear(&c->edits[i].after);
	c->edits[i].after = e->after;
	e->after = (struct ad_list){ NULL, 0 };
	return true;
}

bool ad_plan_take(struct ad_plan *p, struct ad_plan *other, struct ad_err *err)
{
	bool ok = true;
	size_t i, k;

	for (i = 0; i < other->n; i++) {
		struct ad_change *c = other->changes[i];
		struct ad_change *old = find_change(p, c->ld, c->dn, c->guid);

		if (!old) {
			append(p, c);
			continue;
		}
		for (k = 0; k < c->n && ok; k++)
			ok = stack_edit(old, &c->edits[k], err);
		old->widens |= c->widens;
		old->is_protected |= c->is_protected;
		if (c->why)
			add_reason(old, c->why);
		free_change(c);
	}
	set_count(other, 0);
	return ok;
}
