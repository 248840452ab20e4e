/*
 * The judge: what a change does, computed from its difference and from the object as it is read
 * now. Nothing that the change says about itself takes part, so a verb, a recipe, a plan file, an
 * undo, a resume and a script's own table are all judged alike.
 */
#ifndef AD_JUDGE_H
#define AD_JUDGE_H

#include "gate/run.h"

/* What is read of each object to judge a change of it. */
extern const char *const ad_judge_attrs[];

/* Judges all pending changes: their verdicts, and what the gate keeps besides, are of now. Where
 * the object is at another place or has another name than the change says, the change follows.
 * False: it cannot be told, or the DC cannot be asked. */
bool ad_judge_plan(struct ad_run *run, struct ad_plan *p, struct ad_err *err);

/* Judges one again. */
bool ad_judge_change(
	struct ad_run *run, struct ad_plan *p, struct ad_change *c, struct ad_err *err);

#endif
