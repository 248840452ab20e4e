/* The domains of a forest, as the Partitions container lists them (MS-ADTS 6.1.1.2.1.1). */
#ifndef AD_FOREST_H
#define AD_FOREST_H

#include "net/ldap_search.h"

struct ad_domain {
	char *dn; /* of the crossRef object */
	char *base; /* nCName: "DC=alpha,DC=test" */
	char *dns; /* dnsRoot: "alpha.test" */
	char *netbios; /* nETBIOSName: "ALPHA"; or NULL */
	char *parent; /* dn of the parent domain's crossRef (trustParent); NULL: the root of a tree
		       */
};

/* All domains of the forest that ld is in, the forest's root first; freed with ad_domains_free. */
bool ad_forest_domains(struct ad_domain **out, size_t *n, struct ad_ldap *ld, struct ad_err *err);
void ad_domains_free(struct ad_domain *d, size_t n);

/* The domain with this DNS or NetBIOS name (any case), or NULL. */
const struct ad_domain *ad_domains_find(const struct ad_domain *d, size_t n, const char *name);

#endif
