/* The stop flag and the clock. See stop.h. */
#include "base/stop.h"

#include "base/notice.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t stop_signal;
static long long deadline;
static bool told;
static int input = -1;

void ad_stop_request(int signo)
{
	stop_signal = signo;
}

int ad_stop_pending(void)
{
	return stop_signal;
}

void ad_stop_deadline(long long at_ms)
{
	deadline = at_ms;
}

void ad_stop_on_input(int fd)
{
	input = fd;
}

static bool has_input(void)
{
	struct pollfd p = { .fd = input, .events = POLLIN };

	return input >= 0 && poll(&p, 1, 0) > 0;
}

bool ad_stop_check(struct ad_err *err)
{
	if (stop_signal)
		return ad_err_set(err, AD_ERR_INTERRUPTED, "system", stop_signal,
			stop_signal == SIGINT ? "interrupted" : "told to stop by a signal");
	if (deadline && ad_clock_ms() >= deadline)
		return ad_err_set(err, AD_ERR_INTERRUPTED, "system", 0,
			"the time limit of the run (--timeout) is up");
	ad_notice_tick();
	if (has_input())
		return ad_err_set(err, AD_ERR_INTERRUPTED, "system", 0, "a key was pressed");
	return true;
}

void ad_stop_tell(void)
{
	told = true;
}

bool ad_stop_take_told(void)
{
	bool was = told;

	told = false;
	return was;
}

long long ad_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}
