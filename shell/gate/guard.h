/* The guards: everything that can be refused before the first byte goes out. */
#ifndef AD_GUARD_H
#define AD_GUARD_H

#include "base/buf.h"
#include "gate/run.h"

/* Puts the plan in order, judges each change, and holds the rules against it: read-only, limits,
 * budget, policy, protected accounts, widening. Reads, and writes nothing. */
bool ad_guard_check(struct ad_run *run, struct ad_plan *p, struct ad_err *err);
/* The same without the question whether trust may be widened: for what is planned so far. */
bool ad_guard_check_rules(struct ad_run *run, struct ad_plan *p, struct ad_err *err);

/* A person has been asked, and that may have taken long: judges all of it again. What widens trust
 * otherwise than was agreed to is refused. */
bool ad_guard_check_agreed(struct ad_run *run, struct ad_plan *p, struct ad_err *err);

/* May this change, judged again in the middle of a run on top of somebody else's edit, still be
 * written? AD_ERR_REFUSED. */
bool ad_guard_check_again(struct ad_run *run, const struct ad_change *c, struct ad_err *err);

/* A person has said yes to all of it. */
void ad_guard_confirm(struct ad_plan *p);

/* How many more changes widen trust as c does, with the same words: one answer is for all of them
 * where there are many alike, as below a folder. */
size_t ad_guard_alike(struct ad_plan *p, const struct ad_change *c);

/* Appends "HOST01$ (why), HOST02$ and 3 more": the changes for which pick gives a reason; "" is
 * one without words. */
void ad_guard_names(
	struct ad_plan *p, const char *(*pick)(const struct ad_change *c), struct ad_buf *out);

#endif
