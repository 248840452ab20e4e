/*
 * The directories of the domains that SIDs belong to, as far as they are known. Who opens
 * connections fills it in before a plan is judged; nothing here opens one.
 */
#ifndef AD_HOMES_H
#define AD_HOMES_H

#include "codec/sid.h"
#include "net/ldap.h"

struct ad_homes { /* zero at first */
	struct ad_home {
		struct ad_sid domain; /* "S-1-5-21-a-b-c" */
		struct ad_ldap *ld; /* a reference; NULL: it cannot be asked, or nobody knows it */
		char *why; /* it cannot be asked; NULL with ld NULL: no known domain has this SID */
	} * v;
	size_t n;
};

/* The domain that a SID belongs to; false for those of none, such as BUILTIN's groups. */
bool ad_homes_domain(struct ad_sid *out, const struct ad_sid *sid);

/* NULL: nothing is known about this domain. */
const struct ad_home *ad_homes_find(const struct ad_homes *h, const struct ad_sid *domain);

/* In place of what was known. ld and why may be NULL, see above. */
void ad_homes_set(
	struct ad_homes *h, const struct ad_sid *domain, struct ad_ldap *ld, const char *why);
void ad_homes_clear(struct ad_homes *h);

#endif
