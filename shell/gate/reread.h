/* Reading the objects of many changes again, with as few searches as possible. */
#ifndef AD_REREAD_H
#define AD_REREAD_H

#include "plan/change.h"

struct ad_reread {
	struct ad_ldap *via; /* the connection; all changes are of its domain */
	/* These attributes of the objects themselves, in place of what the changes touch as their
	 * kinds read it; NULL: the latter. The list ends with NULL. */
	const char *const *attrs;
	size_t requests; /* out: LDAP requests sent */
	void *arg;
	/* e is NULL when the object is gone. False ends it with visit's err. */
	bool (*visit)(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err);
};

/* Reads what the changes touch: by GUID where there is one, since an object may have been renamed
 * or moved. */
bool ad_reread(struct ad_reread *r, struct ad_change **list, size_t n, struct ad_err *err);

#endif
