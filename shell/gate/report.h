/* What became of a plan, in numbers and in one error: for the gate alone. */
#ifndef AD_REPORT_H
#define AD_REPORT_H

#include "gate/run.h"

/* Counts the states of the changes into report, and explains what failed; the error of the first
 * one that did, or NULL. */
const struct ad_err *ad_report_count(struct ad_plan *p, struct ad_report *report);

void ad_report_add(struct ad_report *sum, const struct ad_report *r);

/* Makes the one error of a run that did not get through; cause is why it ended, run its id or NULL.
 */
void ad_report_error(
	const struct ad_report *r, const struct ad_err *cause, const char *run, struct ad_err *err);

#endif
