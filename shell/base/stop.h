/*
 * The one flag that a signal sets and that everything which waits looks at, plus the clock.
 * Whoever waits does so in slices of at most AD_STOP_SLICE ms and then asks ad_stop_check.
 */
#ifndef AD_STOP_H
#define AD_STOP_H

#include "base/err.h"

#define AD_STOP_SLICE 100

void ad_stop_request(int signo); /* async-signal-safe; 0 clears */
int ad_stop_pending(void); /* the signal's number, or 0 */
bool ad_stop_at_once(void); /* it was asked for again: nothing is waited for any more */

/* A time limit for the whole run, as ad_clock_ms says it; 0 is none. */
void ad_stop_deadline(long long at_ms);

/* False with AD_ERR_INTERRUPTED when a signal came or the run's time is up. */
bool ad_stop_check(struct ad_err *err);

/* While it is set, a byte that waits on fd stops what waits, and so do two seconds: completion ends
 * with the next key. -1: none. */
void ad_stop_on_input(int fd);

/* What was stopped tells its caller by an error of its own, with more in it than the next check
 * would say. ad_stop_take_told: is that so? Once. ad_stop_told: which error it was, until the stop
 * is cleared. */
void ad_stop_tell(const struct ad_err *err);
bool ad_stop_take_told(void);
bool ad_stop_told(struct ad_err *err);

long long ad_clock_ms(void); /* monotonic */

#endif
