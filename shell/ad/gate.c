/*
 * The gate. See gate.h. A run goes through a plan in rounds: everything once, then what met
 * somebody else's edit once more, on top of it; then the read-back.
 */
#include "ad/gate.h"
#include "ad/group.h"
#include "ad/outcome.h"
#include "ad/readback.h"
#include "ad/remote.h"
#include "ad/recover.h"
#include "ad/rights.h"
#include "net/ldap_write.h"
#include "base/mem.h"
#include "base/stop.h"

#include <stdlib.h>
#include <string.h>

struct ad_gate ad_gate;
static struct ad_report total, run; /* of the process, of the present run */
static char *last_run;

/* One round over the changes of one directory. */
struct round {
	struct ad_change **todo;
	size_t n;
	size_t start, end; /* the part of the plan that it is about */
	struct ad_report *report;
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
		ad_group_wire(c->edits[k].attr, &add);
		add_mod(r, AD_MOD_DELETE, c->edits[k].attr, &remove);
		add_mod(r, AD_MOD_ADD, c->edits[k].attr, &add);
	}
	request->kind = AD_REQUEST_MODIFY;
	request->dn = c->dn;
	request->mods = r->mods;
	request->n = r->n_mods;
	if (r->n_mods == 0) { /* somebody else did the very same */
		c->state = AD_CHANGE_DONE;
		ad_journal_result(ad_gate.journal, c);
		return false;
	}
	r->report->modifies++;
	return true;
}

/* Could be somebody else's edit (or move) between our reading and our writing? */
static bool worth_another_try(const struct ad_change *c, const struct ad_err *err)
{
	return !c->rebased && (err->kind == AD_ERR_CONFLICT || err->kind == AD_ERR_NOTFOUND ||
				      ad_group_is_clash(c, err));
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
		if (!worth_another_try(c, err) && !ad_gate.keep_going)
			r->stop = true;
		break;
	}
	if (!ad_journal_result(ad_gate.journal, c))
		r->stop = true; /* nothing is written that the journal does not know */
}

/* Sends what is pending for one directory. */
static bool send_round(struct ad_ldap *ld, struct round *r, struct ad_err *err)
{
	struct ad_pipeline p = {
		.window = ad_gate.window,
		.keep_going = true, /* next_request knows better when to stop */
		.arg = r,
		.next = next_request,
		.answer = take_answer,
	};
	bool ok = ad_ldap_pipeline(ld, r->n, &p, err);

	if (ok)
		ok = ad_journal_sync(ad_gate.journal, err);
	clear_mods(r);
	free(r->mods);
	free(r->lists);
	r->mods = NULL;
	r->lists = NULL;
	return ok;
}

/* The changes of ld that are in a state, in r->todo. */
static void collect(struct ad_plan *p, struct ad_ldap *ld, struct round *r, bool again)
{
	size_t i;

	r->n = 0;
	for (i = r->start; i < r->end; i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->ld != ld || c->kind)
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
	if (!ad_readback_rebase(r->todo, r->n, r->report, err))
		return false;
	for (i = 0; i < r->n; i++)
		if (r->todo[i]->state == AD_CHANGE_PENDING)
			r->todo[kept++] = r->todo[i];
	r->n = kept;
	return true;
}

static bool write_once(struct ad_plan *p, struct ad_ldap *ld, struct round *r, struct ad_err *err)
{
	bool ok = ad_ldap_fresh(ld, err);

	r->busy = false;
	collect(p, ld, r, false);
	ok = ok && send_round(ld, r, err);
	if (ok && !r->stop && !r->busy) {
		collect(p, ld, r, true);
		if (r->n)
			ok = rebase_all(r, err) && send_round(ld, r, err);
	}
	if (ok && r->busy)
		*err = r->why;
	return ok && !r->busy && !r->stop && ad_readback_directory(p, ld, r->report, err);
}

static bool is_barrier(struct ad_plan *p, size_t i)
{
	const struct ad_change *c = ad_plan_at(p, i);

	return c->kind && c->kind->is_object;
}

/* All changes of one directory, from the first one on up to an object that comes or goes, which the
 * others may need or may not: false when the connection broke for good or the run was stopped. */
static bool write_directory(
	struct ad_plan *p, size_t first, struct ad_report *report, struct ad_err *err)
{
	struct ad_ldap *ld = ad_plan_at(p, first)->ld;
	struct round r = { .report = report, .start = first, .end = first };
	struct ad_recovery recovery = { .moves = 0 };
	bool ok;

	while (r.end < ad_plan_count(p) && !is_barrier(p, r.end))
		r.end++;
	r.todo = ad_realloc(NULL, ad_plan_count(p), sizeof *r.todo);
	do {
		ok = write_once(p, ld, &r, err);
	} while (!ok && !r.stop && ad_recover(&recovery, p, ld, report, err));
	free(r.todo);
	return ok;
}

const struct ad_report *ad_gate_total(void)
{
	return &total;
}

/* ---- the run ---- */

/* A single change is refused as a whole by the DC itself, and --keep-going wants what can be had.
 */
static bool may_write(struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	return ad_plan_count(p) == 1 || ad_gate.keep_going || ad_rights_check(p, report, err);
}

/* A person says yes to the plan, and so to what widens trust in it; or --yes said so before. */
static bool agree(struct ad_plan *p, struct ad_err *err)
{
	size_t i;

	if (ad_gate.agreed)
		return true;
	if (!ad_gate.approve) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"there is no terminal to ask at, and --yes was not given. Nothing was written");
		return ad_err_hint(err, "--dry-run shows what would be written, --yes writes it");
	}
	if (!ad_gate.approve(ad_gate.confirm_arg, p, err))
		return false;
	for (i = 0; i < ad_plan_count(p); i++)
		ad_plan_at(p, i)->confirmed = true;
	return true;
}

static bool open_journal(struct ad_err *err)
{
	if (!ad_gate.continues)
		return ad_journal_new(&ad_gate.journal, ad_gate.journal_dir, ad_gate.command,
			ad_gate.recipe, err);
	ad_gate_end_run(NULL);
	return ad_journal_continue(&ad_gate.journal, ad_gate.journal_dir, ad_gate.continues, err);
}

/* What will be written is on the disk before the first byte goes out. */
static bool start_run(struct ad_plan *p, struct ad_err *err)
{
	bool is_new = !ad_gate.journal && !ad_gate.continues;

	if ((is_new || ad_gate.continues) && !open_journal(err))
		return false;
	if (ad_journal_intend(ad_gate.journal, p, err))
		return true;
	if (is_new) {
		ad_journal_discard(ad_gate.journal);
		ad_gate.journal = NULL;
	}
	return false;
}

const char *ad_gate_run(void)
{
	return ad_gate.journal ? ad_journal_run(ad_gate.journal) : last_run;
}

void ad_gate_end_run(const char *status)
{
	bool whole = run.failed + run.unknown + run.not_tried == 0;

	if (ad_gate.journal) {
		free(last_run);
		last_run = ad_strdup(ad_journal_run(ad_gate.journal));
	}
	ad_journal_close(ad_gate.journal, status                      ? status
					  : whole                     ? "done"
					  : run.changed + run.unknown ? "partial"
								      : "failed");
	ad_gate.journal = NULL;
	memset(&run, 0, sizeof run);
}

/* Of those that are sent together. */
static bool is_first_of_directory(struct ad_plan *p, size_t i)
{
	size_t k = i;

	while (k-- > 0 && !is_barrier(p, k))
		if (!ad_plan_at(p, k)->kind && ad_plan_at(p, k)->ld == ad_plan_at(p, i)->ld)
			return false;
	return true;
}

static bool write_all(struct ad_plan *p, struct ad_report *report, struct ad_err *why)
{
	size_t i;
	bool ok = true, whole = true;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->kind ? c->state != AD_CHANGE_PENDING : !is_first_of_directory(p, i))
			continue;
		if (c->kind ? ad_remote_write(p, c, report, why)
			    : write_directory(p, i, report, why))
			continue;
		whole = false;
		ok = ad_gate.keep_going && ad_stop_check(NULL);
	}
	if (whole)
		return ad_readback(p, true, report, why);
	return ad_readback(p, false, report, NULL) && ok; /* why stays as it is */
}

/* What is read and written in a run is read and written on one DC. */
static bool write_plan(struct ad_plan *p, struct ad_report *report, struct ad_err *why)
{
	size_t i;
	bool ok;

	for (i = 0; i < ad_plan_count(p); i++)
		ad_ldap_stay(ad_plan_at(p, i)->ld, true);
	ok = write_all(p, report, why);
	for (i = 0; i < ad_plan_count(p); i++)
		ad_ldap_stay(ad_plan_at(p, i)->ld, false);
	return ok;
}

bool ad_plan_apply(struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	struct ad_report own;
	struct ad_err why = { .kind = AD_ERR_NONE };
	const struct ad_err *first;
	bool ok;

	report = report ? report : &own;
	memset(report, 0, sizeof *report);
	ad_plan_trim(p);
	if (ad_plan_count(p) == 0)
		return true;
	if (!ad_plan_check(p, err))
		return false;
	if (ad_gate.dry_run)
		return ad_plan_take(ad_gate.collected, p, err);
	if (!may_write(p, report, err) || !agree(p, err) || !start_run(p, err))
		return false;
	ok = write_plan(p, report, &why);
	first = ad_outcome_count(p, report);
	ad_outcome_add(&total, report);
	ad_outcome_add(&run, report);
	if (ad_gate.run_per_plan)
		ad_gate_end_run(NULL);
	if (ok && !first && report->unknown == 0 && report->not_tried == 0)
		return true;
	if (why.kind == AD_ERR_INTERRUPTED)
		ad_stop_tell();
	return ad_outcome_error(report, first ? first : &why, err);
}
