/*
 * The kinds of change: one row each says how what a change is about is read, written, judged and
 * explained. Nothing outside a row asks what kind a change is of. The rows are brought by the nouns
 * (shell/ad); the table is in kind.c.
 *
 * A new kind is a row there, a C file with what the row names, and its counterpart in
 * stdlib/kinds.lua, which tells people about it and takes it back: see ARCHITECTURE.md.
 */
#ifndef AD_KIND_H
#define AD_KIND_H

#include "plan/homes.h"
#include "plan/list.h"

struct ad_change;
struct ad_plan;
struct ad_verdict;
struct ad_whole;

struct ad_kind_attribute {
	const char *name;
	enum ad_merge merge;
};

/* What judging may ask besides the change and its object. */
struct ad_judging {
	struct ad_plan *plan; /* what else is to be written */
	const struct ad_homes *homes; /* the directories of other domains */
};

struct ad_kind {
	const char *name; /* in plan files and journals: never changed */
	const struct ad_kind_attribute *attributes; /* all that it can edit; the last has no name */
	bool in_directory; /* dn is that of an object of ld; else a UNC path */
	/* The attribute that has values while the object is there, for objects that come or go as a
	 * whole; NULL: it is there before and after. */
	const char *existence;
	/* What such an object is, for the functions of shell/ad/whole.h that kinds have in common;
	 * NULL: it has functions of its own. */
	const struct ad_whole *whole;

	/* The present values, as if they were attributes of an entry; without any when there is
	 * nothing yet. AD_ERR_NOTFOUND: what the values belong to is gone. NULL: attributes of the
	 * object, many are read in one search. */
	bool (*read)(struct ad_entry **out, const struct ad_change *c, struct ad_err *err);
	/* Writes all edits, provided that the values are still those before: AD_ERR_CONFLICT when
	 * they are not. AD_ERR_CONNECT: nobody knows what became of it. NULL: one LDAP modify, many
	 * are in flight at once. */
	bool (*write)(struct ad_change *c, struct ad_err *err);
	/* Values to be added, as they are sent; NULL: as they are. */
	void (*wire)(const char *attr, struct ad_list *values);
	/* Is this refusal of the server one that somebody else's edit can cause? NULL: no. */
	bool (*is_clash)(const struct ad_change *c, const struct ad_err *err);
	/* Asked before anything of a plan is written: may we? NULL: the server will tell. */
	bool (*may)(const struct ad_change *c, struct ad_err *err);
	/* Who may be trusted more by it, and what that is protected it touches. now: the object as
	 * it is, with ad_judge_attrs; NULL where the kind is not in_directory, or before it is
	 * made. False: it cannot be told, which refuses the change. */
	bool (*judge)(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
		struct ad_verdict *v, struct ad_err *err);
	/* Makes the server's refusal more exact; NULL: its words are enough. */
	void (*explain)(struct ad_err *err, const struct ad_change *c);
};

/* The row of this name, NULL when there is none. */
const struct ad_kind *ad_kind_find(const char *name);

/* How values of this attribute are compared; false: the kind does not edit it. */
bool ad_kind_merge(enum ad_merge *out, const struct ad_kind *k, const char *attr);

extern const struct ad_kind ad_kind_attributes; /* of an object that is there */

#endif
