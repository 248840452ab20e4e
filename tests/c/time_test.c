/* Times against Python's datetime (tests/data/times.txt), MS-DTYP 2.3.3 and RFC 4517 3.3.13. */
#include "codec/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void agrees_with_python(void **state)
{
	FILE *f = fopen("tests/data/times.txt", "r");
	char line[200], number[40], iso[40], general[40], out[AD_TIME_TEXT];
	int count = 0;
	int64_t t, back;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%39[0-9] %39s %39s", number, iso, general) != 3)
			continue;
		assert_true(ad_time_parse_filetime(&t, number, strlen(number), NULL));
		ad_time_format_iso(t, out);
		assert_string_equal(out, iso);
		ad_time_format_generalized(t, out);
		assert_string_equal(out, general);
		assert_true(ad_time_parse_iso(&back, iso, strlen(iso), NULL));
		assert_true(back == t);
		assert_true(ad_time_parse_generalized(&back, general, strlen(general), NULL));
		assert_true(back == t);
		assert_true(ad_time_of_unix(ad_time_unix(t)) == t);
		count++;
	}
	fclose(f);
	assert_true(count > 250);
}

static int64_t iso(const char *text)
{
	int64_t t;

	assert_true(ad_time_parse_iso(&t, text, strlen(text), NULL));
	return t;
}

static int64_t general(const char *text)
{
	int64_t t;

	assert_true(ad_time_parse_generalized(&t, text, strlen(text), NULL));
	return t;
}

static void reads_the_other_forms(void **state)
{
	int64_t t = iso("2026-01-02T03:04:05Z");

	(void)state;
	assert_true(iso("2026-01-02 03:04:05") == t);
	assert_true(iso("2026-01-02T05:04:05+02:00") == t);
	assert_true(iso("2026-01-01T21:34:05-0530") == t);
	assert_true(iso("2026-01-02T03:04:05.123456789Z") == t + 1234567);
	assert_true(iso("2026-01-02T03:04") == t - 5 * (int64_t)AD_TIME_SECOND);
	assert_true(iso("2026-01-02") == iso("2026-01-02T00:00:00Z"));
	assert_true(general("20260102030405Z") == t);
	assert_true(general("20260102030405,5Z") == t + AD_TIME_SECOND / 2);
	assert_true(general("20260102040405+01") == t);
	assert_true(general("202601020304Z") == t - 5 * (int64_t)AD_TIME_SECOND);
	assert_true(general("2026010203Z") == iso("2026-01-02T03:00Z"));
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const bad_iso[] = { "", "2026", "2026-1-2", "2026-13-01", "2026-00-01",
		"2026-02-29", "2026-04-31", "2100-02-29", "2026-01-02T", "2026-01-02T24:00",
		"2026-01-02T03:60", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05Zx", "2026-01-02T03:04+25:00", "1600-12-31", "2026-01-02Z",
		"1601-01-01T00:00+01:00" };
	static const char *const bad_general[] = { "", "20260102030405", "2026010203.5Z",
		"20260102030405.Z", "20261302030405Z", "20260102030405.0Z " };
	static const char *const bad_number[] = { "", "-", "1 ", "0x1", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999" };
	struct ad_err err;
	int64_t t = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_iso) / sizeof(*bad_iso); i++)
		assert_false(ad_time_parse_iso(&t, bad_iso[i], strlen(bad_iso[i]), &err));
	for (i = 0; i < sizeof(bad_general) / sizeof(*bad_general); i++)
		assert_false(ad_time_parse_generalized(
			&t, bad_general[i], strlen(bad_general[i]), &err));
	for (i = 0; i < sizeof(bad_number) / sizeof(*bad_number); i++)
		assert_false(
			ad_time_parse_filetime(&t, bad_number[i], strlen(bad_number[i]), &err));
	assert_int_equal(err.kind, AD_ERR_USAGE);
	assert_true(t == 42);
}

static void knows_never_and_the_ends(void **state)
{
	char out[AD_TIME_TEXT];
	int64_t t;

	(void)state;
	assert_true(ad_time_is_never(0) && ad_time_is_never(AD_TIME_NEVER));
	assert_false(ad_time_is_never(1));
	assert_true(ad_time_unix(116444736000000000) == 0);
	assert_true(ad_time_unix(116444736000000000 - 1) == -1);
	assert_true(ad_time_of_unix(INT64_MAX) == INT64_MAX);
	assert_true(ad_time_of_unix(INT64_MIN) == INT64_MIN);
	ad_time_format_iso(AD_TIME_NEVER, out);
	assert_string_equal(out, "30828-09-14T02:48:05.4775807Z");
	ad_time_format_iso(-1, out);
	assert_string_equal(out, "1601-01-01T00:00:00Z");
	assert_true(ad_time_parse_filetime(&t, "-9223372036854775808", 20, NULL));
	assert_true(t == INT64_MIN);
	assert_true(ad_time_parse_filetime(&t, "9223372036854775807", 19, NULL));
	assert_true(t == AD_TIME_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_python),
		cmocka_unit_test(reads_the_other_forms),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(knows_never_and_the_ends),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
