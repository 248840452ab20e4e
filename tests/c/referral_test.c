/* Answers about DFS laid out by hand after MS-DFSC 2.2.5; those of random content are compared with
 * Samba's reading in tests/oracle/referral.py. */
#include "base/mem.h"
#include "codec/referral.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* "\a\b" */
#define A_B "5c0061005c0062000000"

/* version 1: the text is in the entry */
static const char version_1[] = "08000200"
				"02000000"
				"0100120000000000" A_B "0100120001000000" A_B;
/* version 2: 22 bytes, then three texts of which the last one counts */
static const char version_2[] = "08000100"
				"03000000"
				"0200160000000000"
				"00000000"
				"2c010000"
				"160018001a00"
				"0000"
				"0000" A_B;
/* version 4 without the GUID, the first of its set */
static const char version_4[] = "08000100"
				"02000000"
				"0400120000000400"
				"58020000"
				"120012001400"
				"0000" A_B;
/* version 3: the domain "\d" has the DCs "\x" and "\y" */
static const char names[] = "00000100"
			    "00000000"
			    "0300220000000200"
			    "58020000"
			    "220002002800"
			    "00000000000000000000000000000000"
			    "5c0064000000"
			    "5c0078000000"
			    "5c0079000000";

static bool decode(struct ad_referral *r, const char *hex)
{
	struct ad_buf b = AD_BUF_INIT;
	bool ok;

	unhex(&b, hex, strlen(hex));
	ok = ad_referral_decode(r, b.data, b.len);
	ad_buf_clear(&b);
	return ok;
}

static void reads_every_version(void **state)
{
	struct ad_referral r;

	(void)state;
	assert_true(decode(&r, version_1));
	assert_int_equal(r.n, 2);
	assert_int_equal(r.consumed, 8);
	assert_int_equal(r.flags, AD_REFERRAL_STORAGE);
	assert_false(r.list[0].root);
	assert_true(r.list[1].root);
	assert_string_equal(r.list[1].target, "\\a\\b");
	ad_referral_clear(&r);
	assert_true(decode(&r, version_2));
	assert_string_equal(r.list[0].target, "\\a\\b");
	assert_int_equal(r.list[0].ttl, 300);
	ad_referral_clear(&r);
	assert_true(decode(&r, version_4));
	assert_string_equal(r.list[0].target, "\\a\\b");
	assert_int_equal(r.list[0].ttl, 600);
	assert_int_equal(r.list[0].flags, AD_REFERRAL_BOUNDARY);
	ad_referral_clear(&r);
}

static void reads_names(void **state)
{
	struct ad_referral r;

	(void)state;
	assert_true(decode(&r, names));
	assert_int_equal(r.list[0].n_names, 2);
	assert_string_equal(r.list[0].target, "\\d");
	assert_string_equal(r.list[0].names[0], "\\x");
	assert_string_equal(r.list[0].names[1], "\\y");
	ad_referral_clear(&r);
}

/* Each in memory of its own, so that a sanitizer sees a byte too far. */
static void refuses_what_is_cut_off(void **state)
{
	static const char *const all[] = { version_1, version_2, version_4, names };
	struct ad_referral r;

	(void)state;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		struct ad_buf b = AD_BUF_INIT;

		unhex(&b, all[k], strlen(all[k]));
		for (size_t i = 0; i < b.len; i++) {
			unsigned char *copy = malloc(i + !i);

			memcpy(copy, b.data, i);
			assert_false(ad_referral_decode(&r, copy, i));
			free(copy);
		}
		ad_buf_clear(&b);
	}
}

static void refuses_lies(void **state)
{
	static const char *const lies[] = {
		"08000100"
		"02000000"
		"0500120000000000" A_B, /* no such version */
		"08000100"
		"02000000"
		"0400070000000000"
		"58020000"
		"120012001200" A_B, /* size */
		"08000100"
		"02000000"
		"0400100000000000"
		"58020000"
		"120012001200" A_B,
		"08000100"
		"02000000"
		"0200140000000000"
		"58020000"
		"120012001200" A_B A_B,
		"08000100"
		"02000000"
		"0400120000000000"
		"58020000"
		"12001200ff00" A_B, /* offset */
		"0800ff00"
		"02000000"
		"0400120000000000"
		"58020000"
		"120012001200" A_B, /* count */
		"00000100"
		"00000000"
		"0300120000000200"
		"58020000"
		"1200ffff1200"
		"5c0064000000",
		"00000100"
		"00000000"
		"0300120000000200"
		"58020000"
		"120001001900"
		"5c0064000000",
	};
	struct ad_referral r;

	(void)state;
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
		assert_false(decode(&r, lies[i]));
	assert_true(decode(&r, "00000000"
			       "00000000"));
	assert_int_equal(r.n, 0);
	ad_referral_clear(&r);
}

/* 1,000 entries that lead to one text would be 2 MB of text each time. */
static void does_not_multiply(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_referral r;
	size_t i, n = 1000, entry = 18, text = 8 + n * entry;

	(void)state;
	ad_buf_u16(&b, 8);
	ad_buf_u16(&b, (uint16_t)n);
	ad_buf_u32(&b, 0);
	for (i = 0; i < n; i++) {
		ad_buf_u16(&b, 4);
		ad_buf_u16(&b, (uint16_t)entry);
		ad_buf_u32(&b, 0);
		ad_buf_u32(&b, 600);
		ad_buf_u32(&b, 0);
		ad_buf_u16(&b, (uint16_t)(text - 8 - i * entry));
	}
	for (i = 0; i < 1000; i++)
		ad_buf_u16(&b, 'x');
	ad_buf_u16(&b, 0);
	assert_false(ad_referral_decode(&r, b.data, b.len));
	ad_buf_clear(&b);
}

static void asks(void **state)
{
	static const char expected[] = "04005c00660073005c00e9006e000000";
	struct ad_buf b = AD_BUF_INIT, want = AD_BUF_INIT;

	(void)state;
	unhex(&want, expected, strlen(expected));
	assert_true(ad_referral_ask(&b, "\\fs\\\xc3\xa9n"));
	assert_int_equal(b.len, want.len);
	assert_memory_equal(b.data, want.data, b.len);
	assert_false(ad_referral_ask(&b, "\\fs\\\xff"));
	assert_int_equal(b.len, want.len);
	ad_buf_clear(&b);
	ad_buf_clear(&want);
}

static const struct split {
	size_t consumed;
	const char *name, *link, *rest; /* NULL: refused */
} splits[] = {
	{ 16, "\\fs\\r\\ab", "\\fs\\r\\ab", "" },
	{ 10, "\\fs\\r\\ab", "\\fs\\r", "ab" },
	{ 12, "\\fs\\r\\ab", "\\fs\\r", "ab" }, /* with the backslash behind it */
	{ 10, "\\fs\\r", "\\fs\\r", "" },
	{ 14, "\\fs\\r\\ab", NULL, NULL }, /* in the middle of a part */
	{ 11, "\\fs\\r\\ab", NULL, NULL },
	{ 6, "\\fs\\r\\ab", NULL, NULL }, /* the server alone */
	{ 8, "\\fs\\r\\ab", NULL, NULL },
	{ 0, "\\fs\\r\\ab", NULL, NULL },
	{ 18, "\\fs\\r\\ab", NULL, NULL }, /* more than was asked */
	{ 12, "\\fs\\\xf0\x9f\x93\x81\\ab", "\\fs\\\xf0\x9f\x93\x81", "ab" }, /* two units */
	{ 10, "\\fs\\\xf0\x9f\x93\x81\\ab", NULL, NULL },
};

static void splits_what_was_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		const struct split *s = &splits[i];
		struct ad_referral r = { .consumed = s->consumed };
		char *link, *rest;

		if (ad_referral_split(&r, s->name, &link, &rest) != (s->link != NULL))
			fail_msg("%zu of %s", s->consumed, s->name);
		if (!s->link)
			continue;
		assert_string_equal(link, s->link);
		assert_string_equal(rest, s->rest);
		free(link);
		free(rest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_version),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(refuses_what_is_cut_off),
		cmocka_unit_test(refuses_lies),
		cmocka_unit_test(does_not_multiply),
		cmocka_unit_test(asks),
		cmocka_unit_test(splits_what_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
