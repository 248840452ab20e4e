/*
 * Objects of the directory that come or go as a whole: what kinds such as groups and computer
 * accounts have in common. What such an object is stands in one attribute of a change
 * (ad_kind.existence), as a list of "key=value"; without values there is no such object. It is made
 * with all that belongs to it or not at all, and deleted only while that is as it was made and
 * while it is in no group: LDAP has no way to make that one step with the deletion, so somebody
 * else's edit in the very moment can be lost.
 */
#ifndef AD_WHOLE_H
#define AD_WHOLE_H

#include "plan/plan.h"

struct ad_whole_add; /* the attributes of an object that is being made */
/* Adds one attribute; values of length 0 are left out. They are copied. */
void ad_whole_put(struct ad_whole_add *a, const char *attr, const struct ad_value *v, size_t n);
void ad_whole_put_text(struct ad_whole_add *a, const char *attr, const char *text);

struct ad_whole {
	const char *existence; /* of the kind */
	const char *noun; /* "group" */
	const char *object_class; /* of what is made */
	const char *who; /* a hint: who may make one; NULL: who has been given the right there */
	const char *const *attrs; /* read of the object, ends with NULL */
	const char *const *kept; /* of these, taken into the kind's entry as they are */
	/* What the object is, as "key=value". */
	void (*describe)(struct ad_list *l, struct ad_entry *object);
	/* The attributes to make it with, besides objectClass. */
	bool (*fill)(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err);
};

/* ad_kind.read of a kind with ad_kind.whole: what a change is about, as the kind's entry; without
 * attributes when there is none. */
bool ad_whole_read(struct ad_entry **out, const struct ad_change *c, struct ad_err *err);
/* The same of the object at dn. */
bool ad_whole_at(struct ad_entry **out, const struct ad_whole *w, struct ad_ldap *ld,
	const char *dn, struct ad_err *err);

/* ad_kind.write and ad_kind.may of such a kind. */
bool ad_whole_write(struct ad_change *c, struct ad_err *err);
bool ad_whole_may(const struct ad_change *c, struct ad_err *err);

/* "CN=name,container", allocated. */
char *ad_whole_dn(const char *container, const char *name);
/* The container as the server spells it; NULL: the well-known one with this GUID (MS-ADTS
 * 6.1.1.4). Allocated. */
bool ad_whole_container(
	char **out, struct ad_ldap *ld, const char *dn, const char *wkguid, struct ad_err *err);

#endif
