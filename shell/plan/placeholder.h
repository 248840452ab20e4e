/*
 * Placeholders for SIDs. An object that a plan makes has no SID yet, but permissions that the same
 * plan gives it need one. So the descriptors (and the texts of files) in a plan, in its file and in
 * the journal name a placeholder: a SID of the null authority (MS-DTYP 2.4.1.1), which no account
 * has, the same for the same DN. The gate puts the SID in its place once the object is there, and
 * sends no descriptor before that.
 *
 * An object that is made again, when its removal is taken back, has its old SID for a placeholder.
 */
#ifndef AD_PLACEHOLDER_H
#define AD_PLACEHOLDER_H

#include "plan/plan.h"

void ad_placeholder_make(struct ad_sid *out, const char *dn);
bool ad_placeholder_is(const struct ad_sid *sid);

/* Whether values that are compared so can have SIDs in them: descriptors, and texts of files. */
bool ad_placeholder_in(enum ad_merge merge);
/* Calls visit for the trustee of each entry of the descriptors in a list, or for each SID that
 * stands in its texts. True from visit: it was changed. AD_ERR_FAILED: a value is not a descriptor.
 */
typedef bool ad_placeholder_visit(void *arg, struct ad_sid *sid);
bool ad_placeholder_each(struct ad_list *l, enum ad_merge merge, ad_placeholder_visit *visit,
	void *arg, struct ad_err *err);

/* Told of a change whose descriptors name the SID from now on. */
typedef bool ad_placeholder_changed(void *arg, struct ad_change *c, struct ad_err *err);

/* The object of c is there and has this SID: c takes it, and so do the pending changes of the plan
 * in place of the old one. changed may be NULL. */
bool ad_placeholder_settle(struct ad_plan *p, struct ad_change *c, const struct ad_sid *sid,
	ad_placeholder_changed *changed, void *arg, struct ad_err *err);

/* Whether all that this change gives permissions to is there; AD_ERR_REFUSED. */
bool ad_placeholder_free(const struct ad_change *c, struct ad_err *err);

#endif
