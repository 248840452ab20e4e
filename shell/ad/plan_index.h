/* Finding the change of a UNC path among many: below one folder there may be a hundred thousand. */
#ifndef AD_PLAN_INDEX_H
#define AD_PLAN_INDEX_H

#include "ad/change.h"

struct ad_plan_index { /* zero at first */
	size_t *slots; /* 0: free, else a change's place and 1 */
	size_t cap; /* a power of two */
	size_t seen; /* so many changes from the start are in it */
};

/* Whether dn is a path that the index is for. */
bool ad_plan_index_is_for(const char *dn);

/* The change of dn among the n, the first one; NULL: there is none. What was appended since the
 * last time is put in; after a change was taken out or moved ad_plan_index_clear has to come first.
 */
struct ad_change *ad_plan_index_find(struct ad_plan_index *x, struct ad_change *const *changes,
	size_t n, const struct ad_ldap *ld, const char *dn);
void ad_plan_index_clear(struct ad_plan_index *x);

#endif
