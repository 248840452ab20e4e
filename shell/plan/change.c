/* Changes. See change.h. */
#include "plan/change.h"
#include "base/mem.h"
#include "base/text.h"
#include "plan/merge.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- edits ---- */

void ad_edit_difference(const struct ad_edit *e, struct ad_list *add, struct ad_list *remove)
{
	/* a single value that changes has to go even where it is "the same" for the schema */
	enum ad_merge m = e->merge == AD_MERGE_SET ? AD_MERGE_SET : AD_MERGE_EXACT;

	ad_list_share(add, &e->after);
	ad_list_subtract(add, m, e->before.v, e->before.n);
	ad_list_share(remove, &e->before);
	ad_list_subtract(remove, m, e->after.v, e->after.n);
}

bool ad_edit_rebase(struct ad_edit *e, const struct ad_list *current, struct ad_err *err)
{
	struct ad_list add, remove, after;
	bool ok = true;

	if (ad_list_equal(&e->before, current, AD_MERGE_EXACT))
		return true;
	ad_list_copy(&after, current);
	ad_edit_difference(e, &add, &remove);
	switch (e->merge) {
	case AD_MERGE_SET:
		ad_list_subtract(&after, e->merge, remove.v, remove.n);
		ad_list_unite(&after, e->merge, add.v, add.n);
		break;
	case AD_MERGE_BITS: ok = ad_merge_bits(&after, &e->before, &e->after, err); break;
	case AD_MERGE_SD: ok = ad_merge_sd(&after, &e->before, &e->after, err); break;
	case AD_MERGE_EXACT:
	case AD_MERGE_TEXT:
		if (!ad_list_equal(&e->after, current, e->merge) &&
			ad_list_subtract(&after, e->merge, remove.v, remove.n) != remove.n)
			ok = ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
				"a value of %s to be replaced was changed by someone else",
				e->attr);
		ad_list_unite(&after, e->merge, add.v, add.n);
		break;
	}
	ad_list_clear(&add);
	ad_list_clear(&remove);
	if (!ok) {
		ad_list_clear(&after);
		return false;
	}
	ad_list_clear(&e->before);
	ad_list_clear(&e->after);
	ad_list_copy(&e->before, current);
	e->after = after;
	return true;
}

bool ad_edit_holds(const struct ad_edit *e, const struct ad_list *current)
{
	struct ad_edit probe = { e->attr, e->merge, { 0 }, { 0 } };
	bool holds;

	if (e->merge == AD_MERGE_EXACT || e->merge == AD_MERGE_TEXT ||
		ad_list_equal(&e->after, current, e->merge))
		return ad_list_equal(&e->after, current, e->merge);
	ad_list_share(&probe.before, &e->before);
	ad_list_share(&probe.after, &e->after);
	/* true already: doing it again on top of current changes nothing */
	holds = ad_edit_rebase(&probe, current, NULL) &&
		ad_list_equal(&probe.before, &probe.after, probe.merge);
	ad_list_clear(&probe.before);
	ad_list_clear(&probe.after);
	return holds;
}

static void clear_edit(struct ad_edit *e)
{
	free(e->attr);
	ad_list_clear(&e->before);
	ad_list_clear(&e->after);
}

/* ---- verdicts ---- */

void ad_verdict_clear(struct ad_verdict *v)
{
	free(v->widens);
	free(v->touches);
	*v = (struct ad_verdict){ NULL, NULL };
}

static void add_reason(char **to, const char *fmt, va_list ap)
{
	struct ad_buf why = AD_BUF_INIT;
	char *joined;

	ad_buf_vprintf(&why, fmt, ap);
	if (!*to || !strstr(*to, ad_buf_text(&why))) {
		joined = *to ? ad_format("%s; %s", *to, ad_buf_text(&why))
			     : ad_strdup(ad_buf_text(&why));
		free(*to);
		*to = joined;
	}
	ad_buf_clear(&why);
}

void ad_verdict_widens(struct ad_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_reason(&v->widens, fmt, ap);
	va_end(ap);
}

void ad_verdict_touches(struct ad_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_reason(&v->touches, fmt, ap);
	va_end(ap);
}

/* ---- changes ---- */

const char *ad_change_state_name(enum ad_change_state s)
{
	static const char *const names[] = {
		[AD_CHANGE_PENDING] = "pending",
		[AD_CHANGE_DONE] = "done",
		[AD_CHANGE_UNKNOWN] = "unknown",
		[AD_CHANGE_FAILED] = "failed",
	};

	return names[s];
}

struct ad_change *ad_change_new(const struct ad_kind *kind, struct ad_ldap *ld, const char *dn,
	const char *guid, const char *label)
{
	struct ad_change *c = ad_alloc(sizeof *c);

	c->ld = ad_ldap_ref(ld);
	c->kind = kind;
	c->dn = ad_strdup(dn);
	c->guid = ad_strdup(guid);
	c->label = ad_strdup(label);
	return c;
}

void ad_change_free(struct ad_change *c)
{
	while (c->n)
		clear_edit(&c->edits[--c->n]);
	free(c->edits);
	free(c->after);
	free(c->dn);
	free(c->guid);
	free(c->label);
	free(c->confirmed);
	ad_verdict_clear(&c->verdict);
	ad_ldap_free(c->ld);
	free(c);
}

const struct ad_edit *ad_change_find(const struct ad_change *c, const char *attr)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (ad_caseeq(c->edits[i].attr, attr))
			return &c->edits[i];
	return NULL;
}

static struct ad_edit *add_edit(struct ad_change *c, const char *attr, enum ad_merge merge)
{
	struct ad_edit *edit;

	c->edits = ad_realloc(c->edits, c->n + 1, sizeof *c->edits);
	edit = &c->edits[c->n++];
	*edit = (struct ad_edit){ .attr = ad_strdup(attr), .merge = merge };
	return edit;
}

struct ad_edit *ad_change_restore(struct ad_change *c, const char *attr, struct ad_err *err)
{
	enum ad_merge merge;

	if (ad_change_find(c, attr))
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "two edits of %s in one change of %s",
			attr, c->label);
	else if (ad_kind_merge(&merge, c->kind, attr))
		return add_edit(c, attr, merge);
	else
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"a change of the kind '%s' cannot edit '%s'", c->kind->name, attr);
	ad_err_where(err, "restore", c->dn);
	return NULL;
}

struct ad_edit *ad_change_edit(struct ad_change *c, struct ad_entry *e, const char *attr)
{
	struct ad_edit *edit = (struct ad_edit *)ad_change_find(c, attr);
	enum ad_merge merge = AD_MERGE_EXACT;

	if (edit)
		return edit;
	ad_kind_merge(&merge, c->kind, attr);
	edit = add_edit(c, attr, merge);
	ad_list_read(&edit->before, e, attr);
	ad_list_share(&edit->after, &edit->before);
	return edit;
}

static const struct ad_edit *existence(const struct ad_change *c)
{
	return c->kind->existence ? ad_change_find(c, c->kind->existence) : NULL;
}

bool ad_change_makes(const struct ad_change *c)
{
	const struct ad_edit *is = existence(c);

	return is && !is->before.n && is->after.n;
}

bool ad_change_removes(const struct ad_change *c)
{
	const struct ad_edit *is = existence(c);

	return is && is->before.n && !is->after.n;
}

void ad_change_wait(struct ad_change *c, struct ad_change *other)
{
	for (size_t i = 0; i < c->n_after; i++)
		if (c->after[i] == other)
			return;
	if (c == other)
		return;
	c->after = ad_realloc(c->after, c->n_after + 1, sizeof *c->after);
	c->after[c->n_after++] = other;
}

bool ad_change_fits(const struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct ad_list now = ad_list_borrow(e, c->edits[i].attr);

		if (!ad_list_equal(&now, &c->edits[i].before, AD_MERGE_EXACT)) {
			ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
				"%s was changed by someone else", c->edits[i].attr);
			return ad_err_where(err, "modify", c->dn);
		}
	}
	return true;
}
