/* The order of domain controllers: RFC 2782. */
#include "net/locate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define N 6
#define TRIES 2000

static void has_the_lowest_priority_first(void **state)
{
	static const unsigned priorities[N] = { 30, 0, 65535, 30, 10, 0 };

	(void)state;
	for (int t = 0; t < TRIES; t++) {
		struct ad_dc list[N] = { { 0 } };

		for (size_t i = 0; i < N; i++) {
			list[i].priority = priorities[i];
			list[i].weight = (unsigned)(priorities[i] + (unsigned)t) % 101;
		}
		ad_locate_order(list, N);
		for (size_t i = 1; i < N; i++)
			assert_true(list[i - 1].priority <= list[i].priority);
	}
}

/* How often the one of this weight stands before one of weight 10. */
static int first(unsigned weight)
{
	int n = 0;

	for (int t = 0; t < TRIES; t++) {
		struct ad_dc list[2] = { { .weight = 10 }, { .weight = weight } };

		ad_locate_order(list, 2);
		n += list[0].weight == weight;
	}
	return n;
}

static void takes_the_heavier_more_often(void **state)
{
	int n = first(90);

	(void)state;
	assert_true(n > TRIES * 80 / 100 && n < TRIES * 97 / 100);
	n = first(0); /* "a very small chance of being selected" */
	assert_true(n > 0 && n < TRIES * 20 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_lowest_priority_first),
		cmocka_unit_test(takes_the_heavier_more_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
