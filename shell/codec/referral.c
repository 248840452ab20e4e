/* DFS referrals. See referral.h; section numbers are MS-DFSC's. */
#include "codec/referral.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL 4 /* the highest version that we read */
#define HEADER 8
#define MOST 1024 /* entries, and names in one of them */
#define LONGEST 2048 /* bytes of a name: no path of Windows' DFS has 1,024 characters */

bool ad_referral_ask(struct ad_buf *out, const char *name)
{
	size_t at = out->len;

	ad_buf_u16(out, LEVEL);
	if (!ad_utf8_to_utf16le(out, name, strlen(name))) {
		out->len = at;
		return false;
	}
	ad_buf_u16(out, 0);
	return true;
}

/* ---- answers ---- */

/* The answer from an entry on: offsets count from there. */
struct entry {
	const unsigned char *p;
	size_t n;
	size_t *left; /* bytes of names that may come: offsets can lead to one place again and again
		       */
};

/* Moves *at behind the text that begins there and ends with a zero. */
static bool take_text(char **out, const struct entry *e, size_t *at)
{
	struct ad_buf text = AD_BUF_INIT;
	size_t len = 0;

	if (*at > e->n)
		return false;
	while (len + 2 <= e->n - *at && ad_get_u16(e->p + *at + len))
		len += 2;
	if (len + 2 > e->n - *at || len > LONGEST || len > *e->left)
		return false;
	*e->left -= len;
	ad_utf16le_show(&text, e->p + *at, len);
	ad_buf_addc(&text, 0);
	*out = ad_buf_steal(&text);
	*at += len + 2;
	return true;
}

static bool text_at(char **out, const struct entry *e, size_t at)
{
	return take_text(out, e, &at);
}

/* 2.2.5.3.2; without names the offset means nothing. */
static bool take_names(struct ad_referral_entry *r, const struct entry *e)
{
	size_t count = ad_get_u16(e->p + 14), at = ad_get_u16(e->p + 16);

	if (!text_at(&r->target, e, ad_get_u16(e->p + 12)) || count > MOST)
		return false;
	r->names = ad_alloc((count + 1) * sizeof *r->names);
	while (r->n_names < count) {
		if (!take_text(&r->names[r->n_names], e, &at))
			return false;
		r->n_names++;
	}
	return true;
}

/* The parts in which the versions differ (2.2.5.1 to 2.2.5.4); size: of the entry without texts. */
static bool take_entry(struct ad_referral_entry *r, const struct entry *e, size_t size)
{
	switch (r->version) {
	case 1: return text_at(&r->target, e, 8);
	case 2:
		if (size < 22)
			return false;
		r->ttl = ad_get_u32(e->p + 12);
		return text_at(&r->target, e, ad_get_u16(e->p + 20));
	case 3:
	case 4:
		if (size < 18)
			return false;
		r->ttl = ad_get_u32(e->p + 8);
		if (r->flags & AD_REFERRAL_NAMES)
			return take_names(r, e);
		return text_at(&r->target, e, ad_get_u16(e->p + 16));
	default: return false;
	}
}

bool ad_referral_decode(struct ad_referral *out, const unsigned char *p, size_t n)
{
	struct ad_referral r = { 0 };
	size_t left = n, at = HEADER, count = n < HEADER ? 0 : ad_get_u16(p + 2);
	bool ok = n >= HEADER && count <= MOST && count <= (n - HEADER) / 8;

	r.list = ad_alloc((ok ? count + 1 : 1) * sizeof *r.list);
	while (ok && r.n < count) {
		struct entry e = { p + at, n - at, &left };
		struct ad_referral_entry *one = &r.list[r.n++];
		size_t size = e.n < 8 ? 0 : ad_get_u16(e.p + 2);

		ok = size >= 8 && size <= e.n;
		if (ok) {
			one->version = ad_get_u16(e.p);
			one->root = ad_get_u16(e.p + 4) == 1;
			one->flags = ad_get_u16(e.p + 6);
			ok = take_entry(one, &e, size);
		}
		at += size;
	}
	if (!ok) {
		ad_referral_clear(&r);
		return false;
	}
	r.consumed = ad_get_u16(p);
	r.flags = ad_get_u32(p + 4);
	*out = r;
	return true;
}

void ad_referral_clear(struct ad_referral *r)
{
	while (r->n) {
		struct ad_referral_entry *e = &r->list[--r->n];

		while (e->n_names)
			free(e->names[--e->n_names]);
		free(e->names);
		free(e->target);
	}
	free(r->list);
	memset(r, 0, sizeof *r);
}

/* ---- the name that was asked for ---- */

static bool is_backslash(const struct ad_buf *name, size_t at)
{
	return at + 2 <= name->len && ad_get_u16(name->data + at) == '\\';
}

/* How many parts the first n bytes have. */
static size_t parts(const struct ad_buf *name, size_t n)
{
	size_t count = 0;

	for (size_t at = 0; at < n; at += 2)
		count += !is_backslash(name, at) && (at == 0 || is_backslash(name, at - 2));
	return count;
}

static char *part(const struct ad_buf *name, size_t from, size_t to)
{
	struct ad_buf text = AD_BUF_INIT;
	char *copy;

	ad_utf16le_to_utf8(&text, name->data + from, to - from);
	copy = ad_strdup(ad_buf_text(&text));
	ad_buf_clear(&text);
	return copy;
}

/* Servers count a backslash behind it, or do not. */
static bool split(const struct ad_buf *name, size_t n, char **link, char **rest)
{
	size_t from = n;

	if (n > name->len || n % 2 || n == 0)
		return false;
	if (n < name->len && !is_backslash(name, n) && !is_backslash(name, n - 2))
		return false;
	while (n > 2 && is_backslash(name, n - 2))
		n -= 2;
	while (is_backslash(name, from))
		from += 2;
	if (parts(name, n) < 2)
		return false;
	*link = part(name, 0, n);
	*rest = part(name, from, name->len);
	return true;
}

bool ad_referral_split(const struct ad_referral *r, const char *name, char **link, char **rest)
{
	struct ad_buf wide = AD_BUF_INIT;
	bool ok = ad_utf8_to_utf16le(&wide, name, strlen(name)) &&
		  split(&wide, r->consumed, link, rest);

	ad_buf_clear(&wide);
	return ok;
}
