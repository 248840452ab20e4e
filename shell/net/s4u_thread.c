/* What the threads of a run do: logging in, S4U2Self, and tickets over a connection that each
 * keeps. See s4u_run.h. */
#include "net/s4u_run.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/kdc.h"
#include "net/krb5.h"
#include "net/krb5_call.h"
#include "net/s4u_words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one thread has of its own. */
struct asker {
	struct ad_s4u_run *run;
	struct ad_krb5_profile *profile;
	krb5_context context;
	const char *ccache;
	int *lines; /* for each KDC, -1: none */
	bool *silent; /* which of them did not answer: libkrb5 goes on */
	uint32_t status;
};

/* ---- answers; the lock is held ---- */

static void push_answer(struct ad_s4u_run *run, const struct ad_s4u_answer *a)
{
	if (run->count == run->room) {
		size_t room = run->room ? 2 * run->room : 64;
		struct ad_s4u_answer *bigger = ad_alloc(room * sizeof *bigger);

		for (size_t i = 0; i < run->count; i++)
			bigger[i] = run->answers[(run->head + i) % run->room];
		free(run->answers);
		run->answers = bigger;
		run->room = room;
		run->head = 0;
	}
	run->answers[(run->head + run->count++) % run->room] = *a;
	pthread_cond_signal(&run->answer);
}

/* A source whose tickets are all answered is logged out: *over is for whoever has let go of the
 * lock.
 */
static void put_answer(struct ad_s4u_run *run, struct ad_s4u_batch *b,
	const struct ad_s4u_answer *a, struct ad_krb5 **over)
{
	push_answer(run, a);
	if (++b->answered == b->n) {
		free(b->evidence.ticket);
		b->evidence.ticket = NULL;
	}
	if (--b->session->left == 0) {
		*over = b->session->id;
		b->session->id = NULL;
	}
}

static void refuse(struct ad_s4u_run *run, struct ad_s4u_batch *b, enum ad_s4u_step step,
	const struct ad_err *why, struct ad_krb5 **over)
{
	b->state = AD_S4U_REFUSED;
	b->step = step;
	b->refusal = ad_memdup(why, sizeof *why);
	while (b->begun < b->n) {
		struct ad_s4u_answer a = { .id = b->first + b->begun++, .is_refused = true };

		put_answer(run, b, &a, over);
	}
}

/* ---- realms that do not answer; the lock is held ---- */

static const char *realm_of(const struct ad_s4u_batch *b)
{
	const char *at = b->source ? strrchr(b->source, '@') : NULL;

	return b->session->id ? ad_krb5_realm(b->session->id) : at ? at + 1 : "";
}

static const struct ad_err *silence_of(const struct ad_s4u_run *run, const char *realm)
{
	for (size_t i = 0; i < run->n_silences; i++)
		if (ad_caseeq(run->silences[i].realm, realm))
			return &run->silences[i].why;
	return NULL;
}

static bool is_silence(const struct ad_err *err)
{
	return strcmp(err->domain, "krb5") == 0 &&
	       (err->code == KRB5_KDC_UNREACH || err->code == KRB5_REALM_UNKNOWN ||
		       err->code == KRB5_REALM_CANT_RESOLVE);
}

static void note_silence(struct ad_s4u_run *run, const char *realm, const struct ad_err *why)
{
	if (!is_silence(why) || silence_of(run, realm))
		return;
	run->silences = ad_realloc(run->silences, run->n_silences + 1, sizeof *run->silences);
	run->silences[run->n_silences++] = (struct ad_s4u_silence){ ad_strdup(realm), *why };
}

/* ---- asking ---- */

static void note_status(struct asker *a, const krb5_data *request, const krb5_data *reply)
{
	ad_krb5_reply_status(a->context, a->ccache, request, reply, &a->status);
}

/* Where there is no answer, libkrb5 asks in its own way. */
static krb5_error_code ask_ourselves(krb5_context context, void *data, const krb5_data *realm,
	const krb5_data *message, krb5_data **new_message, krb5_data **new_reply)
{
	struct asker *a = data;
	const struct ad_s4u_run *run = a->run;
	size_t n, i = ad_krb5_place_of(run->places, run->n_places, realm->data, realm->length);
	void *reply;

	(void)context;
	*new_message = *new_reply = NULL;
	if (i < run->n_places && run->addresses[i] && !a->silent[i]) {
		if (ad_kdc_ask(&a->lines[i], run->addresses[i], message->data, message->length,
			    &reply, &n, ad_clock_ms() + run->timeout_ms, &run->stop)) {
			*new_reply = ad_alloc(sizeof **new_reply);
			**new_reply = (krb5_data){ KV5M_DATA, (unsigned)n, reply };
			note_status(a, message, *new_reply);
			return 0;
		}
		a->silent[i] = true;
	}
	return atomic_load(&run->stop) ? KRB5_KDC_UNREACH : 0;
}

static krb5_error_code note_reply(krb5_context context, void *data, krb5_error_code code,
	const krb5_data *realm, const krb5_data *message, const krb5_data *reply,
	krb5_data **new_reply)
{
	(void)context;
	(void)realm;
	*new_reply = NULL;
	if (!code && reply)
		note_status(data, message, reply);
	return code;
}

static void asker_init(struct asker *a, struct ad_s4u_run *run)
{
	*a = (struct asker){ .run = run };
	a->lines = ad_alloc((run->n_places + 1) * sizeof *a->lines);
	a->silent = ad_alloc((run->n_places + 1) * sizeof *a->silent);
	for (size_t i = 0; i < run->n_places; i++)
		a->lines[i] = -1;
	if (ad_krb5_profile_new(&a->profile, &a->context, run->places, run->n_places))
		return;
	krb5_set_kdc_send_hook(a->context, ask_ourselves, a);
	krb5_set_kdc_recv_hook(a->context, note_reply, a);
}

static void asker_clear(struct asker *a)
{
	for (size_t i = 0; i < a->run->n_places; i++)
		if (a->lines[i] >= 0)
			close(a->lines[i]);
	free(a->lines);
	free(a->silent);
	ad_krb5_profile_free(a->profile, a->context);
}

/* ---- a source and user: the first two steps ---- */

static bool log_in(const struct ad_s4u_run *run, const struct ad_s4u_batch *b, struct ad_krb5 **id,
	struct ad_err *err)
{
	struct ad_krb5_options o = {
		.user = b->source, .keytab = b->keytab, .timeout_ms = run->timeout_ms
	};

	return *id || ad_krb5_open(id, &o, err);
}

/* Nobody else touches batch and session: both are busy. The lock is not held. */
static enum ad_s4u_step prepare(const struct ad_s4u_run *run, const struct ad_s4u_batch *b,
	struct ad_krb5 **id, struct ad_s4u_evidence *evidence, struct ad_err *err)
{
	if (!log_in(run, b, id, err))
		return AD_S4U_LOGIN;
	if (b->own)
		return ad_s4u_own(evidence, b->own, ad_krb5_principal(*id), run->timeout_ms, err)
			       ? AD_S4U_DONE
			       : AD_S4U_SELF;
	if (ad_s4u_self(evidence, *id, b->user, run->timeout_ms, err))
		return AD_S4U_DONE;
	if (ad_s4u_is_refusal(err))
		ad_s4u_explain_self(err);
	return AD_S4U_SELF;
}

/* The lock is held before and after. */
static void begin(struct ad_s4u_run *run, struct ad_s4u_batch *b, struct ad_krb5 **over)
{
	struct ad_s4u_session *s = b->session;
	const struct ad_err *silence = silence_of(run, realm_of(b));
	struct ad_krb5 *id = s->id;
	struct ad_err err = { 0 };
	enum ad_s4u_step step;

	if (s->state == AD_S4U_REFUSED || silence) {
		refuse(run, b, AD_S4U_LOGIN, silence ? silence : s->refusal, over);
		return;
	}
	s->state = b->state = AD_S4U_BUSY;
	pthread_mutex_unlock(&run->lock);
	step = prepare(run, b, &id, &b->evidence, &err);
	pthread_mutex_lock(&run->lock);
	if (s->id != id)
		s->id = id;
	s->state = id ? AD_S4U_READY : AD_S4U_REFUSED;
	if (!id)
		s->refusal = ad_memdup(&err, sizeof err);
	b->state = AD_S4U_READY;
	if (step != AD_S4U_DONE) {
		note_silence(run, realm_of(b), &err);
		refuse(run, b, step, &err, over);
	}
	pthread_cond_broadcast(&run->work);
}

/* ---- one ticket: the last step ---- */

/* The lock is not held. */
static void ask(struct asker *a, const struct ad_s4u_batch *b, struct ad_s4u_answer *out)
{
	size_t i = out->id - b->first;
	const char *ccache = ad_krb5_ccache(b->session->id);
	krb5_data evidence = { KV5M_DATA, (unsigned)b->evidence.n, b->evidence.ticket };

	a->ccache = ccache;
	a->status = 0;
	out->code = a->context ? krb5_set_default_realm(a->context, ad_krb5_realm(b->session->id))
			       : KRB5_CONFIG_CANTOPEN;
	if (!out->code)
		out->code = ad_s4u_ticket_get(
			a->context, ccache, &evidence, b->targets[i], &out->ticket);
	out->status = out->code ? a->status : 0;
}

/* The lock is held before and after. */
static void get_ticket(
	struct ad_s4u_run *run, struct asker *a, struct ad_s4u_batch *b, struct ad_krb5 **over)
{
	struct ad_s4u_answer out = { .id = b->first + b->begun++ };
	struct ad_err err;

	pthread_mutex_unlock(&run->lock);
	ask(a, b, &out);
	pthread_mutex_lock(&run->lock);
	ad_krb5_err(&err, NULL, out.code, "S4U2Proxy");
	if (out.code && is_silence(&err) && b->state != AD_S4U_REFUSED) {
		note_silence(run, realm_of(b), &err);
		refuse(run, b, AD_S4U_PROXY, &err, over);
	}
	put_answer(run, b, &out, over);
}

/* ---- the threads ---- */

/* A batch with a target left, else one that can be begun; the lock is held. */
static struct ad_s4u_batch *next_batch(struct ad_s4u_run *run)
{
	struct ad_s4u_batch *fresh = NULL;

	while (run->from < run->n && run->batches[run->from].begun == run->batches[run->from].n)
		run->from++;
	for (size_t i = run->from; i < run->n; i++) {
		struct ad_s4u_batch *b = &run->batches[i];

		if (b->state == AD_S4U_READY && b->begun < b->n)
			return b;
		if (!fresh && b->state == AD_S4U_NEW && b->n && b->session->state != AD_S4U_BUSY)
			fresh = b;
	}
	return fresh;
}

static void work(struct ad_s4u_run *run, struct asker *a)
{
	pthread_mutex_lock(&run->lock);
	while (!atomic_load(&run->stop)) {
		struct ad_s4u_batch *b = next_batch(run);
		struct ad_krb5 *over = NULL;

		if (!b)
			pthread_cond_wait(&run->work, &run->lock);
		else if (b->state == AD_S4U_READY)
			get_ticket(run, a, b, &over);
		else
			begin(run, b, &over);
		if (over) {
			pthread_mutex_unlock(&run->lock);
			ad_krb5_free(over);
			pthread_mutex_lock(&run->lock);
		}
	}
	pthread_mutex_unlock(&run->lock);
}

void *ad_s4u_thread(void *p)
{
	struct ad_s4u_run *run = p;
	struct asker a;
	bool is_last;

	ad_notice_mute(true);
	asker_init(&a, run);
	work(run, &a);
	asker_clear(&a);
	pthread_mutex_lock(&run->lock);
	is_last = --run->running == 0 && run->abandoned;
	pthread_cond_signal(&run->ended);
	pthread_mutex_unlock(&run->lock);
	if (is_last)
		ad_s4u_run_destroy(run);
	return NULL;
}
