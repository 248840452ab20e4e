/*
 * Finding the one account (or any object) that a person means. One way of naming for every verb:
 * DN, sAMAccountName with or without '$', DNS name, UPN, SPN, SID, GUID, DOMAIN\name.
 */
#ifndef AD_IDENTITY_H
#define AD_IDENTITY_H

#include "codec/sid.h"
#include "net/ldap_search.h"
#include "plan/object.h"

/* What the delegation and SPN verbs need of an account; one list, so that an entry read for one
 * verb serves the next: objectClass objectGUID objectSid sAMAccountName userPrincipalName
 * dNSHostName userAccountControl servicePrincipalName msDS-AllowedToDelegateTo
 * msDS-AllowedToActOnBehalfOfOtherIdentity operatingSystem memberOf primaryGroupID. */
extern const char *const ad_account_attrs[];

enum ad_identity_want {
	AD_WANT_ANY, /* any object */
	AD_WANT_ACCOUNT, /* user, computer, managed service account: something with Kerberos keys */
	AD_WANT_COMPUTER, /* only a computer: preferred to a user of that very name */
	AD_WANT_GROUP
};

/* How an identity is written; what it is is decided by its form alone. */
enum ad_identity_form {
	AD_FORM_DN, /* also "<GUID=...>" and "<SID=...>" */
	AD_FORM_SID,
	AD_FORM_GUID, /* with or without braces */
	AD_FORM_SPN, /* class/host... */
	AD_FORM_DOMAIN_NAME, /* DOMAIN\name: a NetBIOS or a DNS name in front */
	AD_FORM_UPN, /* name@suffix, also sAMAccountName@domain */
	AD_FORM_DNS, /* has a dot: host01.alpha.test; also a sAMAccountName with a dot */
	AD_FORM_NAME /* sAMAccountName, with or without '$' */
};

/* AD_ERR_USAGE: empty, or the form is clear and the text is malformed. */
bool ad_identity_form(enum ad_identity_form *out, const char *identity, struct ad_err *err);

/* Told that a name was taken for an object that has it as displayName or name only; NULL: nobody.
 */
extern void (*ad_identity_note)(const char *text);

/*
 * Exactly one object, by one search, and by a second one when there is none: see
 * ad_identity_by_title. attrs NULL: ad_account_attrs. AD_ERR_NOTFOUND tells where was
 * looked and in which forms; AD_ERR_USAGE lists the candidates (DN and class) when there are
 * several. A name without '$' finds a computer only when no user or group has that very name.
 */
bool ad_identity_find(struct ad_entry **out, struct ad_ldap *ld, const char *identity,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err);

/* The same for many, a hundred in one search. All are found, or none is returned and the error
 * names all that are missing; out[i] belongs to identities[i]. */
bool ad_identity_find_many(struct ad_entry **out, struct ad_ldap *ld, const char *const *identities,
	size_t n, enum ad_identity_want want, const char *const *attrs, struct ad_err *err);

/* The objects with these SIDs in the connected domain; out[i] is NULL when there is none. */
bool ad_identity_by_sids(struct ad_entry **out, struct ad_ldap *ld, const struct ad_sid *sids,
	size_t n, const char *const *attrs, struct ad_err *err);

/* The NetBIOS name of the connected domain, from its crossRef object; NULL when it has none.
 * Allocated. */
bool ad_identity_netbios(char **out, struct ad_ldap *ld, struct ad_err *err);

/* Whether "ALPHA" or "alpha.test" is the domain of this connection. Asks the directory's
 * crossRef object (MS-ADTS 6.1.1.2.1.1) when it is not the DNS name. */
bool ad_identity_own_domain(
	bool *own, struct ad_ldap *ld, const char *domain, size_t n, struct ad_err *err);

/* Whether e is what is wanted; AD_ERR_USAGE names it and says what it is. */
bool ad_identity_check(
	struct ad_entry *e, enum ad_identity_want want, const char *name, struct ad_err *err);

/* "host01" and "host01.alpha.test" of a computer: the short name is the sAMAccountName without
 * '$', the FQDN the dNSHostName (NULL when it has none). Allocated. */
void ad_identity_host_names(struct ad_entry *e, char **short_name, char **fqdn);

#endif
