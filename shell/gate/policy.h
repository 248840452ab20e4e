/*
 * Rules of a machine, out of its policy files (stdlib/policy.lua reads them): they hold for every
 * write of a run. They can only be made stricter, by whatever code: so no script gets round them.
 */
#ifndef AD_POLICY_H
#define AD_POLICY_H

#include "plan/plan.h"

#include <stdint.h>

struct ad_policy_rules {
	bool read_only, no_protected, no_widening;
	bool no_verbs; /* nothing is written but by recipes */
	long max_changes; /* of the whole process; 0: no limit */
	uint32_t forbidden; /* bits of userAccountControl that may not be set */
	const char *const *bases; /* ends with NULL; an object has to be under one of them. NULL:
				     wherever it is */
	const char *const *recipes; /* ends with NULL; only these write. NULL: every one */
};

struct ad_policy { /* zero at first */
	struct ad_policy_rules rules; /* what holds; bases and recipes are not filled in */
	struct ad_policy_sets {
		struct ad_list *v;
		size_t n;
	} bases, recipes; /* an object has to be under one of each, a recipe in each */
};
void ad_policy_clear(struct ad_policy *held);

/* Makes it stricter. AD_ERR_USAGE when a base is not a DN. */
bool ad_policy_tighten(
	struct ad_policy *held, const struct ad_policy_rules *more, struct ad_err *err);

/* May this recipe write? NULL: what no recipe makes. AD_ERR_REFUSED. */
bool ad_policy_allows_recipe(const struct ad_policy *held, const char *recipe, struct ad_err *err);

/* May this change be made, by its place and by the bits it sets? AD_ERR_REFUSED. */
bool ad_policy_allows(const struct ad_policy *held, const struct ad_change *c, struct ad_err *err);

/*
 * The text of a policy file, allocated; *out is NULL when there is no such file. Anything else that
 * keeps it from being read is AD_ERR_REFUSED: also when it is a link, when others may write it or a
 * directory on the way to it, when it does not belong to root (or, unless is_system, to us), or
 * when it is larger than 64 KiB. The directory of the system's file is judged in any case.
 */
bool ad_policy_read(char **out, size_t *n, const char *path, bool is_system, struct ad_err *err);

#endif
