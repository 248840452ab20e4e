/* Stand-ins for SIDs. See standin.h. */
#include "ad/standin.h"
#include "ad/group.h"
#include "base/mem.h"
#include "codec/dn.h"
#include "codec/sd.h"
#include "net/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 5

void ad_standin_make(struct ad_sid *out, const char *dn)
{
	struct ad_buf key = AD_BUF_INIT;
	char hex[AD_SHA256_TEXT], text[AD_SID_TEXT] = "S-1-0";
	size_t at = strlen(text);
	unsigned part;

	if (!ad_dn_normalise(&key, dn))
		ad_buf_puts(&key, dn);
	ad_sha256(key.data, key.len, hex);
	ad_buf_clear(&key);
	for (int i = 0; i < PARTS && sscanf(hex + 8 * i, "%8x", &part) == 1; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "-%u", part);
	ad_sid_parse(out, text, NULL);
}

static bool is_standin(const struct ad_sid *sid)
{
	static const unsigned char head[] = { 1, PARTS, 0, 0, 0, 0, 0, 0 };

	return sid->len > sizeof head && memcmp(sid->bytes, head, sizeof head) == 0;
}

/* ---- descriptors ---- */

/* Calls visit for the trustee of each entry of the descriptor, a value; true: it was changed. */
typedef bool visitor(void *arg, struct ad_sid *sid);

static bool visit_value(struct ad_value *v, visitor *visit, void *arg, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *sd;
	bool changed = false, ok;

	if (!ad_sd_decode(&sd, v->data, v->len, err))
		return false;
	for (size_t i = 0; sd->dacl && i < sd->dacl->count; i++)
		changed |= visit(arg, &sd->dacl->ace[i].sid);
	ok = !changed || ad_sd_encode(sd, &bytes, err);
	if (changed && ok) {
		free((char *)v->data);
		v->data = ad_memdup(bytes.data, bytes.len);
		v->len = bytes.len;
	}
	ad_buf_clear(&bytes);
	ad_sd_free(sd);
	return ok;
}

static bool visit_list(struct ad_list *l, visitor *visit, void *arg, struct ad_err *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (!visit_value(&l->v[i], visit, arg, err))
			return false;
	return true;
}

static bool visit_change(const struct ad_change *c, visitor *visit, void *arg, struct ad_err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->edits[i].merge == AD_MERGE_SD &&
			(!visit_list(&c->edits[i].before, visit, arg, err) ||
				!visit_list(&c->edits[i].after, visit, arg, err)))
			return ad_err_where(err, NULL, c->dn);
	return true;
}

/* ---- the SID is known ---- */

struct exchange {
	struct ad_sid old, standin, real;
	bool any;
};

static bool replace(void *arg, struct ad_sid *sid)
{
	struct exchange *x = arg;

	if (ad_sid_equal(sid, &x->real) ||
		(!ad_sid_equal(sid, &x->old) && !ad_sid_equal(sid, &x->standin)))
		return false;
	*sid = x->real;
	x->any = true;
	return true;
}

bool ad_standin_settle(struct ad_plan *p, struct ad_change *c, const struct ad_sid *sid,
	struct ad_journal *j, struct ad_err *err)
{
	struct exchange x = { .old = c->sid, .real = *sid };

	/* a run that was killed may know the SID here, and not yet there */
	ad_standin_make(&x.standin, c->dn);
	c->sid = *sid;
	for (size_t i = 0; i < ad_plan_count(p) && x.old.len; i++) {
		struct ad_change *other = ad_plan_at(p, i);

		x.any = false;
		if (other->state != AD_CHANGE_PENDING)
			continue;
		if (!visit_change(other, replace, &x, err) ||
			(x.any && j && !ad_journal_again(j, other, err)))
			return false;
	}
	return true;
}

/* ---- is it known? ---- */

/* What a plan makes and has not made yet. */
struct coming {
	struct one {
		const struct ad_change *c;
		size_t at; /* in the plan */
		struct ad_sid standin;
	} * v;
	size_t n;
};

static void find_coming(struct coming *list, struct ad_plan *p)
{
	*list = (struct coming){ NULL, 0 };
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!c->kind || !c->kind->is_object || !c->sid.len || c->state == AD_CHANGE_DONE ||
			!ad_group_is_made(c))
			continue;
		list->v = ad_realloc(list->v, list->n + 1, sizeof *list->v);
		list->v[list->n] = (struct one){ .c = c, .at = i };
		ad_standin_make(&list->v[list->n++].standin, c->dn);
	}
}

struct search {
	const struct coming *coming;
	size_t before; /* what is made earlier than this counts as there */
	const char *missing; /* what is not there: its label, or "" when nothing makes it */
};

static bool look_for(void *arg, struct ad_sid *sid)
{
	struct search *s = arg;
	bool found = false;

	for (size_t i = 0; i < s->coming->n; i++) {
		const struct one *o = &s->coming->v[i];

		if (!ad_sid_equal(&o->c->sid, sid) && !ad_sid_equal(&o->standin, sid))
			continue;
		found = true;
		if (o->at >= s->before)
			s->missing = o->c->label;
	}
	if (!found && is_standin(sid))
		s->missing = "";
	return false;
}

static bool find_missing(const struct ad_change *c, struct search *s, struct ad_err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->edits[i].merge == AD_MERGE_SD &&
			!visit_list(&c->edits[i].after, look_for, s, err))
			return ad_err_where(err, NULL, c->dn);
	if (!s->missing)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%s would be given permissions on %s, and is not there",
		*s->missing ? s->missing : "a group that the plan does not make", c->label);
	return ad_err_hint(err, "make the group first");
}

bool ad_standin_ready(struct ad_plan *p, const struct ad_change *c, struct ad_err *err)
{
	struct coming coming;
	struct search s = { .coming = &coming };
	bool ok;

	find_coming(&coming, p);
	ok = find_missing(c, &s, err);
	free(coming.v);
	return ok;
}

bool ad_standin_check(struct ad_plan *p, struct ad_err *err)
{
	struct coming coming;
	bool ok = true;

	find_coming(&coming, p);
	for (size_t i = 0; i < ad_plan_count(p) && ok; i++) {
		const struct ad_change *c = ad_plan_at(p, i);
		/* attributes of objects are sent in another order */
		struct search s = { .coming = &coming, .before = c->kind ? i : 0 };

		ok = find_missing(c, &s, err);
	}
	free(coming.v);
	return ok;
}
