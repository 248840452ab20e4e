/*
 * Which accounts must not become delegation sources by a slip: domain controllers, krbtgt and
 * members of Protected Users; and which trustees are so many that allowing them widens trust.
 */
#ifndef AD_PROTECTED_H
#define AD_PROTECTED_H

#include "ad/change.h"
#include "codec/sid.h"

/* Writable or read-only, by userAccountControl. */
bool ad_is_domain_controller(struct ad_entry *e);

/* krbtgt of the domain or of a read-only DC. */
bool ad_is_krbtgt(struct ad_entry *e);

/* Everyone, Authenticated Users, Users, Domain Users, Domain Computers, ...: to allow one of these
 * is to allow anybody. */
bool ad_is_everybody(const struct ad_sid *sid);

/* Member of Protected Users (RID 525), direct or nested. Searches only when the account is in any
 * group besides its primary one, and then at most every ten seconds; e was read with
 * ad_account_attrs. */
bool ad_is_protected_user(bool *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* The connection to the domain that a SID belongs to. *out stays NULL: that is no domain that is
 * known. False: it is known and cannot be asked; err says why. Set by the layer that opens
 * connections; NULL: only the target's own domain is asked. */
extern bool (*ad_protect_home)(struct ad_ldap **out, const struct ad_sid *sid, struct ad_err *err);

/* What is protected about the account e, read with ad_account_attrs, in words: *why, or NULL. */
bool ad_protect_why(const char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* Marks c with that; ld, dn, label: of the account. */
void ad_protect_mark(struct ad_change *c, struct ad_ldap *ld, const char *dn, const char *label,
	const char *why);

/* Marks c, a change that lets the account e delegate, when e is one of the three. */
bool ad_protect_source(
	struct ad_change *c, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* Marks c, a change that lets sources delegate to target: each source as above, in its own domain;
 * the groups of domain controllers; what is of a domain that cannot be asked; the target when it
 * is a DC or krbtgt; and groups that hold everybody as widening. */
bool ad_protect_sources(struct ad_change *c, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err);

#endif
