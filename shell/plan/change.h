/*
 * One intent on one object: for each attribute the values before (as just read) and after. What is
 * sent is the difference: single values are added and deleted, a list is never replaced.
 */
#ifndef AD_CHANGE_H
#define AD_CHANGE_H

#include "codec/sid.h"
#include "net/ldap_search.h"
#include "plan/kind.h"

struct ad_edit {
	char *attr;
	enum ad_merge merge; /* as the kind has it for this attribute */
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

/* What judging found, in words; NULL: nothing of that sort. */
struct ad_verdict {
	char *widens; /* who is trusted more: needs a confirmation or an explicit option */
	char *touches; /* what is protected about it: needs --allow-protected */
};
void ad_verdict_clear(struct ad_verdict *v);
/* Adds a reason, once. */
void ad_verdict_widens(struct ad_verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ad_verdict_touches(struct ad_verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct ad_change {
	struct ad_ldap *ld; /* a reference: which directory; or whose identity is used */
	const struct ad_kind *kind;
	char *dn; /* or UNC path, see kind */
	char *guid; /* "8-4-4-4-12", to find the object again when it was moved; or NULL */
	struct ad_sid sid; /* of an object that comes or goes; see plan/placeholder.h */
	char *label; /* "HOST01$" */
	struct ad_edit *edits; /* at most one of an attribute */
	size_t n;
	struct ad_change **after; /* those of the plan that have to be done before it */
	size_t n_after;
	enum ad_change_state state;
	size_t number; /* in the journal, from 1; 0: not there yet */
	bool rebased; /* somebody else's edit was met and kept */
	struct ad_err err;

	/* The rest belongs to the gate, which computes it from the above and from the object as it
	 * reads it, each time before something is asked or sent. */
	struct ad_verdict verdict;
	char *confirmed; /* what a person has said yes to: a verdict's words */
	long values; /* non-linked values that the object has, for the budget */
	uint32_t uac; /* its userAccountControl as it was read; 0: not known */
	bool proven; /* read back: what comes later in the run may change it again */
	bool denied; /* the DC says that we may not write it */
	size_t place; /* scratch, while a plan is put in order */
};

/* A change without edits. For plan.c, which owns it. */
struct ad_change *ad_change_new(const struct ad_kind *kind, struct ad_ldap *ld, const char *dn,
	const char *guid, const char *label);
void ad_change_free(struct ad_change *c);

/*
 * The edit of one attribute: `before` as read from e, `after` = what is pending so far (equal to
 * before when the edit is new). The caller edits `after` in place. The kind has to have the
 * attribute.
 */
struct ad_edit *ad_change_edit(struct ad_change *c, struct ad_entry *e, const char *attr);

/* The same with empty lists, to be filled by the caller, for a change out of a file. NULL
 * (AD_ERR_REFUSED): the kind does not edit this attribute, or the change does so already. */
struct ad_edit *ad_change_restore(struct ad_change *c, const char *attr, struct ad_err *err);

/* The edit of this attribute, NULL when there is none. */
const struct ad_edit *ad_change_find(const struct ad_change *c, const char *attr);

/* Does the object come by it, or go? */
bool ad_change_makes(const struct ad_change *c);
bool ad_change_removes(const struct ad_change *c);

/* c has to wait until other is done. */
void ad_change_wait(struct ad_change *c, struct ad_change *other);

/* Whether e, read just now, has the values that the change was planned on; AD_ERR_CONFLICT. */
bool ad_change_fits(const struct ad_change *c, struct ad_entry *e, struct ad_err *err);

#endif
