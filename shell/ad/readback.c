/* Looking at objects again. See readback.h. */
#include "ad/readback.h"
#include "ad/group.h"
#include "ad/policy.h"
#include "ad/reread.h"
#include "ad/standin.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- somebody else's edit ---- */

static void take_dn(struct ad_change *c, struct ad_entry *e)
{
	free(c->dn);
	c->dn = ad_strdup(ad_entry_dn(e));
}

static bool is_same(const struct ad_change *a, const struct ad_change *b)
{
	return a->ld == b->ld &&
	       (a->guid && b->guid ? strcmp(a->guid, b->guid) == 0 : ad_caseeq(a->dn, b->dn));
}

static void add_edit(struct ad_list *now, const struct ad_edit *edit)
{
	struct ad_edit probe = { edit->attr, edit->merge, { 0 }, { 0 } };

	ad_list_copy(&probe.before, &edit->before);
	ad_list_copy(&probe.after, &edit->after);
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
	if (!p || !c->kind)
		return ad_list_borrow(e, attr);
	ad_list_read(own, e, attr);
	for (i = 0; ad_plan_at(p, i) != c; i++) {
		const struct ad_edit *edit = ad_change_find(ad_plan_at(p, i), attr);

		if (edit && is_same(ad_plan_at(p, i), c))
			add_edit(own, edit);
	}
	return *own;
}

static bool rebase_edits(
	struct ad_plan *p, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < c->n && ok; i++) {
		struct ad_list own, now = read_now(&own, p, c, e, c->edits[i].attr);

		ok = ad_edit_rebase(&c->edits[i], &now, err);
		ad_list_clear(&own);
	}
	return ok;
}

static bool set_gone(struct ad_change *c)
{
	ad_err_set(&c->err, AD_ERR_NOTFOUND, "guard", 0, "the object is gone");
	ad_err_where(&c->err, "modify", c->dn);
	return true;
}

static bool visit_rebase(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct ad_report *report = arg;

	(void)err;
	if (!e)
		return set_gone(c);
	take_dn(c, e);
	if (rebase_edits(NULL, c, e, &c->err) && ad_policy_allows(c, &c->err) &&
		ad_journal_again(ad_gate.journal, c, &c->err)) {
		c->state = AD_CHANGE_PENDING;
		report->rebased++;
	}
	return true;
}

bool ad_readback_rebase(
	struct ad_change **list, size_t n, struct ad_report *report, struct ad_err *err)
{
	struct ad_reread r = { .via = list[0]->ld, .arg = report, .visit = visit_rebase };
	bool ok = ad_reread(&r, list, n, err);

	report->readbacks += r.requests;
	return ok;
}

/* ---- what is there now, against what was wanted ---- */

static enum ad_drift drift_of_edit(const struct ad_edit *edit, const struct ad_list *now)
{
	const struct ad_edit back = { edit->attr, edit->merge, edit->after, edit->before };

	return ad_edit_holds(edit, now)                         ? AD_DRIFT_DONE
	       : ad_list_equal(&edit->before, now, edit->merge) ? AD_DRIFT_NONE
	       : ad_edit_holds(&back, now)                      ? AD_DRIFT_OTHER
								: AD_DRIFT_CLASH;
}

/* Of all edits together; *attr is the one that does not fit. */
static enum ad_drift drift_of(
	struct ad_plan *p, const struct ad_change *c, struct ad_entry *e, const char **attr)
{
	size_t i, done = 0, same = 0;

	for (i = 0; i < c->n; i++) {
		struct ad_list own, now = read_now(&own, p, c, e, c->edits[i].attr);
		enum ad_drift d = drift_of_edit(&c->edits[i], &now);

		ad_list_clear(&own);
		*attr = d == AD_DRIFT_DONE ? *attr : c->edits[i].attr;
		if (d == AD_DRIFT_CLASH)
			return d;
		done += d == AD_DRIFT_DONE;
		same += d == AD_DRIFT_NONE;
	}
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

static void set_different(struct ad_change *c, const char *attr)
{
	c->state = AD_CHANGE_FAILED;
	ad_err_set(&c->err, AD_ERR_CONFLICT, "guard", 0,
		"the server reported success, but %s reads back differently", attr);
	ad_err_where(&c->err, "read-back", c->dn);
	ad_err_hint(&c->err,
		"somebody else may be editing the same object: look at it, then run again");
}

static bool visit_judge(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	const char *attr = "";
	enum ad_drift d = e ? drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE;
	bool was_open = c->state == AD_CHANGE_UNKNOWN;

	(void)arg;
	(void)err;
	if (d == AD_DRIFT_DONE)
		c->state = AD_CHANGE_DONE;
	else if (!was_open)
		set_different(c, attr);
	else if (d == AD_DRIFT_NONE)
		c->state = AD_CHANGE_PENDING;
	if (was_open ? c->state != AD_CHANGE_UNKNOWN : c->state == AD_CHANGE_FAILED)
		ad_journal_result(ad_gate.journal, c);
	return true;
}

/* ---- in the middle of a run ---- */

static bool settle(struct ad_change *c, enum ad_change_state state)
{
	c->state = state;
	ad_journal_result(ad_gate.journal, c);
	return true;
}

/* On top of what is there, with the server that it is sent to now in the journal. */
static bool intend_again(
	struct ad_change *c, struct ad_entry *e, enum ad_drift d, struct ad_report *report)
{
	take_dn(c, e);
	if (!rebase_edits(NULL, c, e, &c->err) || !ad_journal_again(ad_gate.journal, c, &c->err))
		return settle(c, AD_CHANGE_FAILED);
	c->state = AD_CHANGE_PENDING;
	report->rebased += d != AD_DRIFT_NONE;
	return true;
}

/* The same DC: what was sent is there as a whole or not at all. */
static bool visit_open(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	const char *attr;

	(void)err;
	switch (e ? drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE) {
	case AD_DRIFT_DONE: return settle(c, AD_CHANGE_DONE);
	case AD_DRIFT_NONE: return settle(c, AD_CHANGE_PENDING);
	case AD_DRIFT_OTHER: return intend_again(c, e, AD_DRIFT_OTHER, arg);
	default: return true;
	}
}

/* Another DC. */
static bool visit_moved(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	const char *attr;
	enum ad_drift d;

	(void)err;
	if (!e)
		return set_gone(c) && settle(c, AD_CHANGE_FAILED);
	d = drift_of(NULL, c, e, &attr);
	if (c->state != AD_CHANGE_PENDING && d == AD_DRIFT_DONE)
		return settle(c, AD_CHANGE_DONE);
	return intend_again(c, e, d, arg);
}

/* ---- the plan, directory by directory ---- */

/* What came or went as a whole was looked at there and then: the plan may have gone on with it. */
static bool to_be_read(const struct ad_change *c, const struct ad_ldap *ld)
{
	bool was_read = c->kind && c->kind->is_object;

	return c->ld == ld &&
	       ((c->state == AD_CHANGE_DONE && !was_read) || c->state == AD_CHANGE_UNKNOWN);
}

static bool is_remote(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->kind && to_be_read(c, ld);
}

static bool is_in_directory(const struct ad_change *c, const struct ad_ldap *ld)
{
	return !c->kind && to_be_read(c, ld);
}

static bool is_open(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && !c->kind && c->state == AD_CHANGE_UNKNOWN;
}

static bool is_anything(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && !c->kind && c->state != AD_CHANGE_FAILED;
}

static bool reread_picked(struct ad_plan *p, struct ad_reread *r,
	bool (*pick)(const struct ad_change *, const struct ad_ldap *), struct ad_report *report,
	struct ad_err *err)
{
	struct ad_change **list = ad_realloc(NULL, ad_plan_count(p), sizeof *list);
	size_t i, n = 0;
	bool ok;

	for (i = 0; i < ad_plan_count(p); i++)
		if (pick(ad_plan_at(p, i), r->via))
			list[n++] = ad_plan_at(p, i);
	ok = ad_reread(r, list, n, err);
	report->readbacks += r->requests;
	free(list);
	return ok;
}

bool ad_readback_open(struct ad_plan *p, struct ad_ldap *ld, bool moved, struct ad_report *report,
	struct ad_err *err)
{
	struct ad_reread r = {
		.via = ld, .arg = report, .visit = moved ? visit_moved : visit_open
	};

	return reread_picked(p, &r, moved ? is_anything : is_open, report, err);
}

bool ad_readback_one(struct ad_change *c, struct ad_report *report, struct ad_err *err)
{
	struct ad_reread r = { .via = c->ld, .visit = visit_judge };
	bool ok = ad_reread(&r, &c, 1, err);

	report->readbacks += r.requests;
	return ok;
}

bool ad_readback_directory(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_report *report, struct ad_err *err)
{
	struct ad_reread r = { .via = ld, .visit = visit_judge };

	return reread_picked(p, &r, is_in_directory, report, err);
}

static bool is_first(struct ad_plan *p, size_t i)
{
	size_t k = 0;

	while (ad_plan_at(p, k)->ld != ad_plan_at(p, i)->ld)
		k++;
	return k == i;
}

bool ad_readback(struct ad_plan *p, bool remote_only, struct ad_report *report, struct ad_err *err)
{
	size_t i;
	bool ok = true;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_reread r = { .via = ad_plan_at(p, i)->ld, .visit = visit_judge };

		if (is_first(p, i))
			ok = reread_picked(
				p, &r, remote_only ? is_remote : to_be_read, report, err);
	}
	return ok;
}

/* ---- a plan of yesterday ---- */

struct drifts {
	struct ad_plan *p;
	enum ad_drift *out;
};

/* Is it about an object that the plan makes first? */
static bool is_made_before(struct ad_plan *p, const struct ad_change *c)
{
	for (size_t i = 0; ad_plan_at(p, i) != c; i++)
		if (ad_group_is_made(ad_plan_at(p, i)) && is_same(ad_plan_at(p, i), c))
			return true;
	return false;
}

/* Of an object that was made meanwhile, as the plan wanted it. */
static bool take_sid(struct ad_plan *p, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct ad_value v;
	struct ad_sid sid;

	if (!c->kind || !c->kind->is_object || !ad_entry_first(e, "objectSid", &v))
		return true;
	return ad_sid_decode(&sid, v.data, v.len, err) && ad_standin_settle(p, c, &sid, NULL, err);
}

static bool visit_drift(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct drifts *d = arg;
	const char *attr = "";
	size_t i;

	for (i = 0; ad_plan_at(d->p, i) != c; i++)
		continue;
	d->out[i] = e                         ? drift_of(d->p, c, e, &attr)
		    : is_made_before(d->p, c) ? AD_DRIFT_NONE
					      : AD_DRIFT_GONE;
	if (!e)
		return true;
	if (d->out[i] == AD_DRIFT_CLASH)
		return true;
	take_dn(c, e);
	return take_sid(d->p, c, e, err) && rebase_edits(d->p, c, e, err);
}

bool ad_plan_drift(struct ad_plan *p, enum ad_drift *out, struct ad_err *err)
{
	struct ad_change **list = ad_realloc(NULL, ad_plan_count(p), sizeof *list);
	struct drifts d = { p, out };
	size_t i, n, from;
	bool ok = true;

	for (from = 0; from < ad_plan_count(p) && ok; from = i) {
		struct ad_reread r = {
			.via = ad_plan_at(p, from)->ld, .arg = &d, .visit = visit_drift
		};

		for (i = from, n = 0; i < ad_plan_count(p) && ad_plan_at(p, i)->ld == r.via; i++)
			list[n++] = ad_plan_at(p, i);
		ok = ad_reread(&r, list, n, err);
	}
	free(list);
	return ok;
}
