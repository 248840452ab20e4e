/*
 * Members of groups, into a plan. Values of the linked attribute `member` are added and removed one
 * by one: somebody else's edit of the same group is never overwritten.
 */
#ifndef AD_GROUP_H
#define AD_GROUP_H

#include "ad/change.h"

/* Adds the objects with these DNs (as the server spells them) to the group, a DN, or removes them;
 * those that are members already, or are none, are left alone. The change is marked as protected
 * when the group is one that Windows made or that gives administrative rights. */
bool ad_group_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err);
bool ad_group_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err);

/* Whether the server refused a change of members as it does when one to be added is there already
 * (entryAlreadyExists) or one to be removed is not (unwillingToPerform); it means more than that.
 */
bool ad_group_is_clash(const struct ad_change *c, const struct ad_err *err);

#endif
