/* Proving delegations: who logs in, who is asked for what, and why it was refused. See s4u.h. */
#include "net/s4u.h"
#include "base/mem.h"
#include "net/krb5.h"
#include "net/s4u_step.h"

#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One answer of S4U2Self, kept for all targets of the same source and user. */
struct stand_in {
	const char *user;
	bool ok;
	struct ad_s4u_evidence evidence;
	struct ad_err refusal;
};

/* One source: its login and its users. */
struct session {
	const char *source, *keytab;
	struct ad_krb5 *id; /* NULL: refused */
	struct ad_err refusal;
	struct stand_in *users;
	size_t n;
};

struct sessions {
	struct session *list;
	size_t n;
};

static void sessions_clear(struct sessions *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct session *s = &all->list[i];

		for (size_t u = 0; u < s->n; u++)
			free(s->users[u].evidence.ticket);
		free(s->users);
		ad_krb5_free(s->id);
	}
	free(all->list);
}

/* The KDC said no, as opposed to: it could not be asked. */
static bool is_refusal(const struct ad_err *err)
{
	return err->domain && strcmp(err->domain, "krb5") == 0 && err->code > KRB5KDC_ERR_NONE &&
	       err->code < KRB5KDC_ERR_NONE + 128;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* --- refusals in words ------------------------------------------------------------------- */

static void explain(struct ad_err *e, const char *message)
{
	snprintf(e->message, sizeof e->message, "%s", message);
}

static void explain_self(struct ad_err *e)
{
	if (e->code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN) {
		explain(e,
			"the user's realm is not known, or the source has no service principal name");
		ad_err_hint(e,
			"check the user's name (NAME@REALM or user principal name) and spn.list of the source");
	} else if (e->code == KRB5KDC_ERR_POLICY && !e->win32) {
		explain(e, "the user may not log in: disabled, expired, or a policy forbids it");
	}
}

/* What a refusal of the last step means, for this pair (MS-SFU 3.2.5.2). */
static void explain_proxy(struct ad_err *e, const struct ad_s4u_request *r, bool forwardable)
{
	const char *source = r->source ? r->source : "the source";

	switch (e->code) {
	case KRB5KDC_ERR_BADOPTION:
		if (!forwardable && e->win32 != 0xC000006E) {
			explain(e,
				"the user's ticket may not be passed on: the source lacks protocol transition, or the user is sensitive or in Protected Users");
			ad_err_hint(e,
				"delegation.set_mode(\"%s\", \"any\") gives protocol transition; delegation.get(\"%s\") shows whether the user is sensitive",
				source, r->user);
		} else if (e->win32 != 0xC000006E) {
			explain(e, "no rule lets this source delegate to this target");
			ad_err_hint(e,
				"delegation.allow(\"%s\", \"%s\"), or allow_from on the target's side; other domain controllers know it after replication",
				source, r->target);
		}
		break;
	case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
		if (strchr(r->target, ' ') && strcspn(r->target, " ") < strcspn(r->target, "/"))
			ad_err_hint(e,
				"Samba's KDC does not find service classes with a space in them (Windows' does): verify cifs/ or HOST/ of the same host");
		break;
	case KRB5KDC_ERR_ETYPE_NOSUPP:
		explain(e, "the target's account has no key of a permitted encryption type");
		break;
	default: break;
	}
}

/* --- the three steps ------------------------------------------------------------------------- */

static struct session *log_in(
	struct sessions *all, const struct ad_s4u_request *r, struct ad_err *err)
{
	struct ad_krb5_options o = {
		.user = r->source, .keytab = r->keytab, .timeout_ms = r->timeout_ms
	};
	struct session s = { .source = r->source, .keytab = r->keytab };

	for (size_t i = all->n; i-- > 0;)
		if (same(all->list[i].source, r->source) && same(all->list[i].keytab, r->keytab))
			return &all->list[i];
	if (!ad_krb5_open(&s.id, &o, &s.refusal) && !is_refusal(&s.refusal)) {
		*err = s.refusal;
		return NULL;
	}
	all->list = ad_realloc(all->list, all->n + 1, sizeof *all->list);
	all->list[all->n] = s;
	return &all->list[all->n++];
}

static struct stand_in *stand_in(
	struct session *s, const struct ad_s4u_request *r, struct ad_err *err)
{
	struct stand_in u = { .user = r->user };

	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->users[i].user, r->user) == 0)
			return &s->users[i];
	u.ok = ad_s4u_self(&u.evidence, s->id, r->user, r->timeout_ms, &u.refusal);
	if (!u.ok && !is_refusal(&u.refusal)) {
		*err = u.refusal;
		return NULL;
	}
	if (!u.ok)
		explain_self(&u.refusal);
	s->users = ad_realloc(s->users, s->n + 1, sizeof *s->users);
	s->users[s->n] = u;
	return &s->users[s->n++];
}

static bool verify(struct sessions *all, const struct ad_s4u_request *r, struct ad_s4u_result *out,
	struct ad_err *err)
{
	struct session *s;
	struct stand_in *u;
	struct ad_s4u_ticket t;

	if (!r->keytab || !r->user || !*r->user || !r->target || !*r->target)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"verify needs the source's keytab, a user and a target");
	s = log_in(all, r, err);
	if (!s)
		return false;
	*out = (struct ad_s4u_result){ .step = AD_S4U_LOGIN, .refusal = s->refusal };
	if (!s->id)
		return true;
	u = stand_in(s, r, err);
	if (!u)
		return false;
	*out = (struct ad_s4u_result){ .step = AD_S4U_SELF, .refusal = u->refusal };
	if (!u->ok)
		return true;
	out->step = AD_S4U_PROXY;
	if (!ad_s4u_proxy(&t, s->id, &u->evidence, r->target, r->timeout_ms, &out->refusal)) {
		if (!is_refusal(&out->refusal)) {
			*err = out->refusal;
			return false;
		}
		explain_proxy(&out->refusal, r, u->evidence.forwardable);
		return true;
	}
	out->step = AD_S4U_DONE;
	snprintf(out->client, sizeof out->client, "%s", t.client);
	snprintf(out->server, sizeof out->server, "%s", t.server);
	out->end = t.end;
	free(t.client);
	free(t.server);
	return true;
}

/* --- many ----------------------------------------------------------------------------------------
 */

bool ad_s4u_verify_many(const struct ad_s4u_request *r, size_t n, struct ad_s4u_result *results,
	size_t *done, struct ad_err *err)
{
	struct sessions all = { NULL, 0 };
	struct ad_err e = { 0 };
	size_t i = 0;

	while (i < n && verify(&all, &r[i], &results[i], &e)) {
		if (results[i].step != AD_S4U_DONE)
			results[i].refusal.kind = AD_ERR_FAILED;
		i++;
	}
	sessions_clear(&all);
	*done = i;
	if (i < n && err)
		*err = e;
	return i == n;
}

bool ad_s4u_verify(const struct ad_s4u_request *r, struct ad_s4u_result *result, struct ad_err *err)
{
	size_t done;

	return ad_s4u_verify_many(r, 1, result, &done, err);
}
