/* Bytes that grow: base/buf. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void starts_empty_as_text(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	assert_string_equal(ad_buf_text(&b), "");
	ad_buf_clear(&b);
}

static void keeps_zero_bytes_and_stays_terminated(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_buf_add(&b, "a\0b", 3);
	ad_buf_addc(&b, 'c');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0bc", 5);
	ad_buf_clear(&b);
	assert_int_equal(b.len, 0);
}

static void adds_nothing(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	assert_string_equal(ad_buf_text(&b), "");
	ad_buf_clear(&b);
}

static void grows_over_many_adds(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		ad_buf_addc(&b, (unsigned char)i);
	assert_int_equal(b.len, 100000);
	for (i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], (unsigned char)i);
	ad_buf_clear(&b);
}

static void grow_gives_zeroed_bytes(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	unsigned char *p;
	size_t i;

	(void)state;
	ad_buf_puts(&b, "xx");
	p = ad_buf_grow(&b, 1000);
	assert_ptr_equal(p, b.data + 2);
	for (i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	ad_buf_clear(&b);
}

static void prints_long_text_whole(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	char *text;

	(void)state;
	ad_buf_puts(&b, ">");
	ad_buf_printf(&b, "%0500d", 7);
	assert_int_equal(b.len, 501);
	text = ad_buf_steal(&b);
	assert_int_equal(strlen(text), 501);
	assert_string_equal(text + 498, "007");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	free(text);
}

static void integers_are_little_endian(void **state)
{
	static const unsigned char want[] = { 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde };
	static const unsigned char eight[] = { 1, 2, 3, 4, 5, 6, 7, 0xf8 };
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_buf_u16(&b, 0x1234);
	ad_buf_u32(&b, 0xdeadbeef);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	assert_int_equal(ad_get_u16(b.data), 0x1234);
	assert_true(ad_get_u32(b.data + 2) == 0xdeadbeef);
	assert_true(ad_get_u64(eight) == 0xf807060504030201);
	ad_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty_as_text),
		cmocka_unit_test(keeps_zero_bytes_and_stays_terminated),
		cmocka_unit_test(adds_nothing),
		cmocka_unit_test(grows_over_many_adds),
		cmocka_unit_test(grow_gives_zeroed_bytes),
		cmocka_unit_test(prints_long_text_whole),
		cmocka_unit_test(integers_are_little_endian),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
