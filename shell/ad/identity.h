/*
 * Finding the one account (or any object) that a person means. One way of naming for every verb:
 * DN, sAMAccountName with or without '$', DNS name, UPN, SPN, SID, GUID, DOMAIN\name.
 */
#ifndef AD_IDENTITY_H
#define AD_IDENTITY_H

#include "net/ldap_search.h"

/* What the delegation and SPN verbs need of an account; one list, so that an entry read for one
 * verb serves the next: objectClass objectGUID objectSid sAMAccountName dNSHostName
 * userAccountControl servicePrincipalName msDS-AllowedToDelegateTo
 * msDS-AllowedToActOnBehalfOfOtherIdentity operatingSystem memberOf primaryGroupID. */
extern const char *const ad_account_attrs[];

enum ad_identity_want {
	AD_WANT_ANY, /* any object */
	AD_WANT_ACCOUNT, /* user, computer, managed service account: something with Kerberos keys */
	AD_WANT_GROUP
};

/*
 * Exactly one object. attrs NULL: ad_account_attrs. AD_ERR_NOTFOUND tells where was looked and in
 * which forms; AD_ERR_USAGE lists the candidates (DN and class) when there are several. A name
 * without '$' finds a computer only when no user or group has that very name.
 */
bool ad_identity_find(struct ad_entry **out, struct ad_ldap *ld, const char *identity,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err);

/* "HOST01$" for people; the DN's first part when there is no sAMAccountName. Allocated. */
char *ad_identity_label(struct ad_entry *e);

/* "host01" and "host01.alpha.test" of a computer: the short name is the sAMAccountName without
 * '$', the FQDN the dNSHostName (NULL when it has none). Allocated. */
void ad_identity_host_names(struct ad_entry *e, char **short_name, char **fqdn);

#endif
