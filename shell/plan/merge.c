/* Intents on top of somebody else's edit. See merge.h. */
#include "plan/merge.h"
#include "codec/sd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const struct ad_list *l, uint32_t *out, struct ad_err *err)
{
	return ad_list_number(out, l) ||
	       ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
		       "the attribute no longer holds a single number: %zu values", l->n);
}

static void replace(struct ad_list *l, const void *data, size_t n)
{
	ad_list_clear(l);
	ad_list_add(l, data, n);
}

bool ad_merge_bits(struct ad_list *value, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err)
{
	uint32_t now, old, wanted;
	char text[16];
	int n;

	if (!read_number(value, &now, err) || !read_number(before, &old, err) ||
		!read_number(after, &wanted, err))
		return false;
	now = (now & ~(old & ~wanted)) | (wanted & ~old);
	n = snprintf(text, sizeof text, "%ld", (long)(int32_t)now);
	replace(value, text, (size_t)n);
	return true;
}

/* NULL in *out for an empty list. */
static bool read_sd(struct ad_sd **out, const struct ad_list *l, struct ad_err *err)
{
	*out = NULL;
	return l->n == 0 || ad_sd_decode(out, l->v[0].data, l->v[0].len, err);
}

static bool has_ace(const struct ad_sd *sd, const struct ad_ace *ace)
{
	size_t i;

	for (i = 0; sd && sd->dacl && i < sd->dacl->count; i++)
		if (ad_ace_equal(&sd->dacl->ace[i], ace))
			return true;
	return false;
}

/* Removes from now what went from old to wanted, adds what came. */
static void apply_aces(struct ad_sd *now, const struct ad_sd *old, const struct ad_sd *wanted)
{
	size_t i;

	if (!now->dacl) {
		now->dacl = ad_acl_new();
		now->control |= AD_SD_DACL_PRESENT;
	}
	for (i = now->dacl->count; i-- > 0;)
		if (has_ace(old, &now->dacl->ace[i]) && !has_ace(wanted, &now->dacl->ace[i]))
			ad_acl_remove(now->dacl, i);
	for (i = 0; wanted && wanted->dacl && i < wanted->dacl->count; i++)
		if (!has_ace(old, &wanted->dacl->ace[i]) && !has_ace(now, &wanted->dacl->ace[i]))
			ad_acl_insert(now->dacl, &wanted->dacl->ace[i]);
}

/* Whether inheritance is stopped, where that was changed. */
static void apply_control(struct ad_sd *now, const struct ad_sd *old, const struct ad_sd *wanted)
{
	uint16_t was = old ? old->control : 0, is = wanted ? wanted->control : was;
	uint16_t changed = (uint16_t)((was ^ is) & AD_SD_DACL_PROTECTED);

	now->control = (uint16_t)((now->control & ~changed) | (is & changed));
}

/* Nobody asked for a descriptor without entries: when nothing is left, it goes altogether. */
static bool write_sd(
	struct ad_list *value, const struct ad_sd *now, bool may_go, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;

	if (may_go && now->dacl->count == 0) {
		ad_list_clear(value);
		return true;
	}
	if (!ad_sd_encode(now, &bytes, err))
		return false;
	replace(value, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	return true;
}

bool ad_merge_sd(struct ad_list *value, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err)
{
	struct ad_sd *now = NULL, *old = NULL, *wanted = NULL;
	bool ok = read_sd(&now, value, err) && read_sd(&old, before, err) &&
		  read_sd(&wanted, after, err);

	if (ok && !now && !wanted) /* gone, and it was to go */
		goto out;
	if (ok && !now) {
		now = ad_sd_dup(wanted);
		ad_acl_free(now->dacl);
		now->dacl = NULL;
	}
	if (ok) {
		apply_aces(now, old, wanted);
		apply_control(now, old, wanted);
		ok = write_sd(value, now, !wanted || (wanted->dacl && wanted->dacl->count), err);
	}
out:
	ad_sd_free(now);
	ad_sd_free(old);
	ad_sd_free(wanted);
	return ok;
}
