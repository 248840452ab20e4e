/*
 * The gate: the only way in which adsh writes.
 *
 * A change is one intent on one object: for each attribute the values before (as just read) and
 * after. What is sent is the difference: single values are added and deleted, a list is never
 * replaced. A plan is an ordered list of changes, at most one for an object: a second intent on the
 * same object is merged into the first, computed on top of what is pending. Applying a plan:
 * guards, then the journal (when there is one), then a pipelined window of requests, then
 * read-back.
 *
 * Compare-and-swap: single values go out as "delete the old, add the new" in one modify; when the
 * server answers that the old value is not there (or the added one is), the object is read again,
 * the intent is computed anew on top of what is there, and it is sent once more; a second
 * refusal is an error of kind AD_ERR_CONFLICT.
 */
#ifndef AD_CHANGE_H
#define AD_CHANGE_H

#include "net/ldap_search.h"
#include "net/ldap_write.h"

/* How two values are compared and how an intent is computed anew on top of somebody else's edit. */
enum ad_merge {
	AD_MERGE_SET, /* set of strings without regard to case: servicePrincipalName */
	AD_MERGE_BITS, /* one number, bits set and cleared: userAccountControl */
	AD_MERGE_SD, /* one descriptor, allow entries added and removed */
	AD_MERGE_EXACT /* set of byte strings; a single value that was edited is a conflict */
};

struct ad_list { /* values, owned */
	struct ad_value *v;
	size_t n;
};
void ad_list_add(struct ad_list *l, const void *data, size_t n);
void ad_list_remove(struct ad_list *l, size_t i);
void ad_list_copy(struct ad_list *to, const struct ad_list *src);
void ad_list_clear(struct ad_list *l);
/* Position of a value, or -1. */
long ad_list_find(const struct ad_list *l, enum ad_merge merge, const void *data, size_t n);
bool ad_list_equal(const struct ad_list *a, const struct ad_list *b, enum ad_merge merge);

struct ad_edit {
	char *attr;
	enum ad_merge merge;
	struct ad_list before, after;
};

/* The values an edit adds and removes: freed with ad_list_clear. */
void ad_edit_difference(const struct ad_edit *e, struct ad_list *add, struct ad_list *remove);

enum ad_change_kind { AD_CHANGE_MODIFY, AD_CHANGE_ADD, AD_CHANGE_DELETE };
enum ad_change_state {
	AD_CHANGE_PENDING, /* planned, not sent */
	AD_CHANGE_DONE, /* written, and read back as wanted */
	AD_CHANGE_UNKNOWN, /* sent, the answer was lost, and the object could not be read again */
	AD_CHANGE_FAILED /* refused: nothing of it is written; see err */
};

struct ad_change {
	enum ad_change_kind kind;
	struct ad_ldap *ld; /* a reference: which directory */
	char *dn;
	char *guid; /* "8-4-4-4-12", to find the object again when it was moved; or NULL */
	char *label; /* "HOST01$" */
	struct ad_edit *edits;
	size_t n;
	bool widens; /* widens trust: needs a confirmation or an explicit option */
	bool is_protected; /* DC, krbtgt, Protected Users: needs --allow-protected */
	char *why; /* what is widened or protected, in words; or NULL */
	long other_values; /* non-linked values of the object outside the edits, for the budget */
	enum ad_change_state state;
	bool rebased; /* somebody else's edit was met and kept */
	struct ad_err err;
};

struct ad_plan; /* a list of changes */

struct ad_plan *ad_plan_new(void);
void ad_plan_free(struct ad_plan *p);
size_t ad_plan_count(const struct ad_plan *p);
struct ad_change *ad_plan_at(struct ad_plan *p, size_t i);

/*
 * The change of an object in the plan, made when there is none. e must have been read with
 * objectGUID. Edits are then made with ad_change_edit. The pointer is valid until the next call.
 */
struct ad_change *ad_plan_change(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e, const char *label);

/*
 * The edit of one attribute: `before` as read from e, `after` = what is pending so far (equal to
 * before when the edit is new). The caller edits `after` in place.
 */
struct ad_edit *ad_change_edit(
	struct ad_change *c, struct ad_entry *e, const char *attr, enum ad_merge merge);

/* Marks a change as one that widens trust / touches a protected account, with the reason. */
void ad_change_widens(struct ad_change *c, const char *why);
void ad_change_protected(struct ad_change *c, const char *why);

/* Removes edits and changes that came out as "nothing to do". */
void ad_plan_trim(struct ad_plan *p);

/* The rules of this process, set once from the command line (and policy). */
struct ad_gate {
	bool dry_run; /* collect into `collected`, send nothing */
	bool read_only; /* refuse every write */
	long max_changes; /* objects changed by the whole process at most; 0: no limit */
	bool allow_protected;
	bool allow_widening; /* the explicit option */
	bool keep_going;
	size_t window; /* 0: 64 */
	long value_budget; /* non-linked values of one object at most; 0: 1200 */
	/* Asks a person whether a change that widens trust may be made: true is yes. NULL: nobody
	 * there, so what would be asked is refused. */
	bool (*confirm)(void *arg, struct ad_plan *p, const struct ad_change *c);
	void *confirm_arg;
	struct ad_plan *collected; /* dry run: everything that would have been written */
	/* Told before the first byte of a plan goes out and when a change's state is known: the
	 * journal hangs here. Either may be NULL. intent returning false stops the run. */
	bool (*intent)(void *arg, struct ad_plan *p, struct ad_err *err);
	void (*result)(void *arg, const struct ad_change *c);
	void *journal_arg;
};
extern struct ad_gate ad_gate;

struct ad_report {
	size_t changed, failed, not_tried, unknown, rebased;
	size_t modifies, readbacks; /* LDAP requests sent */
};

/* Guards only: read-only, limits, budget, protected accounts, widening. Sends nothing. */
bool ad_plan_check(struct ad_plan *p, struct ad_err *err);

/*
 * Writes the plan. True: all of it is written and read back (or there was nothing to do, or the
 * gate is in dry run and the changes moved into ad_gate.collected). False: err, of kind
 * AD_ERR_REFUSED (a guard, nothing was sent), AD_ERR_PARTIAL (some are written: see each
 * change's state), or the failure of the only change. The report is filled in any case.
 */
bool ad_plan_apply(struct ad_plan *p, struct ad_report *report, struct ad_err *err);

/* Total over the life of the process, for the exit status. */
const struct ad_report *ad_gate_total(void);

#endif
