/*
 * What DFS asks and answers (MS-DFSC 2.2): REQ_GET_DFS_REFERRAL and RESP_GET_DFS_REFERRAL with
 * entries of the versions 1 to 4. Pure: every offset and length of an answer is looked at.
 */
#ifndef AD_REFERRAL_H
#define AD_REFERRAL_H

#include "base/buf.h"

#include <stdbool.h>

/* ReferralHeaderFlags (2.2.4) */
#define AD_REFERRAL_SERVERS 0x1u /* the targets can answer such questions themselves */
#define AD_REFERRAL_STORAGE 0x2u /* the targets hold files */
#define AD_REFERRAL_FAILBACK 0x4u

/* ReferralEntryFlags (2.2.5.3, 2.2.5.4) */
#define AD_REFERRAL_NAMES 0x2u /* names of domains or of DCs instead of a target */
#define AD_REFERRAL_BOUNDARY 0x4u /* the first of a set of targets that cost the same */

/* One entry. What is no Unicode is in it as U+FFFD. */
struct ad_referral_entry {
	unsigned version;
	bool root; /* ServerType: the target is the root of a namespace, too */
	unsigned flags;
	uint32_t ttl; /* seconds; 0 in version 1 */
	char *target; /* "\fs2\data", or with AD_REFERRAL_NAMES the domain */
	char **names; /* of domains, or of the domain's DCs */
	size_t n_names;
};

struct ad_referral {
	size_t consumed; /* bytes of the name that was asked for, which the targets stand for */
	uint32_t flags;
	struct ad_referral_entry *list; /* in the order in which they are to be tried */
	size_t n;
};

/* The question about a name with one leading backslash: "\fs1\root\link", "\alpha.test\ns" (a
 * domain's namespace), "\alpha.test" (its DCs), "" (the domains). False: it is no UTF-8, out is
 * unchanged. */
bool ad_referral_ask(struct ad_buf *out, const char *name);

/* The answer; freed with ad_referral_clear. False: malformed, or with more or longer names than
 * there are in any namespace. */
bool ad_referral_decode(struct ad_referral *out, const unsigned char *p, size_t n);
void ad_referral_clear(struct ad_referral *r);

/* Splits the name that was asked for at `consumed`: *link is what the targets stand for, *rest
 * what follows, without a backslash between them; both allocated. False: that is not the end of a
 * part of the name, or before its second one. */
bool ad_referral_split(const struct ad_referral *r, const char *name, char **link, char **rest);

#endif
