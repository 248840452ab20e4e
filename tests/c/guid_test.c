/* GUIDs against Python's uuid (tests/data/guids.txt). */
#include "codec/guid.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void both_ways(const unsigned char *p, size_t n, const char *text)
{
	unsigned char bytes[AD_GUID_SIZE];
	char out[AD_GUID_TEXT], braced[40];

	assert_int_equal(n, AD_GUID_SIZE);
	ad_guid_format(p, out);
	assert_string_equal(out, text);
	assert_true(ad_guid_parse(bytes, text, NULL));
	assert_memory_equal(bytes, p, n);
	snprintf(braced, sizeof(braced), "{%s}", text);
	assert_true(ad_guid_parse(bytes, braced, NULL));
	assert_memory_equal(bytes, p, n);
}

static void agrees_with_python(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/guids.txt", both_ways), 34);
}

static void reads_either_case_and_nothing_else(void **state)
{
	static const char *const bad[] = { "", "{}", "bf967a86-0de6-11d0-a285-00aa003049e",
		"bf967a86-0de6-11d0-a285-00aa003049e22", "bf967a860de611d0a28500aa003049e2",
		"{bf967a86-0de6-11d0-a285-00aa003049e2", "bf967a86-0de6-11d0-a285-00aa003049eg",
		"bf967a8-60de6-11d0-a285-00aa003049e2", "bf967a86-0de6-11d0-a285-00aa003049e2}" };
	unsigned char a[AD_GUID_SIZE], b[AD_GUID_SIZE];
	struct ad_err err;
	size_t i;

	(void)state;
	assert_true(ad_guid_parse(a, "BF967A86-0DE6-11D0-A285-00AA003049E2", NULL));
	assert_true(ad_guid_parse(b, "bf967a86-0de6-11d0-a285-00aa003049e2", NULL));
	assert_memory_equal(a, b, sizeof(a));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(ad_guid_parse(b, bad[i], &err));
		assert_int_equal(err.kind, AD_ERR_USAGE);
	}
	assert_memory_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_python),
		cmocka_unit_test(reads_either_case_and_nothing_else),
	};

	return cmocka_run_group_tests_name("guid", tests, NULL, NULL);
}
