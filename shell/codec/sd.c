/* Security descriptors. See sd.h. */
#include "codec/sd.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 20
#define PARTS 4

/* In the order of the header's offsets, which is also the order of .NET's and Samba's parts. */
static const char parts[PARTS] = { 'o', 'g', 's', 'd' };

static bool bad(struct ad_err *err, const char *what)
{
	return ad_err_set(err, AD_ERR_FAILED, "data", 0, "malformed security descriptor: %s", what);
}

/* What control has to say about the ACLs that are there. */
static uint16_t control_of(const struct ad_sd *sd)
{
	return (uint16_t)(sd->control | AD_SD_SELF_RELATIVE | (sd->dacl ? AD_SD_DACL_PRESENT : 0) |
			  (sd->sacl ? AD_SD_SACL_PRESENT : 0));
}

struct ad_sd *ad_sd_new(void)
{
	struct ad_sd *sd = ad_alloc(sizeof(*sd));

	sd->control = AD_SD_SELF_RELATIVE;
	memcpy(sd->layout, parts, PARTS);
	return sd;
}

void ad_sd_free(struct ad_sd *sd)
{
	if (!sd)
		return;
	ad_acl_free(sd->dacl);
	ad_acl_free(sd->sacl);
	free(sd);
}

struct ad_sd *ad_sd_dup(const struct ad_sd *sd)
{
	struct ad_sd *copy = ad_memdup(sd, sizeof(*sd));

	copy->dacl = ad_acl_dup(sd->dacl);
	copy->sacl = ad_acl_dup(sd->sacl);
	return copy;
}

bool ad_sd_equal(const struct ad_sd *a, const struct ad_sd *b)
{
	return control_of(a) == control_of(b) && a->sbz1 == b->sbz1 &&
	       ad_sid_equal(&a->owner, &b->owner) && ad_sid_equal(&a->group, &b->group) &&
	       ad_acl_equal(a->dacl, b->dacl) && ad_acl_equal(a->sacl, b->sacl);
}

struct ad_sd *ad_sd_new_rbcd(void)
{
	struct ad_sd *sd = ad_sd_new();

	ad_sid_parse(&sd->owner, "S-1-5-32-544", NULL);
	sd->control |= AD_SD_DACL_PRESENT;
	sd->dacl = ad_acl_new();
	sd->dacl->revision = AD_ACL_REVISION_DS;
	return sd;
}

/* Sorts the parts by offset; the absent ones go last. */
static void find_layout(char layout[PARTS], const uint32_t offset[PARTS])
{
	uint32_t key[PARTS];
	int i, k;

	for (i = 0; i < PARTS; i++) {
		uint32_t o = offset[i] ? offset[i] : UINT32_MAX;

		for (k = i; k > 0 && key[k - 1] > o; k--) {
			key[k] = key[k - 1];
			layout[k] = layout[k - 1];
		}
		key[k] = o;
		layout[k] = parts[i];
	}
}

/* One part at its offset in the n bytes at p. */
static bool decode_part(struct ad_sd *sd, char part, const unsigned char *p, size_t n,
	uint32_t offset, struct ad_err *err)
{
	struct ad_sid *sid = part == 'o' ? &sd->owner : &sd->group;
	size_t len;

	if (offset == 0)
		return true;
	if (offset < HEADER || offset > n)
		return bad(err, "a part lies outside the descriptor");
	p += offset;
	n -= offset;
	if (part == 'd' || part == 's')
		return ad_acl_decode(part == 'd' ? &sd->dacl : &sd->sacl, p, n, err);
	len = ad_sid_length(p, n);
	if (len == 0)
		return bad(err, part == 'o' ? "the owner is not a SID" : "the group is not a SID");
	return ad_sid_decode(sid, p, len, err);
}

bool ad_sd_decode(struct ad_sd **out, const void *bytes, size_t n, struct ad_err *err)
{
	const unsigned char *p = bytes;
	uint32_t offset[PARTS];
	struct ad_sd *sd;
	int i;

	if (n < HEADER)
		return bad(err, "too short");
	if (p[0] != 1)
		return bad(err, "its revision is not 1");
	sd = ad_sd_new();
	sd->sbz1 = p[1];
	sd->control |= ad_get_u16(p + 2);
	for (i = 0; i < PARTS; i++)
		offset[i] = ad_get_u32(p + 4 + 4 * i);
	if (!(sd->control & AD_SD_SACL_PRESENT)) /* whatever stands there means nothing */
		offset[2] = 0;
	if (!(sd->control & AD_SD_DACL_PRESENT))
		offset[3] = 0;
	find_layout(sd->layout, offset);
	for (i = 0; i < PARTS; i++)
		if (!decode_part(sd, parts[i], p, n, offset[i], err)) {
			ad_sd_free(sd);
			return false;
		}
	*out = sd;
	return true;
}

/* Appends one part; *there says whether sd has it. */
static bool encode_part(
	const struct ad_sd *sd, char part, struct ad_buf *out, bool *there, struct ad_err *err)
{
	const struct ad_sid *sid = part == 'o' ? &sd->owner : &sd->group;
	const struct ad_acl *acl = part == 'd' ? sd->dacl : sd->sacl;

	if (part == 'o' || part == 'g') {
		*there = sid->len > 0;
		ad_buf_add(out, sid->bytes, sid->len);
		return true;
	}
	*there = acl != NULL;
	return !acl || ad_acl_encode(acl, out, err);
}

static void put_u32(unsigned char *p, size_t v)
{
	int i;

	for (i = 0; i < 4; i++, v >>= 8)
		p[i] = v & 0xff;
}

bool ad_sd_encode(const struct ad_sd *sd, struct ad_buf *out, struct ad_err *err)
{
	struct ad_buf b = AD_BUF_INIT;
	bool ok = true, there;
	int i;

	ad_buf_addc(&b, 1);
	ad_buf_addc(&b, sd->sbz1);
	ad_buf_u16(&b, control_of(sd));
	ad_buf_grow(&b, HEADER - 4);
	for (i = 0; ok && i < PARTS; i++) {
		const char *slot = memchr(parts, sd->layout[i], PARTS);
		size_t offset;

		ad_buf_grow(&b, -b.len & 3);
		offset = b.len;
		ok = encode_part(sd, sd->layout[i], &b, &there, err);
		if (ok && there)
			put_u32(b.data + 4 + 4 * (slot - parts), offset);
	}
	if (ok)
		ad_buf_add(out, b.data, b.len);
	ad_buf_clear(&b);
	return ok;
}
