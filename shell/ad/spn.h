/*
 * Service principal names of accounts: single-value edits, and the forest-wide duplicate check
 * before them (MS-ADTS 3.1.1.5.3.1.3 uniqueness, 5.1.1.4; sPNMappings in MS-ADA3 2.276).
 */
#ifndef AD_AD_SPN_H
#define AD_AD_SPN_H

#include "ad/change.h"
#include "ad/identity.h"

struct ad_spn_owner {
	char *spn; /* as it is written on the owner */
	char *dn;
	char *account; /* sAMAccountName */
	bool alias; /* found through sPNMappings: the owner has HOST/..., which covers it */
};

/* Who has these SPNs, in the whole forest (global catalog; in the domain only when no catalog
 * answers, told by *forest = false). One search for many SPNs. Freed with ad_spn_owners_free. */
bool ad_spn_find(struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld,
	const char *const *spns, size_t n_spns, bool aliases, struct ad_err *err);
void ad_spn_owners_free(struct ad_spn_owner *o, size_t n);

/* Edits, into a plan. add checks for owners first: a duplicate on another account is
 * AD_ERR_REFUSED and names it. */
bool ad_spn_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_err *err);
bool ad_spn_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_err *err);

#endif
