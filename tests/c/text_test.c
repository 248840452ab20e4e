/* UTF-8, UTF-16LE and names without case: base/text. The malformed sequences are those of the
 * Unicode Standard 15, section 3.9, tables 3-7 to 3-11; the UTF-16 bytes are iconv's. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* U+0041 U+00E9 U+20AC U+1D11E */
static const char mixed8[] = "A\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e";
static const unsigned char mixed16[] = { 0x41, 0, 0xe9, 0, 0xac, 0x20, 0x34, 0xd8, 0x1e, 0xdd };

static void accepts_well_formed_utf8(void **state)
{
	(void)state;
	assert_true(ad_utf8_valid("", 0));
	assert_true(ad_utf8_valid("a\0b", 3));
	assert_true(ad_utf8_valid(mixed8, strlen(mixed8)));
	assert_true(
		ad_utf8_valid("\xed\x9f\xbf\xee\x80\x80", 6)); /* on both sides of the surrogates */
	assert_true(ad_utf8_valid("\xf4\x8f\xbf\xbf", 4)); /* U+10FFFF */
}

static void refuses_malformed_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80", /* continuation without a start */
		"\xc0\xaf", /* overlong, two bytes */
		"\xc1\xbf",
		"\xe0\x9f\x80", /* overlong, three bytes */
		"\xf0\x8f\xbf\xbf", /* overlong, four bytes */
		"\xed\xa0\x80", /* surrogate U+D800 */
		"\xed\xbf\xbf", /* surrogate U+DFFF */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3", /* cut short */
		"\xe2\x82",
		"\xf0\x9d\x84",
		"\xc3\x28", /* continuation missing */
		"\xe2\x28\xa1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ad_utf8_valid(bad[i], strlen(bad[i])))
			fail_msg("accepted malformed sequence %zu", i);
}

static void converts_both_ways(void **state)
{
	struct ad_buf wide = AD_BUF_INIT, narrow = AD_BUF_INIT;

	(void)state;
	assert_true(ad_utf8_to_utf16le(&wide, mixed8, strlen(mixed8)));
	assert_int_equal(wide.len, sizeof mixed16);
	assert_memory_equal(wide.data, mixed16, sizeof mixed16);
	assert_true(ad_utf16le_to_utf8(&narrow, mixed16, sizeof mixed16));
	assert_string_equal(ad_buf_text(&narrow), mixed8);
	ad_buf_clear(&wide);
	ad_buf_clear(&narrow);
}

static void leaves_the_output_alone_on_malformed_input(void **state)
{
	static const unsigned char lone_high[] = { 0x41, 0, 0x34, 0xd8 };
	static const unsigned char lone_low[] = { 0x41, 0, 0x1e, 0xdd };
	static const unsigned char high_then_letter[] = { 0x34, 0xd8, 0x41, 0 };
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_buf_puts(&b, "kept");
	assert_false(ad_utf8_to_utf16le(&b, "ok\xff", 3));
	assert_false(ad_utf16le_to_utf8(&b, lone_high, sizeof lone_high));
	assert_false(ad_utf16le_to_utf8(&b, lone_low, sizeof lone_low));
	assert_false(ad_utf16le_to_utf8(&b, high_then_letter, sizeof high_then_letter));
	assert_false(ad_utf16le_to_utf8(&b, mixed16, 3)); /* half a unit */
	assert_int_equal(b.len, 4);
	assert_string_equal(ad_buf_text(&b), "kept");
	ad_buf_clear(&b);
}

static void compares_without_ascii_case_only(void **state)
{
	(void)state;
	assert_int_equal(ad_casecmp("HOST/a", 6, "host/A", 6), 0);
	assert_true(ad_casecmp("host", 4, "host1", 5) < 0);
	assert_true(ad_casecmp("host1", 5, "host", 4) > 0);
	assert_int_equal(ad_casecmp("HOST/long.name.x", 16, "HOST/long.nAME.X", 16), 0);
	assert_true(ad_casecmp("HOST/long.name.x", 16, "HOST/long.name.Y", 16) < 0);
	assert_true(ad_casecmp("HOST/long.name.x", 16, "HOST/long.name.", 15) > 0);
	assert_true(ad_casecmp("[", 1, "{", 1) != 0); /* 0x5b and 0x7b differ by the case bit */
	assert_true(ad_casecmp("@", 1, "`", 1) != 0);
	assert_true(ad_caseeq("Cifs/FS1.Alpha.Test", "cIFS/fs1.alpha.test"));
	assert_true(ad_text_has_word("dc1.alpha.test  dc2.alpha.test", "DC2.alpha.test"));
	assert_false(ad_text_has_word("dc1.alpha.test dc2.alpha.test", "dc2.alpha"));
	assert_false(ad_text_has_word("a  b ", ""));
	assert_false(ad_text_has_word("", "a"));
	assert_false(ad_caseeq("\xc3\x89", "\xc3\xa9")); /* accented letters keep their case */
}

static void orders_bytes_above_127_last(void **state)
{
	(void)state;
	assert_true(ad_casecmp("z", 1, "\xc3\xa9", 2) < 0);
}

static void hex_is_lower_case(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_hex(&b, "\x00\x0a\xff", 3);
	assert_string_equal(ad_buf_text(&b), "000aff");
	ad_buf_clear(&b);
}

static void knows_hex_digits(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		const char *p = c ? strchr(digits, c) : NULL;
		int want = !p ? -1 : p - digits < 16 ? (int)(p - digits) : (int)(p - digits) - 6;

		assert_int_equal(ad_hexdigit((char)c), want);
	}
}

/* RFC 4648 section 10 */
static void base64_vectors(void **state)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Zg=", "Zg=A", "Z===", "Zm9v!m9v", "====" };
	struct ad_buf b = AD_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		ad_buf_clear(&b);
		assert_true(ad_unbase64(&b, vectors[i][1], strlen(vectors[i][1])));
		assert_int_equal(b.len, strlen(vectors[i][0]));
		assert_memory_equal(ad_buf_text(&b), vectors[i][0], b.len);
		ad_buf_clear(&b);
		ad_base64(&b, vectors[i][0], strlen(vectors[i][0]));
		assert_string_equal(ad_buf_text(&b), vectors[i][1]);
	}
	ad_buf_clear(&b);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ad_unbase64(&b, bad[i], strlen(bad[i])));
	ad_buf_clear(&b);
}

static void is_text(const char *bytes, size_t n, const char *expected)
{
	struct ad_buf out = AD_BUF_INIT;

	assert_true(ad_text_decode(&out, bytes, n));
	assert_string_equal(ad_buf_text(&out), expected);
	assert_int_equal(out.len, strlen(expected));
	ad_buf_clear(&out);
}

/* The bytes are those of iconv -t UTF-16LE, UTF-16BE, with U+FEFF in front. */
static void decodes_files_of_windows(void **state)
{
	struct ad_buf out = AD_BUF_INIT;

	(void)state;
	is_text("", 0, "");
	is_text("a", 1, "a");
	is_text("\xc3\xa9\r\n", 4, "\xc3\xa9\r\n");
	is_text("\xef\xbb\xbfhost01\r\n", 11, "host01\r\n");
	is_text("\xef\xbb\xbf", 3, "");
	is_text("\xff\xfe"
		"a\0\xac\x20\n\0",
		8, "a\xe2\x82\xac\n");
	is_text("\xfe\xff"
		"\0a\x20\xac\0\n",
		8, "a\xe2\x82\xac\n");
	is_text("a\0\n\0", 4, "a\n");
	is_text("\0a\0\n", 4, "a\n");
	is_text("\xff\xfe", 2, "");
	is_text("\xfe\xff\xd8\x34\xdd\x1e", 6, "\xf0\x9d\x84\x9e");
	assert_false(ad_text_decode(&out, "M\xfcller", 6)); /* code page 1252 */
	assert_false(ad_text_decode(&out,
		"\xff\xfe"
		"a",
		3)); /* half a character */
	assert_false(ad_text_decode(&out, "\xff\xfe\x34\xd8", 4)); /* half a pair */
	assert_int_equal(out.len, 0);
}

static void shows_what_is_no_character(void **state)
{
	static const unsigned char odd[] = { 'a', 0, 0x34, 0xd8, 'b', 0, 0x1e, 0xdd, 0x34, 0xd8,
		0x1e, 0xdd, 0x34, 0xd8 };
	struct ad_buf out = AD_BUF_INIT;

	(void)state;
	ad_utf16le_show(&out, odd, sizeof odd);
	assert_string_equal(ad_buf_text(&out), "a\xef\xbf\xbd"
					       "b\xef\xbf\xbd\xf0\x9d\x84\x9e\xef\xbf\xbd");
	ad_buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(accepts_well_formed_utf8),
		cmocka_unit_test(refuses_malformed_utf8),
		cmocka_unit_test(converts_both_ways),
		cmocka_unit_test(decodes_files_of_windows),
		cmocka_unit_test(shows_what_is_no_character),
		cmocka_unit_test(leaves_the_output_alone_on_malformed_input),
		cmocka_unit_test(compares_without_ascii_case_only),
		cmocka_unit_test(orders_bytes_above_127_last),
		cmocka_unit_test(hex_is_lower_case),
		cmocka_unit_test(knows_hex_digits),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
