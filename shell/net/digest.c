/* Digests. See digest.h. */
#include "net/digest.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>

/* The library has no SHA-256: nothing it does could be trusted. */
static void check(int code)
{
	if (code != 0)
		abort();
}

struct ad_sha256 *ad_sha256_begin(void)
{
	gnutls_hash_hd_t h;

	check(gnutls_hash_init(&h, GNUTLS_DIG_SHA256));
	return (struct ad_sha256 *)h;
}

void ad_sha256_add(struct ad_sha256 *h, const void *p, size_t n)
{
	check(gnutls_hash((gnutls_hash_hd_t)h, p, n));
}

void ad_sha256_end(struct ad_sha256 *h, char out[AD_SHA256_TEXT])
{
	unsigned char digest[32];
	size_t i;

	gnutls_hash_deinit((gnutls_hash_hd_t)h, digest);
	for (i = 0; out && i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void ad_sha256(const void *p, size_t n, char out[AD_SHA256_TEXT])
{
	struct ad_sha256 *h = ad_sha256_begin();

	if (n)
		ad_sha256_add(h, p, n);
	ad_sha256_end(h, out);
}
