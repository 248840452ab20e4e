/*
 * The gate: the only way in which adsh writes. Applying a plan: guards, then our rights, then
 * the journal, then a pipelined window of requests, then read-back.
 *
 * Compare-and-swap: single values go out as "delete the old, add the new" in one modify; when the
 * server answers that the old value is not there (or the added one is), the object is read again,
 * the intent is computed anew on top of what is there, and it is sent once more; a second
 * refusal is an error of kind AD_ERR_CONFLICT.
 */
#ifndef AD_GATE_H
#define AD_GATE_H

#include "ad/change.h"
#include "ad/journal.h"
#include "base/buf.h"

/* The rules of this process, set once from the command line (and policy). */
struct ad_gate {
	bool dry_run; /* collect into `collected`, send nothing */
	bool read_only; /* refuse every write */
	long max_changes; /* objects changed by the whole process at most; 0: no limit */
	bool allow_protected;
	bool allow_widening; /* the explicit option */
	bool agreed; /* --yes: nobody is asked before it is written */
	bool keep_going;
	size_t window; /* 0: 64 */
	long value_budget; /* non-linked values of one object at most; 0: AD_VALUE_BUDGET */
	/* Asks a person whether a change that widens trust may be made: true is yes. NULL: nobody
	 * there, so what would be asked is refused. */
	bool (*confirm)(void *arg, struct ad_plan *p, const struct ad_change *c);
	/* Shows a person what would be written and asks for it, what widens trust included; err
	 * says why not. NULL: nobody there, so that nothing is written unless it is agreed. */
	bool (*approve)(void *arg, struct ad_plan *p, struct ad_err *err);
	void *confirm_arg; /* of both */
	bool sealed; /* a script runs: from now on the rules are only tightened */
	struct ad_plan *collected; /* dry run: everything that would have been written */
	char *journal_dir; /* NULL: see ad_journal_directory */
	char *recipe; /* that makes what is written now; NULL: none does. No script says it */
	char *command; /* the command line without secrets, for the journal */
	bool run_per_plan; /* at the prompt: each plan is a run of its own */
	struct ad_journal *journal; /* the present run; NULL until something is written */
	char *continues; /* an earlier run, which the next plan that is written goes on with */
};
extern struct ad_gate ad_gate;

/* Makes the rules stricter, where more is: every one but what the command line alone decides. */
void ad_gate_tighten(const struct ad_gate *more);

struct ad_report {
	size_t changed, failed, not_tried, unknown, rebased;
	size_t modifies, readbacks, rights; /* LDAP requests sent */
};

/* Guards only: read-only, limits, budget, protected accounts, widening. Sends nothing. */
bool ad_plan_check(struct ad_plan *p, struct ad_err *err);
/* The same without the question whether trust may be widened: for what is planned so far. */
bool ad_plan_check_rules(struct ad_plan *p, struct ad_err *err);

/* How many more changes of what is on file servers widen trust as c does, with the same reason: one
 * answer is for all of them. */
size_t ad_plan_alike(struct ad_plan *p, const struct ad_change *c);

/* Appends "HOST01$ (why), HOST02$ and 3 more": the changes that pick chooses. */
void ad_plan_names(struct ad_plan *p, bool (*pick)(const struct ad_change *c), struct ad_buf *out);

/*
 * Writes the plan. True: all of it is written and read back (or there was nothing to do, or the
 * gate is in dry run and the changes moved into ad_gate.collected). False: err, of kind
 * AD_ERR_REFUSED (a guard, or nobody agreed: nothing was sent), AD_ERR_PARTIAL (some are written:
 * see each change's state), or the failure of the only change. The report is filled in any case.
 */
bool ad_plan_apply(struct ad_plan *p, struct ad_report *report, struct ad_err *err);

/* Ends the run, if there is one: its journal gets its last line. status: "done", "partial",
 * "failed", or NULL: as the changes of the run turned out. */
void ad_gate_end_run(const char *status);

/* The id of the present run, or of the last one that ended; NULL when nothing was written. */
const char *ad_gate_run(void);

/* Total over the life of the process, for the exit status. */
const struct ad_report *ad_gate_total(void);

#endif
