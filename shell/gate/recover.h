/* When the connection breaks in the middle of a run: which changes are written, and can the run go
 * on? Writes stay on one DC, and move only when that is dead. */
#ifndef AD_RECOVER_H
#define AD_RECOVER_H

#include "gate/run.h"

struct ad_recovery { /* of one directory in one run; zero at first */
	struct ad_retry retry;
	size_t done; /* changes that were written when it was last used */
	int moves;
	bool moved; /* and not everything was looked at since */
};

/*
 * After a round that ended with *err: connects again to the same DC, after a while, and finds out
 * what became of the UNKNOWN changes. When the DC is dead and another one may be taken, the run
 * moves there; then every change is looked at anew, the DONE ones too, since what the dead DC wrote
 * last need not have reached the others. True: what is PENDING now is to be sent. False: it was no
 * trouble with the connection, or nothing helped; *err says why.
 */
bool ad_recover(
	struct ad_recovery *r, struct ad_writing *w, struct ad_ldap *ld, struct ad_err *err);

#endif
