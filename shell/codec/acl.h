/* Access control lists and their entries (MS-DTYP 2.4.4, 2.4.5), as part of a descriptor. */
#ifndef AD_ACL_H
#define AD_ACL_H

#include "base/buf.h"
#include "codec/guid.h"
#include "codec/sid.h"

/* ACE types (2.4.4.1) */
enum ad_ace_type {
	AD_ACE_ALLOW = 0,
	AD_ACE_DENY = 1,
	AD_ACE_AUDIT = 2,
	AD_ACE_ALARM = 3,
	AD_ACE_ALLOW_OBJECT = 5,
	AD_ACE_DENY_OBJECT = 6,
	AD_ACE_AUDIT_OBJECT = 7,
	AD_ACE_ALARM_OBJECT = 8,
	AD_ACE_ALLOW_CALLBACK = 9,
	AD_ACE_DENY_CALLBACK = 10,
	AD_ACE_ALLOW_CALLBACK_OBJECT = 11,
	AD_ACE_DENY_CALLBACK_OBJECT = 12,
	AD_ACE_AUDIT_CALLBACK = 13,
	AD_ACE_ALARM_CALLBACK = 14,
	AD_ACE_AUDIT_CALLBACK_OBJECT = 15,
	AD_ACE_ALARM_CALLBACK_OBJECT = 16,
	AD_ACE_MANDATORY_LABEL = 17,
	AD_ACE_RESOURCE_ATTRIBUTE = 18,
	AD_ACE_SCOPED_POLICY = 19
};

/* ACE flags (2.4.4.1) */
#define AD_ACE_OBJECT_INHERIT 0x1u
#define AD_ACE_CONTAINER_INHERIT 0x2u
#define AD_ACE_NO_PROPAGATE 0x4u
#define AD_ACE_INHERIT_ONLY 0x8u
#define AD_ACE_INHERITED 0x10u
#define AD_ACE_CRITICAL 0x20u
#define AD_ACE_AUDIT_SUCCESS 0x40u
#define AD_ACE_AUDIT_FAILURE 0x80u

/* object_flags (2.4.4.3) */
#define AD_ACE_HAS_OBJECT 0x1u
#define AD_ACE_HAS_INHERITED_OBJECT 0x2u

/* What Microsoft's tools grant in msDS-AllowedToActOnBehalfOfOtherIdentity: all directory
 * service rights and all standard rights. */
#define AD_MASK_DS_ALL 0x000f01ffu
#define AD_MASK_FILE_ALL 0x001f01ffu

#define AD_ACL_REVISION 2 /* 4 when it holds object ACEs */
#define AD_ACL_REVISION_DS 4

struct ad_ace {
	uint8_t type; /* enum ad_ace_type or any other number */
	uint8_t flags;
	uint32_t mask;
	uint32_t object_flags; /* object types only, as the next two */
	unsigned char object[AD_GUID_SIZE]; /* class, property, or right; see AD_ACE_HAS_OBJECT */
	unsigned char inherited[AD_GUID_SIZE]; /* class that inherits it */
	struct ad_sid sid; /* the trustee */
	unsigned char *data; /* what follows the SID: condition, attribute, padding; for unknown */
	size_t data_len; /* types all that follows the header. NULL, 0: nothing */
};

struct ad_acl {
	uint8_t revision;
	struct ad_ace *ace;
	size_t count;
};

bool ad_ace_is_object(uint8_t type); /* one of the six types with GUIDs */
bool ad_ace_is_known(uint8_t type); /* one of enum ad_ace_type */
bool ad_ace_is_allow(uint8_t type); /* plain, object or callback */
bool ad_ace_is_deny(uint8_t type);
bool ad_ace_is_callback(uint8_t type); /* may have a condition behind its SID */
bool ad_ace_is_conditional(uint8_t type); /* allows or denies under a condition: a callback */
uint8_t ad_ace_plain(uint8_t type); /* the type without a condition of a conditional one */
bool ad_ace_equal(const struct ad_ace *a, const struct ad_ace *b);

struct ad_acl *ad_acl_new(void);
void ad_acl_free(struct ad_acl *acl); /* NULL is fine */
struct ad_acl *ad_acl_dup(const struct ad_acl *acl); /* NULL gives NULL */
bool ad_acl_equal(const struct ad_acl *a, const struct ad_acl *b); /* either may be NULL */

/* Inserts a copy of ace (and of its data) at its canonical place: behind all others of its
 * kind. The kinds are explicit deny, explicit allow, inherited, and within the first two ACEs
 * without GUIDs before object ACEs, as Microsoft's tools sort them. Returns its index. Object
 * ACEs raise the revision to 4. */
size_t ad_acl_insert(struct ad_acl *acl, const struct ad_ace *ace);

/* The same at the end, whatever stands before it: for a list whose order is given. */
void ad_acl_append(struct ad_acl *acl, const struct ad_ace *ace);

void ad_acl_remove(struct ad_acl *acl, size_t i);

bool ad_acl_canonical(const struct ad_acl *acl); /* explicit deny, explicit allow, inherited */

/* The first explicit plain allow ACE with exactly these flags and this trustee whose mask has
 * all bits of mask, or NULL. */
struct ad_ace *ad_acl_find_allow(
	const struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask, uint8_t flags);

/* Grants: gives the bits to the trustee's explicit plain allow ACE with these flags, or inserts
 * one. False when it was granted already. */
bool ad_acl_add_allow(struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask, uint8_t flags);

/* Takes these bits out of every explicit ACE of any kind that allows the trustee something, and
 * removes the ACEs of which nothing is left (UINT32_MAX: all of them). Returns how many ACEs
 * changed or went. Inherited ACEs stay: they are removed where they come from. */
size_t ad_acl_remove_allow(struct ad_acl *acl, const struct ad_sid *sid, uint32_t mask);

/* The ACL that starts at p and ends within n bytes. AD_ERR_FAILED: a size, a count or a SID that
 * leads outside it. The caller frees *out. */
bool ad_acl_decode(struct ad_acl **out, const void *p, size_t n, struct ad_err *err);

/* Appends its bytes. AD_ERR_FAILED (out unchanged): more than 64 KiB. */
bool ad_acl_encode(const struct ad_acl *acl, struct ad_buf *out, struct ad_err *err);

#endif
