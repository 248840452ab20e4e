/* Going on after a connection broke. See recover.h. */
#include "gate/recover.h"
#include "gate/readback.h"
#include "base/stop.h"

#define MOVES 3

static size_t count_done(struct ad_plan *p, const struct ad_ldap *ld)
{
	size_t i, n = 0;

	for (i = 0; i < ad_plan_count(p); i++)
		n += ad_plan_at(p, i)->ld == ld && ad_plan_at(p, i)->state == AD_CHANGE_DONE;
	return n;
}

static bool move(struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_err why;
	bool ok;

	ad_ldap_stay(ld, false);
	ok = ad_ldap_move(ld, &why);
	ad_ldap_stay(ld, true);
	if (!ok && why.kind == AD_ERR_INTERRUPTED)
		*err = why;
	return ok;
}

/* Connected again, here or elsewhere. */
static bool reach(struct ad_recovery *r, struct ad_ldap *ld, struct ad_err *err)
{
	if (ad_ldap_again(ld, &r->retry, err))
		return true;
	if (r->moves++ >= MOVES || !ad_stop_check(NULL) || !move(ld, err))
		return false;
	r->retry = (struct ad_retry){ 0 };
	r->done = 0;
	r->moved = true;
	return true;
}

bool ad_recover(struct ad_recovery *r, struct ad_writing *w, struct ad_ldap *ld, struct ad_err *err)
{
	size_t done = count_done(w->plan, ld);
	bool known = false;

	if (done > r->done) /* it works, with interruptions */
		r->retry = (struct ad_retry){ 0 };
	r->done = done;
	while (!known && ad_ldap_trouble(ld, err) && reach(r, ld, err))
		known = ad_readback_open(w, ld, r->moved, err);
	r->moved = r->moved && !known;
	return known;
}
