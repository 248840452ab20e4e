/*
 * What is to be written, the gate's input: an ordered list of changes, at most one of a kind for an
 * object. A second intent on the same object is merged into the first, computed on top of what is
 * pending.
 */
#ifndef AD_PLAN_H
#define AD_PLAN_H

#include "plan/change.h"

struct ad_plan;

struct ad_plan *ad_plan_new(void);
void ad_plan_free(struct ad_plan *p); /* NULL is fine */
size_t ad_plan_count(const struct ad_plan *p);
struct ad_change *ad_plan_at(struct ad_plan *p, size_t i);
/* Is it the first change of its directory? Whoever goes over the directories of a plan asks that.
 */
bool ad_plan_is_first(const struct ad_plan *p, size_t i);

/*
 * The change of an object's attributes in the plan, made when there is none. e must have been read
 * with objectGUID. Edits are then made with ad_change_edit. The pointer is valid while the plan is.
 */
struct ad_change *ad_plan_change(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e);
/* The same for another kind: e is what its read gives. */
struct ad_change *ad_plan_add(struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld,
	struct ad_entry *e, const char *label);

/* To be called after the dn or the GUID of a change became another one. */
void ad_plan_moved(struct ad_plan *p);

/* What the plan has for this dn in that directory, NULL: nothing. */
struct ad_change *ad_plan_find(
	struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld, const char *dn);
/* The change of this kind that makes the object called so, or NULL. */
struct ad_change *ad_plan_coming(struct ad_plan *p, const struct ad_kind *kind, const char *label);

/* A change out of a plan file or a journal, of which no entry was read: appended to the plan, with
 * no edits yet. */
struct ad_change *ad_plan_restore(struct ad_plan *p, const struct ad_kind *kind, struct ad_ldap *ld,
	const char *dn, const char *guid, const char *label);

/* Keeps the changes whose element of keep is true; nothing waits for the others. */
void ad_plan_keep(struct ad_plan *p, const bool *keep);

/* Removes edits and changes that came out as "nothing to do". */
void ad_plan_trim(struct ad_plan *p);

/* Moves the changes of other into p, on top of what p has for the same objects; other is empty
 * afterwards. False (AD_ERR_CONFLICT) when an edit makes no sense on top of another. */
bool ad_plan_take(struct ad_plan *p, struct ad_plan *other, struct ad_err *err);

/*
 * Finds out what has to wait for what: what names an object waits until it is made, what is to go
 * waits until nothing names it. False (AD_ERR_REFUSED): changes wait for each other in a circle, or
 * something names an object that nobody makes. See order.c.
 */
bool ad_plan_order(struct ad_plan *p, struct ad_err *err);
/* Can it be sent now? False, and *failed: what it waits for has failed. */
bool ad_plan_is_free(const struct ad_change *c, bool *failed);

#endif
