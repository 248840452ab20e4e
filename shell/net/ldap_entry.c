/*
 * The bytes of a search entry. A server may be hostile: ad_entry_decode checks every tag and
 * length before anything else reads them.
 */
#include "net/ldap_entry.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OCTETS = 0x04, SEQUENCE = 0x30, SET = 0x31 };

/* what ad_entry_values has unpacked */
struct array {
	struct array *next;
	const unsigned char *at; /* whose values: where they begin */
	size_t n;
	struct ad_value value[];
};

struct ad_entry {
	size_t refs;
	struct array *arrays;
	size_t count; /* of attributes */
	size_t dn_len, n;
	unsigned char bytes[]; /* the DN, a zero byte, n bytes of attributes */
};

/* --- BER -------------------------------------------------------------------------------- */

/* Steps over one element; false when it is not of that kind or does not end within end. */
static inline bool element(const unsigned char **p, const unsigned char *end, int tag,
	const unsigned char **content, size_t *n)
{
	const unsigned char *q = *p;
	size_t len, more;

	if (end - q < 2 || q[0] != tag)
		return false;
	len = q[1];
	q += 2;
	if (len & 0x80) {
		more = len & 0x7f;
		if (more < 1 || more > 4 || (size_t)(end - q) < more)
			return false;
		for (len = 0; more; more--)
			len = len << 8 | *q++;
	}
	if ((size_t)(end - q) < len)
		return false;
	*content = q;
	*n = len;
	*p = q + len;
	return true;
}

void ad_entry_put_header(struct ad_buf *b, int tag, size_t n)
{
	unsigned char h[6] = { (unsigned char)tag, 0x84, (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };

	if (n < 128)
		h[1] = (unsigned char)n;
	ad_buf_add(b, h, n < 128 ? 2 : 6);
}

static size_t with_header(size_t n)
{
	return n + (n < 128 ? 2 : 6);
}

void ad_entry_put(struct ad_buf *b, const struct ad_value *name, const void *values, size_t n)
{
	ad_entry_put_header(b, SEQUENCE, with_header(name->len) + with_header(n));
	ad_entry_put_header(b, OCTETS, name->len);
	ad_buf_add(b, name->data, name->len);
	ad_entry_put_header(b, SET, n);
	ad_buf_add(b, values, n);
}

void ad_entry_put_value(struct ad_buf *b, const void *value, size_t n)
{
	ad_entry_put_header(b, OCTETS, n);
	ad_buf_add(b, value, n);
}

static const unsigned char *attributes(const struct ad_entry *e)
{
	return e->bytes + e->dn_len + 1;
}

/* --- walking ---------------------------------------------------------------------------- */

void ad_entry_walk_start(const struct ad_entry *e, struct ad_entry_walk *w)
{
	w->p = attributes(e);
	w->end = w->p + e->n;
	w->v = w->vend = NULL;
}

bool ad_entry_walk_attr(struct ad_entry_walk *w, struct ad_value *name)
{
	const unsigned char *q, *type;
	size_t n;

	if (w->p == w->end || !element(&w->p, w->end, SEQUENCE, &q, &n))
		return false;
	if (!element(&q, w->p, OCTETS, &type, &name->len))
		return false;
	name->data = (const char *)type;
	if (!element(&q, w->p, SET, &w->v, &n))
		return false;
	w->vend = w->v + n;
	return true;
}

bool ad_entry_walk_value(struct ad_entry_walk *w, struct ad_value *value)
{
	const unsigned char *q;

	if (w->v == w->vend || !element(&w->v, w->vend, OCTETS, &q, &value->len))
		return false;
	value->data = (const char *)q;
	return true;
}

bool ad_entry_walk_find(
	const struct ad_entry *e, struct ad_entry_walk *w, const char *attr, size_t len)
{
	struct ad_value name;

	ad_entry_walk_start(e, w);
	while (ad_entry_walk_attr(w, &name))
		if (name.len == len &&
			(!memcmp(name.data, attr, len) || !strncasecmp(name.data, attr, len)))
			return true;
	return false;
}

/* --- making ----------------------------------------------------------------------------- */

/* Walks it all and counts; only then may the walkers above take a false for the end. */
static bool check_attributes(const unsigned char *attrs, size_t n, size_t *count)
{
	struct ad_entry_walk w = { .p = attrs, .end = attrs + n };
	struct ad_value name, value;

	for (*count = 0; w.p != w.end; ++*count) {
		/* nothing may follow the values */
		if (!ad_entry_walk_attr(&w, &name) || !name.len || w.vend != w.p)
			return false;
		while (w.v != w.vend)
			if (!ad_entry_walk_value(&w, &value))
				return false;
	}
	return true;
}

static bool check(struct ad_entry *e)
{
	if (memchr(e->bytes, 0, e->dn_len))
		return false;
	return check_attributes(attributes(e), e->n, &e->count);
}

bool ad_entry_well_formed(const unsigned char *attrs, size_t n)
{
	size_t count;

	return check_attributes(attrs, n, &count);
}

static struct ad_entry *make(const char *dn, size_t dn_len, const unsigned char *attrs, size_t n)
{
	struct ad_entry *e = ad_realloc(NULL, 1, sizeof *e + dn_len + 1 + n);

	e->refs = 1;
	e->arrays = NULL;
	e->count = 0;
	e->dn_len = dn_len;
	e->n = n;
	memcpy(e->bytes, dn, dn_len);
	e->bytes[dn_len] = 0;
	if (n)
		memcpy(e->bytes + dn_len + 1, attrs, n);
	return e;
}

bool ad_entry_decode(struct ad_entry **out, const char *dn, size_t dn_len,
	const unsigned char *attrs, size_t n, struct ad_err *err)
{
	struct ad_entry *e = make(dn, dn_len, attrs, n);

	if (!check(e)) {
		ad_entry_free(e);
		return ad_err_set(
			err, AD_ERR_FAILED, "ldap", 0, "the server sent a malformed entry");
	}
	*out = e;
	return true;
}

struct ad_entry *ad_entry_ref(struct ad_entry *e)
{
	e->refs++;
	return e;
}

void ad_entry_free(struct ad_entry *e)
{
	struct array *a, *next;

	if (!e || --e->refs)
		return;
	for (a = e->arrays; a; a = next) {
		next = a->next;
		free(a);
	}
	free(e);
}

size_t ad_entry_size(const struct ad_entry *e)
{
	return sizeof *e + e->dn_len + 1 + e->n;
}

struct ad_entry *ad_entry_copy(const struct ad_entry *e)
{
	struct ad_entry *copy = make(ad_entry_dn(e), e->dn_len, attributes(e), e->n);

	copy->count = e->count;
	return copy;
}

/* --- reading ---------------------------------------------------------------------------- */

const char *ad_entry_dn(const struct ad_entry *e)
{
	return (const char *)e->bytes;
}

size_t ad_entry_count(const struct ad_entry *e)
{
	return e->count;
}

static struct array *unpack(const struct ad_entry_walk *at)
{
	struct ad_entry_walk w = *at;
	struct ad_value value;
	struct array *a;
	size_t n = 0;

	while (ad_entry_walk_value(&w, &value))
		n++;
	a = ad_alloc(sizeof *a + n * sizeof *a->value);
	a->at = at->v;
	w = *at;
	while (ad_entry_walk_value(&w, &a->value[a->n]))
		if (++a->n == n)
			break;
	return a;
}

size_t ad_entry_values(struct ad_entry *e, const char *attr, const struct ad_value **out)
{
	struct ad_entry_walk w;
	struct array *a;

	if (!ad_entry_walk_find(e, &w, attr, strlen(attr)))
		return 0;
	for (a = e->arrays; a && a->at != w.v; a = a->next)
		;
	if (!a) {
		a = unpack(&w);
		a->next = e->arrays;
		e->arrays = a;
	}
	if (out)
		*out = a->value;
	return a->n;
}

bool ad_entry_first(const struct ad_entry *e, const char *attr, struct ad_value *out)
{
	struct ad_entry_walk w;

	return ad_entry_walk_find(e, &w, attr, strlen(attr)) && ad_entry_walk_value(&w, out);
}

char *ad_entry_text(const struct ad_entry *e, const char *attr)
{
	struct ad_value v;

	return ad_entry_first(e, attr, &v) ? ad_strndup(v.data, v.len) : NULL;
}

long long ad_entry_number(const struct ad_entry *e, const char *attr, long long fallback)
{
	char *text = ad_entry_text(e, attr), *end;
	long long n;

	if (!text)
		return fallback;
	n = strtoll(text, &end, 10);
	if (end == text || *end)
		n = fallback;
	free(text);
	return n;
}

/* --- ranges ----------------------------------------------------------------------------- */

static bool parse_number(const char **p, const char *end, size_t *out)
{
	size_t n = 0;
	const char *q = *p;

	for (; q < end && *q >= '0' && *q <= '9' && n < SIZE_MAX / 100; q++)
		n = n * 10 + (size_t)(*q - '0');
	if (q == *p)
		return false;
	*p = q;
	*out = n;
	return true;
}

/* "member;range=0-1499" or "member;range=1500-*" */
static bool parse_range(const struct ad_value *name, struct ad_range *r)
{
	static const char option[] = ";range=";
	const size_t olen = sizeof option - 1;
	const char *p = memchr(name->data, ';', name->len), *end = name->data + name->len;

	for (; p && (size_t)(end - p) > olen; p = memchr(p + 1, ';', (size_t)(end - p - 1)))
		if (!strncasecmp(p, option, olen))
			break;
	if (!p || (size_t)(end - p) <= olen)
		return false;
	r->name.data = name->data;
	r->name.len = (size_t)(p - name->data);
	p += olen;
	if (!parse_number(&p, end, &r->first) || p == end || *p++ != '-')
		return false;
	r->complete = end - p == 1 && *p == '*';
	r->last = SIZE_MAX;
	return r->complete || (parse_number(&p, end, &r->last) && p == end && r->last >= r->first);
}

bool ad_entry_range(const struct ad_entry *e, const struct ad_value *name, struct ad_range *r,
	struct ad_entry_walk *w)
{
	struct ad_value is;

	ad_entry_walk_start(e, w);
	while (ad_entry_walk_attr(w, &is))
		if (memchr(is.data, ';', is.len) && parse_range(&is, r) &&
			(!name || !ad_casecmp(name->data, name->len, r->name.data, r->name.len)))
			return true;
	return false;
}

static bool is_part(const struct ad_value *is, const struct ad_value *name)
{
	struct ad_range r;
	const struct ad_value *base = parse_range(is, &r) ? &r.name : is;

	return !ad_casecmp(base->data, base->len, name->data, name->len);
}

struct ad_entry *ad_entry_with(const struct ad_entry *e, const struct ad_value *name,
	const unsigned char *values, size_t n)
{
	struct ad_buf all = AD_BUF_INIT, attr = AD_BUF_INIT;
	struct ad_entry_walk w;
	const unsigned char *start;
	struct ad_value is;
	struct ad_entry *out;

	ad_entry_walk_start(e, &w);
	while (start = w.p, ad_entry_walk_attr(&w, &is))
		if (!is_part(&is, name))
			ad_buf_add(&all, start, (size_t)(w.p - start));
	ad_entry_put_header(&attr, OCTETS, name->len);
	ad_buf_add(&attr, name->data, name->len);
	ad_entry_put_header(&attr, SET, n);
	ad_buf_add(&attr, values, n);
	ad_entry_put_header(&all, SEQUENCE, attr.len);
	ad_buf_add(&all, attr.data, attr.len);
	out = make(ad_entry_dn(e), e->dn_len, all.data, all.len);
	check(out);
	ad_buf_clear(&attr);
	ad_buf_clear(&all);
	return out;
}
