/* Asking a KDC what it does. See kdc_probe.h. */
#include "net/kdc_probe.h"
#include "base/mem.h"
#include "net/krb5_call.h"
#include "net/krb5_identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* of KRB-ERROR, RFC 4120 7.5.9 */
#define ETYPE_NOSUPP 14
#define PREAUTH_REQUIRED 25

#define TAG_AS_REP 11
#define TAG_ERROR 30

/* --- has it AES keys? ---------------------------------------------------------------------- */

struct keys_job {
	struct ad_krb5_call call;
	char *principal;
	bool answered, has_aes;
};

static void keys_drop(struct ad_krb5_call *c)
{
	struct keys_job *j = (struct keys_job *)c;

	free(j->principal);
	free(j);
}

/* Windows refuses when none of the types fits; Samba asks for a proof and names none. */
static void take_error(struct keys_job *j, const krb5_error *e)
{
	j->answered = e->error == ETYPE_NOSUPP || e->error == PREAUTH_REQUIRED;
	j->has_aes = e->error == PREAUTH_REQUIRED &&
		     ad_krb5_offers((const unsigned char *)e->e_data.data, e->e_data.length,
			     ENCTYPE_AES128_CTS_HMAC_SHA1_96, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
}

/* Ends the exchange with the first answer, unless that is to ask again by TCP. */
static krb5_error_code first_answer(krb5_context context, void *data, krb5_error_code code,
	const krb5_data *realm, const krb5_data *message, const krb5_data *reply,
	krb5_data **new_reply)
{
	struct keys_job *j = data;
	krb5_error *e = NULL;

	(void)realm, (void)message;
	*new_reply = NULL;
	if (code || !reply || !reply->length)
		return code;
	if ((reply->data[0] & 0x1f) == TAG_AS_REP)
		j->answered = j->has_aes = true;
	else if ((reply->data[0] & 0x1f) == TAG_ERROR && krb5_rd_error(context, reply, &e) == 0) {
		take_error(j, e);
		krb5_free_error(context, e);
	}
	return j->answered ? KRB5_KDCREP_MODIFIED : 0;
}

static krb5_error_code ask_as(struct keys_job *j, krb5_principal who)
{
	krb5_enctype aes[] = { ENCTYPE_AES256_CTS_HMAC_SHA1_96, ENCTYPE_AES128_CTS_HMAC_SHA1_96 };
	krb5_context context = j->call.context;
	krb5_get_init_creds_opt *o = NULL;
	krb5_init_creds_context as = NULL;
	krb5_error_code rc = krb5_get_init_creds_opt_alloc(context, &o);

	if (!rc) {
		krb5_get_init_creds_opt_set_etype_list(o, aes, sizeof aes / sizeof *aes);
		rc = krb5_init_creds_init(context, who, NULL, NULL, 0, o, &as);
	}
	if (!rc) {
		krb5_set_kdc_recv_hook(context, first_answer, j);
		rc = krb5_init_creds_get(context, as);
	}
	krb5_init_creds_free(context, as);
	krb5_get_init_creds_opt_free(context, o);
	return j->answered ? 0 : rc ? rc : KRB5_KDCREP_MODIFIED;
}

static bool keys_work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct keys_job *j = (struct keys_job *)c;
	krb5_principal who;
	krb5_error_code rc = krb5_parse_name(c->context, j->principal, &who);

	if (!rc) {
		rc = ask_as(j, who);
		krb5_free_principal(c->context, who);
	}
	return rc ? ad_krb5_err(err, c->context, rc, NULL) : true;
}

bool ad_kdc_probe_aes(bool *has_aes, const char *principal, int timeout_ms, struct ad_err *err)
{
	struct keys_job *j = ad_alloc(sizeof *j);

	j->principal = ad_strdup(principal);
	if (!ad_krb5_call_init(&j->call, keys_work, keys_drop, NULL, err))
		return false;
	if (!ad_krb5_call_run(&j->call, timeout_ms, err))
		return ad_err_where(err, "ask for the keys of", principal);
	*has_aes = j->has_aes;
	ad_krb5_call_drop(&j->call);
	return true;
}

/* --- which types has its ticket? ------------------------------------------------------------- */

struct ticket_job {
	struct ad_krb5_call call;
	char *ccache, *service;
	krb5_enctype enctype; /* 0: all */
	struct ad_kdc_ticket out;
};

static void ticket_drop(struct ad_krb5_call *c)
{
	struct ticket_job *j = (struct ticket_job *)c;

	free(j->ccache);
	free(j->service);
	free(j);
}

static bool same(const krb5_data *d, const char *p, size_t n)
{
	return d->length == n && memcmp(d->data, p, n) == 0;
}

/* The one of the client's realm, not those that lead to others: they are asked for, too. */
static bool is_tgt(const krb5_creds *cred)
{
	krb5_const_principal s = cred->server;

	return s->length == 2 && same(&s->data[0], KRB5_TGS_NAME, strlen(KRB5_TGS_NAME)) &&
	       same(&s->data[1], s->realm.data, s->realm.length);
}

/* Only what grants tickets: one that is there already would be no answer. */
static krb5_error_code copy_tgt(krb5_context context, krb5_ccache from, krb5_ccache to)
{
	krb5_cc_cursor cursor;
	krb5_creds cred;
	krb5_error_code rc = krb5_cc_start_seq_get(context, from, &cursor);

	if (rc)
		return rc;
	while (!(rc = krb5_cc_next_cred(context, from, &cursor, &cred))) {
		if (is_tgt(&cred))
			krb5_cc_store_cred(context, to, &cred);
		krb5_free_cred_contents(context, &cred);
	}
	krb5_cc_end_seq_get(context, from, &cursor);
	return rc == KRB5_CC_END ? 0 : rc;
}

static void name_types(struct ticket_job *j, const krb5_creds *got)
{
	char *name = ad_krb5_name_text(j->call.context, got->server);
	struct ad_kdc_ticket *t = &j->out;
	krb5_ticket *inside;

	snprintf(t->server, sizeof t->server, "%s", name);
	free(name);
	krb5_enctype_to_name(got->keyblock.enctype, FALSE, t->session, sizeof t->session);
	if (krb5_decode_ticket(&got->ticket, &inside) == 0) {
		krb5_enctype_to_name(inside->enc_part.enctype, FALSE, t->ticket, sizeof t->ticket);
		krb5_free_ticket(j->call.context, inside);
	}
}

static krb5_error_code ask_tgs(struct ticket_job *j, krb5_ccache cc, krb5_principal who)
{
	krb5_creds want = { .client = who, .keyblock.enctype = j->enctype }, *got = NULL;
	krb5_context context = j->call.context;
	krb5_error_code rc = krb5_parse_name(context, j->service, &want.server);

	if (!rc)
		rc = krb5_get_credentials(context, KRB5_GC_CANONICALIZE, cc, &want, &got);
	if (!rc)
		name_types(j, got);
	krb5_free_principal(context, want.server);
	krb5_free_creds(context, got);
	return rc;
}

static bool ticket_work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct ticket_job *j = (struct ticket_job *)c;
	krb5_ccache own = NULL, copy = NULL;
	krb5_principal who = NULL;
	krb5_error_code rc = krb5_cc_resolve(c->context, j->ccache, &own);

	if (!rc)
		rc = krb5_cc_get_principal(c->context, own, &who);
	if (!rc)
		rc = krb5_cc_new_unique(c->context, "MEMORY", NULL, &copy);
	if (!rc)
		rc = krb5_cc_initialize(c->context, copy, who);
	if (!rc)
		rc = copy_tgt(c->context, own, copy);
	if (!rc)
		rc = ask_tgs(j, copy, who);
	krb5_free_principal(c->context, who);
	if (own)
		krb5_cc_close(c->context, own);
	if (copy)
		krb5_cc_destroy(c->context, copy);
	return rc ? ad_krb5_err(err, c->context, rc, NULL) : true;
}

bool ad_kdc_probe_ticket(struct ad_kdc_ticket *out, struct ad_krb5 *k, const char *service,
	const char *enctype, int timeout_ms, struct ad_err *err)
{
	struct ticket_job *j;
	krb5_enctype type = 0;

	if (enctype && krb5_string_to_enctype((char *)enctype, &type))
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"'%s' is not an encryption type that this Kerberos library knows", enctype);
	j = ad_alloc(sizeof *j);
	j->ccache = ad_strdup(k->ccache);
	j->service = ad_strdup(service);
	j->enctype = type;
	if (!ad_krb5_call_init(&j->call, ticket_work, ticket_drop, k->realm, err))
		return false;
	j->call.ccache = j->ccache;
	if (!ad_krb5_call_run(&j->call, timeout_ms, err))
		return ad_err_where(err, "get a ticket for", service);
	*out = j->out;
	ad_krb5_call_drop(&j->call);
	return true;
}
