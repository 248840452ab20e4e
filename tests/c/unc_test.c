/* Paths of file servers (MS-DTYP 2.2.57); names as MS-FSCC 2.1.5 and 2.1.6 allow them. */
#include "ad/unc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void becomes(const char *text, const char *form)
{
	struct ad_unc u;
	char *again;

	assert_true(ad_unc_parse(&u, text, NULL));
	again = ad_unc_format(&u);
	assert_string_equal(again, form);
	free(again);
	ad_unc_clear(&u);
}

static void has_one_form(void **state)
{
	(void)state;
	becomes("fs1", "\\\\fs1");
	becomes("//fs1.alpha.test/data", "\\\\fs1.alpha.test\\data");
	becomes("\\\\fs1:4450\\data\\", "\\\\fs1:4450\\data\\");
	becomes("//fs1/data//a/b/", "\\\\fs1\\data\\a\\b");
	/* the name with the dot of the DNS's root is the same one */
	becomes("//fs1.alpha.test./data", "\\\\fs1.alpha.test\\data");
	becomes("//fs1.alpha.test.:4450/data", "\\\\fs1.alpha.test:4450\\data");
}

static void refuses(const char *text, const char *why)
{
	struct ad_unc u;
	struct ad_err err;

	assert_false(ad_unc_parse(&u, text, &err));
	assert_int_equal(err.kind, AD_ERR_USAGE);
	assert_non_null(strstr(err.message, why));
}

static void refuses_odd_names(void **state)
{
	(void)state;
	refuses("", "the server name");
	refuses("//fs1/tab\there", "control character");
	refuses("//fs1/data/a\x01", "control character");
	refuses("//fs1/data\n", "control character");
	refuses("//fs1/a\xff", "not UTF-8");
	refuses("//fs1/data/../x", ". or ..");
	refuses("//fs1:0/data", "the port");
	refuses("//fs1../data", "the server name");
	refuses("//fs1..alpha.test/data", "the server name");
	refuses("//.fs1/data", "the server name");
	refuses("//./data", "the server name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_one_form),
		cmocka_unit_test(refuses_odd_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
