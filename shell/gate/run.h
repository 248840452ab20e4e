/*
 * A run: the rules that hold for it, its journal, its report. Who wants something written makes
 * one, and passes it down; there is no other place where rules are kept. A process has one for all
 * its writes, the prompt begins a new journal with each plan.
 */
#ifndef AD_RUN_H
#define AD_RUN_H

#include "gate/journal.h"
#include "gate/policy.h"

struct ad_rules {
	bool dry_run; /* collect into `collected`, send nothing */
	bool read_only; /* refuse every write */
	long max_changes; /* objects changed by the whole process at most; 0: no limit */
	bool allow_protected;
	bool allow_widening; /* the explicit option */
	bool agreed; /* --yes: nobody is asked before it is written */
	bool sealed; /* a script runs: from now on the rules are only tightened */
	bool keep_going;
	size_t window; /* requests in flight; 0: 64 */
	long value_budget; /* non-linked values of one object at most; 0: AD_VALUE_BUDGET */
	bool run_per_plan; /* at the prompt: each plan is a run of its own */
};

/* Makes the rules stricter, where more is: every one but what the command line alone decides. */
void ad_rules_tighten(struct ad_rules *held, const struct ad_rules *more);

struct ad_report {
	size_t changed, failed, not_tried, unknown, rebased;
	size_t modifies, readbacks, rights; /* requests sent */
};

struct ad_run {
	struct ad_rules rules;
	struct ad_policy policy; /* of this machine */
	struct ad_homes homes; /* directories of other domains, for judging */
	/* Asks a person whether a change that widens trust may be made: true is yes. NULL: nobody
	 * there, so what would be asked is refused. */
	bool (*confirm)(void *arg, struct ad_plan *p, const struct ad_change *c);
	/* Shows a person what would be written and asks for it, what widens trust included; err
	 * says why not. NULL: nobody there, so that nothing is written unless it is agreed. */
	bool (*approve)(void *arg, struct ad_plan *p, struct ad_err *err);
	void *confirm_arg; /* of both */
	struct ad_plan *collected; /* dry run: everything that would have been written */
	char *journal_dir; /* NULL: see ad_journal_directory */
	char *recipe; /* that makes what is written now; NULL: none does. No script says it */
	char *command; /* the command line without secrets, for the journal */
	char *statement; /* what was typed at the prompt, for the journal; NULL: nothing */
	struct ad_journal *journal; /* NULL until something is written */
	char *continues; /* an earlier run, which the next plan that is written goes on with */
	char *last; /* the id of the last journal that ended */
	struct ad_report total, current; /* of the whole process, of this journal */
};

/* One plan that is being written in a run, for the files of the gate. */
struct ad_writing {
	struct ad_run *run;
	struct ad_plan *plan;
	struct ad_report *report;
	size_t answered; /* changes that are written or refused */
};

void ad_run_init(struct ad_run *run);
void ad_run_clear(struct ad_run *run);

/* The journal is there when this returns true: of this run, or of the one that it goes on with;
 * *is_new: it was made now. */
bool ad_run_start(struct ad_run *run, bool *is_new, struct ad_err *err);

/* Goes on in the journal of an earlier run at once. */
bool ad_run_continue(struct ad_run *run, const char *id, struct ad_err *err);

/* Ends the journal, if there is one, with its last line. status: "done", "partial", "failed", or
 * NULL: as its changes turned out. */
void ad_run_end(struct ad_run *run, const char *status);

/* The id of the present journal, or of the last one that ended; NULL when nothing was written. */
const char *ad_run_id(const struct ad_run *run);

#endif
