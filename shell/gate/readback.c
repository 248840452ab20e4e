/* Looking at objects again. See readback.h. */
#include "gate/readback.h"
#include "base/mem.h"
#include "base/stop.h"
#include "gate/drift.h"
#include "gate/guard.h"
#include "gate/judge.h"
#include "gate/reread.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define LATE_MS 5000 /* for what a file server shows late */

/* ---- somebody else's edit ---- */

static bool set_gone(struct ad_change *c)
{
	ad_err_set(&c->err, AD_ERR_NOTFOUND, "guard", 0, "the object no longer exists");
	ad_err_where(&c->err, "modify", c->dn);
	return true;
}

/* What it does now on top of what is there has to be judged as it was the first time. */
static bool is_allowed(struct ad_writing *w, struct ad_change *c)
{
	w->report->readbacks += c->kind->in_directory;
	return ad_judge_change(w->run, w->plan, c, &c->err) &&
	       ad_guard_check_again(w->run, c, &c->err) &&
	       ad_journal_again(w->run->journal, c, &c->err);
}

static bool visit_rebase(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct ad_writing *w = arg;

	(void)err;
	if (!e)
		return set_gone(c);
	if (ad_drift_rebase(NULL, c, e, &c->err) && is_allowed(w, c)) {
		c->state = AD_CHANGE_PENDING;
		w->report->rebased++;
	}
	return true;
}

bool ad_readback_rebase(struct ad_writing *w, struct ad_change **list, size_t n, struct ad_err *err)
{
	struct ad_reread r = { .via = list[0]->ld, .arg = w, .visit = visit_rebase };
	bool ok = ad_reread(&r, list, n, err);

	w->report->readbacks += r.requests;
	return ok;
}

/* ---- what is there now, against what was wanted ---- */

static void set_different(struct ad_change *c, const char *attr)
{
	c->state = AD_CHANGE_FAILED;
	ad_err_set(&c->err, AD_ERR_CONFLICT, "guard", 0,
		"the server reported success, but %s reads back differently", attr);
	ad_err_where(&c->err, "read-back", c->dn);
	ad_err_hint(
		&c->err, "someone else may be editing the same object: check it, then run again");
}

/* A busy file server has several processes, and shows some moments later what one of them took. */
static enum ad_drift look_again(struct ad_change *c, enum ad_drift d, const char **attr)
{
	long long until = ad_clock_ms() + LATE_MS;

	while (d != AD_DRIFT_DONE && ad_stop_check(NULL) && ad_clock_ms() < until) {
		struct ad_entry *e = NULL;

		poll(NULL, 0, AD_STOP_SLICE);
		if (c->kind->read(&e, c, NULL) && e)
			d = ad_drift_of(NULL, c, e, attr);
		ad_entry_free(e);
	}
	return d;
}

static bool visit_written(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct ad_writing *w = arg;
	const char *attr = "";
	enum ad_drift d = e ? ad_drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE;
	bool was_open = c->state == AD_CHANGE_UNKNOWN;

	(void)err;
	if (!was_open && !c->kind->in_directory)
		d = look_again(c, d, &attr);
	c->proven = d == AD_DRIFT_DONE;
	if (d == AD_DRIFT_DONE)
		c->state = AD_CHANGE_DONE;
	else if (!was_open)
		set_different(c, attr);
	else if (d == AD_DRIFT_NONE)
		c->state = AD_CHANGE_PENDING;
	if (was_open ? c->state != AD_CHANGE_UNKNOWN : c->state == AD_CHANGE_FAILED)
		ad_journal_result(w->run->journal, c);
	return true;
}

/* ---- in the middle of a run ---- */

static bool settle(struct ad_writing *w, struct ad_change *c, enum ad_change_state state)
{
	c->state = state;
	ad_journal_result(w->run->journal, c);
	return true;
}

/* On top of what is there, with the server that it is sent to now in the journal. */
static bool intend_again(
	struct ad_writing *w, struct ad_change *c, struct ad_entry *e, enum ad_drift d)
{
	if (!ad_drift_rebase(NULL, c, e, &c->err) || !is_allowed(w, c))
		return settle(w, c, AD_CHANGE_FAILED);
	c->state = AD_CHANGE_PENDING;
	w->report->rebased += d != AD_DRIFT_NONE;
	return true;
}

/* The same DC: what was sent is there as a whole or not at all. */
static bool visit_open(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	const char *attr;

	(void)err;
	switch (e ? ad_drift_of(NULL, c, e, &attr) : AD_DRIFT_GONE) {
	case AD_DRIFT_DONE: return settle(arg, c, AD_CHANGE_DONE);
	case AD_DRIFT_NONE: return settle(arg, c, AD_CHANGE_PENDING);
	case AD_DRIFT_OTHER: return intend_again(arg, c, e, AD_DRIFT_OTHER);
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
		return set_gone(c) && settle(arg, c, AD_CHANGE_FAILED);
	d = ad_drift_of(NULL, c, e, &attr);
	if (c->state != AD_CHANGE_PENDING && d == AD_DRIFT_DONE)
		return settle(arg, c, AD_CHANGE_DONE);
	return intend_again(arg, c, e, d);
}

/* ---- the plan, directory by directory ---- */

static bool to_be_read(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld &&
	       ((c->state == AD_CHANGE_DONE && !c->proven) || c->state == AD_CHANGE_UNKNOWN);
}

static bool is_alone(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->kind->write && to_be_read(c, ld);
}

static bool is_sent(const struct ad_change *c, const struct ad_ldap *ld)
{
	return !c->kind->write && to_be_read(c, ld);
}

static bool is_open(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && !c->kind->write && c->state == AD_CHANGE_UNKNOWN;
}

static bool is_anything(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && !c->kind->write && c->state != AD_CHANGE_FAILED;
}

static bool reread_picked(struct ad_writing *w, struct ad_reread *r,
	bool (*pick)(const struct ad_change *, const struct ad_ldap *), struct ad_err *err)
{
	struct ad_plan *p = w->plan;
	struct ad_change **list = ad_realloc(NULL, ad_plan_count(p), sizeof *list);
	size_t i, n = 0;
	bool ok;

	for (i = 0; i < ad_plan_count(p); i++)
		if (pick(ad_plan_at(p, i), r->via))
			list[n++] = ad_plan_at(p, i);
	ok = ad_reread(r, list, n, err);
	w->report->readbacks += r->requests;
	free(list);
	return ok;
}

bool ad_readback_open(struct ad_writing *w, struct ad_ldap *ld, bool moved, struct ad_err *err)
{
	struct ad_reread r = { .via = ld, .arg = w, .visit = moved ? visit_moved : visit_open };

	return reread_picked(w, &r, moved ? is_anything : is_open, err);
}

bool ad_readback_one(struct ad_writing *w, struct ad_change *c, struct ad_err *err)
{
	struct ad_reread r = { .via = c->ld, .arg = w, .visit = visit_written };
	bool ok = ad_reread(&r, &c, 1, err);

	w->report->readbacks += r.requests;
	return ok;
}

bool ad_readback_directory(struct ad_writing *w, struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_reread r = { .via = ld, .arg = w, .visit = visit_written };

	return reread_picked(w, &r, is_sent, err);
}

bool ad_readback(struct ad_writing *w, bool alone, struct ad_err *err)
{
	size_t i;
	bool ok = true;

	for (i = 0; i < ad_plan_count(w->plan) && ok; i++) {
		struct ad_reread r = {
			.via = ad_plan_at(w->plan, i)->ld, .arg = w, .visit = visit_written
		};

		if (ad_plan_is_first(w->plan, i))
			ok = reread_picked(w, &r, alone ? is_alone : to_be_read, err);
	}
	return ok;
}
