/* Reading objects again: to see that what was written is there, and to meet somebody else's edit.
 */
#ifndef AD_READBACK_H
#define AD_READBACK_H

#include "ad/gate.h"

/* Reads the object of a change again (by GUID: it may have been moved) and computes its edits anew.
 * AD_ERR_NOTFOUND when it is gone, AD_ERR_CONFLICT when an edit makes no sense any more. */
bool ad_readback_rebase(struct ad_change *c, struct ad_err *err);

/*
 * Compares what is DONE with the directory, and finds out what became of the UNKNOWN ones, on a new
 * connection to the same DC when the old one broke. What is not as wanted becomes FAILED. False
 * when the DC could not be asked: err.
 */
bool ad_readback(struct ad_plan *p, struct ad_report *report, struct ad_err *err);

#endif
