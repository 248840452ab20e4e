/*
 * The pipeline. The answer to the oldest request is waited for by its message id: those that
 * come earlier stay with libldap, and so do messages of searches on the same connection.
 */
#include "net/ldap_write.h"

#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/ldap_priv.h"
#include "net/stored.h"

#include <ldap.h>
#include <stdlib.h>

#define WINDOW 64

struct sent {
	size_t i; /* which request */
	int msgid;
	enum ad_request_kind kind;
	char *dn;
};

struct pipeline {
	struct ad_ldap *ld;
	const struct ad_pipeline *p;
	size_t n, next, window;
	struct sent *ring; /* outstanding ones, the oldest at head */
	size_t head, outstanding;
	bool stopped; /* no more is sent */
	bool broken, interrupted;
	long long until; /* ad_clock_ms: then what is outstanding is given up, once it is
			    interrupted */
	struct ad_err why; /* of the last two */
};

/* --- sending ---------------------------------------------------------------------------- */

static const char *const names[] = { "modify", "add", "delete" };

/* libldap's form of the modifications, in one block that the caller frees. */
static LDAPMod **convert(const struct ad_request *r)
{
	size_t i, k, values = 0;
	LDAPMod **list, *mod;
	struct berval **pointer, *value;
	char *block;

	for (i = 0; i < r->n; i++)
		values += r->mods[i].n;
	block = ad_alloc((r->n + 1) * sizeof *list + r->n * sizeof *mod +
			 (values + r->n) * sizeof *pointer + values * sizeof *value);
	list = (LDAPMod **)block;
	mod = (LDAPMod *)(list + r->n + 1);
	pointer = (struct berval **)(mod + r->n);
	value = (struct berval *)(pointer + values + r->n);
	for (i = 0; i < r->n; i++, mod++) {
		list[i] = mod;
		mod->mod_op = LDAP_MOD_BVALUES |
			      (r->mods[i].op == AD_MOD_DELETE && r->kind == AD_REQUEST_MODIFY
					      ? LDAP_MOD_DELETE
					      : LDAP_MOD_ADD);
		mod->mod_type = (char *)r->mods[i].attr;
		mod->mod_bvalues = pointer;
		for (k = 0; k < r->mods[i].n; k++, value++) {
			value->bv_val = (char *)r->mods[i].values[k].data;
			value->bv_len = r->mods[i].values[k].len;
			*pointer++ = value;
		}
		pointer++;
	}
	return list;
}

static int send_request(struct ad_ldap *ld, const struct ad_request *r, int *msgid)
{
	LDAP *h = ad_ldap_handle(ld);
	LDAPMod **mods;
	int rc;

	if (!h)
		return LDAP_SERVER_DOWN;
	if (r->kind == AD_REQUEST_DELETE)
		return ldap_delete_ext(h, r->dn, NULL, NULL, msgid);
	mods = convert(r);
	rc = r->kind == AD_REQUEST_ADD ? ldap_add_ext(h, r->dn, mods, NULL, NULL, msgid)
				       : ldap_modify_ext(h, r->dn, mods, NULL, NULL, msgid);
	free(mods);
	return rc;
}

static void deliver(struct pipeline *s, size_t i, enum ad_answer answer, const struct ad_err *err)
{
	if (answer == AD_ANSWER_FAILED && !s->p->keep_going)
		s->stopped = true;
	s->p->answer(s->p->arg, i, answer, err);
}

static void send_next(struct pipeline *s)
{
	struct ad_request r = { 0 };
	struct sent *q = &s->ring[(s->head + s->outstanding) % s->window];
	struct ad_err err;
	size_t i = s->next++;
	int rc;

	if (!s->p->next(s->p->arg, i, &r))
		return;
	rc = send_request(s->ld, &r, &q->msgid);
	if (rc == LDAP_SUCCESS) {
		q->i = i;
		q->kind = r.kind;
		q->dn = ad_strdup(r.dn);
		s->outstanding++;
		return;
	}
	ad_ldap_local_err(&err, s->ld, rc, names[r.kind]);
	ad_err_where(&err, NULL, r.dn);
	if (rc == LDAP_SERVER_DOWN || rc == LDAP_CONNECT_ERROR) {
		/* part of it may have left */
		s->broken = s->stopped = true;
		s->why = err;
		deliver(s, i, AD_ANSWER_SENT, &err);
	} else {
		deliver(s, i, AD_ANSWER_FAILED, &err);
	}
}

/* --- receiving -------------------------------------------------------------------------- */

/* After Ctrl-C: what was sent is waited for all the same, as long as one operation may take and
 * nobody presses it again. */
static int receive_late(struct pipeline *s, int msgid, LDAPMessage **m, struct ad_err *err)
{
	const char *before = ad_notice_wait(ad_ldap_info(s->ld)->host);
	int rc;

	if (!s->until)
		s->until = ad_clock_ms() + ad_ldap_timeout(s->ld);
	do {
		bool last = ad_stop_at_once() || ad_clock_ms() >= s->until;

		rc = ad_ldap_poll(s->ld, msgid, last ? 0 : AD_STOP_SLICE, m, err);
		if (rc != 0 || last)
			break;
		ad_notice_tick();
	} while (true);
	if (rc == 0)
		*err = s->why;
	ad_notice_wait(before);
	return rc;
}

/* Waits for an answer. */
static bool receive(struct pipeline *s, int msgid, LDAPMessage **m, struct ad_err *err)
{
	int rc = -1;

	if (s->broken)
		*err = s->why;
	else if (!s->interrupted)
		rc = ad_ldap_wait(s->ld, msgid, false, m, err);
	if (rc < 0 && !s->broken && !s->interrupted && err->kind == AD_ERR_INTERRUPTED) {
		s->interrupted = s->stopped = true;
		s->why = *err;
	}
	if (s->interrupted && !s->broken)
		rc = receive_late(s, msgid, m, err);
	return rc > 0;
}

static enum ad_answer read_answer(
	struct pipeline *s, const struct sent *q, LDAPMessage *m, struct ad_err *err)
{
	if (ad_ldap_check_result(s->ld, m, names[q->kind], q->dn, err))
		return AD_ANSWER_DONE;
	return err->code < 0 ? AD_ANSWER_SENT : AD_ANSWER_FAILED; /* negative: not readable */
}

/* Takes the oldest one out of the ring. */
static void receive_oldest(struct pipeline *s)
{
	struct sent q = s->ring[s->head];
	struct ad_err err = { 0 };
	enum ad_answer answer = AD_ANSWER_SENT;
	LDAPMessage *m = NULL;

	s->head = (s->head + 1) % s->window;
	s->outstanding--;
	if (receive(s, q.msgid, &m, &err))
		answer = read_answer(s, &q, m, &err);
	if (answer == AD_ANSWER_SENT && !s->broken && !s->interrupted) {
		s->broken = s->stopped = true;
		s->why = err;
		ad_ldap_lost(s->ld); /* too late, or not readable, is as good as never */
	}
	if (answer == AD_ANSWER_SENT)
		ad_err_where(&err, names[q.kind], q.dn);
	deliver(s, q.i, answer, answer == AD_ANSWER_DONE ? NULL : &err);
	free(q.dn);
}

bool ad_ldap_pipeline(struct ad_ldap *ld, size_t n, const struct ad_pipeline *p, struct ad_err *err)
{
	struct pipeline s = { .ld = ld, .p = p, .n = n, .window = p->window ? p->window : WINDOW };

	if (ad_ldap_stored(ld))
		return ad_stored_refuse(ld, "nothing was written", err);
	s.ring = ad_alloc(s.window * sizeof *s.ring);
	for (;;) {
		if (!s.stopped && !ad_stop_check(&s.why))
			s.interrupted = s.stopped = true;
		if (!s.stopped && s.next < n && s.outstanding < s.window)
			send_next(&s);
		else if (s.outstanding)
			receive_oldest(&s);
		else
			break;
	}
	free(s.ring);
	if ((s.broken || s.interrupted) && err)
		*err = s.why;
	return !s.broken && !s.interrupted;
}
