/* See deadline.h. */
#include "deadline.h"

#include "base/stop.h"

#include <stddef.h>
#include <sys/time.h>

/* Waiting calls look at the deadline; SIGALRM, once a second from then on, is for loops of pure
 * Lua. */
void ad_deadline_set(long seconds)
{
	const struct itimerval t = { .it_interval = { .tv_sec = 1 },
		.it_value = { .tv_sec = seconds } };

	ad_stop_deadline(ad_clock_ms() + seconds * 1000LL);
	setitimer(ITIMER_REAL, &t, NULL);
}

void ad_deadline_clear(void)
{
	const struct itimerval none = { 0 };

	setitimer(ITIMER_REAL, &none, NULL);
	ad_stop_deadline(0);
}
