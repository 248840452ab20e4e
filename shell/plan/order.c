/*
 * What has to wait for what. Verbs say it where it follows from what they do (a name that changes
 * hands); here it is derived from what the changes name: an object that the plan makes comes first,
 * one that it removes goes last, and several changes of one object keep their order.
 */
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "plan/placeholder.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

/* The changes by which objects come or go, those that are done left out. */
struct events {
	struct event {
		struct ad_change *c;
		struct ad_sid placeholder;
		bool comes;
	} * v;
	size_t n;
};

static void find_events(struct events *list, struct ad_plan *p)
{
	*list = (struct events){ NULL, 0 };
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);
		bool comes = ad_change_makes(c);
		struct event *e;

		if (!c->kind->in_directory || (!comes && !ad_change_removes(c)))
			continue;
		list->v = ad_realloc(list->v, list->n + 1, sizeof *list->v);
		e = &list->v[list->n++];
		*e = (struct event){ .c = c, .comes = comes };
		ad_placeholder_make(&e->placeholder, c->dn);
	}
}

/* ---- what names an object ---- */

struct naming {
	const struct events *events;
	struct ad_change *c;
	bool comes; /* of the values that will be there, else of those that were */
	bool orphan; /* a placeholder that nobody makes */
};

static bool is_of(const struct event *e, const struct ad_sid *sid)
{
	return ad_sid_equal(&e->placeholder, sid) ||
	       (e->c->sid.len && ad_sid_equal(&e->c->sid, sid));
}

/* c names the object of e, before or after. */
static void note(struct naming *n, const struct event *e)
{
	if (e->comes && n->comes)
		ad_change_wait(n->c, e->c);
	else if (!e->comes && !n->comes)
		ad_change_wait(e->c, n->c);
}

static bool visit_sid(void *arg, struct ad_sid *sid)
{
	struct naming *n = arg;
	bool found = false;

	for (size_t i = 0; i < n->events->n; i++)
		if (is_of(&n->events->v[i], sid)) {
			found = true;
			note(n, &n->events->v[i]);
		}
	n->orphan |= n->comes && !found && ad_placeholder_is(sid);
	return false;
}

static void visit_values(struct naming *n, const struct ad_list *l)
{
	for (size_t i = 0; i < n->events->n; i++) {
		const struct event *e = &n->events->v[i];

		if (e->c != n->c && ad_list_find(l, AD_MERGE_SET, e->c->dn, strlen(e->c->dn)) >= 0)
			note(n, e);
	}
}

static bool visit_list(struct naming *n, struct ad_edit *edit, bool comes, struct ad_err *err)
{
	struct ad_list *l = comes ? &edit->after : &edit->before;

	n->comes = comes;
	if (edit->merge != AD_MERGE_SD)
		visit_values(n, l);
	else if (!ad_placeholder_each(l, visit_sid, n, err))
		return ad_err_where(err, NULL, n->c->dn);
	return true;
}

static bool refuse_orphan(const struct ad_change *c, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%s would get permissions for a group that the plan does not make", c->label);
	return ad_err_hint(err, "make the group first");
}

/* Placeholders are looked for in any case, the rest only where objects come or go. */
static bool visit_change(const struct events *events, struct ad_change *c, struct ad_err *err)
{
	struct naming n = { .events = events, .c = c };

	if (c->state == AD_CHANGE_DONE)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if ((c->edits[i].merge == AD_MERGE_SD || events->n) &&
			(!visit_list(&n, &c->edits[i], true, err) ||
				!visit_list(&n, &c->edits[i], false, err)))
			return false;
	return !n.orphan || refuse_orphan(c, err);
}

/* ---- several changes of one object ---- */

static int by_object(const void *a, const void *b)
{
	const struct ad_change *x = *(struct ad_change *const *)a,
			       *y = *(struct ad_change *const *)b;
	int d = ad_casecmp(x->dn, strlen(x->dn), y->dn, strlen(y->dn));

	if (d == 0 && x->ld != y->ld)
		return x->ld < y->ld ? -1 : 1;
	return d ? d : (x->place > y->place) - (x->place < y->place);
}

/* Numbers the changes by their place in the plan, from 1. */
static struct ad_change **number(struct ad_plan *p)
{
	size_t n = ad_plan_count(p);
	struct ad_change **list = ad_realloc(NULL, n, sizeof *list);

	for (size_t i = 0; i < n; i++) {
		list[i] = ad_plan_at(p, i);
		list[i]->place = i + 1;
	}
	return list;
}

static void keep_order(struct ad_plan *p)
{
	struct ad_change **list = number(p);
	size_t n = ad_plan_count(p);

	qsort(list, n, sizeof *list, by_object);
	for (size_t i = 1; i < n; i++)
		if (list[i]->ld == list[i - 1]->ld && ad_caseeq(list[i]->dn, list[i - 1]->dn))
			ad_change_wait(list[i], list[i - 1]);
	free(list);
}

/* ---- circles ---- */

/* Takes away again and again what waits for nothing that is left: the rest is a circle. */
static bool check_circles(struct ad_plan *p, struct ad_err *err)
{
	struct ad_change **left = number(p);
	size_t n = ad_plan_count(p), had = n + 1;
	bool ok;

	while (n && n < had) {
		size_t kept = 0;

		had = n;
		for (size_t i = 0; i < n; i++) {
			struct ad_change *c = left[i];
			size_t k = 0;

			while (k < c->n_after && !c->after[k]->place)
				k++;
			if (k < c->n_after)
				left[kept++] = c;
			else
				c->place = 0;
		}
		n = kept;
	}
	ok = n == 0;
	if (!ok) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%s and %s wait for each other: each needs the other one to be written first",
			left[0]->label, left[n - 1]->label);
		ad_err_hint(err, "write them as two plans, one after the other");
	}
	free(left);
	return ok;
}

bool ad_plan_order(struct ad_plan *p, struct ad_err *err)
{
	struct events events;
	bool ok = true;

	if (ad_plan_count(p) == 0)
		return true;
	find_events(&events, p);
	for (size_t i = 0; i < ad_plan_count(p) && ok; i++)
		ok = visit_change(&events, ad_plan_at(p, i), err);
	free(events.v);
	if (!ok)
		return false;
	keep_order(p);
	return check_circles(p, err);
}

bool ad_plan_is_free(const struct ad_change *c, bool *failed)
{
	bool is_free = true;

	*failed = false;
	for (size_t i = 0; i < c->n_after; i++) {
		is_free = is_free && c->after[i]->state == AD_CHANGE_DONE;
		*failed |= c->after[i]->state == AD_CHANGE_FAILED ||
			   c->after[i]->state == AD_CHANGE_UNKNOWN;
	}
	return is_free;
}
