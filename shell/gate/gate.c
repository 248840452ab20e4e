/*
 * The gate. See gate.h. A plan is written in waves: everything that waits for nothing, then what
 * waited for that. A wave goes through each directory in rounds: everything once, then what met
 * somebody else's edit once more, on top of it; then the read-back.
 */
#include "gate/gate.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "gate/alone.h"
#include "gate/guard.h"
#include "gate/readback.h"
#include "gate/recover.h"
#include "gate/report.h"
#include "gate/rights.h"
#include "net/ldap_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One round over the changes of one directory. */
struct round {
	struct ad_writing *w;
	struct ad_change **todo;
	size_t n;
	struct ad_mod *mods; /* of the request that is being sent */
	struct ad_list *lists;
	size_t n_mods;
	bool stop; /* a hard refusal was met, and not --keep-going */
	bool busy; /* the DC could not do it now, for why: the rest waits */
	struct ad_err why;
};

/* ---- one request ---- */

static void clear_mods(struct round *r)
{
	while (r->n_mods)
		ad_list_clear(&r->lists[--r->n_mods]);
}

static void add_mod(struct round *r, enum ad_mod_op op, const char *attr, struct ad_list *values)
{
	struct ad_mod *m;

	if (values->n == 0) {
		ad_list_clear(values);
		return;
	}
	r->mods = ad_realloc(r->mods, r->n_mods + 1, sizeof *r->mods);
	r->lists = ad_realloc(r->lists, r->n_mods + 1, sizeof *r->lists);
	r->lists[r->n_mods] = *values;
	m = &r->mods[r->n_mods++];
	m->op = op;
	m->attr = attr;
	m->values = values->v;
	m->n = values->n;
}

/* Old values go before new ones come: that is the compare-and-swap. */
static bool next_request(void *arg, size_t i, struct ad_request *request)
{
	struct round *r = arg;
	struct ad_change *c = r->todo[i];
	size_t k;

	clear_mods(r);
	if (r->stop || r->busy)
		return false;
	for (k = 0; k < c->n; k++) {
		struct ad_list add, remove;

		ad_edit_difference(&c->edits[k], &add, &remove);
		if (c->kind->wire)
			c->kind->wire(c->edits[k].attr, &add);
		add_mod(r, AD_MOD_DELETE, c->edits[k].attr, &remove);
		add_mod(r, AD_MOD_ADD, c->edits[k].attr, &add);
	}
	request->kind = AD_REQUEST_MODIFY;
	request->dn = c->dn;
	request->mods = r->mods;
	request->n = r->n_mods;
	if (r->n_mods == 0) { /* somebody else did the very same */
		c->state = AD_CHANGE_DONE;
		ad_journal_result(r->w->run->journal, c);
		return false;
	}
	r->w->report->modifies++;
	return true;
}

/* Could be somebody else's edit (or move) between our reading and our writing? */
static bool worth_another_try(const struct ad_change *c, const struct ad_err *err)
{
	return !c->rebased && (err->kind == AD_ERR_CONFLICT || err->kind == AD_ERR_NOTFOUND ||
				      (c->kind->is_clash && c->kind->is_clash(c, err)));
}

/* It was not done, but not refused either: it is sent again, when the DC can be talked to again. */
static bool put_off(struct round *r, struct ad_change *c, const struct ad_err *err)
{
	if (!ad_ldap_trouble(c->ld, err))
		return false;
	c->state = AD_CHANGE_PENDING;
	r->busy = true;
	r->why = *err;
	return true;
}

static void take_answer(void *arg, size_t i, enum ad_answer answer, const struct ad_err *err)
{
	struct round *r = arg;
	struct ad_change *c = r->todo[i];

	switch (answer) {
	case AD_ANSWER_NONE: return;
	case AD_ANSWER_DONE: c->state = AD_CHANGE_DONE; break;
	case AD_ANSWER_SENT:
		c->state = AD_CHANGE_UNKNOWN;
		if (err)
			c->err = *err;
		break;
	case AD_ANSWER_FAILED:
		if (put_off(r, c, err))
			break;
		c->state = AD_CHANGE_FAILED;
		c->err = *err;
		if (!worth_another_try(c, err) && !r->w->run->rules.keep_going)
			r->stop = true;
		break;
	}
	ad_notice_progress("written", ++r->w->answered, ad_plan_count(r->w->plan));
	if (!ad_journal_result(r->w->run->journal, c))
		r->stop = true; /* nothing is written that the journal does not know */
}

/* Sends what is pending for one directory. */
static bool send_round(struct ad_ldap *ld, struct round *r, struct ad_err *err)
{
	struct ad_pipeline p = {
		.window = r->w->run->rules.window,
		.keep_going = true, /* next_request knows better when to stop */
		.arg = r,
		.next = next_request,
		.answer = take_answer,
	};
	bool ok = ad_ldap_pipeline(ld, r->n, &p, err);

	if (ok)
		ok = ad_journal_sync(r->w->run->journal, err);
	clear_mods(r);
	free(r->mods);
	free(r->lists);
	r->mods = NULL;
	r->lists = NULL;
	return ok;
}

/* ---- one directory ---- */

/* The changes of ld that are sent together, in r->todo: those in flight first, or those that met
 * somebody else's edit. */
static void collect(struct ad_ldap *ld, struct round *r, bool again)
{
	struct ad_plan *p = r->w->plan;
	size_t i;

	r->n = 0;
	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->ld != ld || c->kind->write || !c->place)
			continue;
		if (again ? c->state == AD_CHANGE_FAILED && worth_another_try(c, &c->err)
			  : c->state == AD_CHANGE_PENDING)
			r->todo[r->n++] = c;
	}
}

/* Computes what met somebody else's edit anew; r->todo keeps what can be sent once more. */
static bool rebase_all(struct round *r, struct ad_err *err)
{
	size_t i, kept = 0;

	for (i = 0; i < r->n; i++)
		r->todo[i]->rebased = true;
	if (!ad_readback_rebase(r->w, r->todo, r->n, err))
		return false;
	for (i = 0; i < r->n; i++)
		if (r->todo[i]->state == AD_CHANGE_PENDING)
			r->todo[kept++] = r->todo[i];
	r->n = kept;
	return true;
}

static bool write_once(struct ad_ldap *ld, struct round *r, struct ad_err *err)
{
	bool ok = ad_ldap_fresh(ld, err);

	r->busy = false;
	collect(ld, r, false);
	ok = ok && send_round(ld, r, err);
	if (ok && !r->stop && !r->busy) {
		collect(ld, r, true);
		if (r->n)
			ok = rebase_all(r, err) && send_round(ld, r, err);
	}
	if (ok && r->busy)
		*err = r->why;
	return ok && !r->busy && !r->stop;
}

/* All changes of one directory that wait for nothing: false when the connection broke for good or
 * the run was stopped. */
static bool write_directory(struct ad_writing *w, struct ad_ldap *ld, struct ad_err *err)
{
	struct round r = { .w = w };
	struct ad_recovery recovery = { .moves = 0 };
	bool ok;

	r.todo = ad_realloc(NULL, ad_plan_count(w->plan), sizeof *r.todo);
	do {
		ok = write_once(ld, &r, err);
	} while (!ok && !r.stop && ad_recover(&recovery, w, ld, err));
	free(r.todo);
	return ok;
}

/* ---- the plan ---- */

/* A wave is what waits for nothing when it begins: place says so. */
static void begin_wave(struct ad_plan *p)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);
		bool failed;

		c->place = c->state == AD_CHANGE_PENDING && ad_plan_is_free(c, &failed);
	}
}

/* *any: something was tried. */
static bool write_wave(struct ad_writing *w, bool *any, bool *whole, struct ad_err *why)
{
	bool ok = true;

	*any = false;
	begin_wave(w->plan);
	for (size_t i = 0; i < ad_plan_count(w->plan) && ok; i++) {
		struct ad_change *c = ad_plan_at(w->plan, i);

		if (!c->place || c->state != AD_CHANGE_PENDING)
			continue;
		*any = true;
		if (c->kind->write ? ad_alone_write(w, c, why) : write_directory(w, c->ld, why))
			continue;
		*whole = false;
		ok = w->run->rules.keep_going && ad_stop_check(NULL);
	}
	return ok;
}

/* What waits for something that failed is not tried, and says so. */
static void tell_waiting(struct ad_plan *p)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);
		bool failed;

		if (c->state == AD_CHANGE_PENDING && !ad_plan_is_free(c, &failed) && failed)
			ad_err_set(&c->err, AD_ERR_FAILED, "guard", 0,
				"not tried: it depends on another change of this run, which failed");
	}
}

/* What was sent, of each directory, before something else changes it again; what a recovery found
 * to be missing is PENDING again. */
static bool read_back(struct ad_writing *w, struct ad_err *why)
{
	bool ok = true;

	for (size_t i = 0; i < ad_plan_count(w->plan) && ok; i++) {
		struct ad_ldap *ld = ad_plan_at(w->plan, i)->ld;
		struct ad_recovery recovery = { .moves = 0 };

		if (!ad_plan_is_first(w->plan, i))
			continue;
		do {
			ok = ad_readback_directory(w, ld, why);
		} while (!ok && ad_recover(&recovery, w, ld, why));
	}
	return ok;
}

static size_t count_pending(struct ad_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < ad_plan_count(p); i++)
		n += ad_plan_at(p, i)->state == AD_CHANGE_PENDING;
	return n;
}

/* Wave after wave, as long as something comes of it: with --keep-going a directory that does not
 * answer does not hold up the others, and is not tried for ever. */
static bool write_all(struct ad_writing *w, struct ad_err *why)
{
	size_t left = count_pending(w->plan), had = left + 1;
	bool any = true, whole = true, ok = true;
	struct ad_err ignored;

	while (any && ok && left < had) {
		had = left;
		ok = write_wave(w, &any, &whole, why);
		if (ok && any && !read_back(w, whole ? why : &ignored)) {
			whole = false;
			ok = w->run->rules.keep_going;
		}
		left = count_pending(w->plan);
	}
	tell_waiting(w->plan);
	if (whole)
		return ad_readback(w, true, why);
	return ad_readback(w, false, NULL) && ok; /* why stays as it is */
}

static bool is_sent(struct ad_plan *p, const struct ad_ldap *ld)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (c->ld == ld && c->kind->in_directory &&
			(c->state == AD_CHANGE_DONE || c->state == AD_CHANGE_UNKNOWN))
			return true;
	}
	return false;
}

/* For those who take it back or finish it on another DC. One that cannot tell is not asked again:
 * what was written is written. */
static void note_updates(struct ad_writing *w)
{
	for (size_t i = 0; i < ad_plan_count(w->plan); i++) {
		struct ad_ldap *ld = ad_plan_at(w->plan, i)->ld;
		struct ad_update update;

		if (ad_plan_is_first(w->plan, i) && is_sent(w->plan, ld) && ad_ldap_alive(ld) &&
			ad_ldap_update(&update, ld, NULL))
			ad_journal_reached(w->run->journal, ld, &update);
	}
}

/* What is read and written in a run is read and written on one DC. */
static bool write_plan(struct ad_writing *w, struct ad_err *why)
{
	size_t i;
	bool ok;

	for (i = 0; i < ad_plan_count(w->plan); i++)
		ad_ldap_stay(ad_plan_at(w->plan, i)->ld, true);
	ok = write_all(w, why);
	ad_plan_moved(w->plan);
	note_updates(w);
	for (i = 0; i < ad_plan_count(w->plan); i++)
		ad_ldap_stay(ad_plan_at(w->plan, i)->ld, false);
	return ok;
}

/* ---- the run ---- */

/* A single change is refused as a whole by the DC itself, and --keep-going wants what can be had.
 */
static bool may_write(struct ad_writing *w, struct ad_err *err)
{
	return ad_plan_count(w->plan) == 1 || w->run->rules.keep_going ||
	       ad_rights_check(w->plan, w->report, err);
}

/* A person says yes to the plan, and so to what widens trust in it; or --yes said so before. */
static bool agree(struct ad_writing *w, struct ad_err *err)
{
	struct ad_run *run = w->run;

	if (run->rules.agreed) /* but what widens trust may have been asked about */
		return !run->confirm || ad_guard_check_agreed(run, w->plan, err);
	if (!run->approve) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"writing without a terminal requires --yes. Nothing was written");
		return ad_err_hint(err, "--dry-run shows what would be written, --yes writes it");
	}
	if (!run->approve(run->confirm_arg, w->plan, err))
		return false;
	ad_guard_confirm(w->plan);
	return ad_guard_check_agreed(run, w->plan, err);
}

/* What will be written is on the disk before the first byte goes out. */
static bool start(struct ad_writing *w, struct ad_err *err)
{
	bool is_new;

	if (!ad_run_start(w->run, &is_new, err))
		return false;
	if (ad_journal_intend(w->run->journal, w->plan, err))
		return true;
	if (is_new) {
		ad_journal_discard(w->run->journal);
		w->run->journal = NULL;
	} else if (w->run->continues) {
		ad_run_end(w->run, "partial"); /* as unfinished as it was */
	}
	return false;
}

/* err: why no byte was sent. */
static bool refuse(struct ad_err *err)
{
	size_t n = err ? strlen(err->message) : 0;

	if (err && err->kind == AD_ERR_INTERRUPTED)
		snprintf(err->message + n, sizeof err->message - n, "; nothing was written");
	return false;
}

static bool conclude(struct ad_writing *w, bool ok, const struct ad_err *why, struct ad_err *err)
{
	struct ad_err own;
	const struct ad_err *first = ad_report_count(w->plan, w->report);
	struct ad_report *r = w->report;

	ad_report_add(&w->run->total, r);
	ad_report_add(&w->run->current, r);
	if (w->run->rules.run_per_plan)
		ad_run_end(w->run, NULL);
	if (ok && !first && r->unknown == 0 && r->not_tried == 0)
		return true;
	err = err ? err : &own;
	ad_report_error(r, first ? first : why, ad_run_id(w->run), err);
	if (why->kind == AD_ERR_INTERRUPTED)
		ad_stop_tell(err);
	return refuse(err);
}

bool ad_gate_apply(
	struct ad_run *run, struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	struct ad_report own;
	struct ad_writing w = { run, p, report ? report : &own, 0 };
	struct ad_err why = { .kind = AD_ERR_NONE };
	bool ok;

	memset(w.report, 0, sizeof *w.report);
	ad_plan_trim(p);
	if (ad_plan_count(p) == 0)
		return true;
	if (!ad_guard_check(run, p, err))
		return refuse(err);
	if (run->rules.dry_run)
		return ad_plan_take(run->collected, p, err);
	if (!may_write(&w, err) || !agree(&w, err) || !start(&w, err))
		return refuse(err);
	ok = write_plan(&w, &why);
	ad_notice_end();
	return conclude(&w, ok, &why, err);
}
