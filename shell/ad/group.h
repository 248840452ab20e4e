/*
 * Groups: made, and their members, into a plan. Values of the linked attribute `member` are added
 * and removed one by one: somebody else's edit of the same group is never overwritten.
 */
#ifndef AD_GROUP_H
#define AD_GROUP_H

#include "plan/plan.h"
#include "codec/flags.h"

/* Adds the objects with these DNs (as the server spells them) to the group, a DN, or removes them;
 * those that are members already, or are none, are left alone. */
bool ad_group_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err);
bool ad_group_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err);

enum ad_group_scope {
	AD_GROUP_SCOPE_GLOBAL,
	AD_GROUP_SCOPE_DOMAIN_LOCAL,
	AD_GROUP_SCOPE_UNIVERSAL
};
/* The groupType of such a security group ([MS-ADTS] 2.2.12), and a groupType's scope in words. */
uint32_t ad_group_type(enum ad_group_scope scope);
const char *ad_group_scope_name(uint32_t type);
/* "global", "domainlocal" (also "domain local"), "universal". AD_ERR_USAGE. */
bool ad_group_scope_parse(enum ad_group_scope *out, const char *text, struct ad_err *err);

/* What a sAMAccountName of a group may be ([MS-SAMR] 3.1.1.6), and a cn, which is the same: 64
 * characters of UTF-8 at most. AD_ERR_USAGE says what is wrong. */
bool ad_group_check_name(const char *name, struct ad_err *err);

/* A security group that is to be there: where, NULL: the container in which the domain keeps new
 * groups ([MS-ADTS] 6.1.1.4); description NULL: none. Both are for a group that is new. */
struct ad_group_wish {
	const char *name, *container, *description;
	enum ad_group_scope scope;
	const char *const *members; /* DNs */
	size_t n;
};
struct ad_group_found {
	char *dn; /* allocated */
	struct ad_sid sid; /* of one that is new: its placeholder, see plan/placeholder.h */
	bool is_new;
};
/*
 * Makes it, with its members, as one change in the plan; of one that is there already the members
 * are added that it lacks. AD_ERR_CONFLICT: something else has that name or that place, or the
 * group is of another kind. AD_ERR_NOTFOUND: no such container.
 */
bool ad_group_make(struct ad_group_found *out, struct ad_plan *p, struct ad_ldap *ld,
	const struct ad_group_wish *w, struct ad_err *err);

/* What a group that comes or goes is, as an attribute of a change of the kind "group" (ad/whole.h):
 * "name=", "scope=global", "description=" and others that people fill in. */
#define AD_GROUP "group"
#define AD_MEMBER "member"
extern const struct ad_kind ad_kind_group;

/* The group at dn as an entry: AD_GROUP, AD_MEMBER, memberOf, objectGUID, objectSid; without
 * attributes when there is none. */
bool ad_group_read(struct ad_entry **out, struct ad_ldap *ld, const char *dn, struct ad_err *err);

/* Values to be added, as they are sent: accounts of another forest, "CN=S-1-...,
 * CN=ForeignSecurityPrincipals,...", may not be there yet; named as <SID=S-1-...> the server makes
 * them. */
void ad_group_wire(const char *attr, struct ad_list *values);

/* Whether the server refused a change of members as it does when one to be added is there already
 * (entryAlreadyExists) or one to be removed is not (unwillingToPerform); it means more than that.
 */
bool ad_group_is_clash(const struct ad_change *c, const struct ad_err *err);

#endif
