/* The answer to the LDAP ping against Samba's bytes (tests/data/netlogon.txt). */
#include "net/cldap.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void agrees(const unsigned char *p, size_t n, const char *text)
{
	struct ad_cldap_reply r;
	char found[1200];

	assert_true(ad_cldap_decode(&r, p, n));
	assert_true(r.answered);
	snprintf(found, sizeof found, "%u|%s|%s|%s|%s|%s|%s", r.flags, r.forest, r.domain, r.host,
		r.netbios_domain, r.dc_site, r.client_site);
	assert_string_equal(found, text);
}

static void agrees_with_samba(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/netlogon.txt", agrees), 3);
}

/* Each prefix in memory of its own, so that a sanitizer sees a byte too far. */
static void survives(const unsigned char *p, size_t n, const char *text)
{
	struct ad_cldap_reply r;

	(void)text;
	for (size_t i = 0; i < n; i++) {
		unsigned char *copy = malloc(i + 1);

		memcpy(copy, p, i);
		if (i < 50)
			assert_false(ad_cldap_decode(&r, copy, i));
		else
			ad_cldap_decode(&r, copy, i);
		free(copy);
	}
}

static void survives_truncation(void **state)
{
	(void)state;
	each_vector("tests/data/netlogon.txt", survives);
}

static void refuses_loops(void **state)
{
	/* a name that points at itself (RFC 1035 4.1.4) */
	unsigned char bytes[64] = { 23 };
	struct ad_cldap_reply r;

	(void)state;
	bytes[24] = 0xc0;
	bytes[25] = 24;
	assert_false(ad_cldap_decode(&r, bytes, sizeof bytes));
	bytes[0] = 21; /* another opcode */
	assert_false(ad_cldap_decode(&r, bytes, sizeof bytes));
}

static void refuses_long_names(void **state)
{
	unsigned char bytes[24 + 5 * 64 + 32] = { 23 };
	struct ad_cldap_reply r;

	(void)state;
	for (int labels = 3; labels <= 5; labels++) {
		for (int i = 0; i < labels; i++) {
			bytes[24 + 64 * i] = 63;
			memset(bytes + 25 + 64 * i, 'a', 63);
		}
		assert_int_equal(ad_cldap_decode(&r, bytes, sizeof bytes), 64 * labels <= 256);
	}
}

static void tells(const unsigned char *p, size_t n, const char *text)
{
	struct ad_cldap_reply r;

	assert_true(ad_cldap_decode(&r, p, n));
	assert_int_equal(ad_cldap_read_only(&r), !(atoi(text) & 0x100));
}

static void tells_who_is_read_only(void **state)
{
	(void)state;
	each_vector("tests/data/netlogon.txt", tells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_samba),
		cmocka_unit_test(tells_who_is_read_only),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(refuses_loops),
		cmocka_unit_test(refuses_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
