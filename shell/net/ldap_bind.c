/* Logging in: GSS-SPNEGO or GSSAPI through SASL, or a simple bind inside TLS. */
#include "base/mem.h"
#include "base/stop.h"
#include "net/krb5_identity.h"
#include "net/ldap_priv.h"
#include "net/service_name.h"

#include <krb5.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SEAL 56 /* fewer bits than any sealing has: signing alone counts 1 */

/* SASL would load every plug-in there is, with a database and a second TLS library behind them: a
 * half of the time of a login. */
static int want_plugin(void *context, const char *file, sasl_verify_type_t type)
{
	const char *name = strrchr(file, '/');

	(void)context;
	return type != SASL_VRFY_PLUGIN || (name && strstr(name, "gssapi")) ? SASL_OK
									    : SASL_CONTINUE;
}

void ad_ldap_init_sasl(void)
{
	static const sasl_callback_t callbacks[] = {
		{ SASL_CB_VERIFYFILE, (int (*)(void))(void (*)(void))want_plugin, NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};

	sasl_client_init(callbacks);
}

/* Given to SASL's callback. */
struct answers {
	void *cred;
	bool used;
};

/* SASL asks for an authorization name before the first token is made: the one moment at which
 * libldap has the SASL context and lets us set the credential on it. */
static int answer(LDAP *h, unsigned flags, void *arg, void *prompts)
{
	struct answers *a = arg;

	(void)flags;
	a->used = ldap_set_option(h, LDAP_OPT_X_SASL_GSS_CREDS, a->cred) == LDAP_OPT_SUCCESS;
	if (!a->used)
		return LDAP_OTHER;
	for (sasl_interact_t *p = prompts; p->id != SASL_CB_LIST_END; p++) {
		p->result = "";
		p->len = 0;
	}
	return LDAP_SUCCESS;
}

/* Inside TLS: no layer of its own but bound to the channel (MS-ADTS 5.1.2.2); else sealed. */
static void set_protection(struct ad_ldap *ld)
{
	ber_len_t min = ld->info.tls ? 0 : MIN_SEAL, max = ld->info.tls ? 0 : 0x7fffffff;
	int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;

	ldap_set_option(ld->h, LDAP_OPT_X_SASL_SECPROPS, "none,noanonymous,noplain");
	ldap_set_option(ld->h, LDAP_OPT_X_SASL_SSF_MIN, &min);
	ldap_set_option(ld->h, LDAP_OPT_X_SASL_SSF_MAX, &max);
	ld->info.channel_binding = ld->info.tls && ldap_set_option(ld->h, LDAP_OPT_X_SASL_CBINDING,
							   &binding) == LDAP_OPT_SUCCESS;
}

/* Is it the server that says no? SASL has the same codes for a token that it cannot read. */
static bool is_refusal(struct ad_ldap *ld, LDAPMessage *msg)
{
	int code = LDAP_OTHER;

	return msg &&
	       ldap_parse_result(ld->h, msg, &code, NULL, NULL, NULL, NULL, 0) == LDAP_SUCCESS &&
	       code != LDAP_SUCCESS && code != LDAP_SASL_BIND_IN_PROGRESS;
}

/* Of what Kerberos says about a token only that the server refuses our ticket is a reason to
 * believe: a token that somebody changed fails in other ways, and "the password is wrong" would
 * send its user astray. */
static bool token_broken(struct ad_ldap *ld, const char *text, struct ad_err *err)
{
	struct ad_err said = { 0 };

	if (err && text && ad_krb5_text_err(&said, text, "bind") && ad_krb5_ticket_refused(&said)) {
		*err = said;
		return false;
	}
	ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_DECODING_ERROR,
		"the answer of %s to the login cannot be trusted", ld->info.host);
	if (err && text)
		snprintf(err->diagnostic, sizeof err->diagnostic, "%s", text);
	ad_err_hint(err,
		"check that it is the server of this name, and that nothing between adsh and the server alters the traffic");
	return ad_err_where(err, "bind", NULL);
}

static bool bind_failed(struct ad_ldap *ld, int rc, LDAPMessage *msg, struct ad_err *err)
{
	char *text = NULL;

	ldap_get_option(ld->h, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	if (is_refusal(ld, msg)) {
		ad_ldap_err(err, rc, text, "bind", NULL);
	} else if (msg && rc != LDAP_SERVER_DOWN) {
		token_broken(ld, text, err);
	} else if (!text || !ad_krb5_text_err(err, text, "bind")) {
		ad_ldap_local_err(err, ld, rc, "bind");
		if (err && err->kind != AD_ERR_INTERRUPTED)
			err->kind = AD_ERR_CONNECT;
	}
	ldap_memfree(text);
	return false;
}

static bool check_seal(struct ad_ldap *ld, struct ad_err *err)
{
	ber_len_t ssf = 0;

	ldap_get_option(ld->h, LDAP_OPT_X_SASL_SSF, &ssf);
	if (ld->info.tls) {
		ld->info.ssf = ad_ldap_tls_bits(ld);
		return true;
	}
	ld->info.ssf = (int)ssf;
	if (ssf >= MIN_SEAL)
		return true;
	ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_CONFIDENTIALITY_REQUIRED,
		"the connection to %s would not be encrypted", ld->info.host);
	return ad_err_hint(err, "use --tls ldaps");
}

/* One mechanism, step by step. *refused: the server's result code when it was that. */
static bool bind_mechanism(struct ad_ldap *ld, const char *mech, void *cred, long long deadline,
	int *refused, struct ad_err *err)
{
	struct answers a = { cred, false };
	const char *step = NULL;
	LDAPMessage *msg = NULL;
	int rc, msgid = 0;
	bool ok;

	for (;;) {
		rc = ldap_sasl_interactive_bind(ld->h, NULL, mech, NULL, NULL, LDAP_SASL_QUIET,
			answer, &a, msg, &step, &msgid);
		if (rc != LDAP_SASL_BIND_IN_PROGRESS)
			break;
		if (!a.used) {
			ldap_msgfree(msg);
			return ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_LOCAL_ERROR,
				"the SASL library does not accept the credential");
		}
		ldap_msgfree(msg);
		msg = NULL;
		if (ad_ldap_wait_until(ld, msgid, true, deadline, &msg, err) < 0)
			return ad_err_where(err, "bind", NULL);
	}
	ok = rc == LDAP_SUCCESS;
	if (!ok) {
		bind_failed(ld, rc, msg, err);
		/* after: it takes the handle's text away */
		*refused = is_refusal(ld, msg) ? rc : 0;
	}
	ldap_msgfree(msg);
	return ok;
}

static bool bind_as(struct ad_ldap *ld, const char *mech, const char *server, void *cred,
	long long deadline, int *refused, struct ad_err *err)
{
	bool ok, named;

	ad_service_name_begin(server);
	ok = bind_mechanism(ld, mech, cred, deadline, refused, err);
	named = ad_service_name_end();
	if (!ok || named)
		return ok;
	return ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_LOCAL_ERROR,
		"the SASL library does not accept the name of the server");
}

static bool try_mechanisms(
	struct ad_ldap *ld, const char *server, void *cred, long long deadline, struct ad_err *err)
{
	static const char *const mechs[] = { "GSS-SPNEGO", "GSSAPI" };
	int refused = 0;

	for (int i = 0; i < 2; i++) {
		ld->info.mechanism = ad_strdup(mechs[i]);
		if (bind_as(ld, mechs[i], server, cred, deadline, &refused, err))
			return true;
		if (refused != LDAP_AUTH_METHOD_NOT_SUPPORTED)
			break;
		free(ld->info.mechanism);
		ld->info.mechanism = NULL;
	}
	return false;
}

/* Any computer may give itself the name ldap/ITSELF. Only a DC gets one that ends with its domain:
 * so whom the DNS lists for it is one (MS-ADTS 5.1.1.4). */
char *ad_ldap_service(const struct ad_ldap *ld)
{
	const struct ad_place *p = &ld->place;

	if (!p->domain)
		return ad_format("ldap/%s", p->host);
	return ad_format("%s/%s/%s", ld->info.is_gc ? "GC" : "ldap", p->host, p->domain);
}

static bool not_listed(const struct ad_ldap *ld, struct ad_err *err)
{
	if (err && ld->place.domain && strcmp(err->domain, "krb5") == 0 &&
		err->code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN) {
		snprintf(err->message, sizeof err->message,
			"DNS lists %s as a domain controller of %s, but the KDC knows no domain controller of this name",
			ld->place.host, ld->place.domain);
		ad_err_hint(err,
			"check the SRV records _ldap._tcp.dc._msdcs of the domain; --server HOST uses a host without this check");
	}
	return false;
}

static bool bind_kerberos(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	struct ad_krb5_service server = { NULL, 0 };
	char *service = ad_ldap_service(ld);
	long long left = deadline - ad_clock_ms();
	void *cred;
	bool ok;

	/* the ticket first: SASL would wait for a dead KDC without end */
	ok = ad_krb5_get_ticket(ld->krb5, service, left > 1 ? (int)left : 1, &server, err) &&
	     ad_krb5_gss_cred(ld->krb5, &cred, err);
	free(service);
	if (ok) {
		set_protection(ld);
		ok = try_mechanisms(ld, server.principal, cred, deadline, err);
	}
	free(server.principal);
	if (!ok)
		return not_listed(ld, err);
	ld->info.principal = ad_strdup(ad_krb5_principal(ld->krb5));
	ad_ldap_ticket_ends(ld, server.end);
	return check_seal(ld, err);
}

static bool bind_simple(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	struct berval cred = { 0, NULL };
	LDAPMessage *msg;
	size_t n;
	int rc, msgid;

	cred.bv_val = (char *)ad_secret_text(ld->password, &n);
	cred.bv_len = n;
	rc = ldap_sasl_bind(ld->h, ld->user, LDAP_SASL_SIMPLE, &cred, NULL, NULL, &msgid);
	if (rc != LDAP_SUCCESS)
		return bind_failed(ld, rc, NULL, err);
	if (ad_ldap_wait_until(ld, msgid, true, deadline, &msg, err) < 0)
		return ad_err_where(err, "bind", NULL);
	if (!ad_ldap_check_result(ld, msg, "bind", NULL, err))
		return false;
	ld->info.mechanism = ad_strdup("simple");
	ld->info.principal = ad_strdup(ld->user);
	ld->info.ssf = ad_ldap_tls_bits(ld);
	return true;
}

bool ad_ldap_bind(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	if (!ld->simple)
		return bind_kerberos(ld, deadline, err);
	if (!ld->info.tls) /* checked before; a password must never get past here in the clear */
		return ad_ldap_err(err, LDAP_CONFIDENTIALITY_REQUIRED, NULL, "bind", NULL);
	return bind_simple(ld, deadline, err);
}
