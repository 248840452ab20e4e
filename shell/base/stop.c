/* The stop flag and the clock. See stop.h. */
#include "base/stop.h"

#include "base/notice.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#define INPUT_MS 2000 /* that somebody waits for candidates */

static volatile sig_atomic_t stop_signal, asked;
static long long deadline;
static bool told, has_account;
static struct ad_err account;
static int input = -1;
static long long input_until;

void ad_stop_request(int signo)
{
	stop_signal = signo;
	asked = signo ? asked + 1 : 0;
	has_account = has_account && signo;
}

int ad_stop_pending(void)
{
	return stop_signal;
}

bool ad_stop_at_once(void)
{
	return asked > 1;
}

void ad_stop_deadline(long long at_ms)
{
	deadline = at_ms;
}

void ad_stop_on_input(int fd)
{
	input = fd;
	input_until = ad_clock_ms() + INPUT_MS;
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
			stop_signal == SIGINT ? "interrupted" : "stopped by a signal");
	if (deadline && ad_clock_ms() >= deadline)
		return ad_err_set(err, AD_ERR_INTERRUPTED, "system", 0,
			"the time limit of the run (--timeout) was reached");
	ad_notice_tick();
	if (has_input())
		return ad_err_set(err, AD_ERR_INTERRUPTED, "system", 0, "a key was pressed");
	if (input >= 0 && ad_clock_ms() >= input_until)
		return ad_err_set(
			err, AD_ERR_INTERRUPTED, "system", 0, "the time for an answer is over");
	return true;
}

void ad_stop_tell(const struct ad_err *err)
{
	told = has_account = true;
	account = *err;
}

bool ad_stop_told(struct ad_err *err)
{
	if (has_account)
		*err = account;
	return has_account;
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
