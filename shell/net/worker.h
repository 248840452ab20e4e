/*
 * A time limit, and Ctrl-C, for calls that have neither: libkrb5 towards a KDC, the resolver.
 * The call runs in a thread; who asked waits for it in slices and may give up. Nothing is
 * shared with a thread that was given up: it owns its job and frees it when it comes back.
 */
#ifndef AD_WORKER_H
#define AD_WORKER_H

#include "base/err.h"

#include <pthread.h>

/* pthread_create of a thread that no signal interrupts: they are for those that wait. */
int ad_worker_start(pthread_t *id, void *(*f)(void *), void *arg);

/*
 * Runs work(job) for at most timeout_ms. True: it has ended, job is the caller's. False: the time
 * is up (AD_ERR_CONNECT, domain "system", code ETIMEDOUT), a signal came (AD_ERR_INTERRUPTED) or
 * there is no thread to be had; job then is not the caller's any more, drop(job) frees it.
 * work must use nothing that it does not own and no err of the caller's.
 */
bool ad_worker_run(void (*work)(void *job), void (*drop)(void *job), void *job, int timeout_ms,
	struct ad_err *err);

#endif
