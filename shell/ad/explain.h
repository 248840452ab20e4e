/*
 * What a DC's refusal of a change means, and what to do next: missing SeEnableDelegationPrivilege,
 * missing rights, names that the validated write does not allow, a name that somebody else has.
 */
#ifndef AD_EXPLAIN_H
#define AD_EXPLAIN_H

#include "plan/change.h"

/* err is the server's refusal of c: its message and hint are made more exact where the change says
 * what was tried. May search (who owns a name that is in conflict); a failure of that
 * search leaves err as it was. Errors that are not the server's are left alone. */
void ad_explain(struct ad_err *err, const struct ad_change *c);

#endif
