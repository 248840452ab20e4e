/* SDDL: the example of MS-DTYP 2.5.1.4, Samba's text (tests/data/descriptors.txt), what only we
 * write, and where a text goes wrong. tests/oracle/codec.py compares with Samba at large. */
#include "codec/sddl.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct ad_sid domain;

static int set_up(void **state)
{
	(void)state;
	return !ad_sid_parse(&domain, "S-1-5-21-1111111111-222222222-3333333333", NULL);
}

static struct ad_sd *parse(const char *text)
{
	struct ad_sd *sd = NULL;
	struct ad_err err;

	if (!ad_sddl_parse(&sd, text, &domain, &err))
		fail_msg("%s: %s", text, err.message);
	return sd;
}

static void formats_as(const struct ad_sd *sd, const char *want)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_sddl_format(&b, sd, &domain);
	assert_string_equal(ad_buf_text(&b), want);
	ad_buf_clear(&b);
}

static void becomes(const char *text, const char *want)
{
	struct ad_sd *sd = parse(text), *back;

	formats_as(sd, want);
	back = parse(want);
	assert_true(ad_sd_equal(sd, back));
	ad_sd_free(sd);
	ad_sd_free(back);
}

static void both_ways(const unsigned char *p, size_t n, const char *text)
{
	struct ad_sd *read, *parsed = parse(text);

	assert_true(ad_sd_decode(&read, p, n, NULL));
	formats_as(read, text);
	if (parsed->dacl) /* SDDL does not say the revision */
		parsed->dacl->revision = read->dacl->revision;
	if (parsed->sacl)
		parsed->sacl->revision = read->sacl->revision;
	assert_true(ad_sd_equal(read, parsed));
	ad_sd_free(read);
	ad_sd_free(parsed);
}

static void agrees_with_samba(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/descriptors.txt", both_ways), 7);
}

static void reads_the_example_of_the_specification(void **state)
{
	static const char bytes[] =
		"010014b090000000a0000000140000003000000002001c0001000000028014000000008001010000"
		"0000000100000000020060000400000000031800000000a001020000000000052000000021020000"
		"00031800000000100102000000000005200000002002000000031400000000100101000000000005"
		"12000000000314000000001001010000000000030000000001020000000000052000000020020000"
		"01020000000000052000000020020000";
	struct ad_sd *sd = parse("O:BAG:BAD:P(A;CIOI;GRGX;;;BU)(A;CIOI;GA;;;BA)(A;CIOI;GA;;;SY)"
				 "(A;CIOI;GA;;;CO)S:P(AU;FA;GR;;;WD)");
	struct ad_buf want = AD_BUF_INIT, got = AD_BUF_INIT;

	(void)state;
	unhex(&want, bytes, strlen(bytes));
	memcpy(sd->layout, "sdog", 4); /* Windows' order */
	assert_true(ad_sd_encode(sd, &got, NULL));
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
	formats_as(sd, "O:BAG:BAD:P(A;OICI;GXGR;;;BU)(A;OICI;GA;;;BA)(A;OICI;GA;;;SY)"
		       "(A;OICI;GA;;;CO)S:P(AU;FA;GR;;;WD)");
	ad_buf_clear(&want);
	ad_buf_clear(&got);
	ad_sd_free(sd);
}

static void reads_every_way_to_write(void **state)
{
	(void)state;
	becomes("", "");
	becomes("D:", "D:");
	becomes("D:S:", "D:S:");
	becomes("S:AID:P", "D:PS:AI");
	becomes("D:NO_ACCESS_CONTROL", "D:NO_ACCESS_CONTROL");
	becomes("D:PNO_ACCESS_CONTROLS:(AU;SAFA;FA;;;WD)",
		"D:PNO_ACCESS_CONTROLS:(AU;SAFA;FA;;;WD)");
	becomes(" o:ba\n g:S-1-5-18 D:ai (a;ciid;ga;;;wd)\r\n\t(D;;0X200;;;S-1-1-0) ",
		"O:BAG:SYD:AI(A;CIID;GA;;;WD)(D;;0x200;;;WD)");
	becomes("D:(A;;2032127;;;WD)", "D:(A;;FA;;;WD)");
	becomes("D:(A;;01;;;WD)(A;;0;;;WD)(A;;;;;WD)", "D:(A;;CC;;;WD)(A;;;;;WD)(A;;;;;WD)");
	becomes("D:(A;;FRFW;;;WD)", "D:(A;;0x12019f;;;WD)");
	becomes("O:S-1-5-21-1111111111-222222222-3333333333-512D:(A;;KA;;;DU)",
		"O:DAD:(A;;KA;;;DU)");
	becomes("S:(ML;;NWNR;;;HI)", "S:(ML;;NWNR;;;HI)");
	becomes("D:(OA;;CR;{AB721A53-1E2F-11D0-9819-00AA0040529B};;PS)",
		"D:(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)");
	becomes("D:(OD;;RP;;bf967a86-0de6-11d0-a285-00aa003049e2;ED)(OA;;RP;;;AU)",
		"D:(OD;;RP;;bf967a86-0de6-11d0-a285-00aa003049e2;ED)(OA;;RP;;;AU)");
}

/* Types and bytes that have no letters in MS-DTYP. */
static void says_what_sddl_cannot(void **state)
{
	(void)state;
	becomes("D:(XA;;FX;;;WD;(#61727478F9))", "D:(XA;;FX;;;WD;(#61727478f9))");
	becomes("S:(RA;;;;;WD;(#00))(SP;;;;;WD)", "S:(RA;;;;;WD;(#00))(SP;;;;;WD)");
	becomes("D:(0x2a;OICI;;;;;(#deadbeef))(42;;;;;)",
		"D:(0x2a;OICI;;;;;(#deadbeef))(0x2a;;;;;)");
	becomes("D:(0xe;;GA;;;WD)(0x0;;GA;;;WD)", "D:(0xe;;GA;;;WD)(A;;GA;;;WD)");
	becomes("D:(A;CR;GA;;;WD)", "D:(A;CR;GA;;;WD)");
}

/* The field behind the SID: the condition of callback types, the attribute of another one. */
static void reads_conditions(void **state)
{
	(void)state;
	becomes("D:(XA;;FA;;;WD;(@User.Title==\"PM\" && (Member_of {SID(DA)})))",
		"D:(XA;;FA;;;WD;((@USER.Title == \"PM\") && (Member_of {SID(DA)})))");
	becomes("D:(xd;OICI;FA;;;WD; ( a ) )(A;;FA;;;BA)", "D:(XD;OICI;FA;;;WD;(a))(A;;FA;;;BA)");
	becomes("D:(ZA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD;(a))(ZA;;CR;;;WD;(b))",
		"D:(ZA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD;(a))(ZA;;CR;;;WD;(b))");
	becomes("S:(XU;SA;FA;;;WD;(Exists a))(0xe;;FA;;;WD;(a))(0x10;;FA;;;WD;(a))",
		"S:(XU;SA;FA;;;WD;(Exists a))(0xe;;FA;;;WD;(a))(0x10;;FA;;;WD;(a))");
	becomes("D:(0xc;;FA;;;WD;(a))(XA;;FA;;;WD)", "D:(0xc;;FA;;;WD;(a))(XA;;FA;;;WD)");
	becomes("S:(RA;CI;;;;S-1-1-0;(\"a\",TS,0,\"x\"))(SP;;;;;S-1-17-1-2)(ML;;NW;;;HI)",
		"S:(RA;CI;;;;WD;(\"a\",TS,0x0,\"x\"))(SP;;;;;S-1-17-1-2)(ML;;NW;;;HI)");
	becomes("D:(A;;FA;;;WD;(#00))(XA;;FA;;;WD;(#))", "D:(A;;FA;;;WD;(#00))(XA;;FA;;;WD)");
}

static void refuses_and_says_where(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "x", "character 1:" },
		{ "O:", "character 3:" },
		{ "O:XX", "character 3:" },
		{ "O:BAO:BA", "character 5:" },
		{ "D:D:", "character 3:" },
		{ "D:PX", "character 4:" },
		{ "D:(", "character 4:" },
		{ "D:(B;;GA;;;WD)", "character 4:" },
		{ "D:(A;XX;GA;;;WD)", "character 6:" },
		{ "D:(A;;GAX;;;WD)", "character 9:" },
		{ "D:(A;;0xg;;;WD)", "character 9:" },
		{ "D:(A;;0x100000000;;;WD)", "too large" },
		{ "D:(A;;08;;;WD)", "character 8:" },
		{ "D:(A;;GA;x;;WD)", "character 10:" },
		{ "D:(OA;;GA;bf967a86;;WD)", "character 11:" },
		{ "D:(A;;GA;;;)", "character 12:" },
		{ "D:(A;;GA;;;WDX)", "character 14:" },
		{ "D:(A;;GA;;;WD", "character 14:" },
		{ "D:(A;;GA;;;WD)x", "character 15:" },
		{ "D:(XA;;GA;;;WD;(a==b))", "character 20:" },
		{ "D:(XA;;GA;;;WD;)", "character 16:" },
		{ "D:(XA;;GA;;;WD;(a)x)", "character 19:" },
		{ "D:(A;;GA;;;WD;(a))", "has no condition" },
		{ "S:(RA;;;;;WD;(a))", "character 15:" },
		{ "D:(XA;;GA;;;WD;(\"a\",TS,0))", "character 17:" },
		{ "D:(XA;;GA;;;WD;(#0))", "character 18:" },
		{ "D:(0x2a;;GA;;;)", "character 10:" },
		{ "D:(0x100;;;;;)", "too large" },
	};
	struct ad_sd *sd = NULL;
	struct ad_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(ad_sddl_parse(&sd, bad[i].text, &domain, &err));
		assert_null(sd);
		assert_int_equal(err.kind, AD_ERR_USAGE);
		if (!strstr(err.message, bad[i].where))
			fail_msg("%s: %s", bad[i].text, err.message);
	}
	assert_false(ad_sddl_parse(&sd, "O:DA", NULL, &err));
	assert_non_null(strstr(err.message, "domain"));
}

static void reads_masks_alone(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	uint32_t mask;

	(void)state;
	assert_true(ad_sddl_parse_mask(&mask, "CCDCLCSWRPWPDTLOCRSDRCWDWO", NULL));
	assert_int_equal(mask, AD_MASK_DS_ALL);
	assert_true(ad_sddl_parse_mask(&mask, "0x1301bf", NULL));
	assert_int_equal(mask, 0x1301bf);
	ad_sddl_format_mask(&b, mask);
	assert_string_equal(ad_buf_text(&b), "0x1301bf");
	ad_buf_clear(&b);
	assert_false(ad_sddl_parse_mask(&mask, "", NULL));
	assert_false(ad_sddl_parse_mask(&mask, "GA;", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_samba),
		cmocka_unit_test(reads_the_example_of_the_specification),
		cmocka_unit_test(reads_every_way_to_write),
		cmocka_unit_test(says_what_sddl_cannot),
		cmocka_unit_test(reads_conditions),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(reads_masks_alone),
	};

	return cmocka_run_group_tests_name("sddl", tests, set_up, NULL);
}
