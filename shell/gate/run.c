/* Runs. See run.h. */
#include "gate/run.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void ad_run_init(struct ad_run *run)
{
	memset(run, 0, sizeof *run);
	run->collected = ad_plan_new();
}

void ad_run_clear(struct ad_run *run)
{
	ad_run_end(run, NULL);
	ad_plan_free(run->collected);
	ad_homes_clear(&run->homes);
	ad_policy_clear(&run->policy);
	free(run->journal_dir);
	free(run->command);
	free(run->statement);
	free(run->recipe);
	free(run->last);
	memset(run, 0, sizeof *run);
}

/* 0: no limit */
static long lower(long held, long more)
{
	return more > 0 && (held <= 0 || more < held) ? more : held;
}

void ad_rules_tighten(struct ad_rules *held, const struct ad_rules *more)
{
	held->dry_run |= more->dry_run;
	held->read_only |= more->read_only;
	held->allow_protected &= more->allow_protected;
	held->allow_widening &= more->allow_widening;
	held->max_changes = lower(held->max_changes, more->max_changes);
	if (more->value_budget > 0)
		held->value_budget =
			lower(held->value_budget > 0 ? held->value_budget : AD_VALUE_BUDGET,
				more->value_budget);
}

bool ad_run_start(struct ad_run *run, bool *is_new, struct ad_err *err)
{
	*is_new = !run->journal && !run->continues;
	if (run->continues)
		return ad_run_continue(run, run->continues, err);
	return run->journal || ad_journal_new(&run->journal, run->journal_dir, run->command,
				       run->statement, run->recipe, err);
}

bool ad_run_continue(struct ad_run *run, const char *id, struct ad_err *err)
{
	ad_run_end(run, NULL);
	return ad_journal_continue(&run->journal, run->journal_dir, id, err);
}

static const char *status_of(const struct ad_report *r)
{
	if (r->failed + r->unknown + r->not_tried == 0)
		return "done";
	return r->changed + r->unknown ? "partial" : "failed";
}

void ad_run_end(struct ad_run *run, const char *status)
{
	if (run->journal) {
		free(run->last);
		run->last = ad_strdup(ad_journal_run(run->journal));
	}
	ad_journal_close(run->journal, status ? status : status_of(&run->current));
	run->journal = NULL;
	memset(&run->current, 0, sizeof run->current);
}

const char *ad_run_id(const struct ad_run *run)
{
	return run->journal ? ad_journal_run(run->journal) : run->last;
}
