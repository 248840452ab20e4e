/* Looking at objects again: to see that what was written is there, to meet somebody else's edit. */
#ifndef AD_READBACK_H
#define AD_READBACK_H

#include "gate/run.h"

/* Reads the objects of changes that met somebody else's edit again (by GUID: they may have been
 * moved), computes their edits anew and judges them again. Where that is not possible, or what they
 * do now is not allowed, the change gets an err (AD_ERR_NOTFOUND: the object is gone,
 * AD_ERR_CONFLICT, AD_ERR_REFUSED) and stays FAILED; the others become PENDING. */
bool ad_readback_rebase(
	struct ad_writing *w, struct ad_change **list, size_t n, struct ad_err *err);
/*
 * Compares what is DONE in this directory with it, and finds out what became of the UNKNOWN
 * changes, connected anew to the same DC when the connection broke. What is not as wanted becomes
 * FAILED. False when the DC could not be asked: err.
 */
bool ad_readback_directory(struct ad_writing *w, struct ad_ldap *ld, struct ad_err *err);
/* The same for one change; and for the whole plan, or for what is written alone. */
bool ad_readback_one(struct ad_writing *w, struct ad_change *c, struct ad_err *err);
bool ad_readback(struct ad_writing *w, bool alone, struct ad_err *err);
/*
 * In the middle of a run, after the connection was made anew: what became of the UNKNOWN changes of
 * this directory? Written: DONE, else PENDING again; what cannot be told stays. moved: it is
 * another DC; there the DONE and the PENDING ones are looked at, too, and what is not there yet is
 * PENDING, computed anew. False when the DC could not be asked.
 */
bool ad_readback_open(struct ad_writing *w, struct ad_ldap *ld, bool moved, struct ad_err *err);

#endif
