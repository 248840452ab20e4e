/* Searches of a snapshot. See stored.h. */
#include "net/stored_priv.h"

#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/guid.h"
#include "codec/sid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OFTEN 4096 /* objects between two looks at Ctrl-C */

struct ad_stored_search {
	struct ad_stored *s;
	struct ad_stored_filter *filter;
	bool root; /* the rootDSE is what was asked for */
	size_t domain;
	bool everywhere; /* a catalog's search of all of its forest */
	size_t forest;
	enum ad_scope scope;
	char *base; /* normal form */
	size_t base_place;
	size_t first, end; /* the places to look at */
	size_t *candidates, n_candidates; /* only these of them, when has_candidates */
	bool has_candidates;
	size_t at;
	char **attrs; /* NULL: all */
	bool names_dn;
	struct ad_buf entry;
};

bool ad_stored_lacks(const struct ad_stored *s, const char *what, struct ad_err *err)
{
	struct ad_value taken = { "", 0 };

	ad_entry_first(s->head, "taken", &taken);
	ad_err_set(err, AD_ERR_FAILED, "snapshot", 0, "the snapshot %s of %.*s does not hold %s",
		s->path, (int)taken.len, taken.data, what);
	return ad_err_hint(err, "omit --from to query a domain controller");
}

/* --- where ------------------------------------------------------------------------------ */

static const struct ad_stored_context *context_of(const struct ad_stored *s, const char *normal)
{
	const struct ad_stored_context *best = NULL;

	for (size_t i = 0; i < s->n_contexts; i++)
		if (ad_dn_under(normal, s->context[i].normal) &&
			(!best || strlen(s->context[i].normal) > strlen(best->normal)))
			best = &s->context[i];
	return best;
}

/* "<SID=...>" and "<GUID=...>": a filter that finds the object. NULL: it is neither. */
static char *filter_of_number(const char *base)
{
	size_t n = strlen(base), at = !strncasecmp(base, "<SID=", 5)    ? 5
				      : !strncasecmp(base, "<GUID=", 6) ? 6
									: 0;
	struct ad_buf bytes = AD_BUF_INIT;
	unsigned char guid[AD_GUID_SIZE];
	struct ad_sid sid;
	char *text, *filter = NULL;

	if (!at || base[n - 1] != '>')
		return NULL;
	text = ad_strndup(base + at, n - at - 1);
	if (at == 5 && ad_sid_parse(&sid, text, NULL))
		ad_buf_add(&bytes, sid.bytes, sid.len);
	else if (at == 6 && ad_guid_parse(guid, text, NULL))
		ad_buf_add(&bytes, guid, sizeof guid);
	else
		for (const char *p = text; ad_hexdigit(p[0]) >= 0 && ad_hexdigit(p[1]) >= 0; p += 2)
			ad_buf_addc(&bytes,
				(unsigned char)(ad_hexdigit(p[0]) << 4 | ad_hexdigit(p[1])));
	if (bytes.len) {
		struct ad_buf escaped = AD_BUF_INIT;

		ad_buf_puts(&escaped, at == 5 ? "(objectSid=" : "(objectGUID=");
		for (size_t i = 0; i < bytes.len; i++)
			ad_buf_printf(&escaped, "\\%02x", bytes.data[i]);
		ad_buf_addc(&escaped, ')');
		filter = ad_buf_steal(&escaped);
	}
	ad_buf_clear(&bytes);
	free(text);
	return filter;
}

static bool no_such_object(const char *base, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_NOTFOUND, "ldap", 32, "no such object");
	snprintf(err->name, sizeof err->name, "noSuchObject");
	return ad_err_where(err, "search", base);
}

/* A base of that form becomes the DN of its object. */
static bool find_number(
	struct ad_stored_search *r, const char *base, const char *filter, struct ad_err *err)
{
	struct ad_stored_filter *f = NULL;
	size_t *place = NULL, n = 0, i;
	bool found = false;

	if (!ad_stored_filter_new(&f, r->s, filter, err))
		return false;
	ad_stored_candidates(f, &place, &n);
	for (i = 0; i < n && !found; i++)
		if (ad_stored_matches(f, place[i])) {
			struct ad_buf normal = AD_BUF_INIT;

			found = ad_dn_normalise(&normal, r->s->item[place[i]].dn);
			r->base = found ? ad_buf_steal(&normal) : NULL;
			ad_buf_clear(&normal);
		}
	free(place);
	ad_stored_filter_free(f);
	return found || no_such_object(base, err);
}

static bool find_base(struct ad_stored_search *r, const char *base, struct ad_err *err)
{
	struct ad_buf normal = AD_BUF_INIT;
	char *filter = filter_of_number(base);
	const struct ad_stored_context *c;
	bool ok = true;

	if (filter) {
		ok = find_number(r, base, filter, err);
		free(filter);
	} else if (ad_dn_normalise(&normal, base)) {
		r->base = normal.len ? ad_buf_steal(&normal) : ad_strdup("");
	} else {
		ok = ad_err_set(err, AD_ERR_FAILED, "ldap", 34, "not a valid DN: %s", base);
	}
	ad_buf_clear(&normal);
	if (!ok)
		return false;
	c = context_of(r->s, r->base);
	if (!c)
		return ad_stored_lacks(r->s, base, err);
	r->first = c->first;
	r->end = c->end;
	return ad_stored_find(r->s, r->base, &r->base_place) || no_such_object(base, err);
}

static bool is_in_forest(const struct ad_stored_search *r, size_t place)
{
	const struct ad_stored_context *c = r->s->context;

	while (place < c->first || place >= c->end)
		c++;
	return c->forest == r->forest;
}

/* The DN of base, or what lies below it. The server writes the DN of an object with that of its
 * parent behind it, so it is enough to compare the ends. */
static bool is_within(struct ad_stored_search *r, size_t place)
{
	const struct ad_stored_item *i = &r->s->item[place], *b = &r->s->item[r->base_place];
	const char *tail, *parent;
	size_t k;

	if (r->everywhere)
		return is_in_forest(r, place);
	if (place == r->base_place)
		return r->scope != AD_SCOPE_ONE;
	if (r->scope == AD_SCOPE_BASE || i->dn_len <= b->dn_len + 1)
		return false;
	tail = i->dn + (i->dn_len - b->dn_len);
	if (tail[-1] != ',' || ad_casecmp(tail, b->dn_len, b->dn, b->dn_len) != 0)
		return false;
	for (k = 0; tail - 2 - k >= i->dn && tail[-2 - (ptrdiff_t)k] == '\\'; k++)
		continue;
	if (k % 2)
		return false;
	if (r->scope == AD_SCOPE_SUBTREE)
		return true;
	parent = ad_dn_parent(i->dn);
	return parent && parent + strspn(parent, " ") == tail;
}

/* --- what of it ------------------------------------------------------------------------- */

/* Attributes that a directory hands out only when they are named. */
static bool is_asked_for_by_name(const struct ad_value *name)
{
	return ad_casecmp(name->data, name->len, "replPropertyMetaData", 20) == 0;
}

static bool wants(const struct ad_stored_search *r, const struct ad_value *name)
{
	char **a;

	if (!r->attrs)
		return !is_asked_for_by_name(name);
	for (a = r->attrs; *a; a++) {
		if (ad_casecmp(name->data, name->len, *a, strcspn(*a, ";")) == 0)
			return true;
		if (!strcmp(*a, "*") && !is_asked_for_by_name(name))
			return true;
	}
	return false;
}

static void add_dn(struct ad_buf *b, const struct ad_stored_item *i)
{
	static const struct ad_value name = { "distinguishedName", 17 };
	struct ad_buf v = AD_BUF_INIT;

	ad_entry_put_value(&v, i->dn, i->dn_len);
	ad_entry_put(b, &name, v.data, v.len);
	ad_buf_clear(&v);
}

static bool make_entry(struct ad_stored_search *r, const struct ad_stored_item *i,
	struct ad_entry **out, struct ad_err *err)
{
	struct ad_entry_walk w;
	struct ad_value name;

	r->entry.len = 0;
	if (r->names_dn)
		add_dn(&r->entry, i);
	for (ad_stored_walk(i, &w); ad_entry_walk_attr(&w, &name);)
		if (wants(r, &name))
			ad_entry_put(&r->entry, &name, w.v, (size_t)(w.vend - w.v));
	return ad_entry_decode(out, i->dn, i->dn_len, r->entry.data, r->entry.len, err);
}

/* Those that can be asked for; "*" and "1.1" are none. */
static bool check_attrs(struct ad_stored_search *r, const char *const *attrs, struct ad_err *err)
{
	size_t n = 0;

	r->names_dn = !attrs;
	if (!attrs)
		return true;
	while (attrs[n])
		n++;
	r->attrs = ad_alloc((n + 1) * sizeof *r->attrs);
	for (n = 0; attrs[n]; n++) {
		r->attrs[n] = ad_strdup(attrs[n]);
		r->names_dn = r->names_dn || !strcmp(attrs[n], "*") ||
			      ad_caseeq(attrs[n], "distinguishedName");
		if (strcmp(attrs[n], "*") != 0 && strcmp(attrs[n], "1.1") != 0 && !r->root &&
			!ad_stored_attr(r->s, attrs[n]))
			return ad_stored_lacks(r->s, attrs[n], err);
	}
	return true;
}

/* --- the search ------------------------------------------------------------------------- */

static bool place_search(struct ad_stored_search *r, struct ad_ldap *ld,
	const struct ad_search_options *o, struct ad_err *err)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);
	const char *base = o->base ? o->base : info->is_gc ? "" : info->base;

	r->scope = o->scope;
	r->root = !*base && o->scope == AD_SCOPE_BASE;
	r->everywhere = !*base && info->is_gc && !r->root;
	if (o->show_deleted)
		return ad_stored_lacks(r->s, "deleted objects", err);
	if (r->root)
		return true;
	r->end = r->s->n_items;
	if (!r->everywhere)
		return find_base(r, base, err);
	return true;
}

bool ad_stored_search_open(struct ad_stored_search **out, struct ad_ldap *ld,
	const struct ad_search_options *o, struct ad_err *err)
{
	struct ad_stored_search *r = ad_alloc(sizeof *r);
	const char *filter = o->filter ? o->filter : "(objectClass=*)";

	r->s = ad_stored_ref(ad_ldap_stored(ld));
	r->domain = ad_ldap_stored_domain(ld);
	r->forest = ad_stored_forest(r->s, r->domain);
	if (!place_search(r, ld, o, err) || !check_attrs(r, o->attrs, err) ||
		(!r->root && !ad_stored_filter_new(&r->filter, r->s, filter, err))) {
		ad_err_where(err, "search", o->base);
		ad_stored_search_close(r);
		return false;
	}
	if (!r->root && r->scope == AD_SCOPE_BASE && !r->everywhere) {
		r->has_candidates = true;
		r->candidates = ad_memdup(&r->base_place, sizeof r->base_place);
		r->n_candidates = 1;
	} else if (!r->root) {
		r->has_candidates =
			ad_stored_candidates(r->filter, &r->candidates, &r->n_candidates);
	}
	r->at = r->has_candidates ? 0 : r->first;
	*out = r;
	return true;
}

static int next_root(struct ad_stored_search *r, struct ad_entry **out, struct ad_err *err)
{
	const struct ad_entry *e = ad_stored_domain(r->s, r->domain);
	struct ad_stored_item i = { .dn = "" };
	struct ad_entry_walk w;
	struct ad_value name;

	if (r->at++)
		return 0;
	r->entry.len = 0;
	for (ad_entry_walk_start(e, &w); ad_entry_walk_attr(&w, &name);)
		if (wants(r, &name))
			ad_entry_put(&r->entry, &name, w.v, (size_t)(w.vend - w.v));
	return ad_entry_decode(out, i.dn, 0, r->entry.data, r->entry.len, err) ? 1 : -1;
}

/* The next place to look at, or the end. */
static bool next_place(struct ad_stored_search *r, size_t *place)
{
	while (r->has_candidates) {
		if (r->at == r->n_candidates)
			return false;
		*place = r->candidates[r->at++];
		if (*place >= r->first && *place < r->end)
			return true;
	}
	if (r->at >= r->end)
		return false;
	*place = r->at++;
	return true;
}

int ad_stored_search_next(struct ad_stored_search *r, struct ad_entry **out, struct ad_err *err)
{
	size_t place;

	if (r->root)
		return next_root(r, out, err);
	while (next_place(r, &place)) {
		if (r->at % OFTEN == 0 && !ad_stop_check(err))
			return -1;
		if (is_within(r, place) && ad_stored_matches(r->filter, place))
			return make_entry(r, &r->s->item[place], out, err) ? 1 : -1;
	}
	return 0;
}

void ad_stored_search_close(struct ad_stored_search *r)
{
	if (!r)
		return;
	for (size_t i = 0; r->attrs && r->attrs[i]; i++)
		free(r->attrs[i]);
	free(r->attrs);
	free(r->candidates);
	free(r->base);
	ad_stored_filter_free(r->filter);
	ad_buf_clear(&r->entry);
	ad_stored_free(r->s);
	free(r);
}
