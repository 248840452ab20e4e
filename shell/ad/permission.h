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

/* A trustee that is no crowd itself may be a group that holds one. */
struct ad_permission_group {
	const char *label; /* the group's name */
	const struct ad_sid *crowd; /* NULL: no crowd is in it */
};
struct ad_permission_asked {
	bool (*holds)(void *arg, struct ad_permission_group *out, const struct ad_sid *sid,
		struct ad_err *err); /* asked only where the answer matters */
	void *arg;
};

/* Which crowds, by themselves or by a group that they are in, may do more by the descriptor after
 * than by the one before, also below a folder, or are no longer denied it. Either list may be
 * empty: no descriptor. False: a group cannot be asked. asked NULL: groups hold no crowd. */
bool ad_permission_judge(struct ad_verdict *v, const struct ad_permission_asked *asked,
	const struct ad_list *before, const struct ad_list *after, struct ad_err *err);

/* Crowds that may do more than read, now and here, by entries of their own; conditions count as
 * met. No access list at all: Everyone. The caller frees *out. */
struct ad_permission_crowd {
	struct ad_sid sid;
	uint32_t mask;
};
void ad_permission_crowds(struct ad_permission_crowd **out, size_t *n, const struct ad_sd *sd);

/* What a trustee gains and loses: one for each trustee, way of inheriting and type of entry; object
 * entries and conditional ones are told apart by what they are about, too. */
struct ad_permission_delta {
	const struct ad_ace *ace; /* the first of these entries; of one of the descriptors */
	uint8_t flags; /* AD_ACE_INHERITED left out */
	uint32_t before, after; /* masks of all these entries together */
};

struct ad_permission_difference {
	struct ad_permission_delta *deltas;
	size_t n;
	bool reordered; /* the other entries are not what they were, and some of them deny */
	bool same; /* no entry differs but in AD_ACE_INHERITED */
};

/* Either may be NULL: no descriptor. The caller frees out->deltas. */
void ad_permission_compare(struct ad_permission_difference *out, const struct ad_sd *before,
	const struct ad_sd *after);

#endif
