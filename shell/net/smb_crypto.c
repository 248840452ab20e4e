/* The cryptography of SMB 3.1.1. See smb_crypto.h. */
#include "net/smb_crypto.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define HEADER 64 /* of a plain message: smb_proto.h */
#define SERVER_TO_CLIENT 1u
#define COMMAND_CANCEL 0x0c

static const struct cipher {
	enum ad_smb_cipher id;
	gnutls_cipher_algorithm_t algorithm;
	size_t key, nonce;
	const char *name;
} ciphers[] = {
	{ AD_SMB_AES128_CCM, GNUTLS_CIPHER_AES_128_CCM, 16, 11, "AES-128-CCM" },
	{ AD_SMB_AES128_GCM, GNUTLS_CIPHER_AES_128_GCM, 16, 12, "AES-128-GCM" },
	{ AD_SMB_AES256_CCM, GNUTLS_CIPHER_AES_256_CCM, 32, 11, "AES-256-CCM" },
	{ AD_SMB_AES256_GCM, GNUTLS_CIPHER_AES_256_GCM, 32, 12, "AES-256-GCM" },
};

static const struct cipher *find(enum ad_smb_cipher id)
{
	for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
		if (ciphers[i].id == id)
			return &ciphers[i];
	return NULL;
}

const char *ad_smb_cipher_name(enum ad_smb_cipher c)
{
	return find(c) ? find(c)->name : NULL;
}

const char *ad_smb_signing_name(enum ad_smb_signing s)
{
	return s == AD_SMB_AES_CMAC ? "AES-CMAC" : s == AD_SMB_AES_GMAC ? "AES-GMAC" : NULL;
}

size_t ad_smb_cipher_key(enum ad_smb_cipher c)
{
	return find(c) ? find(c)->key : 16;
}

/* ---- hash and keys ---- */

void ad_smb_preauth(unsigned char hash[AD_SMB_HASH], const void *message, size_t n)
{
	struct ad_buf all = AD_BUF_INIT;

	ad_buf_add(&all, hash, AD_SMB_HASH);
	ad_buf_add(&all, message, n);
	gnutls_hash_fast(GNUTLS_DIG_SHA512, all.data, all.len, hash);
	ad_buf_clear(&all);
}

static void put_be32(struct ad_buf *b, size_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		ad_buf_addc(b, v >> shift & 0xff);
}

/* One round of HMAC-SHA256 gives 32 bytes, the most that is asked for. */
void ad_smb_derive(unsigned char *out, size_t n, const void *key, size_t key_len, const char *label,
	const void *context, size_t context_len)
{
	unsigned char mac[32];
	struct ad_buf b = AD_BUF_INIT;

	put_be32(&b, 1);
	ad_buf_add(&b, label, strlen(label) + 1);
	ad_buf_addc(&b, 0);
	ad_buf_add(&b, context, context_len);
	put_be32(&b, 8 * n);
	gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, b.data, b.len, mac);
	memcpy(out, mac, n);
	gnutls_memset(mac, 0, sizeof mac);
	ad_buf_clear(&b);
}

/* ---- signatures ---- */

/* RFC 4543: GCM that encrypts nothing. The nonce is the message id and the sender's role. */
static bool sign_gmac(
	unsigned char *out, const unsigned char *key, const unsigned char *m, size_t n)
{
	gnutls_datum_t k = { (unsigned char *)key, 16 };
	unsigned char nonce[AD_SMB_NONCE] = { 0 };
	size_t len = AD_SMB_SIGNATURE;
	gnutls_aead_cipher_hd_t h;
	bool ok;

	memcpy(nonce, m + 24, 8);
	nonce[8] = (m[16] & SERVER_TO_CLIENT) | (ad_get_u16(m + 12) == COMMAND_CANCEL ? 2 : 0);
	if (gnutls_aead_cipher_init(&h, GNUTLS_CIPHER_AES_128_GCM, &k) < 0)
		return false;
	ok = gnutls_aead_cipher_encrypt(
		     h, nonce, sizeof nonce, m, n, AD_SMB_SIGNATURE, "", 0, out, &len) == 0;
	gnutls_aead_cipher_deinit(h);
	return ok && len == AD_SMB_SIGNATURE;
}

bool ad_smb_sign(unsigned char out[AD_SMB_SIGNATURE], enum ad_smb_signing how,
	const unsigned char key[16], const unsigned char *message, size_t n)
{
	if (n < HEADER)
		return false;
	if (how == AD_SMB_AES_GMAC)
		return sign_gmac(out, key, message, n);
	return gnutls_hmac_fast(GNUTLS_MAC_AES_CMAC_128, key, 16, message, n, out) == 0;
}

/* ---- sealed messages ---- */

static bool open_cipher(
	gnutls_aead_cipher_hd_t *h, const struct cipher *c, const unsigned char *key)
{
	gnutls_datum_t k = { (unsigned char *)key, c ? (unsigned)c->key : 0 };

	return c && gnutls_aead_cipher_init(h, c->algorithm, &k) == 0;
}

static void put_le64(struct ad_buf *b, uint64_t v)
{
	ad_buf_u32(b, (uint32_t)v);
	ad_buf_u32(b, (uint32_t)(v >> 32));
}

bool ad_smb_seal(struct ad_buf *out, enum ad_smb_cipher cipher, const unsigned char *key,
	uint64_t nonce, uint64_t session, const void *message, size_t n)
{
	const struct cipher *c = find(cipher);
	struct ad_buf b = AD_BUF_INIT;
	gnutls_aead_cipher_hd_t h;
	unsigned char *p;
	size_t len = n + AD_SMB_SIGNATURE;
	bool ok;

	if (!open_cipher(&h, c, key))
		return false;
	ad_buf_add(&b, "\xfdSMB", 4);
	ad_buf_grow(&b, AD_SMB_SIGNATURE);
	put_le64(&b, nonce);
	put_le64(&b, 0);
	ad_buf_u32(&b, (uint32_t)n);
	ad_buf_u16(&b, 0);
	ad_buf_u16(&b, 1); /* encrypted */
	put_le64(&b, session);
	ad_buf_grow(&b, len);
	p = b.data + AD_SMB_TRANSFORM;
	ok = gnutls_aead_cipher_encrypt(h, b.data + 20, c->nonce, b.data + 20, 32, AD_SMB_SIGNATURE,
		     message, n, p, &len) == 0;
	gnutls_aead_cipher_deinit(h);
	if (ok) {
		memcpy(b.data + 4, p + n, AD_SMB_SIGNATURE);
		ad_buf_add(out, b.data, AD_SMB_TRANSFORM + n);
	}
	ad_buf_clear(&b);
	return ok;
}

bool ad_smb_unseal(struct ad_buf *out, enum ad_smb_cipher cipher, const unsigned char *key,
	uint64_t session, const unsigned char *p, size_t n)
{
	const struct cipher *c = find(cipher);
	struct ad_buf in = AD_BUF_INIT;
	gnutls_aead_cipher_hd_t h;
	size_t start = out->len, len;
	bool ok;

	if (n < AD_SMB_TRANSFORM || memcmp(p, "\xfdSMB", 4) != 0 || ad_get_u16(p + 42) != 1 ||
		ad_get_u32(p + 36) != n - AD_SMB_TRANSFORM || ad_get_u64(p + 44) != session)
		return false;
	if (!open_cipher(&h, c, key))
		return false;
	len = n - AD_SMB_TRANSFORM;
	ad_buf_add(&in, p + AD_SMB_TRANSFORM, len);
	ad_buf_add(&in, p + 4, AD_SMB_SIGNATURE);
	ad_buf_grow(out, len);
	ok = gnutls_aead_cipher_decrypt(h, p + 20, c->nonce, p + 20, 32, AD_SMB_SIGNATURE, in.data,
		     in.len, out->data + start, &len) == 0;
	gnutls_aead_cipher_deinit(h);
	if (!ok)
		out->len = start;
	ad_buf_clear(&in);
	return ok;
}
