/*
 * Security descriptors (MS-DTYP 2.4.6), self-relative bytes and structs. Nothing is lost on the
 * way: what a known ACE type carries behind its SID, ACEs of unknown types and the order in
 * which the parts lie are kept, so decode and encode give back the bytes that were read
 * (except for gaps between the parts and unused space at the end of an ACL).
 */
#ifndef AD_SD_H
#define AD_SD_H

#include "codec/acl.h"

/* control (2.4.6) */
#define AD_SD_OWNER_DEFAULTED 0x1u
#define AD_SD_GROUP_DEFAULTED 0x2u
#define AD_SD_DACL_PRESENT 0x4u /* with dacl NULL: a null DACL, which grants all to everyone */
#define AD_SD_DACL_DEFAULTED 0x8u
#define AD_SD_SACL_PRESENT 0x10u
#define AD_SD_SACL_DEFAULTED 0x20u
#define AD_SD_DACL_TRUSTED 0x40u
#define AD_SD_SERVER_SECURITY 0x80u
#define AD_SD_DACL_AUTO_INHERIT_REQ 0x100u
#define AD_SD_SACL_AUTO_INHERIT_REQ 0x200u
#define AD_SD_DACL_AUTO_INHERITED 0x400u
#define AD_SD_SACL_AUTO_INHERITED 0x800u
#define AD_SD_DACL_PROTECTED 0x1000u
#define AD_SD_SACL_PROTECTED 0x2000u
#define AD_SD_RM_CONTROL_VALID 0x4000u
#define AD_SD_SELF_RELATIVE 0x8000u

struct ad_sd {
	uint16_t control;
	uint8_t sbz1; /* resource manager control bits, kept */
	struct ad_sid owner, group; /* len 0: absent */
	struct ad_acl *dacl, *sacl; /* NULL: absent or null ACL, see control */
	char layout[4]; /* the order in memory of (o)wner, (g)roup, (s)acl, (d)acl */
};

/* The descriptor in the n bytes at p. AD_ERR_FAILED: no self-relative descriptor of revision 1,
 * or an offset, size or SID that leads outside it. The caller frees *out. */
bool ad_sd_decode(struct ad_sd **out, const void *p, size_t n, struct ad_err *err);

/* Appends the self-relative bytes. AD_ERR_FAILED (nothing appended): an ACL would pass 64 KiB. */
bool ad_sd_encode(const struct ad_sd *sd, struct ad_buf *out, struct ad_err *err);

struct ad_sd *ad_sd_new(void); /* no owner, no group, no ACLs */
void ad_sd_free(struct ad_sd *sd); /* NULL is fine */
struct ad_sd *ad_sd_dup(const struct ad_sd *sd);

/* Same control, owner, group and ACEs; only the layout may differ. */
bool ad_sd_equal(const struct ad_sd *a, const struct ad_sd *b);

/* What a first value of msDS-AllowedToActOnBehalfOfOtherIdentity starts from: owner
 * BUILTIN\Administrators and a DACL without ACEs. */
struct ad_sd *ad_sd_new_rbcd(void);

#endif
