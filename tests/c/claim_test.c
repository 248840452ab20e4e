/* Resource attributes: Samba's bytes and text (tests/data/claims.txt), what it does not read, and
 * what has to stay bytes. */
#include "codec/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "entry.h"

static bool read_text(struct ad_buf *out, const char *text, struct ad_err *err)
{
	struct ad_scan s = { text, text, NULL, err };

	return ad_claim_scan(&s, out) && !*s.at;
}

static void both_ways(const unsigned char *p, size_t n, const char *text)
{
	struct ad_buf got = AD_BUF_INIT;

	assert_true(ad_claim_format(&got, p, n, NULL));
	assert_string_equal(ad_buf_text(&got), text);
	got.len = 0;
	assert_true(read_text(&got, text, NULL));
	assert_int_equal(got.len, n);
	assert_memory_equal(got.data, p, n);
	ad_buf_clear(&got);
}

static void agrees_with_samba(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/claims.txt", both_ways), 6);
}

static void becomes(const char *text, const char *want)
{
	struct ad_buf bytes = AD_BUF_INIT, got = AD_BUF_INIT;
	struct ad_err err = { 0 };

	if (!read_text(&bytes, text, &err))
		fail_msg("%s: %s", text, err.message);
	assert_true(ad_claim_format(&got, bytes.data, bytes.len, NULL));
	assert_string_equal(ad_buf_text(&got), want);
	ad_buf_clear(&bytes);
	ad_buf_clear(&got);
}

static void reads_every_type(void **state)
{
	(void)state;
	becomes("(\"a\",TB,0,0,1)", "(\"a\",TB,0x0,0,1)");
	becomes("(\"a\",TX,0x3,#0102,#)", "(\"a\",TX,0x3,#0102,#)");
	becomes("(\"a\" , ts , 0 , \"x\" )", "(\"a\",TS,0x0,\"x\")");
	becomes("(\"a\",TI,0,+0x10,-010)", "(\"a\",TI,0x0,16,-8)");
	becomes("(\"a\",TU,0,18446744073709551615)", "(\"a\",TU,0x0,18446744073709551615)");
	becomes("(\"a\",TD,0xffffffff,SID(BA),S-1-17-5)", "(\"a\",TD,0xffffffff,BA,S-1-17-5)");
	becomes("(\"a\",TS,0)", "(\"a\",TS,0x0)");
}

static void refuses_and_says_where(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "\"a\"", "'(' is missing" },
		{ "(a,TS,0)", "'\"' is missing" },
		{ "(\"\",TS,0)", "a name is missing" },
		{ "(\"a b\",TS,0)", "'\"' is missing" },
		{ "(\"a\",TF,0)", "a type is expected" },
		{ "(\"a\",TS)", "',' is missing" },
		{ "(\"a\",TS,0x100000000)", "flags are too large" },
		{ "(\"a\",TS,0,x)", "'\"' is missing" },
		{ "(\"a\",TB,0,2)", "type does not have" },
		{ "(\"a\",TU,0,-1)", "type does not have" },
		{ "(\"a\",TI,0,0xffffffffffffffff)", "type does not have" },
		{ "(\"a\",TI,0,9223372036854775808)", "too large" },
		{ "(\"a\",TD,0,DA)", "domain" },
		{ "(\"a\",TX,0,01)", "'#' is missing" },
		{ "(\"a\",TS,0,\"x\" \"y\")", "',' is missing" },
		{ "(\"a\",TS,0", "',' is missing" },
	};
	struct ad_buf out = AD_BUF_INIT;
	struct ad_err err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (read_text(&out, bad[i].text, &err))
			fail_msg("%s is read", bad[i].text);
		if (!strstr(err.message, bad[i].where))
			fail_msg("%s: %s", bad[i].text, err.message);
		assert_int_equal(out.len, 0);
	}
}

static void shows(const char *hex, const char *behind)
{
	shown_as(hex, AD_ACE_RESOURCE_ATTRIBUTE, "RA", behind, NULL);
}

static void stays_hex(const char *hex)
{
	char text[512];

	snprintf(text, sizeof text, "(#%s)", hex);
	shows(hex, text);
}

/* offsets of name and value, type, flags, number of values */
#define HEAD(name, type, count)                                                                    \
	name "000000" type "000000"                                                                \
	     "00000000" count "000000"

static void keeps_what_has_no_text(void **state)
{
	(void)state;
	shows(HEAD("14", "03", "01") "18000000"
				     "61000000"
				     "78000000",
		"(\"a\",TS,0x0,\"x\")");
	stays_hex("00");
	stays_hex(HEAD("14", "03", "01")); /* no room for the offset */
	stays_hex(HEAD("10", "04", "00") "61000000"); /* a type that has no letters */
	stays_hex(HEAD("20", "03", "00") "61000000"); /* a name outside */
	stays_hex(HEAD("10", "03", "00") "61006200"); /* without end */
	stays_hex(HEAD("14", "03", "01") "1c000000"
					 "61000000"
					 "78000000"); /* a value outside */
	stays_hex(HEAD("14", "03", "01") "f0ffffff"
					 "61000000"
					 "78000000");
	stays_hex(HEAD("14", "02", "01") "1c000000"
					 "61000000"
					 "0100000000000000");
	stays_hex(HEAD("14", "06", "01") "18000000"
					 "61000000"
					 "0200000000000000");
	stays_hex(HEAD("14", "10", "01") "18000000"
					 "61000000"
					 "02000000"
					 "01");
	stays_hex(HEAD("14", "05", "01") "18000000"
					 "61000000"
					 "04000000"
					 "532d312d");
	stays_hex(HEAD("14", "03", "01") "18000000"
					 "61000000"
					 "1b000000");
	/* the reserved half of the type, other places, something behind */
	stays_hex("14000000"
		  "03000100"
		  "00000000"
		  "01000000"
		  "18000000"
		  "61000000"
		  "78000000");
	stays_hex(HEAD("18", "03", "01") "14000000"
					 "78000000"
					 "61000000");
	stays_hex(HEAD("14", "03", "01") "18000000"
					 "61000000"
					 "78000000"
					 "00000000");
}

/* 4,000 values that are all the same text of 16,000 characters, in 64 KiB */
static void does_not_grow_without_end(void **state)
{
	struct ad_buf data = AD_BUF_INIT, out = AD_BUF_INIT;
	size_t count = 4000, at = 16 + 4 * count;

	(void)state;
	ad_buf_u32(&data, (uint32_t)at);
	ad_buf_u32(&data, 3);
	ad_buf_u32(&data, 0);
	ad_buf_u32(&data, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		ad_buf_u32(&data, (uint32_t)at);
	for (size_t i = 0; i < 16000; i++)
		ad_buf_u16(&data, 'x');
	ad_buf_u16(&data, 0);
	assert_false(ad_claim_format(&out, data.data, data.len, NULL));
	assert_int_equal(out.len, 0);
	assert_true(out.cap < 2000000);
	ad_buf_clear(&data);
	ad_buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_samba),
		cmocka_unit_test(reads_every_type),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(keeps_what_has_no_text),
		cmocka_unit_test(does_not_grow_without_end),
	};

	return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
