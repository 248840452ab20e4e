/*
 * Permissions of shares and folders in the words of people: read, change, full. The verbs edit the
 * descriptor that an edit has pending (ad/share.h).
 */
#ifndef AD_PERMISSION_H
#define AD_PERMISSION_H

#include "plan/plan.h"
#include "codec/sd.h"

/* The masks that Explorer's words stand for, the same for shares and files */
#define AD_RIGHTS_READ 0x001200a9u
#define AD_RIGHTS_CHANGE 0x001301bfu
#define AD_RIGHTS_FULL 0x001f01ffu

/* "read", "change" (also "modify"), "full", or a mask as SDDL writes it. */
bool ad_rights_parse(uint32_t *mask, const char *text, struct ad_err *err);
/* Appends the word, or the mask as SDDL has it. Generic rights count as what they stand for. */
void ad_rights_format(struct ad_buf *out, uint32_t mask);

/* The mask with generic rights (MS-DTYP 2.4.3) as what they stand for with files. */
uint32_t ad_rights_specific(uint32_t mask);

/* What the explicit plain allow ACEs with these flags give is made to include mask. */
bool ad_permission_grant(struct ad_change *c, struct ad_edit *e, const struct ad_sid *sids,
	size_t n, uint32_t mask, uint8_t flags, struct ad_err *err);
/* Takes away all that is allowed explicitly. AD_ERR_FAILED when a trustee has only what is
 * inherited: that goes where it comes from. */
bool ad_permission_revoke(struct ad_change *c, struct ad_edit *e, const struct ad_sid *sids,
	size_t n, struct ad_err *err);
/* Replaces the DACL, in canonical order. */
bool ad_permission_set(
	struct ad_change *c, struct ad_edit *e, const struct ad_sd *sd, struct ad_err *err);
/* Stops inheritance: what was inherited becomes explicit (copy) or goes. Refused when nothing at
 * all would be left. */
bool ad_permission_protect(struct ad_change *c, struct ad_edit *e, bool copy, struct ad_err *err);

/* Gives it this DACL, in this order (see ad/inherit.h), and marks it as inheriting, as servers do
 * with what is made below (AUTO_INHERITED). dacl NULL: only the mark. */
bool ad_permission_inherit(
	struct ad_change *c, struct ad_edit *e, const struct ad_acl *dacl, struct ad_err *err);

/* Which crowds may do more by the descriptor after than by the one before, also below a folder, or
 * are no longer denied it. Either list may be empty: no descriptor. */
bool ad_permission_judge(struct ad_verdict *v, const struct ad_list *before,
	const struct ad_list *after, struct ad_err *err);

/* What a trustee gains and loses, one line for each trustee and way of inheriting. */
struct ad_permission_delta {
	struct ad_sid sid;
	uint8_t flags; /* of its ACEs, AD_ACE_INHERITED left out */
	bool deny;
	uint32_t before, after; /* masks of all ACEs together */
};
/* Either may be NULL: no descriptor. The caller frees *out. */
void ad_permission_compare(struct ad_permission_delta **out, size_t *n, const struct ad_sd *before,
	const struct ad_sd *after);

#endif
