/* Very many tickets at once, by threads: what the caller of s4u.h sees. See s4u_run.h. */
#include "net/s4u_run.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/kdc.h"
#include "net/krb5.h"
#include "net/krb5_call.h"
#include "net/s4u_words.h"
#include "net/wire.h"
#include "net/worker.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define CONNECTIONS 8
#define GRACE 1000 /* ms for threads to end */
#define STEPS 3 /* each may take the time limit */

/* ---- answers ---- */

static bool wait_until(pthread_cond_t *cond, struct ad_s4u_run *run, int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return pthread_cond_timedwait(cond, &run->lock, &t) == 0;
}

static bool take(struct ad_s4u_run *run, struct ad_s4u_answer *out)
{
	bool ok;

	pthread_mutex_lock(&run->lock);
	if (run->count == 0)
		wait_until(&run->answer, run, AD_STOP_SLICE);
	ok = run->count > 0;
	if (ok) {
		*out = run->answers[run->head];
		run->head = (run->head + 1) % run->room;
		run->count--;
	}
	pthread_mutex_unlock(&run->lock);
	return ok;
}

static const struct ad_s4u_batch *batch_of(const struct ad_s4u_run *run, size_t id)
{
	size_t low = 0, high = run->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (run->batches[middle].first <= id)
			low = middle;
		else
			high = middle;
	}
	return &run->batches[low];
}

static void fill_refusal(
	struct ad_s4u_result *out, const struct ad_s4u_batch *b, const struct ad_s4u_answer *a)
{
	const char *target = b->targets[a->id - b->first];

	ad_krb5_err(&out->refusal, NULL, a->code, "S4U2Proxy");
	ad_krb5_err_status(&out->refusal, a->status);
	ad_err_where(&out->refusal, NULL, target);
	if (ad_s4u_is_refusal(&out->refusal))
		ad_s4u_explain_proxy(
			&out->refusal, b->source, b->user, target, b->evidence.forwardable);
}

static void fill(
	struct ad_s4u_result *out, const struct ad_s4u_batch *b, const struct ad_s4u_answer *a)
{
	*out = (struct ad_s4u_result){ .step = a->code ? AD_S4U_PROXY : AD_S4U_DONE,
		.forwardable = b->evidence.forwardable };
	if (a->is_refused) {
		out->step = b->step;
		out->refusal = *b->refusal;
	} else if (a->code) {
		fill_refusal(out, b, a);
	} else {
		snprintf(out->client, sizeof out->client, "%s", a->ticket.client);
		snprintf(out->server, sizeof out->server, "%s", a->ticket.server);
		out->end = a->ticket.end;
	}
	free(a->ticket.client);
	free(a->ticket.server);
}

static bool is_overdue(struct ad_s4u_run *run, struct ad_err *err)
{
	if (ad_clock_ms() - run->heard <= (long long)STEPS * run->timeout_ms)
		return false;
	ad_krb5_err(err, NULL, KRB5_KDC_UNREACH, "S4U2Proxy");
	snprintf(err->message, sizeof err->message,
		"no KDC of the realm answered within %g seconds", run->timeout_ms / 1000.0);
	return true;
}

bool ad_s4u_run_next(struct ad_s4u_run *run, size_t *ask, size_t *target, struct ad_s4u_result *out,
	struct ad_err *err)
{
	const struct ad_s4u_batch *b;
	struct ad_s4u_answer a;

	*err = (struct ad_err){ 0 };
	if (run->done == run->total) {
		ad_notice_end();
		return false;
	}
	while (!take(run, &a))
		if (!ad_stop_check(err) || is_overdue(run, err))
			return false;
	b = batch_of(run, a.id);
	fill(out, b, &a);
	*ask = (size_t)(b - run->batches);
	*target = a.id - b->first;
	run->heard = ad_clock_ms();
	ad_notice_progress("tickets", ++run->done, run->total);
	return true;
}

/* ---- a new run ---- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct ad_s4u_session *session_of(struct ad_s4u_run *run, const struct ad_s4u_batch *b)
{
	struct ad_s4u_session *s = run->sessions + run->n_sessions;

	while (s-- > run->sessions)
		if (same(s->source, b->source) && same(s->keytab, b->keytab))
			return s;
	s = &run->sessions[run->n_sessions++];
	s->source = b->source;
	s->keytab = b->keytab;
	return s;
}

static void add(struct ad_s4u_run *run, const struct ad_s4u_ask *a)
{
	struct ad_s4u_batch *b = &run->batches[run->n++];

	b->source = ad_strdup(a->source);
	b->keytab = ad_strdup(a->keytab);
	b->user = ad_strdup(a->user);
	b->own = ad_strdup(a->own);
	b->targets = ad_alloc((a->n + 1) * sizeof *b->targets);
	b->n = a->n;
	for (size_t i = 0; i < a->n; i++)
		b->targets[i] = ad_strdup(a->targets[i]);
	b->first = run->total;
	b->session = session_of(run, b);
	b->session->left += a->n;
	run->total += a->n;
}

static bool is_complete(const struct ad_s4u_ask *a)
{
	bool ok = a->keytab && a->user && *a->user;

	for (size_t i = 0; i < a->n; i++)
		ok = ok && a->targets[i] && *a->targets[i];
	return ok;
}

/* One whose name has no address is left to libkrb5, which tells. */
static void resolve(struct ad_s4u_run *run, const struct ad_s4u_options *o)
{
	run->n_places = o->n_kdcs;
	run->places = ad_alloc((o->n_kdcs + 1) * sizeof *run->places);
	run->addresses = ad_alloc((o->n_kdcs + 1) * sizeof *run->addresses);
	for (size_t i = 0; i < o->n_kdcs; i++) {
		run->places[i].realm = ad_strdup(o->kdcs[i].realm);
		run->places[i].host = ad_strdup(o->kdcs[i].host);
		ad_wire_resolve(&run->addresses[i], run->places[i].host, AD_KDC_PORT, SOCK_STREAM,
			ad_clock_ms() + run->timeout_ms, NULL);
	}
}

static void init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static bool start(struct ad_s4u_run *run, size_t threads, struct ad_err *err)
{
	int rc = 0;

	run->threads = ad_alloc((threads + 1) * sizeof *run->threads);
	pthread_mutex_lock(&run->lock);
	while (!rc && run->n_threads < threads) {
		rc = ad_worker_start(&run->threads[run->n_threads], ad_s4u_thread, run);
		run->n_threads += !rc;
	}
	run->running = run->n_threads;
	pthread_mutex_unlock(&run->lock);
	if (run->n_threads > 0 || threads == 0)
		return true;
	errno = rc;
	return ad_err_errno(err, "cannot start a thread");
}

bool ad_s4u_run_new(struct ad_s4u_run **out, const struct ad_s4u_ask *asks, size_t n,
	const struct ad_s4u_options *o, struct ad_err *err)
{
	struct ad_s4u_run *run;
	size_t threads = o->connections ? o->connections : CONNECTIONS;

	for (size_t i = 0; i < n; i++)
		if (!is_complete(&asks[i]))
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"verify requires the keytab of the source, a user and a target");
	run = ad_alloc(sizeof *run);
	pthread_mutex_init(&run->lock, NULL);
	init_cond(&run->work);
	init_cond(&run->answer);
	init_cond(&run->ended);
	atomic_init(&run->stop, false);
	run->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : AD_KRB5_TIMEOUT;
	run->batches = ad_alloc((n + 1) * sizeof *run->batches);
	run->sessions = ad_alloc((n + 1) * sizeof *run->sessions);
	for (size_t i = 0; i < n; i++)
		add(run, &asks[i]);
	resolve(run, o);
	run->heard = ad_clock_ms();
	if (start(run, threads < run->total ? threads : run->total, err)) {
		*out = run;
		return true;
	}
	ad_s4u_run_destroy(run);
	return false;
}

/* ---- its end ---- */

static void batch_clear(struct ad_s4u_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->targets[i]);
	free(b->targets);
	free(b->source);
	free(b->keytab);
	free(b->user);
	free(b->own);
	free(b->evidence.ticket);
	free(b->refusal);
}

static void sessions_free(struct ad_s4u_run *run)
{
	for (size_t i = 0; i < run->n_sessions; i++) {
		ad_krb5_free(run->sessions[i].id);
		free(run->sessions[i].refusal);
	}
	free(run->sessions);
}

static void places_free(struct ad_s4u_run *run)
{
	for (size_t i = 0; i < run->n_places; i++) {
		free(run->places[i].realm);
		free(run->places[i].host);
		if (run->addresses[i])
			freeaddrinfo(run->addresses[i]);
	}
	free(run->places);
	free(run->addresses);
}

static void answers_free(struct ad_s4u_run *run)
{
	for (; run->count > 0; run->count--, run->head = (run->head + 1) % run->room) {
		free(run->answers[run->head].ticket.client);
		free(run->answers[run->head].ticket.server);
	}
	free(run->answers);
}

void ad_s4u_run_destroy(struct ad_s4u_run *run)
{
	answers_free(run);
	sessions_free(run);
	for (size_t i = 0; i < run->n; i++)
		batch_clear(&run->batches[i]);
	for (size_t i = 0; i < run->n_silences; i++)
		free(run->silences[i].realm);
	places_free(run);
	free(run->silences);
	free(run->batches);
	free(run->threads);
	pthread_cond_destroy(&run->work);
	pthread_cond_destroy(&run->answer);
	pthread_cond_destroy(&run->ended);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

/* Whether all have ended in time. */
static bool end_threads(struct ad_s4u_run *run)
{
	long long end = ad_clock_ms() + GRACE;
	bool ok;

	pthread_mutex_lock(&run->lock);
	atomic_store(&run->stop, true);
	pthread_cond_broadcast(&run->work);
	while (run->running > 0 && ad_clock_ms() < end)
		wait_until(&run->ended, run, AD_STOP_SLICE);
	ok = run->running == 0;
	run->abandoned = !ok;
	for (size_t i = 0; !ok && i < run->n_threads; i++)
		pthread_detach(run->threads[i]);
	pthread_mutex_unlock(&run->lock);
	return ok;
}

void ad_s4u_run_free(struct ad_s4u_run *run)
{
	if (!run)
		return;
	ad_notice_end();
	if (!end_threads(run))
		return; /* the last one destroys it */
	for (size_t i = 0; i < run->n_threads; i++)
		pthread_join(run->threads[i], NULL);
	ad_s4u_run_destroy(run);
}
