/*
 * S4U2Self through GSSAPI, S4U2Proxy through libkrb5: there the ticket itself comes back, with its
 * names and its end, and the NTSTATUS of a refusal, which GSSAPI keeps to itself. See s4u_step.h.
 */
#include "net/s4u_step.h"
#include "base/mem.h"
#include "net/krb5_call.h"
#include "net/krb5_identity.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdlib.h>
#include <string.h>

/* --- S4U2Self ----------------------------------------------------------------------------------
 */

struct self_job {
	struct ad_krb5_call call;
	char *ccache, *user;
	bool enterprise;
	struct ad_s4u_evidence out;
};

static void self_drop(struct ad_krb5_call *c)
{
	struct self_job *j = (struct self_job *)c;

	free(j->ccache);
	free(j->user);
	free(j->out.ticket);
	free(j);
}

/* The one ticket in the composed credential whose client is not the source itself. */
static krb5_error_code find_evidence(
	struct self_job *j, krb5_ccache cc, krb5_const_principal source)
{
	krb5_context context = j->call.context;
	krb5_cc_cursor cursor;
	krb5_creds cred;
	krb5_error_code rc = krb5_cc_start_seq_get(context, cc, &cursor);

	if (rc)
		return rc;
	while (!(rc = krb5_cc_next_cred(context, cc, &cursor, &cred))) {
		if (!j->out.ticket && !krb5_is_config_principal(context, cred.server) &&
			krb5_principal_compare(context, cred.server, source)) {
			j->out.ticket = ad_memdup(cred.ticket.data, cred.ticket.length);
			j->out.n = cred.ticket.length;
			j->out.forwardable = cred.ticket_flags & TKT_FLG_FORWARDABLE;
		}
		krb5_free_cred_contents(context, &cred);
	}
	krb5_cc_end_seq_get(context, cc, &cursor);
	return j->out.ticket ? 0 : rc;
}

static bool take_evidence(struct self_job *j, gss_cred_id_t cred, struct ad_err *err)
{
	krb5_context context = j->call.context;
	krb5_principal source = NULL;
	krb5_ccache own = NULL, copy;
	OM_uint32 major = 0, minor = 0;
	krb5_error_code rc = krb5_cc_new_unique(context, "MEMORY", NULL, &copy);

	if (rc)
		return ad_krb5_err(err, context, rc, NULL);
	rc = krb5_cc_resolve(context, j->ccache, &own);
	if (!rc)
		rc = krb5_cc_get_principal(context, own, &source);
	if (!rc)
		rc = krb5_cc_initialize(context, copy, source);
	if (!rc) {
		major = gss_krb5_copy_ccache(&minor, cred, copy);
		rc = GSS_ERROR(major) ? 0 : find_evidence(j, copy, source);
	}
	krb5_free_principal(context, source);
	if (own)
		krb5_cc_close(context, own);
	krb5_cc_destroy(context, copy);
	if (GSS_ERROR(major))
		return ad_krb5_gss_err(err, major, minor, NULL);
	return rc ? ad_krb5_err(err, context, rc, NULL) : true;
}

static bool self_work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct self_job *j = (struct self_job *)c;
	gss_key_value_element_desc element = { "ccache", j->ccache };
	gss_key_value_set_desc from = { 1, &element };
	gss_buffer_desc text = { strlen(j->user), j->user };
	gss_cred_id_t source = GSS_C_NO_CREDENTIAL, cred = GSS_C_NO_CREDENTIAL;
	gss_name_t user = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored;
	bool ok;

	major = gss_import_name(&minor, &text,
		j->enterprise ? GSS_KRB5_NT_ENTERPRISE_NAME : GSS_KRB5_NT_PRINCIPAL_NAME, &user);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE,
			gss_mech_set_krb5, GSS_C_INITIATE, &from, &source, NULL, NULL);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_impersonate_name(&minor, source, user, GSS_C_INDEFINITE,
			gss_mech_set_krb5, GSS_C_INITIATE, &cred, NULL, NULL);
	ok = GSS_ERROR(major) ? ad_krb5_gss_err(err, major, minor, NULL)
			      : take_evidence(j, cred, err);
	gss_release_cred(&ignored, &cred);
	gss_release_cred(&ignored, &source);
	gss_release_name(&ignored, &user);
	return ok;
}

static bool self_once(struct ad_s4u_evidence *out, struct ad_krb5 *source, const char *user,
	bool enterprise, int timeout_ms, struct ad_err *err)
{
	struct self_job *j = ad_alloc(sizeof *j);

	j->ccache = ad_strdup(source->ccache);
	j->user = ad_strdup(user);
	j->enterprise = enterprise;
	if (!ad_krb5_call_init(&j->call, self_work, self_drop, NULL, err))
		return false;
	if (!ad_krb5_call_run(&j->call, timeout_ms, err))
		return ad_err_where(err, "S4U2Self", user);
	*out = j->out;
	j->out.ticket = NULL;
	ad_krb5_call_drop(&j->call);
	return true;
}

/* GSSAPI wants enterprise names without the escape: "jim@corp.example@ALPHA.TEST". */
static char *unescape(const char *s)
{
	char *out = ad_strdup(s), *w = out;

	for (; *s; s++)
		if (*s != '\\')
			*w++ = *s;
	*w = 0;
	return out;
}

bool ad_s4u_self(struct ad_s4u_evidence *out, struct ad_krb5 *source, const char *user,
	int timeout_ms, struct ad_err *err)
{
	struct ad_krb5_name name = { NULL, NULL };
	struct ad_err first = { 0 }, second = { 0 };
	bool ok;

	if (!ad_krb5_parse_user(&name, source->context, user, source->realm, err))
		return false;
	ok = self_once(out, source, name.principal, false, timeout_ms, &first);
	/* without a trust to it, the realm is taken for an unknown service */
	if (!ok && name.upn &&
		(ad_krb5_name_unknown(&first) || first.code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN)) {
		char *upn = unescape(name.upn);

		ok = self_once(out, source, upn, true, timeout_ms, &second);
		if (!ok && !ad_krb5_name_unknown(&second))
			first = second;
		free(upn);
	}
	ad_krb5_name_clear(&name);
	if (!ok && err)
		*err = first;
	return ok;
}

/* --- the user's own ticket ----------------------------------------------------------------------
 */

struct own_job {
	struct ad_krb5_call call;
	char *ccache, *source;
	struct ad_s4u_evidence out;
};

static void own_drop(struct ad_krb5_call *c)
{
	struct own_job *j = (struct own_job *)c;

	free(j->ccache);
	free(j->source);
	free(j->out.ticket);
	free(j);
}

static krb5_error_code own_ask(struct own_job *j, krb5_ccache cc, krb5_creds *want)
{
	krb5_context context = j->call.context;
	krb5_creds *got = NULL;
	krb5_error_code rc = krb5_cc_get_principal(context, cc, &want->client);

	if (!rc)
		rc = krb5_parse_name(context, j->source, &want->server);
	if (!rc)
		rc = krb5_get_credentials(context, KRB5_GC_NO_STORE, cc, want, &got);
	if (!rc)
		j->out = (struct ad_s4u_evidence){
			.ticket = ad_memdup(got->ticket.data, got->ticket.length),
			.n = got->ticket.length,
			.forwardable = got->ticket_flags & TKT_FLG_FORWARDABLE,
			.trusted = got->ticket_flags & TKT_FLG_OK_AS_DELEGATE,
		};
	krb5_free_creds(context, got);
	return rc;
}

static bool own_work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct own_job *j = (struct own_job *)c;
	krb5_creds want = { 0 };
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(c->context, j->ccache, &cc);

	if (!rc) {
		rc = own_ask(j, cc, &want);
		krb5_cc_close(c->context, cc);
	}
	krb5_free_principal(c->context, want.client);
	krb5_free_principal(c->context, want.server);
	return rc ? ad_krb5_err(err, c->context, rc, NULL) : true;
}

bool ad_s4u_own(struct ad_s4u_evidence *out, const char *ccache, const char *source, int timeout_ms,
	struct ad_err *err)
{
	struct own_job *j = ad_alloc(sizeof *j);

	j->ccache = ad_strdup(ccache);
	j->source = ad_strdup(source);
	if (!ad_krb5_call_init(&j->call, own_work, own_drop, NULL, err))
		return false;
	j->call.ccache = j->ccache;
	if (!ad_krb5_call_run(&j->call, timeout_ms, err))
		return ad_err_where(err, "get the user's own ticket for", source);
	*out = j->out;
	j->out.ticket = NULL;
	ad_krb5_call_drop(&j->call);
	return true;
}

/* --- S4U2Proxy ---------------------------------------------------------------------------------
 */

static krb5_error_code ask(krb5_context context, krb5_ccache cc, krb5_creds *want,
	const char *target, struct ad_s4u_ticket *out)
{
	krb5_creds *got = NULL;
	krb5_error_code rc = krb5_cc_get_principal(context, cc, &want->client);

	if (!rc)
		rc = krb5_parse_name(context, target, &want->server);
	if (!rc)
		rc = krb5_get_credentials(context,
			KRB5_GC_CANONICALIZE | KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_NO_STORE,
			cc, want, &got);
	/* a KDC that does not know the option gives the source's own ticket */
	if (!rc && krb5_principal_compare(context, got->client, want->client))
		rc = KRB5_KDCREP_MODIFIED;
	if (!rc)
		*out = (struct ad_s4u_ticket){ ad_krb5_name_text(context, got->client),
			ad_krb5_name_text(context, got->server), (uint32_t)got->times.endtime };
	krb5_free_creds(context, got);
	return rc;
}

krb5_error_code ad_s4u_ticket_get(krb5_context context, const char *ccache,
	const krb5_data *evidence, const char *target, struct ad_s4u_ticket *out)
{
	krb5_creds want = { .second_ticket = *evidence };
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(context, ccache, &cc);

	if (!rc) {
		rc = ask(context, cc, &want, target, out);
		krb5_cc_close(context, cc);
	}
	krb5_free_principal(context, want.client);
	krb5_free_principal(context, want.server);
	return rc;
}
