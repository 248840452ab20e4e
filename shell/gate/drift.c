/* Whether changes still fit. See drift.h. */
#include "gate/drift.h"
#include "gate/reread.h"
#include "plan/object.h"
#include "plan/placeholder.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct ad_change *a, const struct ad_change *b)
{
	return a->ld == b->ld &&
	       (a->guid && b->guid ? strcmp(a->guid, b->guid) == 0 : ad_caseeq(a->dn, b->dn));
}

static void add_edit(struct ad_list *now, const struct ad_edit *edit)
{
	struct ad_edit probe = { edit->attr, edit->merge, { 0 }, { 0 } };

	ad_list_share(&probe.before, &edit->before);
	ad_list_share(&probe.after, &edit->after);
	if (ad_edit_rebase(&probe, now, NULL)) {
		ad_list_clear(now);
		*now = probe.after;
	} else {
		ad_list_clear(&probe.after);
	}
	ad_list_clear(&probe.before);
}

/* The values as they are; but a plan (NULL: none) may go over the same share or group more than
 * once, and what comes earlier in it counts as written. The caller clears own. */
static struct ad_list read_now(struct ad_list *own, struct ad_plan *p, const struct ad_change *c,
	struct ad_entry *e, const char *attr)
{
	size_t i;

	*own = (struct ad_list){ NULL, 0 };
	if (!p || !c->kind->write)
		return ad_list_borrow(e, attr);
	ad_list_read(own, e, attr);
	for (i = 0; ad_plan_at(p, i) != c; i++) {
		const struct ad_edit *edit = ad_change_find(ad_plan_at(p, i), attr);

		if (edit && is_same(ad_plan_at(p, i), c))
			add_edit(own, edit);
	}
	return *own;
}

/* What the change makes is there, as far as it is: a file server gives a new share its own
 * descriptor before it takes ours. Nobody else's entries are in it. */
static void replace_descriptor(struct ad_edit *edit, const struct ad_list *now)
{
	ad_list_clear(&edit->before);
	ad_list_copy(&edit->before, now);
}

bool ad_drift_rebase(struct ad_plan *p, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	bool ok = true, makes = ad_change_makes(c);
	size_t i;

	free(c->dn);
	c->dn = ad_strdup(ad_entry_dn(e));
	for (i = 0; i < c->n && ok; i++) {
		struct ad_list own, now = read_now(&own, p, c, e, c->edits[i].attr);

		if (makes && now.n && c->edits[i].merge == AD_MERGE_SD)
			replace_descriptor(&c->edits[i], &now);
		else
			ok = ad_edit_rebase(&c->edits[i], &now, err);
		ad_list_clear(&own);
	}
	return ok;
}

/* ---- what is there now, against what was wanted ---- */

/* What goes as a whole goes only as it was. */
static enum ad_drift drift_of_edit(
	const struct ad_edit *edit, const struct ad_list *now, bool exactly)
{
	enum ad_merge merge = exactly ? AD_MERGE_EXACT : edit->merge;
	const struct ad_edit forth = { edit->attr, merge, edit->before, edit->after };
	const struct ad_edit back = { edit->attr, merge, edit->after, edit->before };

	return ad_edit_holds(&forth, now)                 ? AD_DRIFT_DONE
	       : ad_list_equal(&edit->before, now, merge) ? AD_DRIFT_NONE
	       : ad_edit_holds(&back, now)                ? AD_DRIFT_OTHER
							  : AD_DRIFT_CLASH;
}

/* Values that were not there when it was made, of something that is to go. */
static bool has_more(
	struct ad_plan *p, const struct ad_change *c, struct ad_entry *e, const char **attr)
{
	bool more = false;

	for (const struct ad_kind_attribute *a = c->kind->attributes; a->name && !more; a++) {
		struct ad_list own, now = read_now(&own, p, c, e, a->name);

		more = now.n && !ad_change_find(c, a->name);
		if (more)
			*attr = a->name;
		ad_list_clear(&own);
	}
	return more;
}

enum ad_drift ad_drift_of(
	struct ad_plan *p, const struct ad_change *c, struct ad_entry *e, const char **attr)
{
	bool exactly = ad_change_removes(c) && c->kind->in_directory;
	size_t i, done = 0, same = 0;

	for (i = 0; i < c->n; i++) {
		struct ad_list own, now = read_now(&own, p, c, e, c->edits[i].attr);
		enum ad_drift d = drift_of_edit(&c->edits[i], &now, exactly);

		ad_list_clear(&own);
		*attr = d == AD_DRIFT_DONE ? *attr : c->edits[i].attr;
		if (d == AD_DRIFT_CLASH)
			return d;
		done += d == AD_DRIFT_DONE;
		same += d == AD_DRIFT_NONE;
	}
	if (done < c->n && exactly && has_more(p, c, e, attr))
		return AD_DRIFT_CLASH;
	return done == c->n ? AD_DRIFT_DONE : same == c->n ? AD_DRIFT_NONE : AD_DRIFT_OTHER;
}

const char *ad_drift_name(enum ad_drift d)
{
	static const char *const names[] = {
		[AD_DRIFT_NONE] = "none",
		[AD_DRIFT_DONE] = "done",
		[AD_DRIFT_OTHER] = "other",
		[AD_DRIFT_CLASH] = "clash",
		[AD_DRIFT_GONE] = "gone",
	};

	return names[d];
}

/* ---- a plan of yesterday ---- */

struct drifts {
	struct ad_plan *p;
	enum ad_drift *out;
	bool *again; /* the plan goes over it more than once */
	bool makes; /* the plan makes objects */
};

/* Is it about an object that the plan makes first? */
static bool is_made_before(const struct drifts *d, const struct ad_change *c)
{
	struct ad_plan *p = d->p;

	for (size_t i = 0; d->makes && ad_plan_at(p, i) != c; i++)
		if (ad_change_makes(ad_plan_at(p, i)) && is_same(ad_plan_at(p, i), c))
			return true;
	return false;
}

/* Of an object that was made since, as the plan wanted it. */
static bool take_sid(struct ad_plan *p, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct ad_sid sid;

	if (!c->kind->existence || !c->kind->in_directory || !ad_object_sid(&sid, e))
		return true;
	return ad_placeholder_settle(p, c, &sid, NULL, NULL, err);
}

/* Does the plan take c out of that group, before it comes to c? */
static bool leaves(struct ad_plan *p, const struct ad_change *c, const char *group)
{
	size_t i;

	for (i = 0; ad_plan_at(p, i) != c; i++) {
		const struct ad_change *other = ad_plan_at(p, i);
		const struct ad_edit *e = ad_change_find(other, "member");

		if (e && ad_dn_equal(other->dn, group) &&
			ad_list_find(&e->after, AD_MERGE_SET, c->dn, strlen(c->dn)) < 0)
			return true;
	}
	return false;
}

/* Something that is to go, and that somebody else has put into a group. */
static bool is_in_use(struct ad_plan *p, const struct ad_change *c, struct ad_entry *e)
{
	struct ad_list groups;
	bool used = false;
	size_t i;

	if (!ad_change_removes(c))
		return false;
	ad_list_read(&groups, e, "memberOf");
	for (i = 0; i < groups.n && !used; i++)
		used = !leaves(p, c, groups.v[i].data);
	ad_list_clear(&groups);
	return used;
}

static bool visit_drift(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct drifts *d = arg;
	const char *attr = "";
	struct ad_plan *before = d->again[c->place] ? d->p : NULL;
	size_t i = c->place;

	d->out[i] = e                      ? ad_drift_of(before, c, e, &attr)
		    : is_made_before(d, c) ? AD_DRIFT_NONE
					   : AD_DRIFT_GONE;
	if (e && is_in_use(d->p, c, e))
		d->out[i] = AD_DRIFT_CLASH;
	if (!e || d->out[i] == AD_DRIFT_CLASH)
		return true;
	return take_sid(d->p, c, e, err) && ad_drift_rebase(before, c, e, err);
}

struct place {
	const char *dn;
	size_t i;
};

static int by_dn(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return ad_casecmp(x->dn, strlen(x->dn), y->dn, strlen(y->dn));
}

static bool *find_again(struct ad_plan *p)
{
	size_t i, n = ad_plan_count(p);
	struct place *list = ad_realloc(NULL, n, sizeof *list);
	bool *again = ad_alloc(n + 1);

	for (i = 0; i < n; i++)
		list[i] = (struct place){ ad_plan_at(p, i)->dn, i };
	qsort(list, n, sizeof *list, by_dn);
	for (i = 1; i < n; i++)
		if (by_dn(&list[i - 1], &list[i]) == 0)
			again[list[i - 1].i] = again[list[i].i] = true;
	free(list);
	return again;
}

bool ad_plan_drift(struct ad_plan *p, enum ad_drift *out, struct ad_err *err)
{
	struct ad_change **list = ad_realloc(NULL, ad_plan_count(p), sizeof *list);
	struct drifts d = { p, out, find_again(p), false };
	size_t i, n, from;
	bool ok = true;

	for (i = 0; i < ad_plan_count(p); i++) {
		ad_plan_at(p, i)->place = i;
		d.makes |= ad_change_makes(ad_plan_at(p, i));
	}
	for (from = 0; from < ad_plan_count(p) && ok; from = i) {
		struct ad_reread r = {
			.via = ad_plan_at(p, from)->ld, .arg = &d, .visit = visit_drift
		};

		for (i = from, n = 0; i < ad_plan_count(p) && ad_plan_at(p, i)->ld == r.via; i++)
			list[n++] = ad_plan_at(p, i);
		ok = ad_reread(&r, list, n, err);
	}
	ad_plan_moved(p);
	free(d.again);
	free(list);
	return ok;
}
