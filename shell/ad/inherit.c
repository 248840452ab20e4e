/* Inheritance of access lists. See inherit.h. */
#include "ad/inherit.h"
#include "ad/permission.h"

#define BELOW (AD_ACE_OBJECT_INHERIT | AD_ACE_CONTAINER_INHERIT)

/* Entries of other kinds mean nothing for files. */
static bool is_inheritable(const struct ad_ace *ace)
{
	return ad_ace_is_known(ace->type) && ace->flags & BELOW &&
	       !(ad_ace_is_object(ace->type) && ace->object_flags & AD_ACE_HAS_INHERITED_OBJECT);
}

/* CREATOR OWNER (S-1-3-0) and CREATOR GROUP (S-1-3-1) stand for those of the thing itself. */
static const struct ad_sid *substitute(
	const struct ad_sid *sid, const struct ad_sid *owner, const struct ad_sid *group)
{
	struct ad_sid creator;

	if (owner->len && ad_sid_parse(&creator, "S-1-3-0", NULL) && ad_sid_equal(sid, &creator))
		return owner;
	if (group->len && ad_sid_parse(&creator, "S-1-3-1", NULL) && ad_sid_equal(sid, &creator))
		return group;
	return sid;
}

/* Once is enough: where folders have explicit entries like those that they inherit, what they pass
 * on would grow with each level. */
static void append_once(struct ad_acl *acl, const struct ad_ace *ace)
{
	for (size_t i = 0; i < acl->count; i++)
		if (ad_ace_equal(&acl->ace[i], ace))
			return;
	ad_acl_append(acl, ace);
}

/* An entry that is in force and is passed on is one, unless the two differ: then they are two. */
static void pass_on(struct ad_acl *acl, const struct ad_ace *ace, bool folder,
	const struct ad_sid *owner, const struct ad_sid *group)
{
	uint8_t below = folder && !(ace->flags & AD_ACE_NO_PROPAGATE) ? ace->flags & BELOW : 0;
	bool here = ace->flags & (folder ? AD_ACE_CONTAINER_INHERIT : AD_ACE_OBJECT_INHERIT);
	struct ad_ace now = *ace, later = *ace;

	now.sid = *substitute(&ace->sid, owner, group);
	now.mask = ad_rights_specific(ace->mask);
	now.flags = AD_ACE_INHERITED;
	later.flags = below | AD_ACE_INHERIT_ONLY | AD_ACE_INHERITED;
	if (here && below && now.mask == ace->mask && ad_sid_equal(&now.sid, &ace->sid)) {
		now.flags |= below;
		below = 0;
	}
	if (here)
		append_once(acl, &now);
	if (below)
		append_once(acl, &later);
}

struct ad_acl *ad_inherit(const struct ad_acl *parent, const struct ad_acl *own, bool folder,
	const struct ad_sid *owner, const struct ad_sid *group)
{
	struct ad_acl *acl = ad_acl_new();
	size_t i;

	acl->revision = own->revision;
	for (i = 0; i < own->count; i++)
		if (!(own->ace[i].flags & AD_ACE_INHERITED))
			ad_acl_append(acl, &own->ace[i]);
	for (i = 0; i < parent->count; i++)
		if (is_inheritable(&parent->ace[i]))
			pass_on(acl, &parent->ace[i], folder, owner, group);
	return acl;
}
