/* Digests, from the library that does the cryptography. */
#ifndef AD_DIGEST_H
#define AD_DIGEST_H

#include <stddef.h>

#define AD_SHA256_TEXT 65

/* SHA-256 (FIPS 180-4) as lower-case hex digits. */
void ad_sha256(const void *p, size_t n, char out[AD_SHA256_TEXT]);

/* The same of what comes piece by piece. ad_sha256_end frees it; out may be NULL. */
struct ad_sha256 *ad_sha256_begin(void);
void ad_sha256_add(struct ad_sha256 *h, const void *p, size_t n);
void ad_sha256_end(struct ad_sha256 *h, char out[AD_SHA256_TEXT]);

#endif
