/* The judge. See judge.h. */
#include "gate/judge.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/reread.h"
#include "plan/object.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const ad_judge_attrs[] = { "objectGUID", "objectSid", "objectClass", "sAMAccountName",
	"userAccountControl", "primaryGroupID", "memberOf", "adminCount", "servicePrincipalName",
	"msDS-AllowedToDelegateTo", NULL };

struct judging {
	struct ad_run *run;
	struct ad_plan *plan;
	const struct ad_change *
		*makers; /* changes that make something, by by_place; NULL: not yet */
	size_t n_makers;
};

/* The object that is looked at is the one that is written, whatever the change calls it. */
static void follow(struct ad_change *c, struct ad_entry *e)
{
	free(c->dn);
	c->dn = ad_strdup(ad_entry_dn(e));
	free(c->label);
	c->label = ad_object_label(e);
	if (!c->guid)
		c->guid = ad_object_guid(e);
	c->uac = (uint32_t)ad_entry_number(e, "userAccountControl", 0);
	c->values = (long)(ad_entry_values(e, "servicePrincipalName", NULL) +
			   ad_entry_values(e, "msDS-AllowedToDelegateTo", NULL));
}

static int by_place(const void *a, const void *b)
{
	const struct ad_change *x = *(const struct ad_change *const *)a;
	const struct ad_change *y = *(const struct ad_change *const *)b;

	if (x->ld != y->ld)
		return (uintptr_t)x->ld < (uintptr_t)y->ld ? -1 : 1;
	return ad_casecmp(x->dn, strlen(x->dn), y->dn, strlen(y->dn));
}

/* The DN of what is made does not change while the plan is judged. */
static void collect_makers(struct judging *j)
{
	size_t i, n = ad_plan_count(j->plan);

	j->makers = ad_realloc(NULL, n + 1, sizeof *j->makers);
	for (i = 0; i < n; i++)
		if (ad_change_makes(ad_plan_at(j->plan, i)))
			j->makers[j->n_makers++] = ad_plan_at(j->plan, i);
	qsort(j->makers, j->n_makers, sizeof *j->makers, by_place);
}

/* What is not there cannot be judged, unless the plan makes it first: then it is what it makes. */
static bool is_coming(struct judging *j, const struct ad_change *c)
{
	if (!j->makers)
		collect_makers(j);
	return bsearch(&c, j->makers, j->n_makers, sizeof *j->makers, by_place) != NULL;
}

static bool refuse_gone(const struct ad_change *c, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_NOTFOUND, "guard", 0,
		"the object %s no longer exists. Nothing was written", c->label);
	return ad_err_hint(err, "create the plan again");
}

/* e: NULL when the object is not there, or not of a directory. */
static bool visit(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct judging *j = arg;
	struct ad_judging o = { .plan = j->plan, .homes = &j->run->homes };

	ad_verdict_clear(&c->verdict);
	c->values = 0;
	if (e && !ad_change_makes(c))
		follow(c, e);
	if (!e && c->kind->in_directory && !ad_change_makes(c) && (c->guid || !is_coming(j, c)))
		return refuse_gone(c, err) || ad_err_where(err, "judge", c->dn);
	return c->kind->judge(&o, c, e, &c->verdict, err) || ad_err_where(err, "judge", c->dn);
}

/* Those of one directory, from the first one on; list has room for all. */
static bool judge_directory(
	struct judging *j, size_t first, struct ad_change **list, struct ad_err *err)
{
	struct ad_reread r = { .via = ad_plan_at(j->plan, first)->ld,
		.attrs = ad_judge_attrs,
		.arg = j,
		.visit = visit };
	size_t i, n = 0;

	for (i = first; i < ad_plan_count(j->plan); i++) {
		struct ad_change *c = ad_plan_at(j->plan, i);

		if (c->ld == r.via && c->state == AD_CHANGE_PENDING && c->kind->in_directory)
			list[n++] = c;
	}
	return ad_reread(&r, list, n, err);
}

bool ad_judge_plan(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	struct judging j = { run, p, NULL, 0 };
	struct ad_change **list = ad_realloc(NULL, ad_plan_count(p) + 1, sizeof *list);
	bool ok = true;
	size_t i;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->state == AD_CHANGE_PENDING && !c->kind->in_directory)
			ok = visit(&j, c, NULL, err);
		if (ok && ad_plan_is_first(p, i))
			ok = judge_directory(&j, i, list, err);
	}
	ad_plan_moved(p);
	free(list);
	free(j.makers);
	return ok;
}

bool ad_judge_change(struct ad_run *run, struct ad_plan *p, struct ad_change *c, struct ad_err *err)
{
	struct judging j = { run, p, NULL, 0 };
	struct ad_reread r = { .via = c->ld, .attrs = ad_judge_attrs, .arg = &j, .visit = visit };
	bool ok = c->kind->in_directory ? ad_reread(&r, &c, 1, err) : visit(&j, c, NULL, err);

	free(j.makers);
	return ok;
}
