/* The NTSTATUS of a refusal inside FAST. Request and answer are put together as RFC
 * 4120 5.2.7, 5.2.9, 5.4.1, 5.5.1 and RFC 6113 5.4.1 to 5.4.4 say, and encrypted by libkrb5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "net/krb5_call.h"

#include <string.h>

#define CCACHE "MEMORY:krb5_status_test"

/* MS-KILE 2.2.1: SEQUENCE { [1] 3, [2] OCTET STRING C0000225 0 1 } */
static const unsigned char reason[] = { 0x30, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04,
	0x0c, 0x25, 0x02, 0x00, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0 };

static char ticket_bytes[] = { 0x61, 0x03, 0x02, 0x01, 0x05 }; /* as good as any */
static krb5_context context;
static krb5_keyblock *session, *subkey, *armor;

/* Puts what is in b inside an element of this tag. */
static void wrap(struct ad_buf *b, unsigned char tag)
{
	struct ad_buf out = AD_BUF_INIT;

	ad_buf_addc(&out, tag);
	if (b->len >= 0x80)
		ad_buf_addc(&out, 0x82);
	if (b->len >= 0x80)
		ad_buf_addc(&out, (unsigned char)(b->len >> 8));
	ad_buf_addc(&out, (unsigned char)b->len);
	ad_buf_add(&out, b->data, b->len);
	ad_buf_clear(b);
	*b = out;
}

static void wrap_all(struct ad_buf *b, const char *tags)
{
	for (; *tags; tags++)
		wrap(b, (unsigned char)*tags);
}

/* [tag] INTEGER n */
static void put_number(struct ad_buf *out, unsigned char tag, unsigned n)
{
	struct ad_buf b = AD_BUF_INIT;

	if (n > 0x7f)
		ad_buf_addc(&b, (unsigned char)(n >> 8));
	ad_buf_addc(&b, (unsigned char)n);
	wrap(&b, 0x02);
	wrap(&b, tag);
	ad_buf_add(out, b.data, b.len);
	ad_buf_clear(&b);
}

/* SEQUENCE { [1] type, [2] OCTET STRING }, in place */
static void make_padata(struct ad_buf *value, unsigned type)
{
	struct ad_buf b = AD_BUF_INIT;

	put_number(&b, 0xa1, type);
	wrap_all(value, "\x04\xa2");
	ad_buf_add(&b, value->data, value->len);
	wrap(&b, 0x30);
	ad_buf_clear(value);
	*value = b;
}

/* EncryptedData, in place */
static void encrypt(struct ad_buf *b, const krb5_keyblock *key, krb5_keyusage usage)
{
	krb5_data plain = { .length = (unsigned)b->len, .data = (char *)b->data };
	struct ad_buf out = AD_BUF_INIT, cipher = AD_BUF_INIT;
	krb5_enc_data enc = { 0 };
	size_t n;

	assert_int_equal(krb5_c_encrypt_length(context, key->enctype, plain.length, &n), 0);
	enc.ciphertext.data = (char *)ad_buf_grow(&cipher, n);
	enc.ciphertext.length = (unsigned)n;
	assert_int_equal(krb5_c_encrypt(context, key, usage, NULL, &plain, &enc), 0);
	put_number(&out, 0xa0, (unsigned)key->enctype);
	wrap_all(&cipher, "\x04\xa2");
	ad_buf_add(&out, cipher.data, cipher.len);
	wrap(&out, 0x30);
	ad_buf_clear(&cipher);
	ad_buf_clear(b);
	*b = out;
}

/* A TGS-REQ whose AP-REQ has that ticket and the subkey. */
static void make_request(struct ad_buf *out)
{
	struct ad_buf key = AD_BUF_INIT, ap = AD_BUF_INIT, ticket = AD_BUF_INIT;

	ad_buf_add(&key, subkey->contents, subkey->length);
	wrap_all(&key, "\x04\xa1");
	put_number(&ap, 0xa0, (unsigned)subkey->enctype);
	ad_buf_add(&ap, key.data, key.len);
	wrap_all(&ap, "\x30\xa6\x30\x62");
	encrypt(&ap, session, KRB5_KEYUSAGE_TGS_REQ_AUTH);
	wrap(&ap, 0xa4);
	ad_buf_add(&ticket, ticket_bytes, sizeof ticket_bytes);
	wrap(&ticket, 0xa3);
	put_number(out, 0xa0, 5);
	ad_buf_add(out, ticket.data, ticket.len);
	ad_buf_add(out, ap.data, ap.len);
	wrap_all(out, "\x30\x6e");
	make_padata(out, 1);
	wrap_all(out, "\x30\xa3\x30\x6c");
	ad_buf_clear(&key);
	ad_buf_clear(&ap);
	ad_buf_clear(&ticket);
}

/* METHOD-DATA with PA-FX-FAST around padata. */
static void make_edata(struct ad_buf *padata)
{
	wrap_all(padata, "\x30\xa0\x30");
	encrypt(padata, armor, KRB5_KEYUSAGE_FAST_REP);
	wrap_all(padata, "\xa0\x30\xa0");
	make_padata(padata, 136);
	wrap(padata, 0x30);
}

/* KRB-ERROR with the reason as its e-data */
static void make_error(struct ad_buf *out)
{
	ad_buf_add(out, reason, sizeof reason);
	wrap_all(out, "\x04\xac\x30\x7e");
	make_padata(out, 137);
}

static uint32_t status_of(
	const char *ccache, const struct ad_buf *request, const struct ad_buf *edata)
{
	krb5_data r = { .length = (unsigned)request->len, .data = (char *)request->data },
		  e = { .length = (unsigned)edata->len, .data = (char *)edata->data };

	return ad_krb5_status(context, ccache, &r, &e);
}

static int begin(void **state)
{
	krb5_creds cred = { 0 }, other;
	krb5_ccache cc;

	(void)state;
	assert_int_equal(krb5_init_context(&context), 0);
	assert_int_equal(krb5_parse_name(context, "HOST01$@ALPHA.TEST", &cred.client), 0);
	assert_int_equal(krb5_parse_name(context, "krbtgt/ALPHA.TEST@ALPHA.TEST", &cred.server), 0);
	assert_int_equal(
		krb5_c_make_random_key(context, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &cred.keyblock),
		0);
	assert_int_equal(krb5_copy_keyblock(context, &cred.keyblock, &session), 0);
	assert_int_equal(krb5_copy_keyblock(context, &cred.keyblock, &subkey), 0);
	subkey->contents[0] ^= 1;
	assert_int_equal(krb5_c_fx_cf2_simple(
				 context, subkey, "subkeyarmor", session, "ticketarmor", &armor),
		0);
	cred.ticket.data = ticket_bytes;
	cred.ticket.length = sizeof ticket_bytes;
	assert_int_equal(krb5_cc_resolve(context, CCACHE, &cc), 0);
	assert_int_equal(krb5_cc_initialize(context, cc, cred.client), 0);
	other = cred; /* a ticket that was not sent */
	other.ticket.data = (char *)"other";
	other.keyblock = *subkey;
	assert_int_equal(krb5_cc_store_cred(context, cc, &other), 0);
	assert_int_equal(krb5_cc_store_cred(context, cc, &cred), 0);
	krb5_cc_close(context, cc);
	cred.ticket.data = NULL;
	cred.ticket.length = 0;
	krb5_free_cred_contents(context, &cred);
	return 0;
}

static int end(void **state)
{
	krb5_ccache cc;

	(void)state;
	krb5_free_keyblock(context, session);
	krb5_free_keyblock(context, subkey);
	krb5_free_keyblock(context, armor);
	krb5_cc_resolve(context, CCACHE, &cc);
	krb5_cc_destroy(context, cc);
	krb5_free_context(context);
	return 0;
}

static void opens_fast(void **state)
{
	struct ad_buf request = AD_BUF_INIT, edata = AD_BUF_INIT;

	(void)state;
	make_request(&request);
	make_error(&edata);
	make_edata(&edata);
	assert_int_equal(status_of(CCACHE, &request, &edata), 0xC0000225);
	assert_int_equal(status_of("MEMORY:another", &request, &edata), 0);
	assert_int_equal(status_of(NULL, &request, &edata), 0);
	edata.data[edata.len - 1] ^= 1;
	assert_int_equal(status_of(CCACHE, &request, &edata), 0);
	ad_buf_clear(&edata);
	ad_buf_add(&edata, reason, sizeof reason); /* beside the error */
	make_edata(&edata);
	assert_int_equal(status_of(CCACHE, &request, &edata), 0xC0000225);
	ad_buf_clear(&edata);
	ad_buf_add(&edata, reason, sizeof reason); /* outside */
	assert_int_equal(status_of(CCACHE, &request, &edata), 0xC0000225);
	ad_buf_clear(&edata);
	ad_buf_clear(&request);
}

/* Every cut copy lies in memory of its own, so that a sanitizer sees a byte too far. */
static void refuses_what_is_cut(void **state)
{
	struct ad_buf request = AD_BUF_INIT, edata = AD_BUF_INIT;

	(void)state;
	make_request(&request);
	make_error(&edata);
	make_edata(&edata);
	for (size_t n = 0; n < edata.len || n < request.len; n++) {
		struct ad_buf cut = AD_BUF_INIT;

		ad_buf_add(&cut, request.data, n < request.len ? n : request.len - 1);
		assert_int_equal(status_of(CCACHE, &cut, &edata), 0);
		ad_buf_clear(&cut);
		ad_buf_add(&cut, edata.data, n < edata.len ? n : edata.len - 1);
		assert_int_equal(status_of(CCACHE, &request, &cut), 0);
		ad_buf_clear(&cut);
	}
	ad_buf_clear(&edata);
	ad_buf_clear(&request);
}

/* RFC 4120 5.2.7.5: METHOD-DATA with ETYPE-INFO2 of these two types; 0: only one */
static void make_types(struct ad_buf *out, unsigned first, unsigned second)
{
	struct ad_buf other = AD_BUF_INIT;

	put_number(out, 0xa0, first);
	wrap(out, 0x30);
	if (second) {
		put_number(&other, 0xa0, second);
		wrap(&other, 0x30);
		ad_buf_add(out, other.data, other.len);
		ad_buf_clear(&other);
	}
	wrap(out, 0x30);
	make_padata(out, 19);
	make_padata(&other, 2); /* PA-ENC-TIMESTAMP, which is empty */
	ad_buf_add(&other, out->data, out->len);
	wrap(&other, 0x30);
	ad_buf_clear(out);
	*out = other;
}

static bool offers_aes(const struct ad_buf *edata)
{
	return ad_krb5_offers(edata->data, edata->len, 17, 18);
}

static void finds_types(void **state)
{
	static const struct {
		unsigned first, second;
		bool aes;
	} all[] = { { 18, 23, true }, { 23, 17, true }, { 23, 0, false }, { 16, 19, false } };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct ad_buf edata = AD_BUF_INIT;

		make_types(&edata, all[i].first, all[i].second);
		assert_int_equal(offers_aes(&edata), all[i].aes);
		for (size_t n = 0; n < edata.len; n++)
			assert_false(ad_krb5_offers(edata.data, n, 17, 18));
		ad_buf_clear(&edata);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_types),
		cmocka_unit_test(opens_fast),
		cmocka_unit_test(refuses_what_is_cut),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
