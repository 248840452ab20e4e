/*
 * What a folder passes on, down to everything below it that lets itself be reached: servers give it
 * only to what is made from then on, so the client has to walk. Each thing whose inherited entries
 * come out different is a change of its own in the plan; where inheritance is stopped, neither the
 * thing nor what is below it changes. Links are not followed.
 */
#ifndef AD_PROPAGATE_H
#define AD_PROPAGATE_H

#include "ad/share.h"

struct ad_propagate {
	struct ad_plan *p;
	struct ad_ldap *ld;
	struct ad_unc top;
	ad_share_lack *lack;
	void *arg;
};

/* c and e are the change and the edit of the folder at top. AD_ERR_CONNECT: it broke on the way. */
bool ad_propagate(
	const struct ad_propagate *w, struct ad_change *c, struct ad_edit *e, struct ad_err *err);

#endif
