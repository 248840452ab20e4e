/* Access checks against a descriptor, as servers make them (MS-DTYP 2.5.3.2, MS-ADTS 5.1.3.3): what
 * "allowed by a descriptor" means here, for every guard and every reader. */
#ifndef AD_ACCESS_H
#define AD_ACCESS_H

#include "codec/sd.h"

/* Generic and standard rights (MS-DTYP 2.4.3) */
#define AD_RIGHT_GENERIC_READ 0x80000000u
#define AD_RIGHT_GENERIC_WRITE 0x40000000u
#define AD_RIGHT_GENERIC_EXECUTE 0x20000000u
#define AD_RIGHT_GENERIC_ALL 0x10000000u
#define AD_RIGHT_WRITE_OWNER 0x00080000u
#define AD_RIGHT_WRITE_DACL 0x00040000u
#define AD_RIGHT_READ_CONTROL 0x00020000u

#define AD_RIGHT_CONTROL_ACCESS 0x100u /* RIGHT_DS_CONTROL_ACCESS (MS-ADTS 5.1.3.2) */

/* What the generic rights stand for: all is every right that the kind of object knows. */
struct ad_generic {
	uint32_t read, write, execute, all;
};

extern const struct ad_generic ad_generic_file; /* MS-SMB2 2.2.13.1: files, folders, shares */
extern const struct ad_generic ad_generic_ds; /* MS-ADTS 5.1.3.2: objects of a directory */

/* mask with its generic bits replaced by what they stand for. */
uint32_t ad_access_specific(uint32_t mask, const struct ad_generic *generic);

/*
 * What becomes of an entry whose effect cannot be told: a conditional (callback) entry, as the
 * condition is not looked at; and, where no object type is asked about, an object entry with one,
 * as servers differ: by MS-DTYP it says nothing, Windows and Samba let it deny.
 */
enum ad_condition {
	AD_CONDITION_UNMET, /* what is allowed for sure (readers): it allows nothing and denies */
	AD_CONDITION_MET /* what may be allowed (guards): it allows and denies nothing */
};

/*
 * The rights of somebody who is the n SIDs of token, all in specific bits. Entries count in the
 * order in which they stand, the first that says something about a right decides; inherit-only ones
 * do not count, nor do types that are not known. The owner has READ_CONTROL and WRITE_DACL, unless
 * an entry for OWNER RIGHTS (S-1-3-4) says otherwise. No DACL allows generic->all. SELF is nobody:
 * who wants it replaced puts S-1-5-10 into token.
 *
 * object: the GUID of an extended right, a property or a property set: entries with another GUID
 * say nothing, those without one are about all. NULL: the object as a whole, as with files.
 */
uint32_t ad_access_mask(const struct ad_sd *sd, const struct ad_sid *token, size_t n,
	const struct ad_generic *generic, const unsigned char *object, enum ad_condition condition);

/*
 * Makes of two descriptors of one object the worst that a change from one to the other may mean, as
 * conditions are not looked at: a condition that only after has is met where it allows and unmet
 * where it denies, one that only before has the other way round. Those that both have are left to
 * enum ad_condition. Either may be NULL.
 */
void ad_access_suspect(struct ad_sd *before, struct ad_sd *after);

enum ad_access {
	AD_ACCESS_GRANTED,
	AD_ACCESS_DENIED, /* an entry says no */
	AD_ACCESS_MISSING /* no entry says anything */
};

/* Whether one who is the n SIDs of token has for sure the control access right of this GUID
 * (MS-ADTS 5.1.3.3.4), and if not, why. */
enum ad_access ad_access_control(const struct ad_sd *sd, const unsigned char right[AD_GUID_SIZE],
	const struct ad_sid *token, size_t n);

#endif
