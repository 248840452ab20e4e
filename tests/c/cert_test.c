/* What certificates say, against OpenSSL (tests/data/certs.txt). */
#include "net/cert.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void agrees(const unsigned char *p, size_t n, const char *text)
{
	struct ad_cert c;
	char found[1200];

	assert_true(ad_cert_decode(&c, p, n));
	snprintf(found, sizeof found, "%s|%s|%s|%s", c.subject, c.not_before, c.not_after, c.names);
	assert_string_equal(found, text);
	assert_string_equal(c.subject, c.issuer);
}

static void agrees_with_openssl(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/certs.txt", agrees), 2);
}

/* Each prefix in memory of its own, so that a sanitizer sees a byte too far. */
static void survives(const unsigned char *p, size_t n, const char *text)
{
	struct ad_cert c;

	(void)text;
	for (size_t i = 0; i < n; i++) {
		unsigned char *copy = malloc(i + 1);

		memcpy(copy, p, i);
		assert_false(ad_cert_decode(&c, copy, i));
		free(copy);
	}
}

static void survives_truncation(void **state)
{
	(void)state;
	each_vector("tests/data/certs.txt", survives);
}

static void covers_names(void **state)
{
	struct ad_cert c = { .names = "dc1.alpha.test, *.beta.test, 10.77.1.1" };

	(void)state;
	assert_true(ad_cert_covers(&c, "dc1.alpha.test"));
	assert_true(ad_cert_covers(&c, "DC1.Alpha.Test"));
	assert_true(ad_cert_covers(&c, "dc9.beta.test"));
	assert_true(ad_cert_covers(&c, "10.77.1.1"));
	assert_false(ad_cert_covers(&c, "dc1"));
	assert_false(ad_cert_covers(&c, "alpha.test"));
	assert_false(ad_cert_covers(&c, "beta.test"));
	assert_false(ad_cert_covers(&c, "a.b.beta.test"));
	assert_false(ad_cert_covers(&c, "10.77.1.11"));
	assert_false(ad_cert_covers(&c, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_openssl),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(covers_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
