/*
 * What is to be written: the gate's (ad/gate.h) input. A change is one intent on one object: for
 * each attribute the values before (as just read) and after. What is sent is the difference: single
 * values are added and deleted, a list is never replaced. A plan is an ordered list of changes, at
 * most one for an object: a second intent on the same object is merged into the first, computed on
 * top of what is pending.
 */
#ifndef AD_CHANGE_H
#define AD_CHANGE_H

#include "ad/list.h"
#include "codec/sid.h"
#include "net/ldap_search.h"

struct ad_edit {
	char *attr;
	enum ad_merge merge;
	struct ad_list before, after;
};

/* The values an edit adds and removes: freed with ad_list_clear. */
void ad_edit_difference(const struct ad_edit *e, struct ad_list *add, struct ad_list *remove);

/*
 * Computes the intent anew on top of what is there now: `before` becomes current, `after` what the
 * edit wanted to do with it. False (AD_ERR_CONFLICT) when that makes no sense any more.
 */
bool ad_edit_rebase(struct ad_edit *e, const struct ad_list *current, struct ad_err *err);

/* Is what the edit wanted true of these values? Other values may have come and gone. */
bool ad_edit_holds(const struct ad_edit *e, const struct ad_list *current);

enum ad_change_state {
	AD_CHANGE_PENDING, /* planned, not sent */
	AD_CHANGE_DONE, /* written, and read back as wanted */
	AD_CHANGE_UNKNOWN, /* sent, the answer was lost, and the object could not be read again */
	AD_CHANGE_FAILED /* refused: nothing of it is written; see err */
};

const char *ad_change_state_name(enum ad_change_state s); /* "pending", "done", ... */

struct ad_change;

/* How what is no attribute of an object is read and written: shares and folders (ad/share.h), and
 * groups that come or go as a whole (ad/group.h). */
struct ad_change_kind {
	bool is_object; /* dn is that of an object of ld, which may not be there; else a UNC path */
	/* The present values, as if they were attributes of an entry; without any when there is
	 * nothing yet. AD_ERR_NOTFOUND: what the values belong to is gone. */
	bool (*read)(struct ad_entry **out, const struct ad_change *c, struct ad_err *err);
	/* Writes all edits, provided that the values are still those before: AD_ERR_CONFLICT when
	 * they are not. AD_ERR_CONNECT: nobody knows what became of it. */
	bool (*write)(struct ad_change *c, struct ad_err *err);
	/* Asked before anything of a plan is written: may we? NULL: the server will tell. */
	bool (*may)(const struct ad_change *c, struct ad_err *err);
};

struct ad_change {
	struct ad_ldap *ld; /* a reference: which directory; or whose identity is used, see kind */
	const struct ad_change_kind *kind; /* NULL: attributes of the object dn of ld */
	char *dn;
	char *guid; /* "8-4-4-4-12", to find the object again when it was moved; or NULL */
	struct ad_sid sid; /* of an object that comes or goes; until it is there see ad/standin.h */
	char *label; /* "HOST01$" */
	struct ad_edit *edits;
	size_t n;
	bool widens; /* widens trust: needs a confirmation or an explicit option */
	bool confirmed; /* a person has said that it may */
	bool is_protected; /* DC, krbtgt, Protected Users: needs --allow-protected */
	char *why; /* what is widened or protected, in words; or NULL */
	long values; /* non-linked values that the object had when it was read, for the budget */
	enum ad_change_state state;
	size_t number; /* in the journal, from 1; 0: not there yet */
	bool denied; /* the DC says that we may not write it */
	bool rebased; /* somebody else's edit was met and kept */
	struct ad_err err;
};

struct ad_plan; /* a list of changes */

struct ad_plan *ad_plan_new(void);
void ad_plan_free(struct ad_plan *p);
size_t ad_plan_count(const struct ad_plan *p);
struct ad_change *ad_plan_at(struct ad_plan *p, size_t i);
/* Is it the first change of its directory? Whoever goes over the directories of a plan asks that.
 */
bool ad_plan_is_first(const struct ad_plan *p, size_t i);

/*
 * The change of an object in the plan, made when there is none. e must have been read with
 * objectGUID. Edits are then made with ad_change_edit. The pointer is valid until the next call.
 */
struct ad_change *ad_plan_change(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e);
/* The same when the entry is not of a directory (its dn is a UNC path), or of no object yet. */
struct ad_change *ad_plan_remote(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e, const char *label);

/* What the plan has for this dn in that directory, NULL: nothing. */
struct ad_change *ad_plan_find(struct ad_plan *p, struct ad_ldap *ld, const char *dn);

/*
 * The edit of one attribute: `before` as read from e, `after` = what is pending so far (equal to
 * before when the edit is new). The caller edits `after` in place.
 */
struct ad_edit *ad_change_edit(
	struct ad_change *c, struct ad_entry *e, const char *attr, enum ad_merge merge);

/* The edit of this attribute, NULL when there is none. */
const struct ad_edit *ad_change_find(const struct ad_change *c, const char *attr);

/* Whether e, read just now, has the values that the change was planned on; AD_ERR_CONFLICT. */
bool ad_change_fits(const struct ad_change *c, struct ad_entry *e, struct ad_err *err);

/* A change out of a plan file or a journal, of which no entry was read: appended to the plan, with
 * no edits yet. Edits are added with empty lists, to be filled by the caller. */
struct ad_change *ad_plan_restore(
	struct ad_plan *p, struct ad_ldap *ld, const char *dn, const char *guid, const char *label);
struct ad_edit *ad_change_restore(struct ad_change *c, const char *attr, enum ad_merge merge);

/* Keeps the changes whose element of keep is true. */
void ad_plan_keep(struct ad_plan *p, const bool *keep);

/* Marks a change as one that widens trust / touches a protected account, with the reason. */
void ad_change_widens(struct ad_change *c, const char *why);
void ad_change_protected(struct ad_change *c, const char *why);

/* Removes edits and changes that came out as "nothing to do". */
void ad_plan_trim(struct ad_plan *p);

/* Moves the changes of other into p, on top of what p has for the same objects; other is empty
 * afterwards. False (AD_ERR_CONFLICT) when an edit makes no sense on top of another. */
bool ad_plan_take(struct ad_plan *p, struct ad_plan *other, struct ad_err *err);

#endif
