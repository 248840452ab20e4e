/*
 * Trusts: what a domain's trustedDomain objects (MS-ADTS 6.1.6.7) say, and what it means for
 * delegation. Everything is seen from the domain that holds the object: ours.
 */
#ifndef AD_TRUST_H
#define AD_TRUST_H

#include "ad/forest.h"
#include "codec/sid.h"

#include <stdint.h>

enum ad_trust_kind {
	AD_TRUST_PARENT, /* the partner is our parent domain */
	AD_TRUST_CHILD,
	AD_TRUST_TREE_ROOT, /* both are roots of trees of this forest */
	AD_TRUST_SHORTCUT, /* two other domains of this forest */
	AD_TRUST_FOREST, /* the partner is the root of another forest */
	AD_TRUST_EXTERNAL, /* one domain of another forest */
	AD_TRUST_REALM /* a Kerberos realm that is no Windows domain */
};
const char *ad_trust_kind_name(enum ad_trust_kind k); /* "parent", ..., "tree root", ... */

/* Which SIDs of the partner's tickets are believed. */
enum ad_trust_filter {
	AD_TRUST_FILTER_NONE, /* all: within a forest */
	AD_TRUST_FILTER_FOREST, /* those of the partner's forest */
	AD_TRUST_FILTER_RELAXED, /* forest trust that is treated as external: all but well-known */
	AD_TRUST_FILTER_QUARANTINE /* those of the partner domain itself */
};
const char *ad_trust_filter_words(enum ad_trust_filter f);

/* May a service in the partner's domain that is trusted for any service get tickets-to-get-tickets
 * of our users? (MS-KILE 3.3.5.7.5, CVE-2019-0683) */
enum ad_trust_tgt {
	AD_TRUST_TGT_ON, /* switched on, or within the forest */
	AD_TRUST_TGT_OFF, /* not switched on, which is the default since July 2019 */
	AD_TRUST_TGT_FORBIDDEN, /* by NO_TGT_DELEGATION */
	AD_TRUST_TGT_QUARANTINED, /* by SID filter quarantine */
	AD_TRUST_TGT_OUTBOUND /* the partner does not trust us: our users get nowhere there */
};
const char *ad_trust_tgt_words(enum ad_trust_tgt t);

struct ad_trust {
	char *partner; /* DNS name: "beta.test" */
	char *netbios; /* flatName: "BETA"; or NULL */
	struct ad_sid sid; /* of the partner domain; len 0: none, a realm */
	uint32_t direction; /* AD_TRUST_INBOUND: the partner trusts us; AD_TRUST_OUTBOUND */
	uint32_t type; /* AD_TRUST_TYPE_... of codec/flags.h */
	uint32_t attributes; /* AD_TRUST_... of codec/flags.h */
	uint32_t enctypes; /* msDS-SupportedEncryptionTypes */
	bool has_enctypes; /* false: the attribute is not set */
	enum ad_trust_kind kind;
	bool transitive;
};

/* The trusts of the domain that ld is connected to, sorted by partner. */
bool ad_trust_list(struct ad_trust **out, size_t *n, struct ad_ldap *ld, struct ad_err *err);
void ad_trusts_free(struct ad_trust *t, size_t n);

/* Decides kind and transitive; own: our DNS name, d: the domains of our forest. */
void ad_trust_classify(struct ad_trust *t, const char *own, const struct ad_domain *d, size_t n);

enum ad_trust_filter ad_trust_filter(const struct ad_trust *t);
enum ad_trust_tgt ad_trust_tgt(const struct ad_trust *t);

#endif
