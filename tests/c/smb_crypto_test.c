/* Keys, hashes, signatures and sealed messages against published values; see tests/data/smb.txt
 * for those of Microsoft. */
#include "net/smb_crypto.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define NAMES 8
static struct ad_buf messages[NAMES];
static char names[NAMES][32];
static int count;

static void keep(const unsigned char *p, size_t n, const char *text)
{
	assert_true(count < NAMES);
	snprintf(names[count], sizeof names[count], "%s", text);
	ad_buf_add(&messages[count++], p, n);
}

static const struct ad_buf *message(const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return &messages[i];
	fail_msg("no message %s", name);
	return NULL;
}

static int load(void **state)
{
	(void)state;
	return each_vector("tests/data/smb.txt", keep) == 7 ? 0 : 1;
}

static int unload(void **state)
{
	(void)state;
	while (count)
		ad_buf_clear(&messages[--count]);
	return 0;
}

static void is_hex(const unsigned char *p, size_t n, const char *hex)
{
	struct ad_buf want = AD_BUF_INIT;

	unhex(&want, hex, strlen(hex));
	assert_int_equal(want.len, n);
	assert_memory_equal(p, want.data, n);
	ad_buf_clear(&want);
}

static void hashes_before_the_login(void **state)
{
	unsigned char hash[AD_SMB_HASH] = { 0 };

	(void)state;
	ad_smb_preauth(hash, message("negotiate-request")->data, message("negotiate-request")->len);
	is_hex(hash, sizeof hash,
		"DD94EFC5321BB618A2E208BA8920D2F422992526947A409B5037DE1E0FE8C736"
		"2B8C47122594CDE0CE26AA9DFC8BCDBDE0621957672623351A7540F1E54A0426");
	ad_smb_preauth(
		hash, message("negotiate-response")->data, message("negotiate-response")->len);
	is_hex(hash, sizeof hash,
		"324BFA92A4F3A190E466EBEA08D9C110DC88BFED758D9846ECC6F541CC1D02AE"
		"3C94A79F36011E997E13F841B91B50957AD07B19C8E2539C0B23FDAE09D2C513");
}

static void derives(const char *key, const char *label, const char *hash, const char *want)
{
	struct ad_buf k = AD_BUF_INIT, h = AD_BUF_INIT;
	unsigned char out[16];

	unhex(&k, key, strlen(key));
	unhex(&h, hash, strlen(hash));
	ad_smb_derive(out, sizeof out, k.data, k.len, label, h.data, h.len);
	is_hex(out, sizeof out, want);
	ad_buf_clear(&k);
	ad_buf_clear(&h);
}

static void derives_keys(void **state)
{
	static const char hash[] =
		"B23F3CBFD69487D9832B79B1594A367CDD950909B774C3A4C412B4FCEA9EDDDB"
		"A7DB256BA2EA30E977F11F9B113247578E0E915C6D2A513B8F2FCA5707DC8770";

	(void)state;
	derives("270E1BA896585EEB7AF3472D3B4C75A7", "SMBSigningKey",
		"0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB79"
		"28622DDDAD522D9751640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01",
		"73FE7A9A77BEF0BDE49C650D8CCB5F76");
	derives("419FDDF34C1E001909D362AE7FB6AF79", "SMBC2SCipherKey", hash,
		"A2F5E80E5D59103034F32E52F698E5EC");
	derives("419FDDF34C1E001909D362AE7FB6AF79", "SMBS2CCipherKey", hash,
		"748C50868C90F302962A5C35F5F9A8BF");
}

/* RFC 4493 section 4, example 4: the one that is as long as a header */
static void signs_with_cmac(void **state)
{
	struct ad_buf key = AD_BUF_INIT, m = AD_BUF_INIT;
	unsigned char out[AD_SMB_SIGNATURE];

	(void)state;
	unhex(&key, "2b7e151628aed2a6abf7158809cf4f3c", 32);
	unhex(&m,
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
		"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		128);
	assert_true(ad_smb_sign(out, AD_SMB_AES_CMAC, key.data, m.data, m.len));
	is_hex(out, sizeof out, "51f0bebf7e3b9d92fc49741779363cfe");
	assert_false(ad_smb_sign(out, AD_SMB_AES_CMAC, key.data, m.data, m.len - 1));
	ad_buf_clear(&key);
	ad_buf_clear(&m);
}

static void unseals(enum ad_smb_cipher c, const char *hex, uint64_t session, const char *sealed,
	const char *plain)
{
	const struct ad_buf *m = message(sealed), *want = message(plain);
	struct ad_buf key = AD_BUF_INIT, out = AD_BUF_INIT, bad = AD_BUF_INIT;

	unhex(&key, hex, strlen(hex));
	assert_true(ad_smb_unseal(&out, c, key.data, session, m->data, m->len));
	assert_int_equal(out.len, want->len);
	assert_memory_equal(out.data, want->data, out.len);
	assert_false(ad_smb_unseal(&out, c, key.data, session + 1, m->data, m->len));
	/* no byte of it may change; the protocol's id and what is not used apart */
	for (size_t i = 0; i < m->len; i++) {
		ad_buf_clear(&bad);
		ad_buf_add(&bad, m->data, m->len);
		bad.data[i] ^= 1;
		assert_false(ad_smb_unseal(&out, c, key.data, session, bad.data, bad.len));
		assert_false(ad_smb_unseal(&out, c, key.data, session, m->data, i));
	}
	assert_int_equal(out.len, want->len);
	ad_buf_clear(&bad);
	ad_buf_clear(&key);
	ad_buf_clear(&out);
}

static void unseals_what_windows_sealed(void **state)
{
	(void)state;
	unseals(AD_SMB_AES128_GCM, "A2F5E80E5D59103034F32E52F698E5EC", 0x100000000025, "sealed-gcm",
		"unsealed-gcm");
	unseals(AD_SMB_AES128_CCM, "8FE2B57EC34D2DB5B1A9727F526BBDB5", 0x8E40014000011,
		"sealed-ccm", "unsealed-ccm");
}

static void seals_with_every_cipher(void **state)
{
	const struct ad_buf *m = message("unsealed-gcm");
	unsigned char key[AD_SMB_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)(7 * i);
	for (int c = AD_SMB_AES128_CCM; c <= AD_SMB_AES256_GCM; c++) {
		struct ad_buf sealed = AD_BUF_INIT, out = AD_BUF_INIT;

		assert_non_null(ad_smb_cipher_name(c));
		assert_true(ad_smb_seal(&sealed, c, key, 5, 9, m->data, m->len));
		assert_true(ad_smb_unseal(&out, c, key, 9, sealed.data, sealed.len));
		assert_int_equal(out.len, m->len);
		assert_memory_equal(out.data, m->data, m->len);
		ad_buf_clear(&sealed);
		ad_buf_clear(&out);
	}
	assert_null(ad_smb_cipher_name(5));
	assert_null(ad_smb_signing_name(0));
}

/* Of a message from the server, from the client, and of a cancellation: MS-SMB2 3.1.4.1. Made with
 * AESGCM of Python's cryptography 38. */
static void signs_with_gmac(void **state)
{
	static const struct {
		unsigned char flags, command;
		const char *hex;
	} cases[] = {
		{ 1, 1, "8794031f0468c9cb2a56d663f5cfca96" },
		{ 0, 1, "9941d45056d8b40b1bc10b220a54a63b" },
		{ 0, 12, "61f4d31c1cf36e08b9ceb5db9e53c7d9" },
	};
	unsigned char key[16], m[72] = "\xfeSMB\x40", out[AD_SMB_SIGNATURE];

	(void)state;
	for (unsigned char i = 0; i < 16; i++)
		key[i] = i;
	for (unsigned char i = 0; i < 8; i++)
		m[24 + i] = (unsigned char)(0x88 - 0x11 * i);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		m[16] = cases[i].flags;
		m[12] = cases[i].command;
		assert_true(ad_smb_sign(out, AD_SMB_AES_GMAC, key, m, sizeof m));
		is_hex(out, sizeof out, cases[i].hex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_with_gmac),
		cmocka_unit_test(hashes_before_the_login),
		cmocka_unit_test(derives_keys),
		cmocka_unit_test(signs_with_cmac),
		cmocka_unit_test(unseals_what_windows_sealed),
		cmocka_unit_test(seals_with_every_cipher),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
