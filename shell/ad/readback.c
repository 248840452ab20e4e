/* Looking at objects again. See readback.h. */
#include "ad/readback.h"
#include "ad/drift.h"
#include "ad/policy.h"
#include "ad/reread.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- somebody else's edit ---- */

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
	if (ad_drift_rebase(NULL, c, e, &c->err) && ad_policy_allows(c, &c->err) &&
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
	enum ad_drift d = e ? ad_drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE;
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
	if (!ad_drift_rebase(NULL, c, e, &c->err) || !ad_journal_again(ad_gate.journal, c, &c->err))
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
	switch (e ? ad_drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE) {
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
	d = ad_drift_of(NULL, c, e, &attr);
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

bool ad_readback(struct ad_plan *p, bool remote_only, struct ad_report *report, struct ad_err *err)
{
	size_t i;
	bool ok = true;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_reread r = { .via = ad_plan_at(p, i)->ld, .visit = visit_judge };

		if (ad_plan_is_first(p, i))
			ok = reread_picked(
				p, &r, remote_only ? is_remote : to_be_read, report, err);
	}
	return ok;
}
