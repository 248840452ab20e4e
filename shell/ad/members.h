/*
 * Who is in a group: its values of `member`, the accounts whose primary group it is (in the group's
 * own domain), and those of every group within it, round circles too. One definition, for whatever
 * expands a group.
 * A domain is asked for what it knows. Members of other domains are named: the caller asks there
 * (stdlib/members.lua).
 */
#ifndef AD_MEMBERS_H
#define AD_MEMBERS_H

#include "codec/sid.h"
#include "net/ldap_search.h"
#include "plan/list.h"

struct ad_member_group {
	char *dn;
	struct ad_sid sid;
};

struct ad_members { /* zero at first */
	struct ad_member_group *groups; /* those that were asked about, and all within them */
	size_t n_groups;
	struct ad_sid *foreign; /* members that are SIDs: of other forests, or well-known ones */
	size_t n_foreign;
	struct ad_list abroad; /* members in other domains of the forest: DNs */
	size_t *slots; /* places in groups, plus 1, by SID; 0: free */
	size_t n_slots; /* a power of two */
};

/* names: SIDs and DNs; what is no group of this domain is passed over. secured: only through
 * security groups, as a KDC has it for a ticket. */
bool ad_members_expand(struct ad_members *out, struct ad_ldap *ld, const char *const *names,
	size_t n, bool secured, struct ad_err *err);
void ad_members_clear(struct ad_members *m);

/* Appends what finds those who are in the group itself: terms for an or. */
void ad_members_filter(struct ad_buf *filter, const char *dn, const struct ad_sid *sid);

/* The SIDs of all groups that the object at dn is in, as its domain controller has them. The
 * array is the caller's. */
bool ad_members_token(
	struct ad_sid **out, size_t *n, struct ad_ldap *ld, const char *dn, struct ad_err *err);

#endif
