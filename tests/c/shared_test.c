/* Texts that lists share: one copy for the same bytes, as long as somebody owns it. */
#include "plan/shared.h"
#include "plan/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MANY 5000

static void same_bytes_are_one_copy(void **state)
{
	static const char *copies[MANY];
	char text[32];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		copies[i] =
			ad_shared_get(text, (size_t)snprintf(text, sizeof text, "cifs/host%zu", i));
	for (size_t i = 0; i < MANY; i++) {
		size_t n = (size_t)snprintf(text, sizeof text, "cifs/host%zu", i);

		assert_string_equal(copies[i], text);
		assert_ptr_equal(ad_shared_get(text, n), copies[i]);
		ad_shared_drop(copies[i]);
		assert_string_equal(copies[i], text); /* it has another owner */
		ad_shared_drop(copies[i]);
	}
}

static void lengths_and_zero_bytes_count(void **state)
{
	const char *none = ad_shared_get(NULL, 0), *short_one = ad_shared_get("a\0b", 1),
		   *long_one = ad_shared_get("a\0b", 3), *eight = ad_shared_get("12345678", 8),
		   *nine = ad_shared_get("12345678\0", 9);

	(void)state;
	assert_string_equal(none, "");
	assert_ptr_not_equal(none, short_one);
	assert_ptr_not_equal(short_one, long_one);
	assert_ptr_not_equal(eight, nine);
	assert_memory_equal(long_one, "a\0b", 4);
	ad_shared_drop(none);
	ad_shared_drop(short_one);
	ad_shared_drop(long_one);
	ad_shared_drop(eight);
	ad_shared_drop(nine);
}

static void a_mark_is_of_one_text(void **state)
{
	const char *a = ad_shared_get("a", 1), *b = ad_shared_get("b", 1);
	uint32_t first = ad_shared_mark(), second = ad_shared_mark();

	(void)state;
	ad_shared_set(a, first);
	assert_true(ad_shared_has(a, first));
	assert_false(ad_shared_has(b, first));
	assert_false(ad_shared_has(a, second));
	ad_shared_drop(a);
	ad_shared_drop(b);
}

/* What is done to one list is not done to another one that has the same texts. */
static void lists_keep_what_is_theirs(void **state)
{
	struct ad_list a = { NULL, 0 }, b, c;

	(void)state;
	ad_list_add(&a, "x", 1);
	ad_list_add(&a, "y", 1);
	ad_list_share(&b, &a);
	ad_list_copy(&c, &a);
	assert_ptr_equal(a.v[1].data, b.v[1].data);
	assert_ptr_equal(a.v[1].data, c.v[1].data);
	ad_list_replace(&b, 1, "zz", 2);
	ad_list_remove(&a, 0);
	ad_list_clear(&c);
	assert_int_equal(a.n, 1);
	assert_string_equal(a.v[0].data, "y");
	assert_int_equal(b.n, 2);
	assert_string_equal(b.v[0].data, "x");
	assert_string_equal(b.v[1].data, "zz");
	assert_int_equal(b.v[1].len, 2);
	ad_list_replace(&a, 0, a.v[0].data, 1); /* by itself */
	assert_string_equal(a.v[0].data, "y");
	ad_list_clear(&a);
	ad_list_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes_are_one_copy),
		cmocka_unit_test(lengths_and_zero_bytes_count),
		cmocka_unit_test(a_mark_is_of_one_text),
		cmocka_unit_test(lists_keep_what_is_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
