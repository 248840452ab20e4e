/* What LsarLookupSids2 answers, laid out by hand after MS-LSAT 2.2.12 and 2.2.22, and what
 * LsarLookupNames3 answers, as Samba 4.22's Python bindings encode it; that smbd's answers are read
 * is seen in the lab. */
#include "net/lsarpc.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* one domain "FS" with S-1-5-21, two names: "ab" in it, and one that is unknown */
static const char answer[] =
	/* list, entries, array, room, count, lengths, name, SID */
	"000002000100000004000200200000000100000004000600080002000c000200"
	"03000000000000000200000046005300" /* "FS" */
	"01000000010100000000000515000000" /* S-1-5-21 */
	"020000001000020002000000" /* names, array, count */
	"0400000004000400140002000000000000000000" /* alias, "ab", domain 0 */
	"080000000000000000000000ffffffff00000000" /* unknown */
	"02000000000000000200000061006200"
	"0100000007010000"; /* one of them, STATUS_SOME_NOT_MAPPED */

static void reads_names(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	uint32_t status;
	char **names;

	(void)state;
	unhex(&b, answer, strlen(answer));
	assert_true(ad_lsarpc_decode(&names, 2, &status, b.data, b.len));
	assert_int_equal(status, 0x107);
	assert_string_equal(names[0], "FS\\ab");
	assert_null(names[1]);
	ad_lsarpc_free(names, 2);
	assert_false(ad_lsarpc_decode(&names, 1, &status, b.data, b.len)); /* more than was asked */
	for (size_t i = 0; i < b.len; i++) {
		unsigned char *copy = malloc(i + 1);

		memcpy(copy, b.data, i);
		copy = realloc(copy, i + !i);
		assert_false(ad_lsarpc_decode(&names, 2, &status, copy, i));
		free(copy);
	}
	ad_buf_clear(&b);
}

static void refuses_counts_that_lie(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	uint32_t status;
	char **names;

	(void)state;
	unhex(&b, answer, strlen(answer));
	b.data[4] = b.data[16] = 0xff; /* domains */
	b.data[7] = b.data[19] = 0xff;
	assert_false(ad_lsarpc_decode(&names, 2, &status, b.data, b.len));
	ad_buf_clear(&b);
}

/* domains FS1 and BUILTIN; an alias, an unknown name, an alias of BUILTIN, and a domain */
static const char sids_answer[] = "000002000200000004000200200000000200000006000800080002000c000200"
				  "0e00100010000200140002000400000000000000030000004600530031000000"
				  "04000000010400000000000515000000c7353a428e6b748455a1aec608000000"
				  "00000000070000004200550049004c00540049004e0000000100000001010000"
				  "0000000520000000040000001800020004000000040000001c00020000000000"
				  "000000000800000000000000ffffffff00000000040000002000020001000000"
				  "0000000003000000240002000000000000000000050000000105000000000005"
				  "15000000c7353a428e6b748455a1aec6e8030000020000000102000000000005"
				  "200000002102000004000000010400000000000515000000c7353a428e6b7484"
				  "55a1aec60300000007010000";

static void is_sid(const struct ad_sid *sid, const char *text)
{
	char got[AD_SID_TEXT];

	ad_sid_format(sid, got);
	assert_string_equal(got, text);
}

static void reads_sids(void **state)
{
	struct ad_sid sids[4];
	struct ad_buf b = AD_BUF_INIT;
	uint32_t status;

	(void)state;
	unhex(&b, sids_answer, strlen(sids_answer));
	assert_true(ad_lsarpc_sids_decode(sids, 4, &status, b.data, b.len));
	assert_int_equal(status, 0x107);
	is_sid(&sids[0], "S-1-5-21-1111111111-2222222222-3333333333-1000");
	assert_int_equal(sids[1].len, 0);
	is_sid(&sids[2], "S-1-5-32-545");
	assert_int_equal(sids[3].len, 0); /* a domain can be given nothing */
	assert_false(ad_lsarpc_sids_decode(sids, 3, &status, b.data, b.len));
	for (size_t i = 0; i < b.len; i++) {
		unsigned char *copy = malloc(i + 1);

		memcpy(copy, b.data, i);
		copy = realloc(copy, i + !i);
		assert_false(ad_lsarpc_sids_decode(sids, 4, &status, copy, i));
		free(copy);
	}
	b.data[b.len - 8 - 28 - 20 + 5] = 14; /* sub-authorities, other than the count in front */
	assert_false(ad_lsarpc_sids_decode(sids, 4, &status, b.data, b.len));
	ad_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names),
		cmocka_unit_test(refuses_counts_that_lie),
		cmocka_unit_test(reads_sids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
