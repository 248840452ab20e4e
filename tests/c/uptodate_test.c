/* replUpToDateVector against what Samba's ldbsearch --show-binary says of the same value. */
#include "codec/uptodate.h"
#include "codec/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* version 2, one cursor: 3c598a94-bcf1-42d5-b118-4add36918b77, 5271, the beginning of 1970 */
static const unsigned char value[] = { 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x94, 0x8a,
	0x59, 0x3c, 0xf1, 0xbc, 0xd5, 0x42, 0xb1, 0x18, 0x4a, 0xdd, 0x36, 0x91, 0x8b, 0x77, 0x97,
	0x14, 0, 0, 0, 0, 0, 0, 0x00, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 0x01 };

static void reads_what_samba_reads(void **state)
{
	char text[AD_GUID_TEXT];
	struct ad_cursor c;
	size_t n = 0;

	(void)state;
	assert_true(ad_uptodate_decode(&n, value, sizeof value, NULL));
	assert_int_equal(n, 1);
	ad_uptodate_at(&c, value, 0);
	ad_guid_format(c.invocation, text);
	assert_string_equal(text, "3c598a94-bcf1-42d5-b118-4add36918b77");
	assert_int_equal(c.usn, 5271);
	assert_int_equal(ad_time_unix(c.time), 0);
}

static void reads_large_numbers_of_the_second_one(void **state)
{
	unsigned char two[sizeof value + 32];
	struct ad_cursor c;
	size_t n = 0;

	(void)state;
	memcpy(two, value, sizeof value);
	memset(two + sizeof value, 0xfe, 32);
	two[8] = 2;
	assert_true(ad_uptodate_decode(&n, two, sizeof two, NULL));
	assert_int_equal(n, 2);
	ad_uptodate_at(&c, two, 1);
	assert_true(c.usn == 0xfefefefefefefefe);
	assert_int_equal(c.invocation[15], 0xfe);
}

static void refuses_the_rest(void **state)
{
	unsigned char bad[sizeof value];
	struct ad_err err;
	size_t n = 77, len;

	(void)state;
	for (len = 0; len < sizeof value; len++)
		assert_false(ad_uptodate_decode(&n, value, len, &err));
	memcpy(bad, value, sizeof value);
	bad[0] = 1; /* another version */
	assert_false(ad_uptodate_decode(&n, bad, sizeof bad, &err));
	memcpy(bad, value, sizeof value);
	bad[11] = 0x08; /* 2^27 + 1 cursors: the length in 32 bits would be the same */
	assert_false(ad_uptodate_decode(&n, bad, sizeof bad, &err));
	bad[11] = 0;
	bad[8] = 0; /* bytes are left */
	assert_false(ad_uptodate_decode(&n, bad, sizeof bad, &err));
	assert_int_equal(n, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_samba_reads),
		cmocka_unit_test(reads_large_numbers_of_the_second_one),
		cmocka_unit_test(refuses_the_rest),
	};

	return cmocka_run_group_tests_name("uptodate", tests, NULL, NULL);
}
