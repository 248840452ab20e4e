/*
 * The cryptography of SMB 3.1.1 (MS-SMB2 3.1.4): keys from the session's key, signatures, sealed
 * messages and the preauthentication hash. Pure; GnuTLS does the arithmetic.
 */
#ifndef AD_SMB_CRYPTO_H
#define AD_SMB_CRYPTO_H

#include "base/buf.h"

#include <stdbool.h>

#define AD_SMB_HASH 64 /* SHA-512 */
#define AD_SMB_KEY 32 /* the longest key */
#define AD_SMB_SIGNATURE 16
#define AD_SMB_NONCE 12 /* GCM's; CCM uses 11 bytes of it */
#define AD_SMB_TRANSFORM 52 /* bytes of a transform header (2.2.41) */

/* CipherId of SMB2_ENCRYPTION_CAPABILITIES (2.2.3.1.2) */
enum ad_smb_cipher {
	AD_SMB_CIPHER_NONE = 0,
	AD_SMB_AES128_CCM = 1,
	AD_SMB_AES128_GCM = 2,
	AD_SMB_AES256_CCM = 3,
	AD_SMB_AES256_GCM = 4
};

/* SigningAlgorithmId of SMB2_SIGNING_CAPABILITIES (2.2.3.1.7); HMAC-SHA256 is not for 3.1.1 */
enum ad_smb_signing { AD_SMB_AES_CMAC = 1, AD_SMB_AES_GMAC = 2 };

const char *ad_smb_cipher_name(enum ad_smb_cipher c); /* "AES-128-GCM", NULL: not known */
const char *ad_smb_signing_name(enum ad_smb_signing s); /* "AES-CMAC", NULL: not known */
size_t ad_smb_cipher_key(enum ad_smb_cipher c); /* bytes of its key: 16 or 32 */

/* hash = SHA-512(hash, message), 3.2.5.2. */
void ad_smb_preauth(unsigned char hash[AD_SMB_HASH], const void *message, size_t n);

/* n bytes (16 or 32) out of key: SP 800-108 in counter mode with HMAC-SHA256 (3.1.4.2). The
 * label is used with its zero byte. */
void ad_smb_derive(unsigned char *out, size_t n, const void *key, size_t key_len, const char *label,
	const void *context, size_t context_len);

/* The signature of a whole message whose signature field (bytes 48..63) is zero (3.1.4.1). GMAC
 * takes the message id and the kind of message out of the header. False: n < 64, or no cipher. */
bool ad_smb_sign(unsigned char out[AD_SMB_SIGNATURE], enum ad_smb_signing how,
	const unsigned char key[16], const unsigned char *message, size_t n);

/* Appends transform header and sealed message (3.1.4.3). nonce must never come twice with a
 * key. */
bool ad_smb_seal(struct ad_buf *out, enum ad_smb_cipher cipher, const unsigned char *key,
	uint64_t nonce, uint64_t session, const void *message, size_t n);

/* Appends what is inside the n sealed bytes at p. False (out unchanged): malformed, of another
 * session, or changed on the way. */
bool ad_smb_unseal(struct ad_buf *out, enum ad_smb_cipher cipher, const unsigned char *key,
	uint64_t session, const unsigned char *p, size_t n);

#endif
