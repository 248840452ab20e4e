/* Looking at objects again: to see that what was written is there, to meet somebody else's edit, to
 * tell whether a plan of yesterday still fits. */
#ifndef AD_READBACK_H
#define AD_READBACK_H

#include "ad/gate.h"

/* Reads the objects of changes that met somebody else's edit again (by GUID: they may have been
 * moved) and computes their edits anew. Where that is not possible the change gets an err of kind
 * AD_ERR_NOTFOUND (the object is gone) or AD_ERR_CONFLICT and stays FAILED; the others become
 * PENDING. */
bool ad_readback_rebase(
	struct ad_change **list, size_t n, struct ad_report *report, struct ad_err *err);

/*
 * Compares what is DONE in this directory with it, and finds out what became of the UNKNOWN
 * changes, connected anew to the same DC when the connection broke. What is not as wanted becomes
 * FAILED. False when the DC could not be asked: err.
 */
bool ad_readback_directory(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_report *report, struct ad_err *err);
/* The same for one change; and for the whole plan, or for what is in no directory alone. */
bool ad_readback_one(struct ad_change *c, struct ad_report *report, struct ad_err *err);
bool ad_readback(struct ad_plan *p, bool remote_only, struct ad_report *report, struct ad_err *err);

/*
 * In the middle of a run, after the connection was made anew: what became of the UNKNOWN changes of
 * this directory? Written: DONE, else PENDING again; what cannot be told stays. moved: it is
 * another DC; there the DONE and the PENDING ones are looked at, too, and what is not there yet is
 * PENDING, computed anew. False when the DC could not be asked.
 */
bool ad_readback_open(struct ad_plan *p, struct ad_ldap *ld, bool moved, struct ad_report *report,
	struct ad_err *err);

/* How the object of a change looks now, regarding the edits of the change. */
enum ad_drift {
	AD_DRIFT_NONE, /* every edited attribute is exactly as it was before */
	AD_DRIFT_DONE, /* what was wanted is true already */
	AD_DRIFT_OTHER, /* other values came or went, the ones to be edited are as they were */
	AD_DRIFT_CLASH, /* somebody edited the very same values */
	AD_DRIFT_GONE /* there is no such object any more */
};
const char *ad_drift_name(enum ad_drift d); /* "none", "done", "other", "clash", "gone" */

/*
 * Reads all objects of a plan that was made earlier; out has one element for each change. Except
 * for CLASH and GONE the edits are computed anew on top of what is there, and the DN is the
 * object's present one.
 */
bool ad_plan_drift(struct ad_plan *p, enum ad_drift *out, struct ad_err *err);

#endif
