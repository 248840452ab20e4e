/*
 * Reading a snapshot. The file may be damaged, or made by somebody clever: every length is checked
 * before anything is read by it, every entry before the first search, and what a small file may
 * grow to has a limit. See stored.h.
 */
#include "net/stored_priv.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/dn.h"

#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define MOST_FILE ((size_t)1 << 30)
#define MOST_BYTES ((size_t)3 << 30)
#define PIECE ((size_t)4 << 20)

static bool damaged(const char *path, const char *what, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "snapshot", 0, "the snapshot %s is damaged: %s", path, what);
	return ad_err_hint(err, "take a new snapshot, or use a copy of this one");
}

/* --- unpacking -------------------------------------------------------------------------- */

static bool grow(struct ad_stored *s, size_t *room, struct ad_err *err)
{
	if (s->n < *room)
		return true;
	if (*room >= MOST_BYTES)
		return damaged(s->path, "it holds more than 3 GiB", err);
	*room += *room / 2 + PIECE;
	s->bytes = ad_realloc(s->bytes, *room, 1);
	return ad_stop_check(err);
}

static bool inflate_all(struct ad_stored *s, z_stream *z, struct ad_err *err)
{
	size_t room = 0, piece;
	int rc = Z_OK;

	while (rc == Z_OK) {
		if (!grow(s, &room, err))
			return false;
		piece = room - s->n < UINT_MAX ? room - s->n : UINT_MAX;
		z->next_out = s->bytes + s->n;
		z->avail_out = (uInt)piece;
		rc = inflate(z, Z_NO_FLUSH);
		s->n += piece - z->avail_out;
		if (rc == Z_BUF_ERROR && z->avail_in == 0)
			return damaged(s->path, "it is truncated", err);
		if (rc == Z_OK && z->avail_in == 0 && z->avail_out)
			return damaged(s->path, "it is truncated", err);
	}
	if (rc != Z_STREAM_END)
		return damaged(s->path, z->msg ? z->msg : "its contents were changed", err);
	return z->avail_in == 0 || damaged(s->path, "data follows its end", err);
}

static bool unpack(struct ad_stored *s, const char *p, size_t n, struct ad_err *err)
{
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n };
	bool ok;

	if (inflateInit(&z) != Z_OK)
		return ad_err_set(err, AD_ERR_FAILED, "snapshot", 0, "zlib cannot be used");
	ok = inflate_all(s, &z, err);
	inflateEnd(&z);
	return ok;
}

/* The first line. *at: behind it. */
static bool check_version(
	const struct ad_stored *s, const char *p, size_t n, size_t *at, struct ad_err *err)
{
	size_t head = strlen(AD_STORED_MAGIC);
	const char *end = memchr(p, '\n', n < 40 ? n : 40);
	long version;

	if (n < head || memcmp(p, AD_STORED_MAGIC, head) != 0 || !end) {
		ad_err_set(err, AD_ERR_FAILED, "snapshot", 0, "%s is not a snapshot", s->path);
		return ad_err_hint(err, "adsh snapshot FILE creates one");
	}
	version = strtol(p + head, NULL, 10);
	if (version != AD_STORED_VERSION) {
		ad_err_set(err, AD_ERR_FAILED, "snapshot", 0,
			"the snapshot %s has version %ld, but this adsh reads version %d", s->path,
			version, AD_STORED_VERSION);
		return ad_err_hint(err, "read it with the adsh that created it, or a later one");
	}
	*at = (size_t)(end - p) + 1;
	return true;
}

/* --- records ---------------------------------------------------------------------------- */

struct record {
	char type;
	struct ad_stored_item item;
};

/* The next record at *at; false: what is there is none. */
static bool next_record(const struct ad_stored *s, size_t *at, struct record *r)
{
	const unsigned char *p = s->bytes + *at;
	size_t left = s->n - *at;
	uint32_t len, dn;

	if (left < 5 || (len = ad_get_u32(p + 1)) > left - 5 || len < 5)
		return false;
	dn = ad_get_u32(p + 5);
	if (dn > len - 5 || p[9 + dn] != 0 || memchr(p + 9, 0, dn))
		return false;
	r->type = (char)*p;
	r->item.dn = (const char *)p + 9;
	r->item.dn_len = dn;
	r->item.n = len - 5 - dn;
	*at += 5 + len;
	return ad_entry_well_formed(ad_stored_attrs(&r->item), r->item.n);
}

static struct ad_entry *entry_of(const struct ad_stored_item *i)
{
	struct ad_entry *e = NULL;

	ad_entry_decode(&e, i->dn, i->dn_len, ad_stored_attrs(i), i->n, NULL);
	return e;
}

static void add_domain(struct ad_stored *s, const struct ad_stored_item *i)
{
	s->domain = ad_realloc(s->domain, s->n_domains + 1, sizeof *s->domain);
	s->domain[s->n_domains++] = entry_of(i);
}

size_t ad_stored_forest(const struct ad_stored *s, size_t i)
{
	struct ad_value own = { "", 0 }, other;
	size_t k;

	ad_entry_first(s->domain[i], "rootDomainNamingContext", &own);
	for (k = 0; k < i; k++)
		if (ad_entry_first(s->domain[k], "rootDomainNamingContext", &other) &&
			ad_casecmp(own.data, own.len, other.data, other.len) == 0)
			break;
	return k;
}

static bool add_context(struct ad_stored *s, const struct ad_stored_item *i)
{
	struct ad_buf normal = AD_BUF_INIT;
	struct ad_stored_context *c;

	if (!s->n_domains || !ad_dn_normalise(&normal, i->dn) || !normal.len) {
		ad_buf_clear(&normal);
		return false;
	}
	s->context = ad_realloc(s->context, s->n_contexts + 1, sizeof *s->context);
	c = &s->context[s->n_contexts++];
	c->dn = ad_strdup(i->dn);
	c->normal = ad_buf_steal(&normal);
	c->first = c->end = s->n_items;
	c->forest = ad_stored_forest(s, s->n_domains - 1);
	return true;
}

static bool add_item(struct ad_stored *s, const struct ad_stored_item *i, size_t *room)
{
	if (!s->n_contexts)
		return false;
	if (s->n_items == *room)
		s->item = ad_realloc(s->item, *room += *room / 2 + 1024, sizeof *s->item);
	s->item[s->n_items++] = *i;
	s->context[s->n_contexts - 1].end = s->n_items;
	return true;
}

static bool add(struct ad_stored *s, const struct record *r, size_t *room)
{
	if ((r->type == 'H') != !s->head)
		return false;
	switch (r->type) {
	case 'H': return (s->head = entry_of(&r->item)) != NULL;
	case 'D': add_domain(s, &r->item); return true;
	case 'N': return add_context(s, &r->item);
	case 'E': return add_item(s, &r->item, room);
	default: return false;
	}
}

static bool check_end(const struct ad_stored *s, const struct record *r, size_t at)
{
	struct ad_entry *e = entry_of(&r->item);
	bool ok = e && at == s->n && s->n_domains && s->n_contexts &&
		  ad_entry_number(e, "objects", -1) == (long long)s->n_items;

	ad_entry_free(e);
	return ok;
}

static bool read_records(struct ad_stored *s, struct ad_err *err)
{
	size_t at = 0, room = 0;
	struct record r;

	while (next_record(s, &at, &r)) {
		if (r.type == 'Z' && s->head)
			return check_end(s, &r, at) ||
			       damaged(s->path, "its contents do not match its end record", err);
		if (!add(s, &r, &room))
			break;
	}
	return damaged(s->path, "its records are out of order", err);
}

/* --- attributes ------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static void add_attr(struct ad_stored *s, const char *name, size_t n, enum ad_matching m)
{
	struct ad_stored_attr *a = ad_alloc(sizeof *a);

	a->name = ad_strndup(name, n);
	a->matching = m;
	if (*(struct ad_stored_attr **)tsearch(a, &s->kept, compare) != a) {
		free(a->name);
		free(a);
	}
}

static void add_kept(struct ad_stored *s)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(s->head, "attributes", &v);

	for (size_t i = 0; i < n; i++)
		add_attr(s, v[i].data, v[i].len, AD_MATCHING_BYTES);
	add_attr(s, "distinguishedName", 17, AD_MATCHING_NAME);
}

/* The first value of an attribute of an object. */
static bool first(const struct ad_stored_item *i, const char *attr, struct ad_value *out)
{
	struct ad_entry_walk w;
	struct ad_value name;

	ad_stored_walk(i, &w);
	while (ad_entry_walk_attr(&w, &name))
		if (ad_casecmp(name.data, name.len, attr, strlen(attr)) == 0)
			return ad_entry_walk_value(&w, out);
	return false;
}

/* Syntaxes, from the schema that is in the file. */
static void learn_syntaxes(struct ad_stored *s)
{
	struct ad_value name, syntax;

	for (size_t i = 0; i < s->n_items; i++) {
		struct ad_stored_attr *a;
		char *key;

		if (!first(&s->item[i], "attributeSyntax", &syntax) ||
			!first(&s->item[i], "lDAPDisplayName", &name))
			continue;
		key = ad_strndup(name.data, name.len);
		a = (struct ad_stored_attr *)ad_stored_attr(s, key);
		free(key);
		if (a)
			a->matching = ad_matching_of(syntax.data, syntax.len);
	}
}

const struct ad_stored_attr *ad_stored_attr(const struct ad_stored *s, const char *name)
{
	size_t n = strcspn(name, ";");
	char *plain = ad_strndup(name, n);
	struct ad_stored_attr key = { .name = plain };
	void *const *found = tfind(&key, &s->kept, compare);

	free(plain);
	return found ? *found : NULL;
}

/* --- the whole -------------------------------------------------------------------------- */

static bool read_bytes(struct ad_stored *s, struct ad_err *err)
{
	char *p = NULL;
	size_t n = 0, at = 0;
	bool ok = ad_file_read(&p, &n, s->path, "the snapshot", 0, MOST_FILE, err) &&
		  check_version(s, p, n, &at, err) && unpack(s, p + at, n - at, err);

	free(p);
	return ok;
}

bool ad_stored_open(struct ad_stored **out, const char *path, struct ad_err *err)
{
	struct ad_stored *s = ad_alloc(sizeof *s);

	s->refs = 1;
	s->path = ad_strdup(path);
	if (!read_bytes(s, err) || !read_records(s, err)) {
		ad_stored_free(s);
		return false;
	}
	add_kept(s);
	learn_syntaxes(s);
	*out = s;
	return true;
}

struct ad_stored *ad_stored_ref(struct ad_stored *s)
{
	s->refs++;
	return s;
}

static void free_attr(void *p)
{
	struct ad_stored_attr *a = p;

	free(a->name);
	free(a);
}

void ad_stored_free(struct ad_stored *s)
{
	if (!s || --s->refs > 0)
		return;
	while (s->n_domains)
		ad_entry_free(s->domain[--s->n_domains]);
	while (s->n_contexts) {
		free(s->context[--s->n_contexts].dn);
		free(s->context[s->n_contexts].normal);
	}
	tdestroy(s->kept, free_attr);
	ad_stored_index_free(s->index);
	ad_entry_free(s->head);
	free(s->domain);
	free(s->context);
	free(s->item);
	free(s->bytes);
	free(s->path);
	free(s);
}

const char *ad_stored_path(const struct ad_stored *s)
{
	return s->path;
}

const struct ad_entry *ad_stored_head(const struct ad_stored *s)
{
	return s->head;
}

size_t ad_stored_domains(const struct ad_stored *s)
{
	return s->n_domains;
}

size_t ad_stored_count(const struct ad_stored *s)
{
	return s->n_items;
}

const struct ad_entry *ad_stored_domain(const struct ad_stored *s, size_t i)
{
	return s->domain[i];
}
