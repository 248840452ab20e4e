/* Access control lists. See acl.h. */
#include "codec/acl.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ACL_HEADER 8
#define ACE_HEADER 4

static bool bad(struct ad_err *err, const char *what)
{
	return ad_err_set(err, AD_ERR_FAILED, "data", 0, "malformed access control list: %s", what);
}

bool ad_ace_is_object(uint8_t type)
{
	return (type >= AD_ACE_ALLOW_OBJECT && type <= AD_ACE_ALARM_OBJECT) ||
	       type == AD_ACE_ALLOW_CALLBACK_OBJECT || type == AD_ACE_DENY_CALLBACK_OBJECT ||
	       type == AD_ACE_AUDIT_CALLBACK_OBJECT || type == AD_ACE_ALARM_CALLBACK_OBJECT;
}

bool ad_ace_is_known(uint8_t type)
{
	return type <= AD_ACE_SCOPED_POLICY && type != 4; /* 4: compound, never used */
}

bool ad_ace_is_allow(uint8_t type)
{
	return type == AD_ACE_ALLOW || type == AD_ACE_ALLOW_OBJECT ||
	       type == AD_ACE_ALLOW_CALLBACK || type == AD_ACE_ALLOW_CALLBACK_OBJECT;
}

bool ad_ace_is_deny(uint8_t type)
{
	return type == AD_ACE_DENY || type == AD_ACE_DENY_OBJECT || type == AD_ACE_DENY_CALLBACK ||
	       type == AD_ACE_DENY_CALLBACK_OBJECT;
}

static bool same_guid(uint32_t has, const unsigned char *a, const unsigned char *b)
{
	return !has || memcmp(a, b, AD_GUID_SIZE) == 0;
}

bool ad_ace_is_callback(uint8_t type)
{
	return type >= AD_ACE_ALLOW_CALLBACK && type <= AD_ACE_ALARM_CALLBACK_OBJECT;
}

bool ad_ace_is_conditional(uint8_t type)
{
	return type >= AD_ACE_ALLOW_CALLBACK && type <= AD_ACE_DENY_CALLBACK_OBJECT;
}

uint8_t ad_ace_plain(uint8_t type)
{
	bool deny = ad_ace_is_deny(type);

	if (ad_ace_is_object(type))
		return deny ? AD_ACE_DENY_OBJECT : AD_ACE_ALLOW_OBJECT;
	return deny ? AD_ACE_DENY : AD_ACE_ALLOW;
}

bool ad_ace_equal(const struct ad_ace *a, const struct ad_ace *b)
{
	if (a->type != b->type || a->flags != b->flags || a->data_len != b->data_len ||
		(a->data_len && memcmp(a->data, b->data, a->data_len) != 0))
		return false;
	if (!ad_ace_is_known(a->type))
		return true;
	if (a->mask != b->mask || !ad_sid_equal(&a->sid, &b->sid))
		return false;
	return !ad_ace_is_object(a->type) ||
	       (a->object_flags == b->object_flags &&
		       same_guid(a->object_flags & AD_ACE_HAS_OBJECT, a->object, b->object) &&
		       same_guid(a->object_flags & AD_ACE_HAS_INHERITED_OBJECT, a->inherited,
			       b->inherited));
}

struct ad_acl *ad_acl_new(void)
{
	struct ad_acl *acl = ad_alloc(sizeof(*acl));

	acl->revision = AD_ACL_REVISION;
	return acl;
}

void ad_acl_free(struct ad_acl *acl)
{
	size_t i;

	if (!acl)
		return;
	for (i = 0; i < acl->count; i++)
		free(acl->ace[i].data);
	free(acl->ace);
	free(acl);
}

/* Puts ace, which then owns its data, at index i. */
static void put(struct ad_acl *acl, size_t i, const struct ad_ace *ace)
{
	if ((acl->count & (acl->count - 1)) == 0)
		acl->ace = ad_realloc(acl->ace, acl->count ? acl->count * 2 : 1, sizeof(*acl->ace));
	memmove(acl->ace + i + 1, acl->ace + i, (acl->count - i) * sizeof(*acl->ace));
	acl->ace[i] = *ace;
	acl->count++;
}

static void put_copy(struct ad_acl *acl, size_t i, const struct ad_ace *ace)
{
	struct ad_ace copy = *ace;

	copy.data = ace->data_len ? ad_memdup(ace->data, ace->data_len) : NULL;
	put(acl, i, &copy);
	if (ad_ace_is_object(ace->type))
		acl->revision = AD_ACL_REVISION_DS;
}

struct ad_acl *ad_acl_dup(const struct ad_acl *acl)
{
	struct ad_acl *copy;
	size_t i;

	if (!acl)
		return NULL;
	copy = ad_acl_new();
	for (i = 0; i < acl->count; i++)
		put_copy(copy, i, &acl->ace[i]);
	copy->revision = acl->revision;
	return copy;
}

bool ad_acl_equal(const struct ad_acl *a, const struct ad_acl *b)
{
	size_t i;

	if (!a || !b)
		return a == b;
	if (a->revision != b->revision || a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!ad_ace_equal(&a->ace[i], &b->ace[i]))
			return false;
	return true;
}

static int rank(const struct ad_ace *ace)
{
	if (ace->flags & AD_ACE_INHERITED)
		return 4;
	return (ad_ace_is_deny(ace->type) ? 0 : 2) + ad_ace_is_object(ace->type);
}

size_t ad_acl_insert(struct ad_acl *acl, const struct ad_ace *ace)
{
	size_t i = 0;

	while (i < acl->count && rank(&acl->ace[i]) <= rank(ace))
		i++;
	put_copy(acl, i, ace);
	return i;
}

void ad_acl_append(struct ad_acl *acl, const struct ad_ace *ace)
{
	put_copy(acl, acl->count, ace);
}

void ad_acl_remove(struct ad_acl *acl, size_t i)
{
	free(acl->ace[i].data);
	acl->count--;
	memmove(acl->ace + i, acl->ace + i + 1, (acl->count - i) * sizeof(*acl->ace));
}

bool ad_acl_canonical(const struct ad_acl *acl)
{
	size_t i;

	for (i = 1; i < acl->count; i++)
		if (rank(&acl->ace[i - 1]) / 2 > rank(&acl->ace[i]) / 2)
			return false;
	return true;
}

struct ad_ace *ad_acl_find_allow(
	const struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask, uint8_t flags)
{
	size_t i;

	if (flags & AD_ACE_INHERITED)
		return NULL;
	for (i = 0; i < acl->count; i++) {
		struct ad_ace *ace = &acl->ace[i];

		if (ace->type == AD_ACE_ALLOW && ace->flags == flags &&
			(ace->mask & mask) == mask && ad_sid_equal(&ace->sid, sid))
			return ace;
	}
	return NULL;
}

bool ad_acl_add_allow(struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask, uint8_t flags)
{
	struct ad_ace ace = { .type = AD_ACE_ALLOW, .flags = flags, .mask = mask, .sid = *sid };
	struct ad_ace *mine;

	if (ad_acl_find_allow(acl, sid, mask, flags))
		return false;
	mine = ad_acl_find_allow(acl, sid, 0, flags);
	if (mine)
		mine->mask |= mask;
	else
		ad_acl_insert(acl, &ace);
	return true;
}

size_t ad_acl_remove_allow(struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask)
{
	size_t changed = 0, i = acl->count;

	while (i--) {
		struct ad_ace *ace = &acl->ace[i];

		if (!ad_ace_is_allow(ace->type) || ace->flags & AD_ACE_INHERITED ||
			!ad_sid_equal(&ace->sid, sid) || (ace->mask && !(ace->mask & mask)))
			continue;
		changed++;
		ace->mask &= ~mask;
		if (ace->mask == 0)
			ad_acl_remove(acl, i);
	}
	return changed;
}

/* The GUIDs of an object ACE, if its flags say they are there. Moves *p, up to end. */
static bool decode_guids(struct ad_ace *ace, const unsigned char **p, const unsigned char *end)
{
	if (end - *p < 4)
		return false;
	ace->object_flags = ad_get_u32(*p);
	*p += 4;
	if (ace->object_flags & AD_ACE_HAS_OBJECT) {
		if (end - *p < AD_GUID_SIZE)
			return false;
		memcpy(ace->object, *p, AD_GUID_SIZE);
		*p += AD_GUID_SIZE;
	}
	if (ace->object_flags & AD_ACE_HAS_INHERITED_OBJECT) {
		if (end - *p < AD_GUID_SIZE)
			return false;
		memcpy(ace->inherited, *p, AD_GUID_SIZE);
		*p += AD_GUID_SIZE;
	}
	return true;
}

/* The ACE of exactly these bytes. */
static bool decode_ace(struct ad_ace *ace, const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n;
	size_t len;

	memset(ace, 0, sizeof(*ace));
	ace->type = p[0];
	ace->flags = p[1];
	p += ACE_HEADER;
	if (ad_ace_is_known(ace->type)) {
		if (end - p < 4)
			return false;
		ace->mask = ad_get_u32(p);
		p += 4;
		if (ad_ace_is_object(ace->type) && !decode_guids(ace, &p, end))
			return false;
		len = ad_sid_length(p, (size_t)(end - p));
		if (len == 0 || !ad_sid_decode(&ace->sid, p, len, NULL))
			return false;
		p += len;
	}
	ace->data_len = (size_t)(end - p);
	ace->data = ace->data_len ? ad_memdup(p, ace->data_len) : NULL;
	return true;
}

bool ad_acl_decode(struct ad_acl **out, const void *bytes, size_t n, struct ad_err *err)
{
	const unsigned char *p = bytes;
	struct ad_acl *acl;
	struct ad_ace ace;
	size_t i, count, size, at = ACL_HEADER;

	if (n < ACL_HEADER || ad_get_u16(p + 2) < ACL_HEADER || ad_get_u16(p + 2) > n)
		return bad(err, "its size is wrong");
	size = ad_get_u16(p + 2);
	count = ad_get_u16(p + 4);
	acl = ad_acl_new();
	acl->revision = p[0];
	for (i = 0; i < count; i++) {
		size_t len = size - at >= ACE_HEADER ? ad_get_u16(p + at + 2) : 0;

		if (len < ACE_HEADER || len > size - at || !decode_ace(&ace, p + at, len)) {
			ad_acl_free(acl);
			return bad(err, "an entry is cut short");
		}
		put(acl, i, &ace);
		at += len;
	}
	*out = acl;
	return true;
}

static void encode_ace(const struct ad_ace *ace, struct ad_buf *out)
{
	size_t start = out->len, len;

	ad_buf_addc(out, ace->type);
	ad_buf_addc(out, ace->flags);
	ad_buf_u16(out, 0);
	if (ad_ace_is_known(ace->type)) {
		ad_buf_u32(out, ace->mask);
		if (ad_ace_is_object(ace->type)) {
			ad_buf_u32(out, ace->object_flags);
			if (ace->object_flags & AD_ACE_HAS_OBJECT)
				ad_buf_add(out, ace->object, AD_GUID_SIZE);
			if (ace->object_flags & AD_ACE_HAS_INHERITED_OBJECT)
				ad_buf_add(out, ace->inherited, AD_GUID_SIZE);
		}
		ad_buf_add(out, ace->sid.bytes, ace->sid.len);
	}
	ad_buf_add(out, ace->data, ace->data_len);
	len = out->len - start; /* too large: the whole ACL is, and is refused */
	out->data[start + 2] = len & 0xff;
	out->data[start + 3] = len >> 8 & 0xff;
}

bool ad_acl_encode(const struct ad_acl *acl, struct ad_buf *out, struct ad_err *err)
{
	size_t start = out->len, i, size;

	ad_buf_addc(out, acl->revision);
	ad_buf_addc(out, 0);
	ad_buf_u16(out, 0);
	ad_buf_u16(out, (uint16_t)acl->count);
	ad_buf_u16(out, 0);
	for (i = 0; i < acl->count && out->len - start <= UINT16_MAX; i++)
		encode_ace(&acl->ace[i], out);
	size = out->len - start;
	if (size > UINT16_MAX) {
		out->len = start;
		ad_err_set(err, AD_ERR_FAILED, "data", 0,
			"an access control list of %zu entries does not fit into 64 KiB",
			acl->count);
		return ad_err_hint(err, "grant a group instead of its members");
	}
	out->data[start + 2] = size & 0xff;
	out->data[start + 3] = size >> 8 & 0xff;
	return true;
}
