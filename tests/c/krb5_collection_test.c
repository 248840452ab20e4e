/* Which realm's identity serves a domain or a host. MS-KILE 3.1.5.2: a realm is the DNS name of its
 * domain; those of a tree trust each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/krb5_identity.h"

static size_t domain(const char *realm, const char *want)
{
	return ad_krb5_realm_fits(realm, want, NULL);
}

static size_t host(const char *realm, const char *name)
{
	return ad_krb5_realm_fits(realm, NULL, name);
}

static void takes_the_nearest(void **state)
{
	(void)state;
	assert_true(domain("LAB.ALPHA.TEST", "lab.alpha.test") >
		    domain("ALPHA.TEST", "lab.alpha.test"));
	assert_true(domain("ALPHA.TEST", "LAB.ALPHA.TEST") > 0);
	assert_true(host("LAB.ALPHA.TEST", "dc1.lab.alpha.test") >
		    host("ALPHA.TEST", "dc1.lab.alpha.test"));
	assert_true(host("ALPHA.TEST", "dc1.lab.alpha.test") > 0);
	assert_true(host("ALPHA.TEST", "alpha.test") > 0);
}

static void takes_no_stranger(void **state)
{
	(void)state;
	assert_int_equal(domain("ALPHA.TEST", "beta.test"), 0);
	assert_int_equal(domain("LAB.ALPHA.TEST", "alpha.test"), 0);
	assert_int_equal(domain("ALPHA.TEST", "omegalpha.test"), 0);
	assert_int_equal(host("ALPHA.TEST", "dc1.omegalpha.test"), 0);
	assert_int_equal(host("ALPHA.TEST", "dc1"), 0);
	assert_int_equal(ad_krb5_realm_fits("ALPHA.TEST", "beta.test", "dc1.alpha.test"), 0);
	assert_int_equal(ad_krb5_realm_fits("ALPHA.TEST", NULL, NULL), 0);
	assert_int_equal(domain("", "alpha.test"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_nearest),
		cmocka_unit_test(takes_no_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
