/* Placeholders for SIDs. See placeholder.h. */
#include "plan/placeholder.h"
#include "base/mem.h"
#include "codec/dn.h"
#include "codec/sd.h"
#include "net/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 5

void ad_placeholder_make(struct ad_sid *out, const char *dn)
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

bool ad_placeholder_is(const struct ad_sid *sid)
{
	static const unsigned char head[] = { 1, PARTS, 0, 0, 0, 0, 0, 0 };

	return sid->len > sizeof head && memcmp(sid->bytes, head, sizeof head) == 0;
}

/* ---- descriptors ---- */

static bool visit_value(
	struct ad_list *l, size_t at, ad_placeholder_visit *visit, void *arg, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *sd;
	bool changed = false, ok;

	if (!ad_sd_decode(&sd, l->v[at].data, l->v[at].len, err))
		return false;
	for (size_t i = 0; sd->dacl && i < sd->dacl->count; i++)
		changed |= visit(arg, &sd->dacl->ace[i].sid);
	ok = !changed || ad_sd_encode(sd, &bytes, err);
	if (changed && ok)
		ad_list_replace(l, at, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	ad_sd_free(sd);
	return ok;
}

/* ---- texts ---- */

/* The SID that begins at p, in characters of so many bytes; its length in bytes, 0: there is none.
 */
static size_t sid_at(struct ad_sid *out, const unsigned char *p, size_t n, size_t wide)
{
	char text[AD_SID_TEXT];
	size_t at, len = 0;

	for (at = 0; at + wide <= n && len + 1 < sizeof text; at += wide, len++) {
		bool plain = wide == 1 || p[at + 1] == 0;

		if (!plain || !(len ? strchr("-0123456789", p[at]) && p[at] : p[at] == 'S'))
			break;
		text[len] = (char)p[at];
	}
	while (len && text[len - 1] == '-')
		len--;
	text[len] = 0;
	return len > 4 && ad_sid_parse(out, text, NULL) ? len * wide : 0;
}

static void put_sid(struct ad_buf *out, const struct ad_sid *sid, size_t wide)
{
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	for (const char *p = text; *p; p++) {
		ad_buf_addc(out, (unsigned char)*p);
		if (wide == 2)
			ad_buf_addc(out, 0);
	}
}

/* UTF-16 has a mark in front. */
static void visit_text(struct ad_list *l, size_t at, ad_placeholder_visit *visit, void *arg)
{
	const unsigned char *p = (const unsigned char *)l->v[at].data;
	size_t n = l->v[at].len, i = 0, copied = 0, len;
	size_t wide = n >= 2 && p[0] == 0xff && p[1] == 0xfe ? 2 : 1;
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sid sid;

	while (i + wide <= n) {
		len = p[i] == 'S' ? sid_at(&sid, p + i, n - i, wide) : 0;
		if (len && visit(arg, &sid)) {
			ad_buf_add(&text, p + copied, i - copied);
			put_sid(&text, &sid, wide);
			copied = i + len;
		}
		i += len ? len : wide;
	}
	if (copied) {
		ad_buf_add(&text, p + copied, n - copied);
		ad_list_replace(l, at, text.data, text.len);
	}
	ad_buf_clear(&text);
}

bool ad_placeholder_in(enum ad_merge merge)
{
	return merge == AD_MERGE_SD || merge == AD_MERGE_TEXT;
}

bool ad_placeholder_each(struct ad_list *l, enum ad_merge merge, ad_placeholder_visit *visit,
	void *arg, struct ad_err *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (merge == AD_MERGE_TEXT)
			visit_text(l, i, visit, arg);
		else if (!visit_value(l, i, visit, arg, err))
			return false;
	return true;
}

static bool visit_change(
	const struct ad_change *c, ad_placeholder_visit *visit, void *arg, struct ad_err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (ad_placeholder_in(c->edits[i].merge) &&
			(!ad_placeholder_each(
				 &c->edits[i].before, c->edits[i].merge, visit, arg, err) ||
				!ad_placeholder_each(
					&c->edits[i].after, c->edits[i].merge, visit, arg, err)))
			return ad_err_where(err, NULL, c->dn);
	return true;
}

/* ---- the SID is known ---- */

struct exchange {
	struct ad_sid old, placeholder, known;
	bool any;
};

static bool replace(void *arg, struct ad_sid *sid)
{
	struct exchange *x = arg;

	if (ad_sid_equal(sid, &x->known) ||
		(!ad_sid_equal(sid, &x->old) && !ad_sid_equal(sid, &x->placeholder)))
		return false;
	*sid = x->known;
	x->any = true;
	return true;
}

bool ad_placeholder_settle(struct ad_plan *p, struct ad_change *c, const struct ad_sid *sid,
	ad_placeholder_changed *changed, void *arg, struct ad_err *err)
{
	struct exchange x = { .old = c->sid, .known = *sid };

	/* a run that was killed may know the SID here, and not yet there */
	ad_placeholder_make(&x.placeholder, c->dn);
	c->sid = *sid;
	for (size_t i = 0; i < ad_plan_count(p) && x.old.len; i++) {
		struct ad_change *other = ad_plan_at(p, i);

		x.any = false;
		if (other->state != AD_CHANGE_PENDING)
			continue;
		if (!visit_change(other, replace, &x, err) ||
			(x.any && changed && !changed(arg, other, err)))
			return false;
	}
	return true;
}

/* ---- is it known? ---- */

static bool find_placeholder(void *arg, struct ad_sid *sid)
{
	*(bool *)arg |= ad_placeholder_is(sid);
	return false;
}

bool ad_placeholder_free(const struct ad_change *c, struct ad_err *err)
{
	bool found = false;

	for (size_t i = 0; i < c->n; i++)
		if (ad_placeholder_in(c->edits[i].merge) &&
			!ad_placeholder_each(&c->edits[i].after, c->edits[i].merge,
				find_placeholder, &found, err))
			return ad_err_where(err, NULL, c->dn);
	if (!found)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s refers to a group that does not exist",
		c->label);
	return ad_err_hint(err, "create the group first");
}
