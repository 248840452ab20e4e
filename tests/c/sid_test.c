/* SIDs against Samba's bytes (tests/data/sids.txt) and MS-DTYP 2.4.2. */
#include "codec/sid.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void both_ways(const unsigned char *p, size_t n, const char *text)
{
	char out[AD_SID_TEXT];
	struct ad_sid a, b;

	assert_true(ad_sid_decode(&a, p, n, NULL));
	ad_sid_format(&a, out);
	assert_string_equal(out, text);
	assert_true(ad_sid_parse(&b, text, NULL));
	assert_int_equal(b.len, n);
	assert_memory_equal(b.bytes, p, n);
	assert_true(ad_sid_equal(&a, &b));
}

static void agrees_with_samba(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/sids.txt", both_ways), 66);
}

static void knows_wide_authorities(void **state)
{
	static const unsigned char wide[] = { 1, 1, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 7, 0, 0,
		0 };
	/* MS-DTYP 2.4.2.1: always twelve digits; up to 2^32 - 1 decimal */
	static const unsigned char least[] = { 1, 1, 0, 1, 0, 0, 0, 0, 7, 0, 0, 0 };
	static const unsigned char most[] = { 1, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0 };
	struct ad_sid sid;

	(void)state;
	both_ways(wide, sizeof(wide), "S-1-0x123456789abc-7");
	both_ways(least, sizeof(least), "S-1-0x000100000000-7");
	both_ways(most, sizeof(most), "S-1-4294967295-7");
	assert_true(ad_sid_parse(&sid, "s-1-0X5-0x20", NULL) == false);
	assert_true(ad_sid_parse(&sid, "s-1-0X5-32", NULL));
	assert_int_equal(sid.bytes[7], 5);
}

static void refuses_what_is_no_sid(void **state)
{
	static const char *const bad[] = { "", "S", "S-1", "S-1-", "S-2-5-18", "S-1-5-",
		"S-1-5-18 ", "S-1-5--18", "S-1-5-+1", "S-1-5-4294967296", "S-1-281474976710656-1",
		"S-1-0x-1", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16" };
	static const unsigned char bytes[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, 0 };
	unsigned char many[8 + 16 * 4] = { 1, 16 };
	struct ad_err err;
	struct ad_sid sid;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(ad_sid_parse(&sid, bad[i], &err));
		assert_int_equal(err.kind, AD_ERR_USAGE);
	}
	for (i = 0; i <= sizeof(bytes); i++)
		assert_int_equal(ad_sid_decode(&sid, bytes, i, NULL), i == 12);
	assert_int_equal(ad_sid_length(bytes, 13), 12);
	assert_false(ad_sid_decode(&sid, many, sizeof(many), NULL));
	many[0] = 2;
	many[1] = 0;
	assert_false(ad_sid_decode(&sid, many, 8, NULL));
}

static void scans_the_start_of_a_text(void **state)
{
	struct ad_sid sid;

	(void)state;
	assert_int_equal(ad_sid_scan(&sid, "S-1-5-32-544D:(A"), 12);
	assert_int_equal(ad_sid_scan(&sid, "S-1-0x123456789abcD:"), 18);
	assert_int_equal(ad_sid_scan(&sid, "BAD:"), 0);
}

static void splits_and_joins(void **state)
{
	struct ad_sid user, domain, again, full;
	char out[AD_SID_TEXT];
	int i;

	(void)state;
	assert_true(ad_sid_parse(&user, "S-1-5-21-1-2-3-1104", NULL));
	assert_int_equal(ad_sid_rid(&user), 1104);
	assert_true(ad_sid_domain(&domain, &user));
	ad_sid_format(&domain, out);
	assert_string_equal(out, "S-1-5-21-1-2-3");
	assert_true(ad_sid_make(&again, &domain, 1104));
	assert_true(ad_sid_equal(&user, &again));
	assert_false(ad_sid_equal(&user, &domain));
	assert_true(ad_sid_parse(&full, "S-1-5", NULL));
	assert_false(ad_sid_domain(&again, &full));
	for (i = 0; i < 15; i++)
		assert_true(ad_sid_make(&full, &full, 1));
	assert_false(ad_sid_make(&full, &full, 1));
}

/* Names and SIDs as in MS-DTYP 2.4.2.4. */
static void names_the_known_ones(void **state)
{
	static const char *const pairs[][2] = { { "S-1-1-0", "Everyone" },
		{ "S-1-5-11", "NT AUTHORITY\\Authenticated Users" },
		{ "S-1-5-18", "NT AUTHORITY\\SYSTEM" }, { "S-1-5-10", "NT AUTHORITY\\SELF" },
		{ "S-1-3-0", "CREATOR OWNER" }, { "S-1-5-32-544", "BUILTIN\\Administrators" },
		{ "S-1-5-32-578", "BUILTIN\\Hyper-V Administrators" } };
	struct ad_sid sid, back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		assert_true(ad_sid_parse(&sid, pairs[i][0], NULL));
		assert_string_equal(ad_sid_wellknown_name(&sid), pairs[i][1]);
		assert_true(ad_sid_wellknown(&back, pairs[i][1]));
		assert_true(ad_sid_equal(&sid, &back));
	}
	assert_true(ad_sid_wellknown(&back, "system"));
	assert_true(ad_sid_wellknown(&back, "administrators"));
	assert_false(ad_sid_wellknown(&back, "Domain Admins"));
	assert_true(ad_sid_parse(&sid, "S-1-5-21-1-2-3-512", NULL));
	assert_null(ad_sid_wellknown_name(&sid));
}

/* The table holds parsable SIDs and each pair of letters once. */
static void table_is_sound(void **state)
{
	const struct ad_sid_known *a, *b;
	struct ad_sid sid;
	size_t i, k;

	(void)state;
	for (i = 0; (a = ad_sid_known(i)); i++) {
		assert_int_equal(a->text == NULL, a->rid != 0);
		if (a->text)
			assert_true(ad_sid_parse(&sid, a->text, NULL));
		for (k = 0; k < i; k++) {
			b = ad_sid_known(k);
			assert_false(a->sddl && b->sddl && strcmp(a->sddl, b->sddl) == 0);
			assert_false(a->text && b->text && strcmp(a->text, b->text) == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_samba),
		cmocka_unit_test(knows_wide_authorities),
		cmocka_unit_test(refuses_what_is_no_sid),
		cmocka_unit_test(scans_the_start_of_a_text),
		cmocka_unit_test(splits_and_joins),
		cmocka_unit_test(names_the_known_ones),
		cmocka_unit_test(table_is_sound),
	};

	return cmocka_run_group_tests_name("sid", tests, NULL, NULL);
}
