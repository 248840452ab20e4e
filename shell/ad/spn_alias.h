/* sPNMappings: which service classes HOST/ (and others) stand for (MS-ADA3 2.276). For spn.c. */
#ifndef AD_SPN_ALIAS_H
#define AD_SPN_ALIAS_H

#include "base/buf.h"
#include "net/ldap_entry.h"

struct ad_spn_aliases; /* "host=alerter,appmgmt,...", as the forest has it */

/* From values "host=alerter,appmgmt"; what has no '=' is left out. */
struct ad_spn_aliases *ad_spn_aliases_new(const struct ad_value *v, size_t n);
void ad_spn_aliases_free(struct ad_spn_aliases *a); /* NULL is fine */

/* What the first of two SPNs is to the second. */
enum ad_spn_relation {
	AD_SPN_UNRELATED,
	AD_SPN_SAME,
	AD_SPN_COVERS, /* it stands for it: "host/x" for "cifs/x" */
	AD_SPN_COVERED
};

enum ad_spn_relation ad_spn_relate(
	const struct ad_spn_aliases *a, const struct ad_value *spn, const struct ad_value *other);

/* Calls each with all SPNs that this one stands for: "cifs/x", "http/x", ... of "host/x". */
void ad_spn_covered(const struct ad_spn_aliases *a, const char *spn, size_t n,
	void (*each)(void *arg, const char *spn, size_t n), void *arg);

/* Appends the SPN that covers this one, "host/x" for "cifs/x"; false when none does. */
bool ad_spn_alias(struct ad_buf *out, const struct ad_spn_aliases *a, const char *spn, size_t n);

#endif
