/* Digests. See digest.h. */
#include "net/digest.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>

void ad_sha256(const void *p, size_t n, char out[AD_SHA256_TEXT])
{
	unsigned char digest[32];
	size_t i;

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, digest) != 0)
		abort(); /* the library has no SHA-256: nothing it does could be trusted */
	for (i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
