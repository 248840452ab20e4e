/*
 * What needs a second thought: domain controllers, krbtgt, the groups that administer and their
 * members (those that AdminSDHolder protects, MS-ADTS 3.1.1.6.1), Protected Users. As objects that
 * are edited, as sources and targets of delegation, as members of groups. One definition, for
 * judging and for reading.
 */
#ifndef AD_PROTECTED_H
#define AD_PROTECTED_H

#include "codec/sid.h"
#include "plan/change.h"

/* Writable or read-only, by userAccountControl and primary group. */
bool ad_is_domain_controller(const struct ad_entry *e);

/* krbtgt of the domain or of a read-only DC. */
bool ad_is_krbtgt(struct ad_entry *e);

/* One that Windows made, or that AdminSDHolder protects. */
bool ad_is_administrative_group(struct ad_entry *e);

/* Member of Protected Users (RID 525), direct, nested or by primary group. Searches only when the
 * account is in any group besides its primary one, and then at most every ten seconds; e was read
 * with ad_account_attrs. */
bool ad_is_protected_user(bool *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* What judging an object needs. */
extern const char *const ad_protected_attrs[];

/* What is protected about the object e, in words: *why, allocated, or NULL. e was read with
 * ad_protected_attrs. */
bool ad_protected_why(char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* ---- for judging: reasons go into the verdict ---- */

/* The object that is written, as the directory has it now; NULL when it is not there yet. Read with
 * what ad_protected_why needs. */
bool ad_protected_judge_object(
	struct ad_verdict *v, struct ad_ldap *ld, struct ad_entry *now, struct ad_err *err);

/* Sources of resource-based delegation that are allowed from now on, each judged in its own
 * domain, and by the groups here that it is in: the three above, groups that hold them, crowds;
 * what is of a domain that cannot be asked may be a domain controller. */
bool ad_protected_judge_sources(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_sid *sources, size_t n, struct ad_err *err);

/* Service principal names to which something may delegate from now on: a list that owns them. */
bool ad_protected_judge_targets(
	struct ad_verdict *v, struct ad_ldap *ld, const struct ad_list *spns, struct ad_err *err);

/* DNs that become members of a group, in whatever form the server takes; those of another domain
 * are judged in that one. */
bool ad_protected_judge_members(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_value *dns, size_t n, struct ad_err *err);

/* The crowd that is in the group of this SID, also through other groups, and the group's name, both
 * good until the next call; *crowd NULL: there is none, it is no group, or nobody here knows its
 * domain. A file server's own groups are not looked into. Each SID is asked about once, for ten
 * seconds. */
bool ad_protected_crowd(const struct ad_sid **crowd, const char **label, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_sid *sid, struct ad_err *err);

/* Is a member named by its SID, as those of other forests are? */
bool ad_protected_member_sid(struct ad_sid *out, const struct ad_value *dn);

/* ---- protected_members.c: who is in a group ---- */

/* Of a group: a crowd that is in it, and who is protected that is, in words, both also through
 * other groups; allocated, or NULL. */
struct ad_held {
	char *crowd, *why;
	struct ad_sid sid; /* of the crowd */
};

/* e was read with ad_protected_attrs; what is no group holds nobody. */
bool ad_protected_held(
	struct ad_held *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);
void ad_held_clear(struct ad_held *h);

/* The group of ld's domain, out of those that make their members protected, that an account of
 * another domain is in, by itself or by a group there; NULL: none. dn: its own in home, or NULL. */
bool ad_protected_guest(const char **group, struct ad_ldap *ld, struct ad_ldap *home,
	const struct ad_sid *sid, const char *dn, struct ad_err *err);

/* ---- protected_groups.c: the groups of a domain, kept for a moment ---- */

/* The domain of the directory itself, from its head. */
bool ad_protected_domain(struct ad_sid *out, struct ad_ldap *ld, struct ad_err *err);

enum ad_group_sort { AD_GROUP_PROTECTED_USERS, AD_GROUP_ADMINISTERS, AD_GROUP_IS_CROWD };

struct ad_known_groups;
bool ad_known_groups(struct ad_known_groups **out, struct ad_ldap *ld, const struct ad_sid *domain,
	struct ad_err *err);
/* The name of the known group that is this one, or that it is in; NULL: none of that sort. */
const char *ad_known_group_dn(
	const struct ad_known_groups *g, enum ad_group_sort sort, const char *dn, size_t n);
const char *ad_known_group_sid(
	const struct ad_known_groups *g, enum ad_group_sort sort, const struct ad_sid *sid);
/* Whether accounts of other domains are in a known group. */
bool ad_known_groups_has_guests(const struct ad_known_groups *g);
/* Appends what finds the members of those that administer, and of Protected Users: terms for an or.
 */
void ad_known_groups_filter(const struct ad_known_groups *g, struct ad_buf *filter);

#endif
