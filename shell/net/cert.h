/*
 * What an X.509 certificate (RFC 5280) says about itself, to tell a person why the TLS library
 * did not trust it: GnuTLS under libldap only says "unknown error". Trust is never decided here.
 */
#ifndef AD_CERT_H
#define AD_CERT_H

#include <stdbool.h>
#include <stddef.h>

struct ad_cert {
	char subject[256], issuer[256]; /* "CN=dc1.alpha.test,O=lab", cut when too long */
	char not_before[16], not_after[16]; /* "20261122080000Z": comparable as text */
	char names[512]; /* what it is for: "dc1.alpha.test, 10.77.1.1", cut when too long */
};

/* From DER; false when it is not a certificate. */
bool ad_cert_decode(struct ad_cert *out, const unsigned char *der, size_t n);

/* Is host (a name or an address) one of the names? "*.alpha.test" covers one label. */
bool ad_cert_covers(const struct ad_cert *c, const char *host);

#endif
