/* Names as people type them. Expected values: MS-KILE 3.1.5.2 (upper-case realms), RFC 6806 5
 * (enterprise names), krb5_parse_name(3) (escapes). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/krb5_name.h"

#include <string.h>

static const char *const realms[] = { "ALPHA.TEST", "BETA.TEST", "CORP.EXAMPLE.ORG" };

static void check(const char *user, size_t n, const char *principal, const char *upn)
{
	struct ad_krb5_name name = { NULL, NULL };
	struct ad_err err = { 0 };

	assert_true(ad_krb5_name_parse(&name, user, realms, n, &err));
	assert_string_equal(name.principal, principal);
	if (upn)
		assert_string_equal(name.upn, upn);
	else
		assert_null(name.upn);
	ad_krb5_name_clear(&name);
}

static void refuse(const char *user, size_t n)
{
	struct ad_krb5_name name = { NULL, NULL };
	struct ad_err err = { 0 };

	assert_false(ad_krb5_name_parse(&name, user, realms, n, &err));
	assert_null(name.principal);
	assert_int_equal(err.kind, AD_ERR_USAGE);
	assert_true(err.hint[0]);
}

static void names(void **state)
{
	(void)state;
	check("jim", 3, "jim@ALPHA.TEST", NULL);
	check("HOST01$", 3, "HOST01$@ALPHA.TEST", NULL);
	check("two words", 3, "two words@ALPHA.TEST", NULL);
	check("host/web.alpha.test", 3, "host/web.alpha.test@ALPHA.TEST", NULL);
	refuse("", 3);
	refuse("jim", 0);
}

static void realm_names(void **state)
{
	(void)state;
	check("jim@BETA.TEST", 3, "jim@BETA.TEST", "jim\\@BETA.TEST@ALPHA.TEST");
	check("jim@beta.test", 3, "jim@BETA.TEST", "jim\\@beta.test@ALPHA.TEST");
	check("jim@beta", 3, "jim@BETA.TEST", "jim\\@beta@ALPHA.TEST");
	check("jim@other.example", 3, "jim@OTHER.EXAMPLE", "jim\\@other.example@ALPHA.TEST");
	check("jim@other.example", 0, "jim@OTHER.EXAMPLE", NULL);
	refuse("@ALPHA.TEST", 3);
	refuse("jim@", 3);
	refuse("jim@a@b", 3);
}

static void domain_names(void **state)
{
	(void)state;
	check("ALPHA\\jim", 3, "jim@ALPHA.TEST", NULL);
	check("corp\\next", 3, "next@CORP.EXAMPLE.ORG", NULL);
	check("beta.test\\jim", 3, "jim@BETA.TEST", NULL);
	check("new.example\\jim", 3, "jim@NEW.EXAMPLE", NULL);
	refuse("OTHER\\jim", 3);
	refuse("ALPHA\\", 3);
	refuse("\\jim", 3);
	refuse("ALPHA\\jim@BETA.TEST", 3);
}

static void escapes(void **state)
{
	(void)state;
	check("jim\\@x.org@ALPHA.TEST", 3, "jim\\@x.org@ALPHA.TEST", NULL);
	check("jim\\@x.org", 3, "jim\\@x.org@ALPHA.TEST", NULL);
	check("a\\/b", 3, "a\\/b@ALPHA.TEST", NULL);
	refuse("a\\/b", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(realm_names),
		cmocka_unit_test(domain_names),
		cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
