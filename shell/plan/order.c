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

/* The changes by which objects come or go, those that are done left out, and what names them: DNs,
 * and SIDs with placeholders. */
struct events {
	struct event {
		struct ad_change *c;
		struct ad_sid placeholder;
		bool comes;
	} * v;
	size_t n;
	struct name {
		const void *data;
		size_t len;
		const struct event *e;
	} * dns, *sids;
	size_t n_sids;
};

static int by_dn(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return ad_casecmp(x->data, x->len, y->data, y->len);
}

static int by_sid(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int d = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return d ? d : (x->len > y->len) - (x->len < y->len);
}

static void add_sid(struct events *list, const struct ad_sid *sid, const struct event *e)
{
	if (sid->len)
		list->sids[list->n_sids++] = (struct name){ sid->bytes, sid->len, e };
}

static void find_names(struct events *list)
{
	list->dns = ad_realloc(NULL, list->n, sizeof *list->dns);
	list->sids = ad_realloc(NULL, 2 * list->n, sizeof *list->sids);
	for (size_t i = 0; i < list->n; i++) {
		const struct event *e = &list->v[i];

		list->dns[i] = (struct name){ e->c->dn, strlen(e->c->dn), e };
		add_sid(list, &e->placeholder, e);
		if (!ad_sid_equal(&e->placeholder, &e->c->sid))
			add_sid(list, &e->c->sid, e);
	}
	qsort(list->dns, list->n, sizeof *list->dns, by_dn);
	qsort(list->sids, list->n_sids, sizeof *list->sids, by_sid);
}

static void find_events(struct events *list, struct ad_plan *p)
{
	*list = (struct events){ .v = ad_realloc(NULL, ad_plan_count(p), sizeof *list->v) };
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);
		bool comes = ad_change_makes(c);
		struct event *e;

		if (!c->kind->in_directory || (!comes && !ad_change_removes(c)))
			continue;
		e = &list->v[list->n++];
		*e = (struct event){ .c = c, .comes = comes };
		ad_placeholder_make(&e->placeholder, c->dn);
	}
	if (list->n)
		find_names(list);
}

static void clear_events(struct events *list)
{
	free(list->v);
	free(list->dns);
	free(list->sids);
}

/* ---- what names an object ---- */

struct naming {
	const struct events *events;
	struct ad_change *c;
	bool comes; /* of the values that will be there, else of those that were */
	bool orphan; /* a placeholder that nobody makes */
};

/* c names the object of e, before or after. */
static void note(struct naming *n, const struct event *e)
{
	if (e->comes && n->comes)
		ad_change_wait(n->c, e->c);
	else if (!e->comes && !n->comes)
		ad_change_wait(e->c, n->c);
}

/* Notes all events of this name; false: there is none. */
static bool note_name(struct naming *n, const struct name *names, size_t count,
	const struct name *key, int (*compare)(const void *, const void *))
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (compare(&names[mid], key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	for (to = from; to < count && compare(&names[to], key) == 0; to++)
		note(n, names[to].e);
	return to > from;
}

static bool visit_sid(void *arg, struct ad_sid *sid)
{
	struct naming *n = arg;
	struct name key = { sid->bytes, sid->len, NULL };
	bool found = note_name(n, n->events->sids, n->events->n_sids, &key, by_sid);

	n->orphan |= n->comes && !found && ad_placeholder_is(sid);
	return false;
}

static void visit_values(struct naming *n, const struct ad_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct name key = { l->v[i].data, l->v[i].len, NULL };

		note_name(n, n->events->dns, n->events->n, &key, by_dn);
	}
}

static bool visit_list(struct naming *n, struct ad_edit *edit, bool comes, struct ad_err *err)
{
	struct ad_list *l = comes ? &edit->after : &edit->before;

	n->comes = comes;
	if (!ad_placeholder_in(edit->merge))
		visit_values(n, l);
	else if (!ad_placeholder_each(l, edit->merge, visit_sid, n, err))
		return ad_err_where(err, NULL, n->c->dn);
	return true;
}

static bool refuse_orphan(const struct ad_change *c, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%s refers to a group that the plan does not create", c->label);
	return ad_err_hint(err, "create the group first");
}

/* Placeholders are looked for in any case, the rest only where objects come or go. */
static bool visit_change(const struct events *events, struct ad_change *c, struct ad_err *err)
{
	struct naming n = { .events = events, .c = c };

	if (c->state == AD_CHANGE_DONE)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if ((ad_placeholder_in(c->edits[i].merge) || events->n) &&
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

enum { NOT_SEEN, ON_THE_WAY, PAST }; /* in place */

struct step {
	struct ad_change *c;
	size_t next; /* of what it waits for */
};

/* Goes from c to what it waits for, and on. True: it came back to *other, for which *one waits. */
static bool find_circle(
	struct step *way, struct ad_change *c, struct ad_change **one, struct ad_change **other)
{
	size_t n = 0;

	for (way[n++] = (struct step){ c, 0 }; n;) {
		struct step *s = &way[n - 1];
		struct ad_change *next;

		s->c->place = ON_THE_WAY;
		if (s->next == s->c->n_after) {
			s->c->place = PAST;
			n--;
			continue;
		}
		next = s->c->after[s->next++];
		if (next->place == ON_THE_WAY) {
			*one = s->c;
			*other = next;
			return true;
		}
		if (next->place == NOT_SEEN)
			way[n++] = (struct step){ next, 0 };
	}
	return false;
}

static bool check_circles(struct ad_plan *p, struct ad_err *err)
{
	struct ad_change *one, *other;
	size_t i, n = ad_plan_count(p);
	struct step *way = ad_realloc(NULL, n, sizeof *way);
	bool found = false;

	for (i = 0; i < n; i++)
		ad_plan_at(p, i)->place = NOT_SEEN;
	for (i = 0; i < n && !found; i++)
		found = ad_plan_at(p, i)->place == NOT_SEEN &&
			find_circle(way, ad_plan_at(p, i), &one, &other);
	free(way);
	if (!found)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%s and %s depend on each other: each requires the other one to be written first",
		one->label, other->label);
	return ad_err_hint(err, "write them as two plans, one after the other");
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
	clear_events(&events);
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
