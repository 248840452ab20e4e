/*
 * Security descriptors as text (MS-DTYP 2.5.1), the form that Microsoft's tools read and write:
 * "O:BAG:DAD:PAI(A;CI;GA;;;SY)(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)". What stands
 * behind the SID of an ACE is a seventh field: condition.h and claim.h have its text.
 *
 * More than MS-DTYP has: bytes behind the SID that have no text, or would not be read back as they
 * are, are a seventh field "(#hex)"; ACE types without a name are numbers ("0x15"), and of unknown
 * ones everything behind the header is in that field. SDDL cannot say the defaulted bits of the
 * control word, the layout, or an ACL's revision.
 *
 * Abbreviations such as DA are relative to `domain`. Those of the forest (EA, SA, RO, EK) are too:
 * outside the root domain write the SID.
 */
#ifndef AD_SDDL_H
#define AD_SDDL_H

#include "codec/sd.h"

/* Appends the text of sd; SIDs of domain (NULL: none) and well-known ones abbreviated. */
void ad_sddl_format(struct ad_buf *out, const struct ad_sd *sd, const struct ad_sid *domain);

/* Appends one ACE with its parentheses. */
void ad_sddl_format_ace(struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain);

/* Appends what an entry's condition says, for a person: also where its bytes were not written as
 * Windows writes them; "(#hex)" where they are no condition. */
void ad_sddl_format_condition(
	struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain);

/* Appends a mask as it stands in an ACE: "FA", "RPWP", or "0x..." if a bit has no letters. */
void ad_sddl_format_mask(struct ad_buf *out, uint32_t mask);

/* AD_ERR_USAGE names the character (counted from 1) where text goes wrong, or says that it needs
 * a domain SID and domain is NULL. The caller frees *out. */
bool ad_sddl_parse(
	struct ad_sd **out, const char *text, const struct ad_sid *domain, struct ad_err *err);

/* A mask alone: letters ("FA", "RPWP") or a number (0x hex, decimal, 0 octal). */
bool ad_sddl_parse_mask(uint32_t *out, const char *text, struct ad_err *err);

#endif
