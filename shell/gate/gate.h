/*
 * The gate: the only way in which adsh writes. Applying a plan: what waits for what, then the
 * judgement and the rules, then our rights, then the journal, then a pipelined window of requests,
 * then read-back.
 *
 * Compare-and-swap: single values go out as "delete the old, add the new" in one modify; when the
 * server answers that the old value is not there (or the added one is), the object is read again,
 * the intent is computed anew on top of what is there and judged again, and it is sent once more; a
 * second refusal is an error of kind AD_ERR_CONFLICT.
 */
#ifndef AD_GATE_H
#define AD_GATE_H

#include "gate/run.h"

/*
 * Writes the plan. True: all of it is written and read back (or there was nothing to do, or it is a
 * dry run and the changes moved into run->collected). False: err, of kind AD_ERR_REFUSED (a guard,
 * or nobody agreed: nothing was sent), AD_ERR_PARTIAL (some are written: see each change's state),
 * or the failure of the only change. The report is filled in any case.
 */
bool ad_gate_apply(
	struct ad_run *run, struct ad_plan *p, struct ad_report *report, struct ad_err *err);

#endif
