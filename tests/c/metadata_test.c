/* replPropertyMetaData against what Samba's ldbsearch --show-binary says of the same value. */
#include "codec/metadata.h"
#include "codec/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* objectClass and userAccountControl of a computer: version 1, Thu Nov 26 17:00:56 2026 UTC,
 * 7a63b534-30b2-403c-90de-486500f51117, 4274 */
static const unsigned char value[] = { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
	/* objectClass */
	0, 0, 0, 0, 1, 0, 0, 0, 200, 246, 24, 33, 3, 0, 0, 0, 52, 181, 99, 122, 178, 48, 60, 64,
	144, 222, 72, 101, 0, 245, 17, 23, 178, 16, 0, 0, 0, 0, 0, 0, 178, 16, 0, 0, 0, 0, 0, 0,
	/* userAccountControl */
	8, 0, 9, 0, 1, 0, 0, 0, 200, 246, 24, 33, 3, 0, 0, 0, 52, 181, 99, 122, 178, 48, 60, 64,
	144, 222, 72, 101, 0, 245, 17, 23, 178, 16, 0, 0, 0, 0, 0, 0, 178, 16, 0, 0, 0, 0, 0, 0 };

static void reads_each_attribute(void **state)
{
	char guid[AD_GUID_TEXT], time[AD_TIME_TEXT];
	struct ad_metadata m;
	size_t n = 0;

	(void)state;
	assert_true(ad_metadata_decode(&n, value, sizeof value, NULL));
	assert_int_equal(n, 2);
	ad_metadata_at(&m, value, 1);
	assert_string_equal(ad_metadata_name(m.attribute), "userAccountControl");
	assert_int_equal(m.version, 1);
	assert_int_equal(m.usn, 4274);
	ad_guid_format(m.invocation, guid);
	assert_string_equal(guid, "7a63b534-30b2-403c-90de-486500f51117");
	ad_time_format_iso(m.time, time);
	assert_string_equal(time, "2026-11-26T17:00:56Z");
	ad_metadata_at(&m, value, 0);
	assert_null(ad_metadata_name(m.attribute));
}

static void trims_to_what_has_a_name(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_metadata m;
	size_t n = 0;

	(void)state;
	ad_buf_addc(&b, 'x');
	ad_metadata_trim(&b, value, sizeof value);
	assert_int_equal(b.len, 1 + 16 + 48);
	assert_true(ad_metadata_decode(&n, b.data + 1, b.len - 1, NULL));
	assert_int_equal(n, 1);
	ad_metadata_at(&m, b.data + 1, 0);
	assert_int_equal(m.attribute, 0x90008);
	assert_int_equal(m.usn, 4274);
	b.len = 0;
	ad_metadata_trim(&b, value, sizeof value - 1);
	assert_int_equal(b.len, 0);
	ad_buf_clear(&b);
}

static void refuses_the_rest(void **state)
{
	unsigned char bad[sizeof value];
	struct ad_metadata m;
	struct ad_err err;
	size_t n = 77, len;

	(void)state;
	for (len = 0; len < sizeof value; len++)
		assert_false(ad_metadata_decode(&n, value, len, &err));
	memcpy(bad, value, sizeof value);
	bad[0] = 2;
	assert_false(ad_metadata_decode(&n, bad, sizeof bad, &err));
	memcpy(bad, value, sizeof value);
	bad[11] = 0xff; /* more attributes than there are bytes */
	assert_false(ad_metadata_decode(&n, bad, sizeof bad, &err));
	assert_int_equal(n, 77);
	memcpy(bad, value, sizeof value);
	memset(bad + 16 + 8, 0xff, 8);
	assert_true(ad_metadata_decode(&n, bad, sizeof bad, &err));
	ad_metadata_at(&m, bad, 0);
	assert_true(m.time == AD_TIME_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_attribute),
		cmocka_unit_test(trims_to_what_has_a_name),
		cmocka_unit_test(refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
