/* Strings of JSON: RFC 8259 section 7. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void assert_json(const char *bytes, size_t n, const char *wanted)
{
	struct ad_buf out = AD_BUF_INIT;

	ad_json_bytes(&out, bytes, n);
	assert_string_equal(ad_buf_text(&out), wanted);
	ad_buf_clear(&out);
}

#define assert_quoted(text, wanted) assert_json(text, sizeof(text) - 1, wanted)

static void what_has_to_be_escaped_is(void **state)
{
	(void)state;
	assert_quoted("", "\"\"");
	assert_quoted("cifs/host01", "\"cifs/host01\"");
	assert_quoted("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	assert_quoted("\n\r\t\b\f", "\"\\n\\r\\t\\u0008\\u000c\"");
	assert_quoted("nrt\0x\x1f\x7f", "\"nrt\\u0000x\\u001f\\u007f\"");
}

static void utf8_stays_and_what_hides_is_a_number(void **state)
{
	(void)state;
	assert_quoted("M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80",
		"\"M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80\"");
	assert_quoted("\xc2\x9b\xe2\x80\xae", "\"\\u009b\\u202e\"");
	assert_quoted("\xf3\xa0\x80\x81", "\"\\udb40\\udc01\""); /* U+E0001 */
}

static void other_bytes_are_base64(void **state)
{
	(void)state;
	assert_quoted("\xff\xfe\0", "{\"base64\":\"//4A\"}");
	assert_quoted("plain\xed\xa0\x80", "{\"base64\":\"cGxhaW7toIA=\"}"); /* a surrogate */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_to_be_escaped_is),
		cmocka_unit_test(utf8_stays_and_what_hides_is_a_number),
		cmocka_unit_test(other_bytes_are_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
