/* What LsarLookupSids2 answers, laid out by hand after MS-LSAT 2.2.12 and 2.2.22; that smbd's
 * answers are read is seen in the lab. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names),
		cmocka_unit_test(refuses_counts_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
