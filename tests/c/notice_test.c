/* What a person is told while something waits or takes long. */
#include "base/notice.h"
#include "base/stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char last[400];
static int lines, cleared;

static void show(const char *line)
{
	if (!line) {
		cleared++;
		return;
	}
	lines++;
	snprintf(last, sizeof last, "%s", line);
}

static int begin(void **state)
{
	(void)state;
	lines = cleared = 0;
	*last = 0;
	ad_notice_to(show);
	return 0;
}

static void wait_ms(int ms)
{
	long long end = ad_clock_ms() + ms;

	while (ad_clock_ms() < end) {
		ad_stop_check(NULL);
		usleep(20000);
	}
}

static void test_a_wait_is_told_after_a_second(void **state)
{
	(void)state;
	assert_null(ad_notice_wait("dc1"));
	wait_ms(300);
	assert_int_equal(lines, 0);
	wait_ms(900);
	assert_string_equal(last, "dc1 does not answer, 1 s; Ctrl-C stops");
	ad_notice_wait(NULL);
	assert_int_equal(cleared, 1);
	ad_notice_wait(NULL);
	assert_int_equal(cleared, 1);
}

static void test_an_answer_begins_the_seconds_again(void **state)
{
	(void)state;
	ad_notice_wait("dc1");
	wait_ms(800);
	ad_notice_alive();
	wait_ms(800);
	ad_notice_wait(NULL);
	assert_int_equal(lines, 0);
	assert_int_equal(cleared, 0);
}

static void test_who_is_next(void **state)
{
	(void)state;
	ad_notice_wait("dc1.alpha.test");
	ad_notice_next("dc2.alpha.test");
	wait_ms(600);
	assert_string_equal(ad_notice_wait("dc1.alpha.test"), "dc1.alpha.test"); /* a part of it */
	wait_ms(500);
	assert_string_equal(last, "dc1 does not answer, 1 s; Ctrl-C stops, dc2 next");
	ad_stop_request(SIGINT);
	usleep(1000000);
	ad_notice_tick();
	assert_string_equal(last, "dc1 does not answer, 2 s; Ctrl-C again exits at once");
	ad_stop_request(0);
	assert_string_equal(ad_notice_next(NULL), "dc2.alpha.test");
	ad_notice_wait(NULL);
}

static void test_count(void **state)
{
	long long began = ad_clock_ms();

	(void)state;
	ad_notice_count("entries", 1, began);
	assert_int_equal(lines, 0);
	ad_notice_count("entries", 5000, began - 2000);
	assert_non_null(strstr(last, "5000 entries, 2")); /* 2500/s, less when this is slow */
	ad_notice_hide();
	assert_int_equal(cleared, 1);
	ad_notice_end();
	ad_notice_progress("domains", 1, 3);
	wait_ms(1100);
	ad_notice_count("entries", 5000, began - 2000);
	assert_int_equal(strncmp(last, "1/3 ███░░░░░░░ domains, ", 30), 0);
	assert_non_null(strstr(last, " s left; 5000 entries, "));
	ad_notice_end();
}

static void test_progress(void **state)
{
	(void)state;
	ad_notice_progress("written", 1, 100);
	assert_int_equal(lines, 0);
	wait_ms(1100);
	ad_notice_progress("written", 50, 100);
	assert_int_equal(lines, 1);
	assert_int_equal(strncmp(last, "50/100 ", 7), 0);
	assert_non_null(strstr(last, "written"));
	ad_notice_progress("written", 51, 100); /* too soon */
	assert_int_equal(lines, 1);
	ad_notice_end();
	assert_int_equal(cleared, 1);
	ad_notice_progress("written", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_wait_is_told_after_a_second, begin),
		cmocka_unit_test_setup(test_an_answer_begins_the_seconds_again, begin),
		cmocka_unit_test_setup(test_who_is_next, begin),
		cmocka_unit_test_setup(test_progress, begin),
		cmocka_unit_test_setup(test_count, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
