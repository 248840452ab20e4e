/*
 * Judging changes of group policies: who obeys them. What a policy does to computers stands in its
 * files. So it counts as a widening when one gets to computers that did not obey it, or when what
 * they obey changes; and where domain controllers are among them, that is protected, and also that
 * they no longer obey one.
 */
#ifndef AD_GROUP_POLICY_H
#define AD_GROUP_POLICY_H

#include "ad/protected.h"

#define AD_GROUP_POLICY_LINK "gPLink" /* "[LDAP://DN;OPTIONS]..." (MS-GPOL 2.2.2) */
#define AD_GROUP_POLICY_OPTIONS "gPOptions" /* 1: nothing from above (MS-GPOL 2.2.3) */

/* ad_kind.judge of policies, and of containers in them, that come or go. */
bool ad_group_policy_judge_whole(const struct ad_judging *j, const struct ad_change *c,
	struct ad_entry *now, struct ad_verdict *v, struct ad_err *err);

/* Adds that a crowd may edit a policy that the change c makes. */
bool ad_group_policy_judge_acl(const struct ad_judging *j, const struct ad_change *c,
	struct ad_verdict *v, struct ad_err *err);

/* ad_kind.judge of attributes of policies, and of what they are linked to. */
bool ad_group_policy_judge_edits(const struct ad_judging *j, const struct ad_change *c,
	struct ad_entry *now, struct ad_verdict *v, struct ad_err *err);

#endif
