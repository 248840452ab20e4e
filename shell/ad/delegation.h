/*
 * Kerberos delegation of accounts (MS-SFU, MS-ADTS 2.2.16, MS-ADA2 2.219): reading every kind, and
 * edits that end up as changes in a plan.
 */
#ifndef AD_DELEGATION_H
#define AD_DELEGATION_H

#include "ad/identity.h"
#include "codec/sid.h"
#include "plan/plan.h"

#include <stdint.h>

#define AD_TARGETS "msDS-AllowedToDelegateTo" /* of a source: SPNs */
#define AD_SOURCES "msDS-AllowedToActOnBehalfOfOtherIdentity" /* of a target: a descriptor */

/* How a source account may delegate. */
enum ad_mode {
	AD_MODE_NONE, /* not at all */
	AD_MODE_KERBEROS, /* constrained, Kerberos only */
	AD_MODE_ANY, /* constrained with protocol transition: any authentication protocol */
	AD_MODE_UNCONSTRAINED /* any service */
};
const char *ad_mode_name(enum ad_mode m); /* "none", "kerberos", "any", "unconstrained" */
bool ad_mode_parse(enum ad_mode *out, const char *name, struct ad_err *err);

struct ad_delegation {
	enum ad_mode mode;
	bool sensitive; /* NOT_DELEGATED: may not be delegated by others */
	bool protected_user; /* member of Protected Users, direct or nested */
	bool domain_controller;
	uint32_t uac;
	const struct ad_value *targets; /* msDS-AllowedToDelegateTo; lives as long as the entry */
	size_t n_targets;
	struct ad_sid *sources; /* who may, by the RBCD descriptor, as a KDC takes it; owned */
	size_t n_sources;
	struct ad_sid
		*conditional; /* who may, if conditions are met that are not looked at; owned */
	size_t n_conditional;
	char **conditions; /* of each of them, "(a) or (b) unless (c)"; empty: those of a group;
			      owned */
	struct ad_sid *denied; /* whom entries in force deny it; owned */
	size_t n_denied;
	size_t odd_aces; /* entries of the RBCD descriptor that let nobody act for sure */
};

/* e was read with ad_account_attrs. A malformed RBCD descriptor is an error. */
bool ad_delegation_get(
	struct ad_delegation *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);
/* Sets sources, conditional, denied and odd_aces from a value of the RBCD attribute of the object
 * dn. No access list at all allows everyone: S-1-1-0. */
bool ad_delegation_sources(
	struct ad_delegation *d, const struct ad_value *v, const char *dn, struct ad_err *err);
void ad_delegation_clear(struct ad_delegation *d);
/* Whether a value of the RBCD attribute lets one act who is the n SIDs of token: his own, and those
 * of the groups that he is in. */
bool ad_delegation_may_act(bool *out, const struct ad_value *v, const struct ad_sid *token,
	size_t n, struct ad_err *err);

/* Edits, into a plan. targets are SPNs (checked for form, duplicates within the list dropped).
 * mode: -1 leaves it as it is, otherwise an enum ad_mode, set in the same modify. */
bool ad_delegation_allow(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, int mode, struct ad_err *err);
bool ad_delegation_revoke(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, struct ad_err *err);
/* NONE takes the list of targets too; UNCONSTRAINED leaves constrained delegation as it is. */
bool ad_delegation_set_mode(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	enum ad_mode mode, struct ad_err *err);
/* Resource-based: sources (SIDs) may act on behalf of users towards the target. */
bool ad_delegation_allow_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err);
bool ad_delegation_revoke_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err);

/* Who may act towards the target by the descriptor after, and could not before: see
 * ad_protected_judge_sources. Either list may be empty. */
bool ad_delegation_judge_sources(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err);

#endif
