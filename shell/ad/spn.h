/*
 * Service principal names of accounts: single-value edits, and the forest-wide duplicate check
 * before them (MS-ADTS 3.1.1.5.1.3 uniqueness, 5.1.1.4; sPNMappings in MS-ADA3 2.276).
 */
#ifndef AD_AD_SPN_H
#define AD_AD_SPN_H

#include "plan/plan.h"
#include "ad/identity.h"
#include "ad/spn_alias.h"
#include "base/buf.h"

struct ad_spn_owner {
	size_t asked; /* which of the SPNs that were asked for */
	char *spn; /* as it is written on the owner */
	char *dn;
	char *account; /* sAMAccountName */
	enum ad_spn_relation relation; /* of spn to the one that was asked for */
};

/*
 * Who has these SPNs, in the whole forest (global catalog; in the domain only when no catalog
 * answers, told by *forest = false). aliases: who has what covers them, too (HOST/x for cifs/x);
 * NULL: nobody else. below: who has what they cover, too. One search for many SPNs. Freed with
 * ad_spn_owners_free.
 */
bool ad_spn_find(struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld,
	const char *const *spns, size_t n_spns, const struct ad_spn_aliases *aliases, bool below,
	struct ad_err *err);
void ad_spn_owners_free(struct ad_spn_owner *o, size_t n);

/* The forest's sPNMappings; none, and no error, where they cannot be read. Freed with
 * ad_spn_aliases_free. */
bool ad_spn_aliases_read(struct ad_spn_aliases **out, struct ad_ldap *ld, struct ad_err *err);

/* out[i] becomes the SPN that covers spns[i] by the forest's sPNMappings ("host/x" for "cifs/x"),
 * or NULL; each is the caller's. What is no SPN has none. */
bool ad_spn_covers(
	char **out, struct ad_ldap *ld, const char *const *spns, size_t n, struct ad_err *err);

/*
 * Every SPN that more than one object of the forest has (kadmin/changepw, which every domain's
 * krbtgt has by design, left out): one pass over the catalog. Sorted by SPN; `asked` is
 * the same for those that are in conflict with each other.
 */
bool ad_spn_duplicates(
	struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld, struct ad_err *err);

/* The SPNs as values, which point into spns; the caller frees the array. NULL with AD_ERR_USAGE
 * when one of them is malformed. */
struct ad_value *ad_spn_values(const char *const *spns, size_t n, struct ad_err *err);

/* Takes the SPNs off the list. What is on it goes, whatever it looks like; what is not must at
 * least be well-formed, else AD_ERR_USAGE. */
bool ad_spn_subtract(struct ad_list *from, const char *const *spns, size_t n, struct ad_err *err);

/*
 * Edits, into a plan. add checks for owners first: a duplicate on another account, in the directory
 * or in the plan, is AD_ERR_REFUSED and names it. So is what another account covers by an alias
 * (cifs/x, while that one has HOST/x), and what would cover another account's, unless covered is
 * true. What is worth knowing but no obstacle (no catalog answered; with covered, from whom a
 * service goes) is appended to warnings, a line each; NULL: not wanted.
 */
bool ad_spn_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, bool covered, struct ad_buf *warnings,
	struct ad_err *err);
bool ad_spn_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_err *err);

#endif
