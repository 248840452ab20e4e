/* The table of attributes: sorted, so that searching it finds each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ad/schema.h"

static void finds_every_attribute(void **state)
{
	const struct ad_attribute *a;
	size_t i;

	(void)state;
	for (i = 0; (a = ad_schema_at(i)); i++) {
		assert_ptr_equal(ad_schema_find(a->name, strlen(a->name)), a);
		assert_int_equal(a->syntax == AD_SYNTAX_FLAGS, a->flags != NULL);
	}
	assert_true(i > 120);
}

static void knows_any_case_and_nothing_else(void **state)
{
	(void)state;
	assert_string_equal(ad_schema_find("OBJECTSID", 9)->name, "objectSid");
	assert_null(ad_schema_find("objectSi", 8));
	assert_null(ad_schema_find("zzz", 3));
	assert_null(ad_schema_find("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_attribute),
		cmocka_unit_test(knows_any_case_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
