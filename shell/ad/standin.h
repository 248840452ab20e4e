/*
 * Stand-ins for SIDs. A group that a plan makes has no SID yet, but permissions that the same plan
 * gives it need one. So the descriptors in a plan, in its file and in the journal name a stand-in:
 * a SID of the null authority (MS-DTYP 2.4.1.1), which no account has, the same for the same DN.
 * The gate puts the SID in its place once the group is there, and sends no descriptor before that.
 *
 * A group that is made anew, when its removal is taken back, has its old SID for a stand-in.
 */
#ifndef AD_STANDIN_H
#define AD_STANDIN_H

#include "ad/journal.h"

void ad_standin_make(struct ad_sid *out, const char *dn);

/* The object of c is there and has this SID: c takes it, and so do the pending changes of the plan
 * in place of the old one. j: their intents are written anew; NULL: none is in a journal yet. */
bool ad_standin_settle(struct ad_plan *p, struct ad_change *c, const struct ad_sid *sid,
	struct ad_journal *j, struct ad_err *err);

/* Whether all that this change gives permissions to is there; AD_ERR_REFUSED. */
bool ad_standin_ready(struct ad_plan *p, const struct ad_change *c, struct ad_err *err);
/* Whether all of it is there or is made earlier in the plan, for each change. */
bool ad_standin_check(struct ad_plan *p, struct ad_err *err);

#endif
