/* Access checks. See access.h. */
#include "codec/access.h"

#include <string.h>

const struct ad_generic ad_generic_file = { 0x120089, 0x120116, 0x1200a0, AD_MASK_FILE_ALL };
const struct ad_generic ad_generic_ds = { 0x20094, 0x20028, 0x20004, AD_MASK_DS_ALL };

static const struct ad_sid owner_rights = { 12, { 1, 1, 0, 0, 0, 0, 0, 3, 4 } }; /* S-1-3-4 */

#define GENERIC                                                                                    \
	(AD_RIGHT_GENERIC_READ | AD_RIGHT_GENERIC_WRITE | AD_RIGHT_GENERIC_EXECUTE |               \
		AD_RIGHT_GENERIC_ALL)

struct question {
	const struct ad_sid *token;
	size_t n;
	bool owns; /* the object is theirs */
	const struct ad_generic *generic;
	const unsigned char *object;
	enum ad_condition condition;
};

struct answer {
	uint32_t granted, denied;
};

uint32_t ad_access_specific(uint32_t mask, const struct ad_generic *generic)
{
	return (mask & ~GENERIC) | (mask & AD_RIGHT_GENERIC_READ ? generic->read : 0) |
	       (mask & AD_RIGHT_GENERIC_WRITE ? generic->write : 0) |
	       (mask & AD_RIGHT_GENERIC_EXECUTE ? generic->execute : 0) |
	       (mask & AD_RIGHT_GENERIC_ALL ? generic->all : 0);
}

static bool is_in(const struct ad_sid *token, size_t n, const struct ad_sid *sid)
{
	while (n-- > 0)
		if (ad_sid_equal(&token[n], sid))
			return true;
	return false;
}

static bool has_object(const struct ad_ace *ace)
{
	return ad_ace_is_object(ace->type) && ace->object_flags & AD_ACE_HAS_OBJECT;
}

/* Is the entry about these people and what they ask for? */
static bool is_about(const struct ad_ace *ace, const struct question *q)
{
	if (ace->flags & AD_ACE_INHERIT_ONLY)
		return false;
	if (q->object && has_object(ace) && memcmp(ace->object, q->object, AD_GUID_SIZE) != 0)
		return false;
	return is_in(q->token, q->n, &ace->sid) ||
	       (q->owns && ad_sid_equal(&ace->sid, &owner_rights));
}

static void count(struct answer *a, const struct ad_ace *ace, const struct question *q)
{
	uint32_t mask = ad_access_specific(ace->mask, q->generic);
	bool sure = !ad_ace_is_conditional(ace->type) && (q->object || !has_object(ace));
	bool met = q->condition == AD_CONDITION_MET;

	if (ad_ace_is_deny(ace->type) && (sure || !met))
		a->denied |= mask & ~a->granted;
	if (ad_ace_is_allow(ace->type) && (sure || met))
		a->granted |= mask & ~a->denied;
}

static bool limits_owner(const struct ad_acl *acl)
{
	size_t i;

	for (i = 0; i < acl->count; i++)
		if (!(acl->ace[i].flags & AD_ACE_INHERIT_ONLY) &&
			ad_sid_equal(&acl->ace[i].sid, &owner_rights))
			return true;
	return false;
}

static struct answer ask(const struct ad_sd *sd, struct question *q)
{
	struct answer a = { 0, 0 };
	size_t i;

	if (!sd->dacl) {
		a.granted = q->generic->all;
		return a;
	}
	q->owns = sd->owner.len > 0 && is_in(q->token, q->n, &sd->owner);
	if (q->owns && !limits_owner(sd->dacl))
		a.granted = AD_RIGHT_READ_CONTROL | AD_RIGHT_WRITE_DACL;
	for (i = 0; i < sd->dacl->count; i++)
		if (is_about(&sd->dacl->ace[i], q))
			count(&a, &sd->dacl->ace[i], q);
	return a;
}

uint32_t ad_access_mask(const struct ad_sd *sd, const struct ad_sid *token, size_t n,
	const struct ad_generic *generic, const unsigned char *object, enum ad_condition condition)
{
	struct question q = { token, n, false, generic, object, condition };

	return ask(sd, &q).granted;
}

static bool has_condition(const struct ad_sd *sd, const struct ad_ace *ace)
{
	for (size_t i = 0; sd && sd->dacl && i < sd->dacl->count; i++) {
		const struct ad_ace *a = &sd->dacl->ace[i];

		if (ad_ace_is_conditional(a->type) && a->data_len == ace->data_len &&
			(a->data_len == 0 || memcmp(a->data, ace->data, a->data_len) == 0))
			return true;
	}
	return false;
}

/* Entries whose condition other does not have: the allowing ones (or the others) become plain, the
 * rest goes. */
static void decide(struct ad_sd *sd, const struct ad_sd *other, bool allow)
{
	for (size_t i = sd && sd->dacl ? sd->dacl->count : 0; i-- > 0;) {
		struct ad_ace *ace = &sd->dacl->ace[i];

		if (!ad_ace_is_conditional(ace->type) || has_condition(other, ace))
			continue;
		if (ad_ace_is_allow(ace->type) == allow)
			ace->type = ad_ace_plain(ace->type);
		else
			ad_acl_remove(sd->dacl, i);
	}
}

void ad_access_suspect(struct ad_sd *before, struct ad_sd *after)
{
	decide(before, after, false);
	decide(after, before, true);
}

enum ad_access ad_access_control(const struct ad_sd *sd, const unsigned char right[AD_GUID_SIZE],
	const struct ad_sid *token, size_t n)
{
	struct question q = { token, n, false, &ad_generic_ds, right, AD_CONDITION_UNMET };
	struct answer a = ask(sd, &q);

	return a.granted & AD_RIGHT_CONTROL_ACCESS  ? AD_ACCESS_GRANTED
	       : a.denied & AD_RIGHT_CONTROL_ACCESS ? AD_ACCESS_DENIED
						    : AD_ACCESS_MISSING;
}
