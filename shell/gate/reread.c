/* Reading many objects again. See reread.h. */
#include "gate/reread.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/guid.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 100 /* objects in one search */
#define ATTRS 32 /* attributes that one batch can touch */

struct batch {
	struct ad_change **c;
	bool seen[CHUNK];
	size_t n;
	const char *attrs[ATTRS + 1];
};

static void add_attr(const char **attrs, const char *attr)
{
	size_t i;

	for (i = 0; attrs[i]; i++)
		if (ad_caseeq(attrs[i], attr))
			return;
	if (i < ATTRS)
		attrs[i] = attr;
}

static void choose_attrs(struct batch *b, const char *const *wanted)
{
	size_t i, k;

	add_attr(b->attrs, "objectGUID");
	for (i = 0; wanted && wanted[i]; i++)
		add_attr(b->attrs, wanted[i]);
	for (i = 0; i < b->n && !wanted; i++)
		for (k = 0; k < b->c[i]->n; k++)
			add_attr(b->attrs, b->c[i]->edits[k].attr);
}

static void make_filter(const struct batch *b, struct ad_buf *filter)
{
	unsigned char guid[AD_GUID_SIZE];
	size_t i;

	ad_buf_puts(filter, "(|");
	for (i = 0; i < b->n; i++)
		if (b->c[i]->guid && ad_guid_parse(guid, b->c[i]->guid, NULL)) {
			ad_buf_puts(filter, "(objectGUID=");
			ad_filter_escape_bytes(filter, guid, sizeof guid);
			ad_buf_puts(filter, ")");
		}
	ad_buf_puts(filter, ")");
}

static bool visit_found(
	struct ad_reread *r, struct batch *b, struct ad_entry *e, struct ad_err *err)
{
	char guid[AD_GUID_TEXT];
	struct ad_value v;
	size_t i;

	if (!ad_entry_first(e, "objectGUID", &v) || v.len != AD_GUID_SIZE)
		return true;
	ad_guid_format(v.data, guid);
	for (i = 0; i < b->n; i++)
		if (!b->seen[i] && b->c[i]->guid && strcmp(b->c[i]->guid, guid) == 0) {
			b->seen[i] = true;
			return r->visit(r->arg, b->c[i], e, err);
		}
	return true;
}

static bool search_batch(struct ad_reread *r, struct batch *b, struct ad_err *err)
{
	struct ad_search_options o = {
		.scope = AD_SCOPE_SUBTREE, .attrs = b->attrs, .whole = true
	};
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	make_filter(b, &filter);
	o.filter = ad_buf_text(&filter);
	if (ad_search_open(&s, r->via, &o, err))
		while ((got = ad_search_next(s, &e, err)) > 0) {
			bool ok = visit_found(r, b, e, err);

			ad_entry_free(e);
			if (!ok) {
				got = -1;
				break;
			}
		}
	r->requests += s ? ad_search_requests(s) : 0;
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got == 0;
}

static bool read_one(struct ad_reread *r, struct batch *b, struct ad_change *c, struct ad_err *err)
{
	char *dn = c->guid ? ad_format("<GUID=%s>", c->guid) : ad_strdup(c->dn);
	struct ad_entry *e = NULL;
	bool ok = ad_search_base(&e, r->via, dn, b->attrs, err);

	free(dn);
	r->requests++;
	if (!ok && (!err || err->kind != AD_ERR_NOTFOUND))
		return false;
	ok = r->visit(r->arg, c, e, err);
	ad_entry_free(e);
	return ok;
}

static bool read_batch(struct ad_reread *r, struct batch *b, struct ad_err *err)
{
	size_t i;

	choose_attrs(b, r->attrs);
	if (b->n > 1 && !search_batch(r, b, err))
		return false;
	/* what that did not find is gone, or in another naming context, or has no GUID */
	for (i = 0; i < b->n; i++)
		if (!b->seen[i] && !read_one(r, b, b->c[i], err))
			return false;
	return true;
}

/* The kind says how it is read. */
static bool read_by_kind(struct ad_reread *r, struct ad_change *c, struct ad_err *err)
{
	struct ad_entry *e = NULL;
	bool ok = c->kind->read(&e, c, err);

	r->requests++;
	if (!ok && err->kind != AD_ERR_NOTFOUND)
		return false;
	ok = r->visit(r->arg, c, e, err);
	ad_entry_free(e);
	return ok;
}

bool ad_reread(struct ad_reread *r, struct ad_change **list, size_t n, struct ad_err *err)
{
	struct ad_change **plain = ad_realloc(NULL, n + 1, sizeof *plain);
	struct ad_err own;
	size_t i, count = 0;
	bool ok = true;

	err = err ? err : &own;
	for (i = 0; i < n && ok; i++)
		if (list[i]->kind->read && !r->attrs)
			ok = read_by_kind(r, list[i], err);
		else
			plain[count++] = list[i];
	for (i = 0; i < count && ok; i += CHUNK) {
		struct batch b = { .c = plain + i, .n = count - i < CHUNK ? count - i : CHUNK };

		ok = read_batch(r, &b, err);
	}
	free(plain);
	return ok;
}
