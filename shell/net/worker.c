/* A thread for one blocking call. See worker.h. */
#include "net/worker.h"
#include "base/mem.h"
#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct worker {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	void (*work)(void *job);
	void (*drop)(void *job);
	void *job;
	bool done, abandoned;
};

static struct worker *worker_new(void (*work)(void *), void (*drop)(void *), void *job)
{
	struct worker *w = ad_alloc(sizeof *w);
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&w->lock, NULL);
	w->work = work;
	w->drop = drop;
	w->job = job;
	return w;
}

static void worker_free(struct worker *w)
{
	pthread_cond_destroy(&w->ended);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static void *thread(void *p)
{
	struct worker *w = p;
	bool abandoned;

	w->work(w->job);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	abandoned = w->abandoned;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	if (abandoned) {
		w->drop(w->job);
		worker_free(w);
	}
	return NULL;
}

int ad_worker_start(pthread_t *id, void *(*f)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(id, NULL, f, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void wait_slice(struct worker *w, long long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&w->ended, &w->lock, &t);
}

bool ad_worker_run(
	void (*work)(void *), void (*drop)(void *), void *job, int timeout_ms, struct ad_err *err)
{
	struct worker *w = worker_new(work, drop, job);
	long long left, end = ad_clock_ms() + timeout_ms;
	pthread_t id;
	bool done;
	int rc = ad_worker_start(&id, thread, w);

	if (rc) {
		worker_free(w);
		drop(job);
		errno = rc;
		return ad_err_errno(err, "cannot start a thread");
	}
	pthread_mutex_lock(&w->lock);
	while (!w->done && ad_stop_check(err)) {
		left = end - ad_clock_ms();
		if (left <= 0) {
			ad_err_set(err, AD_ERR_CONNECT, "system", ETIMEDOUT,
				"no answer within %g seconds", timeout_ms / 1000.0);
			break;
		}
		wait_slice(w, left < AD_STOP_SLICE ? left : AD_STOP_SLICE);
	}
	done = w->done;
	w->abandoned = !done;
	if (!done)
		pthread_detach(id);
	pthread_mutex_unlock(&w->lock);
	if (done) {
		pthread_join(id, NULL);
		worker_free(w);
	}
	return done;
}
