/* The tickets of an identity: looked at, fetched, renewed, thrown away. See krb5.h. */
#include "base/mem.h"
#include "base/stop.h"
#include "net/krb5_call.h"
#include "net/krb5_identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_MS 60000
#define SHORT_S 300 /* with less than this left, a ticket is renewed unless it is new */
#define NEARLY_OVER_S 60 /* a service's ticket that is not worth using */

bool ad_krb5_fail(const struct ad_krb5 *k, struct ad_err *err, krb5_error_code code, const char *op)
{
	ad_krb5_err(err, k->context, code, op);
	return ad_err_where(err, NULL, k->principal ? k->principal : k->ccache);
}

char *ad_krb5_name_text(krb5_context context, krb5_const_principal p)
{
	char *text, *copy;

	if (krb5_unparse_name(context, p, &text))
		return ad_strdup("?");
	copy = ad_strdup(text);
	krb5_free_unparsed_name(context, text);
	return copy;
}

/* --- looking -----------------------------------------------------------------------------------
 */

static bool each_cred(struct ad_krb5 *k, void (*f)(struct ad_krb5 *k, krb5_creds *cred, void *arg),
	void *arg, struct ad_err *err)
{
	krb5_cc_cursor cursor;
	krb5_creds cred;
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(k->context, k->ccache, &cc);

	if (rc)
		return ad_krb5_fail(k, err, rc, "read the credential cache");
	rc = krb5_cc_start_seq_get(k->context, cc, &cursor);
	if (!rc) {
		while (!(rc = krb5_cc_next_cred(k->context, cc, &cursor, &cred))) {
			if (!krb5_is_config_principal(k->context, cred.server))
				f(k, &cred, arg);
			krb5_free_cred_contents(k->context, &cred);
		}
		krb5_cc_end_seq_get(k->context, cc, &cursor);
	}
	krb5_cc_close(k->context, cc);
	if (rc != KRB5_CC_END)
		return ad_krb5_fail(k, err, rc, "read the credential cache");
	return true;
}

static long long seconds(krb5_timestamp t)
{
	return (uint32_t)t; /* krb5 counts to 2106 */
}

static long long start_of(const krb5_ticket_times *t)
{
	return seconds(t->starttime ? t->starttime : t->authtime);
}

static bool is_tgt(const struct ad_krb5 *k, krb5_const_principal server)
{
	return server->length == 2 && server->data[0].length == strlen(KRB5_TGS_NAME) &&
	       memcmp(server->data[0].data, KRB5_TGS_NAME, strlen(KRB5_TGS_NAME)) == 0 &&
	       server->data[1].length == strlen(k->realm) &&
	       memcmp(server->data[1].data, k->realm, server->data[1].length) == 0;
}

static void survey_cred(struct ad_krb5 *k, krb5_creds *cred, void *arg)
{
	struct ad_krb5_survey *s = arg;
	long long end = seconds(cred->times.endtime);

	if (end > s->latest)
		s->latest = end;
	if (is_tgt(k, cred->server) && end > s->end) {
		s->start = start_of(&cred->times);
		s->end = end;
		s->renew_till = cred->ticket_flags & TKT_FLG_RENEWABLE
					? seconds(cred->times.renew_till)
					: 0;
	}
}

bool ad_krb5_survey(struct ad_krb5 *k, struct ad_krb5_survey *out, struct ad_err *err)
{
	struct ad_krb5_survey s = { 0 };

	if (!each_cred(k, survey_cred, &s, err))
		return false;
	*out = s;
	return true;
}

struct tickets {
	struct ad_krb5_ticket *list;
	size_t n;
};

static void add_ticket(struct ad_krb5 *k, krb5_creds *cred, void *arg)
{
	struct tickets *all = arg;
	struct ad_krb5_ticket *t;
	krb5_ticket *inside;

	all->list = ad_realloc(all->list, all->n + 1, sizeof *all->list);
	t = &all->list[all->n++];
	*t = (struct ad_krb5_ticket){
		.client = ad_krb5_name_text(k->context, cred->client),
		.server = ad_krb5_name_text(k->context, cred->server),
		.start = start_of(&cred->times),
		.end = seconds(cred->times.endtime),
		.renew_till = seconds(cred->times.renew_till),
		.flags = (unsigned)cred->ticket_flags,
	};
	if (krb5_decode_ticket(&cred->ticket, &inside) == 0) {
		krb5_enctype_to_name(
			inside->enc_part.enctype, FALSE, t->enctype, sizeof t->enctype);
		krb5_free_ticket(k->context, inside);
	}
}

bool ad_krb5_tickets(struct ad_krb5 *k, struct ad_krb5_ticket **out, size_t *n, struct ad_err *err)
{
	struct tickets all = { NULL, 0 };

	if (!each_cred(k, add_ticket, &all, err)) {
		ad_krb5_tickets_free(all.list, all.n);
		return false;
	}
	*out = all.list;
	*n = all.n;
	return true;
}

void ad_krb5_tickets_free(struct ad_krb5_ticket *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(t[i].client);
		free(t[i].server);
	}
	free(t);
}

const char *ad_krb5_flag_letters(unsigned flags, char out[24])
{
	static const struct {
		unsigned flag;
		char letter;
	} all[] = {
		{ TKT_FLG_FORWARDABLE, 'F' },
		{ TKT_FLG_FORWARDED, 'f' },
		{ TKT_FLG_PROXIABLE, 'P' },
		{ TKT_FLG_PROXY, 'p' },
		{ TKT_FLG_MAY_POSTDATE, 'D' },
		{ TKT_FLG_POSTDATED, 'd' },
		{ TKT_FLG_INVALID, 'i' },
		{ TKT_FLG_RENEWABLE, 'R' },
		{ TKT_FLG_INITIAL, 'I' },
		{ TKT_FLG_HW_AUTH, 'H' },
		{ TKT_FLG_PRE_AUTH, 'A' },
		{ TKT_FLG_TRANSIT_POLICY_CHECKED, 'T' },
		{ TKT_FLG_OK_AS_DELEGATE, 'O' },
		{ TKT_FLG_ANONYMOUS, 'a' },
	};
	char *p = out;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (flags & all[i].flag)
			*p++ = all[i].letter;
	*p = 0;
	return out;
}

/* --- asking a KDC ---------------------------------------------------------------------------- */

struct job {
	struct ad_krb5_call call;
	char *ccache, *service; /* service NULL: renew the ticket-granting ticket */
	char *principal; /* the service's, as its ticket has it */
	long long usable, end; /* of the ticket-granting ticket; of the service's that was found */
};

static void drop(struct ad_krb5_call *c)
{
	struct job *j = (struct job *)c;

	free(j->ccache);
	free(j->service);
	free(j->principal);
	free(j);
}

/* CLASS/HOST/INSTANCE, in the realm of CLASS/HOST. */
static krb5_error_code add_instance(
	krb5_context context, const char *instance, krb5_principal *name)
{
	krb5_principal p = *name;
	const krb5_data *kind = &p->data[0], *host = &p->data[1];
	krb5_error_code rc = krb5_build_principal_ext(context, name, p->realm.length, p->realm.data,
		kind->length, kind->data, host->length, host->data, strlen(instance), instance, 0);

	krb5_free_principal(context, p);
	return rc;
}

/* The host as it was written. */
static krb5_error_code service_name(krb5_context context, const char *service, krb5_principal *out)
{
	const char *slash = strchr(service, '/');
	size_t n = slash ? strcspn(slash + 1, "/") : 0;
	char *service_class, *host;
	krb5_error_code rc;

	if (!slash || strchr(slash, '@'))
		return krb5_parse_name(context, service, out);
	service_class = ad_strndup(service, (size_t)(slash - service));
	host = ad_strndup(slash + 1, n);
	rc = krb5_sname_to_principal(context, host, service_class, KRB5_NT_UNKNOWN, out);
	if (!rc && slash[n + 1])
		rc = add_instance(context, slash + n + 2, out);
	free(service_class);
	free(host);
	return rc;
}

/* GSSAPI would take the first one that has not ended: the old one goes. */
static void replace(krb5_context context, krb5_ccache cc, krb5_creds *want, krb5_creds **got)
{
	krb5_creds *old = *got;

	krb5_cc_remove_cred(context, cc, 0, old);
	if (krb5_get_credentials(context, 0, cc, want, got)) {
		krb5_cc_store_cred(context, cc, old);
		*got = old;
		return;
	}
	krb5_free_creds(context, old);
}

static krb5_error_code fetch(struct job *j, krb5_ccache cc, krb5_principal who)
{
	krb5_context context = j->call.context;
	krb5_creds want = { .client = who }, *got = NULL;
	krb5_error_code rc = service_name(context, j->service, &want.server);

	if (rc)
		return rc;
	rc = krb5_get_credentials(context, 0, cc, &want, &got);
	if (!rc && seconds(got->times.endtime) < time(NULL) + NEARLY_OVER_S &&
		seconds(got->times.endtime) < j->usable)
		replace(context, cc, &want, &got);
	if (!rc) {
		j->end = seconds(got->times.endtime);
		j->principal = ad_krb5_name_text(context, got->server);
	}
	krb5_free_principal(context, want.server);
	krb5_free_creds(context, got);
	return rc;
}

static krb5_error_code renew(struct job *j, krb5_ccache cc, krb5_principal who)
{
	krb5_context context = j->call.context;
	krb5_creds creds = { 0 };
	krb5_error_code rc = krb5_get_renewed_creds(context, &creds, who, cc, NULL);

	if (!rc)
		rc = krb5_cc_initialize(context, cc, who);
	if (!rc)
		rc = krb5_cc_store_cred(context, cc, &creds);
	krb5_free_cred_contents(context, &creds);
	return rc;
}

static bool work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct job *j = (struct job *)c;
	krb5_principal who = NULL;
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(c->context, j->ccache, &cc);

	if (!rc) {
		rc = krb5_cc_get_principal(c->context, cc, &who);
		if (!rc)
			rc = j->service ? fetch(j, cc, who) : renew(j, cc, who);
		krb5_free_principal(c->context, who);
		krb5_cc_close(c->context, cc);
	}
	return rc ? ad_krb5_err(err, c->context, rc, NULL) : true;
}

static bool ask(struct ad_krb5 *k, const char *service, int timeout_ms, struct ad_krb5_service *out,
	struct ad_err *err)
{
	struct job *j = ad_alloc(sizeof *j);
	struct ad_krb5_survey s;

	if (service && ad_krb5_survey(k, &s, NULL))
		j->usable = s.end;
	j->ccache = ad_strdup(k->ccache);
	j->service = ad_strdup(service);
	if (!ad_krb5_call_init(&j->call, work, drop, k->realm, err))
		return false;
	j->call.ccache = j->ccache;
	if (!ad_krb5_call_run(&j->call, timeout_ms > 0 ? timeout_ms : k->timeout_ms, err))
		return ad_err_where(err, service ? "get a ticket for" : "renew the ticket of",
			service ? service : k->principal);
	if (out) {
		*out = (struct ad_krb5_service){ j->principal, j->end };
		j->principal = NULL;
	}
	ad_krb5_call_drop(&j->call);
	return true;
}

/* A ticket-granting ticket with less than two minutes left is no good to Samba's KDC: where a
 * policy gives no longer ones, a login for the service itself works all the same. */
bool ad_krb5_get_ticket(struct ad_krb5 *k, const char *service, int timeout_ms,
	struct ad_krb5_service *out, struct ad_err *err)
{
	struct ad_krb5_login l = k->login;
	struct ad_err own;

	l.name = k->principal;
	l.enterprise = false;
	if (ask(k, service, timeout_ms, out, &own))
		return true;
	if (k->login.name && strcmp(own.domain, "krb5") == 0 &&
		own.code == KRB5KRB_AP_ERR_TKT_EXPIRED &&
		ad_krb5_login(k->context, k->ccache, &l, service, timeout_ms, NULL))
		return ask(k, service, timeout_ms, out, err);
	if (err)
		*err = own;
	return false;
}

static bool is_short(const struct ad_krb5_survey *s, long long now)
{
	long long left = s->end - now, life = s->end - s->start;

	return left * 3 < (left < SHORT_S ? life * 2 : life);
}

bool ad_krb5_refresh(struct ad_krb5 *k, struct ad_err *err)
{
	struct ad_krb5_survey s;
	long long now = time(NULL);
	bool again = k->login.name != NULL, ok;

	if (!ad_krb5_survey(k, &s, err))
		return false;
	if (s.end > now && !is_short(&s, now))
		return true;
	if (s.end > now && (k->retry_at > ad_clock_ms() || (!again && s.renew_till <= s.end)))
		return true;
	if (!again && s.end <= now) /* only a service's own ticket may be left */
		return s.latest > now || ad_krb5_fail(k, err, KRB5KRB_AP_ERR_TKT_EXPIRED, "renew");
	ok = again ? ad_krb5_login(k->context, k->ccache, &k->login, NULL, k->timeout_ms, err)
		   : ask(k, NULL, 0, NULL, err);
	k->retry_at = ok ? 0 : ad_clock_ms() + RETRY_MS;
	return ok || (s.end > now && ad_stop_check(err));
}

bool ad_krb5_logout(struct ad_krb5 *k, struct ad_err *err)
{
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(k->context, k->ccache, &cc);

	ad_krb5_login_clear(&k->login);
	if (!rc)
		rc = krb5_cc_destroy(k->context, cc);
	if (rc && rc != KRB5_FCC_NOFILE)
		return ad_krb5_fail(k, err, rc, "destroy the tickets");
	return true;
}
