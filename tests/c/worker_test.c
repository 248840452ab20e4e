/* A thread for one blocking call: what is handed over to whom, and how long it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/stop.h"
#include "net/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int dropped;

struct job {
	int sleep_ms, result;
};

static void work(void *p)
{
	struct job *j = p;

	usleep((useconds_t)j->sleep_ms * 1000);
	j->result = 42;
}

static void drop(void *p)
{
	free(p);
	dropped++;
}

static struct job *job(int sleep_ms)
{
	struct job *j = ad_alloc(sizeof *j);

	j->sleep_ms = sleep_ms;
	dropped = 0;
	return j;
}

static void wait_dropped(void)
{
	long long end = ad_clock_ms() + 5000;

	while (!dropped && ad_clock_ms() < end)
		usleep(1000);
	assert_int_equal(dropped, 1);
	usleep(20000); /* the thread's own last steps */
}

static void in_time(void **state)
{
	struct job *j = job(20);
	struct ad_err err = { 0 };

	(void)state;
	assert_true(ad_worker_run(work, drop, j, 5000, &err));
	assert_int_equal(j->result, 42);
	assert_int_equal(dropped, 0);
	free(j);
}

static void too_slow(void **state)
{
	long long t = ad_clock_ms();
	struct ad_err err = { 0 };

	(void)state;
	assert_false(ad_worker_run(work, drop, job(600), 150, &err));
	assert_in_range(ad_clock_ms() - t, 140, 500);
	assert_int_equal(err.kind, AD_ERR_CONNECT);
	assert_int_equal(err.code, ETIMEDOUT);
	wait_dropped();
}

static void interrupted(void **state)
{
	struct ad_err err = { 0 };

	(void)state;
	ad_stop_request(SIGINT);
	assert_false(ad_worker_run(work, drop, job(300), 5000, &err));
	ad_stop_request(0);
	assert_int_equal(err.kind, AD_ERR_INTERRUPTED);
	wait_dropped();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_time),
		cmocka_unit_test(too_slow),
		cmocka_unit_test(interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
