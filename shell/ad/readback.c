/* Reading objects again. See readback.h. */
#include "ad/readback.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/guid.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 100 /* objects in one search */

/* ---- one object ---- */

static const char **edit_attrs(const struct ad_change *c)
{
	const char **attrs = ad_alloc((c->n + 2) * sizeof *attrs);
	size_t i;

	for (i = 0; i < c->n; i++)
		attrs[i] = c->edits[i].attr;
	attrs[c->n] = "objectGUID";
	return attrs;
}

/* By GUID where there is one: the object may have another name by now. */
static bool read_again(
	struct ad_entry **e, struct ad_ldap *ld, const struct ad_change *c, struct ad_err *err)
{
	const char **attrs = edit_attrs(c);
	char *dn = c->guid ? ad_format("<GUID=%s>", c->guid) : ad_strdup(c->dn);
	bool ok = ad_search_base(e, ld, dn, attrs, err);

	free(dn);
	free(attrs);
	return ok;
}

bool ad_readback_rebase(struct ad_change *c, struct ad_err *err)
{
	struct ad_entry *e;
	bool ok = true;
	size_t i;

	if (!read_again(&e, c->ld, c, err))
		return false;
	free(c->dn);
	c->dn = ad_strdup(ad_entry_dn(e));
	for (i = 0; i < c->n && ok; i++) {
		struct ad_list now;

		ad_list_read(&now, e, c->edits[i].attr);
		ok = ad_edit_rebase(&c->edits[i], &now, err);
		ad_list_clear(&now);
	}
	ad_entry_free(e);
	return ok;
}

/* ---- what is there now, against what was wanted ---- */

enum verdict { AS_WANTED, AS_BEFORE, OTHERWISE };

static enum verdict compare(const struct ad_change *c, struct ad_entry *e, const char **attr)
{
	bool wanted = true, before = true;
	size_t i;

	for (i = 0; i < c->n; i++) {
		struct ad_edit *edit = &c->edits[i];
		struct ad_list now;

		ad_list_read(&now, e, edit->attr);
		if (!ad_edit_holds(edit, &now)) {
			wanted = false;
			*attr = edit->attr;
		}
		before = before && ad_list_equal(&edit->before, &now, edit->merge);
		ad_list_clear(&now);
	}
	return wanted ? AS_WANTED : before ? AS_BEFORE : OTHERWISE;
}

static void judge(struct ad_change *c, struct ad_entry *e)
{
	const char *attr = "";
	enum verdict v = compare(c, e, &attr);

	if (v == AS_WANTED) {
		c->state = AD_CHANGE_DONE;
		return;
	}
	if (c->state == AD_CHANGE_UNKNOWN) {
		c->state = v == AS_BEFORE ? AD_CHANGE_PENDING : AD_CHANGE_UNKNOWN;
		return;
	}
	c->state = AD_CHANGE_FAILED;
	ad_err_set(&c->err, AD_ERR_CONFLICT, "guard", 0,
		"the server reported success, but %s reads back differently", attr);
	ad_err_where(&c->err, "read-back", c->dn);
	ad_err_hint(&c->err,
		"somebody else may be editing the same object: look at it, then run again");
}

/* ---- many objects: one search for a chunk ---- */

struct batch {
	struct ad_change *c[CHUNK];
	bool seen[CHUNK];
	size_t n;
};

static void add_attr(const char **attrs, size_t *n, size_t max, const char *attr)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (ad_caseeq(attrs[i], attr))
			return;
	if (*n < max)
		attrs[(*n)++] = attr;
}

/* The attributes that any change of the batch touches. */
static void batch_attrs(const struct batch *b, const char *attrs[], size_t max)
{
	size_t i, k, n = 0;

	add_attr(attrs, &n, max, "objectGUID");
	for (i = 0; i < b->n; i++)
		for (k = 0; k < b->c[i]->n; k++)
			add_attr(attrs, &n, max, b->c[i]->edits[k].attr);
	attrs[n] = NULL;
}

static void batch_filter(const struct batch *b, struct ad_buf *filter)
{
	unsigned char guid[16];
	size_t i;

	ad_buf_puts(filter, "(|");
	for (i = 0; i < b->n; i++)
		if (ad_guid_parse(guid, b->c[i]->guid, NULL)) {
			ad_buf_puts(filter, "(objectGUID=");
			ad_filter_escape_bytes(filter, guid, sizeof guid);
			ad_buf_puts(filter, ")");
		}
	ad_buf_puts(filter, ")");
}

static void judge_found(struct batch *b, struct ad_entry *e)
{
	struct ad_value v;
	char guid[37];
	size_t i;

	if (!ad_entry_first(e, "objectGUID", &v) || v.len != 16)
		return;
	ad_guid_format(v.data, guid);
	for (i = 0; i < b->n; i++)
		if (strcmp(b->c[i]->guid, guid) == 0) {
			b->seen[i] = true;
			judge(b->c[i], e);
		}
}

/* What the one search did not find (another naming context) is read one by one. */
static bool judge_missing(
	struct batch *b, struct ad_ldap *ld, struct ad_report *report, struct ad_err *err)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		struct ad_entry *e;

		if (b->seen[i])
			continue;
		report->readbacks++;
		if (!read_again(&e, ld, b->c[i], err))
			return false;
		judge(b->c[i], e);
		ad_entry_free(e);
	}
	return true;
}

static bool judge_batch(
	struct batch *b, struct ad_ldap *ld, struct ad_report *report, struct ad_err *err)
{
	const char *attrs[32];
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .attrs = attrs };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	batch_attrs(b, attrs, 31);
	batch_filter(b, &filter);
	o.filter = ad_buf_text(&filter);
	if (ad_search_open(&s, ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) > 0) {
			judge_found(b, e);
			ad_entry_free(e);
		}
	report->readbacks += s ? ad_search_requests(s) : 0;
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got == 0 && judge_missing(b, ld, report, err);
}

/* ---- the plan, directory by directory ---- */

static bool to_be_read(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && (c->state == AD_CHANGE_DONE || c->state == AD_CHANGE_UNKNOWN);
}

static bool read_directory(struct ad_plan *p, struct ad_ldap *of, struct ad_ldap *via,
	struct ad_report *report, struct ad_err *err)
{
	struct batch b = { .n = 0 };
	size_t i;
	bool ok = true;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (!to_be_read(c, of))
			continue;
		b.seen[b.n] = c->guid == NULL;
		b.c[b.n++] = c;
		if (b.n == CHUNK) {
			ok = judge_batch(&b, via, report, err);
			memset(&b, 0, sizeof b);
		}
	}
	return ok && (b.n == 0 || judge_batch(&b, via, report, err));
}

/* On the connection that wrote, or on a new one to the same DC when that one broke. */
static bool read_through(
	struct ad_plan *p, struct ad_ldap *ld, struct ad_report *report, struct ad_err *err)
{
	struct ad_ldap *again;
	bool ok;

	if (ad_ldap_alive(ld))
		return read_directory(p, ld, ld, report, err);
	if (!ad_ldap_reopen(&again, ld, false, err))
		return false;
	ok = read_directory(p, ld, again, report, err);
	ad_ldap_free(again);
	return ok;
}

bool ad_readback(struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	size_t i, k;
	bool ok = true;

	for (i = 0; i < ad_plan_count(p) && ok; i++) {
		struct ad_change *c = ad_plan_at(p, i);

		for (k = 0; k < i && !to_be_read(ad_plan_at(p, k), c->ld); k++)
			continue;
		if (k == i && to_be_read(c, c->ld)) /* the first one of its directory */
			ok = read_through(p, c->ld, report, err);
	}
	return ok;
}
