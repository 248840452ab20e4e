/* Finding the change of an object among many: below one folder there may be a hundred thousand. */
#ifndef AD_INDEX_H
#define AD_INDEX_H

#include "plan/change.h"

struct ad_index { /* zero at first */
	size_t *slots; /* 0: free, else a change's place and 1 */
	size_t cap; /* a power of two */
	size_t seen; /* so many changes from the start are in it */
	bool by_guid; /* of their objects, else by dn: the last one of a GUID is found */
};

/* The change of this kind of the dn among the n, the first one; NULL: there is none. What was
 * appended since the last time is put in; after a change was taken out or moved, or its dn or GUID
 * became another one, ad_index_clear has to come first. By GUID, ld does not matter. */
struct ad_change *ad_index_find(struct ad_index *x, struct ad_change *const *changes, size_t n,
	const struct ad_kind *kind, const struct ad_ldap *ld, const char *name);
void ad_index_clear(struct ad_index *x);

#endif
