/* What the DC lets us write, asked before anything is written: a run by somebody without rights
 * ends before it begins, and not in its middle. */
#ifndef AD_RIGHTS_H
#define AD_RIGHTS_H

#include "gate/run.h"

/*
 * Reads allowedAttributesEffective (MS-ADTS 3.1.1.4.5.21) of the objects of the plan, a search for
 * each hundred, counted in report->rights; of one object in each container only when we may
 * change the descriptor of that one. AD_ERR_FAILED names the attributes and objects. A DC
 * that does not tell is believed to allow everything: it will refuse by itself. So it is with
 * servicePrincipalName, for which there is a validated write that the attribute does not know, and
 * with the privilege SeEnableDelegationPrivilege, which cannot be read.
 */
bool ad_rights_check(struct ad_plan *p, struct ad_report *report, struct ad_err *err);

#endif
