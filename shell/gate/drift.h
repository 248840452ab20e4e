/* Whether changes still fit what is there: after they were written, and those of yesterday. */
#ifndef AD_DRIFT_H
#define AD_DRIFT_H

#include "plan/plan.h"

/* How the object of a change looks now, regarding the edits of the change. */
enum ad_drift {
	AD_DRIFT_NONE, /* every edited attribute is exactly as it was before */
	AD_DRIFT_DONE, /* what was wanted is true already */
	AD_DRIFT_OTHER, /* other values came or went, the ones to be edited are as they were */
	AD_DRIFT_CLASH, /* somebody edited the very same values */
	AD_DRIFT_GONE /* there is no such object any more */
};
const char *ad_drift_name(enum ad_drift d); /* "none", "done", "other", "clash", "gone" */

/* *attr is the edit that does not fit. p: the plan, which may go over a share or group more than
 * once: what comes earlier in it counts as written. NULL: as it is now. */
enum ad_drift ad_drift_of(
	struct ad_plan *p, const struct ad_change *c, struct ad_entry *e, const char **attr);
/* Computes the edits anew on top of what is there, with the object's present DN. False as
 * ad_edit_rebase. */
bool ad_drift_rebase(
	struct ad_plan *p, struct ad_change *c, struct ad_entry *e, struct ad_err *err);

/*
 * Reads all objects of a plan that was made earlier; out has one element for each change. Except
 * for CLASH and GONE the edits are computed anew on top of what is there, and the DN is the
 * object's present one.
 */
bool ad_plan_drift(struct ad_plan *p, enum ad_drift *out, struct ad_err *err);

#endif
