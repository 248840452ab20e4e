/* Conditional expressions: what Samba makes of those of MS-DTYP 2.4.4.17.9 and others
 * (tests/data/conditions.txt), what Windows reads besides, and what has to stay bytes.
 * tests/oracle/codec.py compares with Samba at large. */
#include "codec/condition.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "entry.h"

static struct ad_sid domain;

static int set_up(void **state)
{
	(void)state;
	return !ad_sid_parse(&domain, "S-1-5-21-1111111111-222222222-3333333333", NULL);
}

static void read_text(struct ad_buf *out, const char *text)
{
	struct ad_err err;
	struct ad_scan s = { text, text, &domain, &err };

	if (!ad_condition_scan(&s, out))
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(s.at, "");
}

static void both_ways(const unsigned char *p, size_t n, const char *text)
{
	struct ad_buf got = AD_BUF_INIT;

	assert_true(ad_condition_format(&got, p, n, &domain));
	assert_string_equal(ad_buf_text(&got), text);
	got.len = 0;
	read_text(&got, text);
	assert_int_equal(got.len, n);
	assert_memory_equal(got.data, p, n);
	ad_buf_clear(&got);
}

static void agrees_with_samba(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/conditions.txt", both_ways), 16);
}

static void becomes(const char *text, const char *want)
{
	struct ad_buf bytes = AD_BUF_INIT, got = AD_BUF_INIT;

	read_text(&bytes, text);
	assert_true(ad_condition_format(&got, bytes.data, bytes.len, &domain));
	assert_string_equal(ad_buf_text(&got), want);
	ad_buf_clear(&bytes);
	ad_buf_clear(&got);
}

static void reads_every_way_to_write(void **state)
{
	(void)state;
	becomes("(@User.Title==\"PM\" && (Member_of {SID(BA)}))",
		"((@USER.Title == \"PM\") && (Member_of {SID(BA)}))");
	becomes("(\t@user.a\n==1 )", "(@USER.a == 1)");
	becomes("(member_OF{sid(s-1-5-18) , SID(BA) })", "(Member_of {SID(SY), SID(BA)})");
	becomes("(Member_of((SID(BA))))", "(Member_of SID(BA))");
	becomes("(a CONTAINS ({1,2}))", "(a Contains {1, 2})");
	becomes("(!@User.a || !(b))", "((!(@USER.a)) || (!(b)))");
	becomes("(x == #1#2#3##)", "(x == #01020300)");
	becomes("(x == ##1#2#3##)", "(x == #01020300)");
	becomes("(x == 0xffffffffffffffff)", "(x == 0xffffffffffffffff)");
	becomes("(x == -00)", "(x == -00)");
	becomes("(a@b.c && 12 == 12)", "((a@b.c) && (12 == 12))");
	becomes("(Member_of_AnyX == 1)", "(Member_of_AnyX == 1)");
	becomes("(@User.a.b,c == @Resource.%0041)", "(@USER.a.b,c == @RESOURCE.A)");
	becomes("(@User.%d83d%0025 == 1)", "(@USER.%d83d%0025 == 1)");
	becomes("(Member_of SID(DA))", "(Member_of SID(DA))");
}

static void refuses_and_says_where(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "a", "'(' is missing at character 1:" },
		{ "()", "character 2:" },
		{ "(a", "character 3:" },
		{ "(a == )", "a value is expected" },
		{ "(a == b)", "character 7:" },
		{ "(a == SID(XX))", "character 11:" },
		{ "(a == SIX)", "SID(...)" },
		{ "(a == \"x)", "not terminated" },
		{ "(a == \"\xff\")", "UTF-8" },
		{ "(a == 08)", "character 8:" },
		{ "(a == 1x)", "not a number" },
		{ "(a == 0x)", "a number is missing" },
		{ "(a == 0x10000000000000000)", "too large" },
		{ "(a == 9223372036854775808)", "too large" },
		{ "(a == -9223372036854775809)", "too large" },
		{ "(a == {})", "a value is expected" },
		{ "(a == {1 2})", "'}' is missing" },
		{ "(a == {{1}})", "a value is expected" },
		{ "(a < {1})", "a value is expected" },
		{ "(a === 1)", "character 6:" },
		{ "(a =b)", "character 4:" },
		{ "(a == 1 == 1)", "character 9:" },
		{ "(a && )", "an attribute or an operator" },
		{ "(a b)", "character 4:" },
		{ "(Member_of {1})", "SID(...)" },
		{ "(Member_of @User.a)", "SID(...)" },
		{ "(Exists (a))", "an attribute" },
		{ "(!a)", "'(' is missing" },
		{ "(! Member_of{SID(BA)})", "'(' is missing" },
		{ "(@Them.a)", "@User." },
		{ "(@User. == 1)", "a name is missing" },
		{ "(@User.% == 1)", "four hex digits" },
		{ "(@User.%0000 == 1)", "a zero" },
		{ "((a) == 1)", "character 6:" },
	};
	struct ad_buf out = AD_BUF_INIT;
	struct ad_err err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ad_scan s = { bad[i].text, bad[i].text, &domain, &err };

		if (ad_condition_scan(&s, &out))
			fail_msg("%s is read", bad[i].text);
		assert_int_equal(err.kind, AD_ERR_USAGE);
		if (!strstr(err.message, bad[i].where))
			fail_msg("%s: %s", bad[i].text, err.message);
	}
	ad_buf_clear(&out);
}

static void shows(const char *hex, const char *behind, const char *says)
{
	shown_as(hex, AD_ACE_ALLOW_CALLBACK, "XA", behind, says);
}

static void stays_hex(const char *hex)
{
	char text[256];

	snprintf(text, sizeof text, "(#%s)", hex);
	shows(hex, text, text);
}

#define ARTX "61727478"
#define A "f8020000006100" /* the attribute a */
#define ONE "0401000000000000000302"

static void keeps_what_has_no_text(void **state)
{
	(void)state;
	shows(ARTX A "00", "(a)", "(a)");
	stays_hex("00");
	stays_hex("617274");
	stays_hex(ARTX); /* nothing behind the signature */
	stays_hex(ARTX "00000000");
	stays_hex("61727479" A "00"); /* another signature */
	stays_hex(ARTX "f902"); /* cut short */
	stays_hex(ARTX "f8030000006100");
	stays_hex(ARTX "f8ffffffff6100");
	stays_hex(ARTX "f80100000061");
	stays_hex(ARTX "f800000000");
	stays_hex(ARTX "f8020000000000");
	stays_hex(ARTX "80"); /* operators without operands */
	stays_hex(ARTX A "80");
	stays_hex(ARTX "a2");
	stays_hex(ARTX A A); /* two results */
	stays_hex(ARTX A "0001"); /* something behind the zeroes */
	stays_hex(ARTX A "70"); /* an unknown token */
	stays_hex(ARTX A "10020000002200"
			 "80"); /* a quote in a text */
	stays_hex(ARTX A "10020000001b00"
			 "80"); /* a control character */
	stays_hex(ARTX A "10020000002e20"
			 "80"); /* one that turns the direction of writing */
	stays_hex(ARTX A "100200000000d8"
			 "80"); /* half a character */
	stays_hex(ARTX A "1001000000"
			 "61"
			 "80");
	stays_hex(ARTX A "0401000000000000000002"
			 "80"); /* a sign and a base that are unknown */
	stays_hex(ARTX A "0401000000000000000304"
			 "80");
	stays_hex(ARTX A "0401000000000000000202"
			 "80"); /* -1, of 1 */
	stays_hex(ARTX A "04ffffffffffffffff0102"
			 "80");
	stays_hex(ARTX A "040100000000000000"
			 "80");
	stays_hex(ARTX A "5106000000010100000000"
			 "80");
	stays_hex(ARTX A "500700000050020000000101"
			 "80"); /* a list in a list */
	stays_hex(ARTX A "500700000"
			 "0" A "80"); /* an attribute in a list */
	stays_hex(ARTX A "5003000000"
			 "040000"
			 "80");
}

/* A person reads what it means, where the bytes are others than Windows writes. */
static void says_what_it_means(void **state)
{
	(void)state;
	shows(ARTX A, "(#" ARTX A ")", "(a)");
	shows(ARTX A "0000000000", "(#" ARTX A "0000000000)", "(a)");
	shows(ARTX A "0101000000000000000302"
		     "80",
		"(#" ARTX A "010100000000000000030280)", "(a == 1)");
	shows(ARTX A "04ffffffffffffffff0302"
		     "80",
		"(#" ARTX A "04ffffffffffffffff030280)", "(a == -1)");
	shows(ARTX ONE A "80", "(#" ARTX ONE A "80)", "(1 == a)");
	shows(ARTX A A "8000", "(#" ARTX A A "8000)", "(a == a)");
	shows(ARTX A ONE "89"
			 "a000",
		"(#" ARTX A ONE "89a000)", "((a) && (Member_of 1))");
	shows(ARTX A "5000000000"
		     "80000000",
		"(#" ARTX A "500000000080000000)", "(a == {})");
	shows(ARTX "f804000000e9002000"
		   "00"
		   "0000",
		"(#" ARTX "f804000000e9002000000000)", "(%00e9%0020)");
}

static void text_of(
	struct ad_buf *out, const char *before, const char *middle, const char *after, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ad_buf_puts(out, before);
	ad_buf_puts(out, middle);
	for (size_t i = 0; i < n; i++)
		ad_buf_puts(out, after);
}

static bool reads(const char *before, const char *middle, const char *after, size_t n)
{
	struct ad_buf text = AD_BUF_INIT, out = AD_BUF_INIT;
	struct ad_scan s = { NULL, NULL, NULL, NULL };
	bool ok;

	text_of(&text, before, middle, after, n);
	s.text = s.at = ad_buf_text(&text);
	ok = ad_condition_scan(&s, &out);
	ad_buf_clear(&text);
	ad_buf_clear(&out);
	return ok;
}

static void does_not_nest_without_end(void **state)
{
	struct ad_buf text = AD_BUF_INIT, bytes = AD_BUF_INIT;
	struct ad_sd *sd;

	(void)state;
	assert_true(reads("(", "a", ")", AD_CONDITION_DEPTH));
	assert_false(reads("(", "a", ")", AD_CONDITION_DEPTH + 1));
	assert_true(reads("(!", "(a)", ")", AD_CONDITION_DEPTH / 2 - 1));
	assert_false(reads("(!", "(a)", ")", 100000));
	assert_false(reads("(a == (", "1", ")", 100000));
	/* 60,000 operators on one attribute */
	ad_buf_puts(&bytes, AD_CONDITION_SIGNATURE);
	unhex(&bytes, A, strlen(A));
	memset(ad_buf_grow(&bytes, 60000), 0xa2, 60000);
	assert_false(ad_condition_format(&text, bytes.data, bytes.len, NULL));
	assert_int_equal(text.len, 0);
	bytes.len = 0;
	/* what is too deep for text stays bytes */
	text_of(&text, "", "D:(XA;;FA;;;WD;(a", " || a", 1000);
	ad_buf_puts(&text, "))");
	assert_true(ad_sddl_parse(&sd, ad_buf_text(&text), NULL, NULL));
	assert_true(ad_sd_encode(sd, &bytes, NULL));
	text.len = 0;
	ad_sddl_format(&text, sd, NULL);
	assert_non_null(strstr(ad_buf_text(&text), "(#61727478"));
	ad_sd_free(sd);
	assert_true(ad_sddl_parse(&sd, ad_buf_text(&text), NULL, NULL));
	text.len = 0;
	assert_true(ad_sd_encode(sd, &text, NULL));
	assert_int_equal(text.len, bytes.len);
	assert_memory_equal(text.data, bytes.data, bytes.len);
	ad_sd_free(sd);
	ad_buf_clear(&text);
	ad_buf_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_samba),
		cmocka_unit_test(reads_every_way_to_write),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(keeps_what_has_no_text),
		cmocka_unit_test(says_what_it_means),
		cmocka_unit_test(does_not_nest_without_end),
	};

	return cmocka_run_group_tests_name("condition", tests, set_up, NULL);
}
