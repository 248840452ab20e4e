/* NTSTATUS in the e-data of a KDC's refusal. The bytes are put together by hand from MS-KILE
 * 2.2.1 (KERB-ERROR-DATA), 2.2.2 (KERB-EXT-ERROR) and RFC 4120 5.2.7 (METHOD-DATA). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/krb5.h"
#include "net/krb5_call.h"

#include <stdlib.h>
#include <string.h>

/* SEQUENCE { [1] 3, [2] OCTET STRING C0000072 0 1 } */
#define ELEMENT                                                                                    \
	0x30, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c, 0x72, 0x00, 0x00, 0xc0,  \
		0, 0, 0, 0, 1, 0, 0, 0

static const unsigned char windows[] = { ELEMENT };
static const unsigned char samba[] = { 0x30, 0x17, ELEMENT };
/* preceded by an element of another type (PA-ETYPE-INFO2, 19), in the long form of lengths */
static const unsigned char mixed[] = { 0x30, 0x81, 0x22, 0x30, 0x09, 0xa1, 0x03, 0x02, 0x01, 0x13,
	0xa2, 0x02, 0x04, 0x00, ELEMENT, 0, 0 };

static void decodes(void **state)
{
	(void)state;
	assert_int_equal(ad_krb5_status_decode(windows, sizeof windows), 0xC0000072);
	assert_int_equal(ad_krb5_status_decode(samba, sizeof samba), 0xC0000072);
	assert_int_equal(ad_krb5_status_decode(mixed, sizeof mixed), 0xC0000072);
}

/* Every cut copy lies at the end of its own allocation, so that a sanitizer sees one byte more. */
static void refuses_what_is_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof samba; n++) {
		unsigned char *copy = malloc(n ? n : 1);

		memcpy(copy, samba, n);
		assert_int_equal(ad_krb5_status_decode(copy, n), 0);
		free(copy);
	}
	assert_int_equal(
		ad_krb5_status_decode((const unsigned char *)"\x30\x84\xff\xff\xff\xff", 6), 0);
	assert_int_equal(ad_krb5_status_decode(NULL, 0), 0);
}

/* MS-ERREF 2.3 */
static void status_words(void **state)
{
	struct ad_err err = { 0 };

	(void)state;
	ad_krb5_err(&err, NULL, KRB5KDC_ERR_CLIENT_REVOKED, "log in");
	assert_string_equal(err.name, "KDC_ERR_CLIENT_REVOKED");
	assert_int_equal(err.kind, AD_ERR_CONNECT);
	ad_krb5_err_status(&err, 0);
	assert_non_null(strstr(err.message, "locked out or expired"));
	ad_krb5_err_status(&err, 0xC0000234);
	assert_string_equal(err.message, "the account is locked out");
	assert_int_equal(err.win32, 0xC0000234);
}

/* Whatever can go wrong has words and a remedy. */
static void remedies(void **state)
{
	static const long codes[] = { KRB5_FCC_NOFILE, KRB5_CC_NOTFOUND, KRB5KRB_AP_ERR_NO_TGT,
		KRB5KRB_AP_ERR_TKT_EXPIRED, KRB5KRB_AP_ERR_SKEW, KRB5_KDCREP_SKEW,
		KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN,
		KRB5KDC_ERR_PREAUTH_FAILED, KRB5KRB_AP_ERR_BAD_INTEGRITY,
		KRB5KDC_ERR_CLIENT_REVOKED, KRB5KDC_ERR_KEY_EXP, KRB5KDC_ERR_ETYPE_NOSUPP,
		KRB5KDC_ERR_BADOPTION, KRB5KDC_ERR_WRONG_REALM, KRB5_KDC_UNREACH,
		KRB5_REALM_UNKNOWN, KRB5_REALM_CANT_RESOLVE, KRB5_CONFIG_NODEFREALM,
		KRB5_KT_NOTFOUND, KRB5_KT_KVNONOTFOUND, KRB5_KT_END, KRB5_KEYTAB_BADVNO };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct ad_err err = { 0 };

		assert_false(ad_krb5_err(&err, NULL, codes[i], "x"));
		assert_int_equal(err.code, codes[i]);
		assert_true(err.name[0] && err.hint[0] && err.diagnostic[0]);
		assert_string_not_equal(err.message, err.diagnostic);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses_what_is_cut),
		cmocka_unit_test(status_words),
		cmocka_unit_test(remedies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
