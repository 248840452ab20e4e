/* Security identifiers (MS-DTYP 2.4.2): the bytes AD stores, the text people read. */
#ifndef AD_SID_H
#define AD_SID_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define AD_SID_MAX 68 /* bytes: 8 and 15 sub-authorities */
#define AD_SID_TEXT 192 /* the longest text and its zero */

/* Relative to a domain (MS-DTYP 2.4.2.4) */
#define AD_RID_ENTERPRISE_READ_ONLY_DOMAIN_CONTROLLERS 498u
#define AD_RID_ADMINISTRATOR 500u
#define AD_RID_GUEST 501u
#define AD_RID_KRBTGT 502u
#define AD_RID_DOMAIN_ADMINS 512u
#define AD_RID_DOMAIN_USERS 513u
#define AD_RID_DOMAIN_GUESTS 514u
#define AD_RID_DOMAIN_COMPUTERS 515u
#define AD_RID_DOMAIN_CONTROLLERS 516u
#define AD_RID_CERT_PUBLISHERS 517u
#define AD_RID_SCHEMA_ADMINS 518u
#define AD_RID_ENTERPRISE_ADMINS 519u
#define AD_RID_GROUP_POLICY_CREATOR_OWNERS 520u
#define AD_RID_READ_ONLY_DOMAIN_CONTROLLERS 521u
#define AD_RID_CLONEABLE_DOMAIN_CONTROLLERS 522u
#define AD_RID_PROTECTED_USERS 525u
#define AD_RID_KEY_ADMINS 526u
#define AD_RID_ENTERPRISE_KEY_ADMINS 527u
#define AD_RID_RAS_SERVERS 553u

/* The wire form and its length; len 0 means "no SID". Compare with ad_sid_equal. */
struct ad_sid {
	unsigned char len;
	unsigned char bytes[AD_SID_MAX];
};

/* A SID that means the same everywhere, or with the same RID in every domain. */
struct ad_sid_known {
	const char *sddl; /* its two letters in SDDL (MS-DTYP 2.5.1.1), or NULL */
	const char *text; /* "S-1-5-32-544"; NULL: relative to a domain, see rid */
	uint32_t rid;
	const char *name; /* "BUILTIN\\Administrators"; relative ones without a domain */
};

/* Exactly the n bytes at p: revision 1, at most 15 sub-authorities, nothing behind. */
bool ad_sid_decode(struct ad_sid *out, const void *p, size_t n, struct ad_err *err);

/* The length of the SID that starts at p and ends within n bytes, 0 when there is none. */
size_t ad_sid_length(const void *p, size_t n);

/* "S-1-5-21-1-2-3-500"; the authority in decimal or as 0x and up to 12 hex digits
 * (MS-DTYP 2.4.2.1). The whole text must be one SID. */
bool ad_sid_parse(struct ad_sid *out, const char *text, struct ad_err *err);

/* The same for the start of text: the number of characters used, 0 when it is no SID. */
size_t ad_sid_scan(struct ad_sid *out, const char *text);

/* An empty SID gives an empty text. */
void ad_sid_format(const struct ad_sid *sid, char out[AD_SID_TEXT]);

bool ad_sid_equal(const struct ad_sid *a, const struct ad_sid *b);

uint32_t ad_sid_rid(const struct ad_sid *sid); /* last sub-authority, 0 without one */

/* The SID without its last sub-authority; false (out unchanged) when it has none. */
bool ad_sid_domain(struct ad_sid *out, const struct ad_sid *sid);

/* domain with rid behind it; false (out unchanged) when domain is empty or full. */
bool ad_sid_make(struct ad_sid *out, const struct ad_sid *domain, uint32_t rid);

/* The i-th entry of the table of known SIDs, NULL behind the end. */
const struct ad_sid_known *ad_sid_known(size_t i);

/* "Everyone", "BUILTIN\\Administrators", ... or NULL. Fixed SIDs only: what is relative to a
 * domain has the name that the domain gave it. */
const char *ad_sid_wellknown_name(const struct ad_sid *sid);

/* The reverse, without regard to case; "Administrators" and "SYSTEM" stand for
 * "BUILTIN\\Administrators" and "NT AUTHORITY\\SYSTEM". False (out unchanged): unknown. */
bool ad_sid_wellknown(struct ad_sid *out, const char *name);

#endif
