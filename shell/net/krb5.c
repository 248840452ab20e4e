/* Kerberos identities. See krb5.h. */
#include "base/mem.h"
#include "base/text.h"
#include "net/krb5_identity.h"
#include "net/krb5_login.h"
#include "net/krb5_name.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- realms and names ------------------------------------------------------------------ */

struct realms {
	const char *list[64];
	size_t n;
	char *wanted, *preset; /* allocated by us and by profile */
	char **conf;
	profile_t profile;
};

static void realms_add(struct realms *r, const char *realm)
{
	for (size_t i = 0; i < r->n; i++)
		if (ad_caseeq(realm, r->list[i]))
			return;
	if (r->n < sizeof r->list / sizeof *r->list)
		r->list[r->n++] = realm;
}

/* The realms known without asking the network: the wanted one, krb5.conf's default, its others. */
static void realms_init(struct realms *r, krb5_context context, const char *wanted)
{
	const char *const section[] = { "realms", NULL };

	memset(r, 0, sizeof *r);
	if (wanted) {
		r->wanted = ad_strdup(wanted);
		for (char *p = r->wanted; *p; p++)
			if (*p >= 'a' && *p <= 'z')
				*p = (char)(*p - 'a' + 'A');
		realms_add(r, r->wanted);
	}
	if (krb5_get_profile(context, &r->profile))
		return;
	profile_get_string(r->profile, "libdefaults", "default_realm", NULL, NULL, &r->preset);
	if (r->preset)
		realms_add(r, r->preset);
	if (profile_get_subsection_names(r->profile, (const char **)section, &r->conf) == 0)
		for (char **p = r->conf; p && *p; p++)
			realms_add(r, *p);
}

static void realms_clear(struct realms *r)
{
	free(r->wanted);
	if (r->preset)
		profile_release_string(r->preset);
	if (r->conf)
		profile_free_list(r->conf);
	if (r->profile)
		profile_release(r->profile);
}

bool ad_krb5_parse_user(struct ad_krb5_name *out, krb5_context context, const char *user,
	const char *realm, struct ad_err *err)
{
	struct realms r;
	bool ok;

	realms_init(&r, context, realm);
	ok = ad_krb5_name_parse(out, user, r.list, r.n, err);
	realms_clear(&r);
	return ok;
}

static krb5_error_code open_cache(krb5_context context, const char *name, krb5_ccache *cc)
{
	return name && *name ? krb5_cc_resolve(context, name, cc) : krb5_cc_default(context, cc);
}

bool ad_krb5_default_realm(char **out, const char *ccache, struct ad_err *err)
{
	krb5_principal who = NULL;
	krb5_context context;
	krb5_ccache cc = NULL;
	struct realms r;
	krb5_error_code rc = krb5_init_context(&context);

	if (rc)
		return ad_krb5_err(err, NULL, rc, "Kerberos");
	*out = NULL;
	if (open_cache(context, ccache, &cc) == 0 && krb5_cc_get_principal(context, cc, &who) == 0)
		*out = ad_strndup(who->realm.data, who->realm.length);
	realms_init(&r, context, NULL);
	if (!*out && r.preset)
		*out = ad_strdup(r.preset);
	realms_clear(&r);
	if (!*out)
		ad_krb5_err(err, context, KRB5_CONFIG_NODEFREALM, NULL);
	krb5_free_principal(context, who);
	if (cc)
		krb5_cc_close(context, cc);
	krb5_free_context(context);
	return *out != NULL;
}

/* --- the cache ----------------------------------------------------------------------------- */

/* Takes over who the cache is of. */
static bool adopt(struct ad_krb5 *k, krb5_ccache cc, struct ad_err *err)
{
	krb5_principal who;
	char *text = NULL;
	krb5_error_code rc = krb5_cc_get_full_name(k->context, cc, &text);

	if (rc)
		return ad_krb5_fail(k, err, rc, "open the credential cache");
	free(k->ccache);
	k->ccache = ad_strdup(text);
	krb5_free_string(k->context, text);
	rc = krb5_cc_get_principal(k->context, cc, &who);
	if (rc)
		return ad_krb5_fail(k, err, rc, "open the credential cache");
	k->realm = ad_strndup(who->realm.data, who->realm.length);
	k->principal = ad_krb5_name_text(k->context, who);
	krb5_free_principal(k->context, who);
	return true;
}

static bool check_usable(struct ad_krb5 *k, struct ad_err *err)
{
	struct ad_krb5_survey s;
	char text[32];
	time_t end;
	struct tm tm;

	if (!ad_krb5_survey(k, &s, err))
		return false;
	if (!s.latest)
		return ad_krb5_fail(k, err, KRB5KRB_AP_ERR_NO_TGT, "use the credential cache");
	end = (time_t)s.latest;
	if (end > time(NULL))
		return true;
	ad_krb5_fail(k, err, KRB5KRB_AP_ERR_TKT_EXPIRED, "use the credential cache");
	gmtime_r(&end, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	if (err)
		snprintf(err->message, sizeof err->message,
			"the Kerberos ticket has expired: it ended %s UTC", text);
	return false;
}

/* The cache of this user: the named or default one, or another one of its collection. */
static bool choose_cache(
	struct ad_krb5 *k, const struct ad_krb5_options *o, krb5_ccache *cc, struct ad_err *err)
{
	struct ad_krb5_name name = { NULL, NULL };
	krb5_principal want = NULL, have = NULL;
	krb5_error_code rc;

	if (!ad_krb5_parse_user(&name, k->context, o->user, o->realm, err))
		return false;
	rc = krb5_parse_name(k->context, name.principal, &want);
	if (rc) {
		ad_krb5_fail(k, err, rc, "read the user name");
		goto out;
	}
	rc = krb5_cc_get_principal(k->context, *cc, &have);
	if (!rc && !krb5_principal_compare_flags(
			   k->context, want, have, KRB5_PRINCIPAL_COMPARE_CASEFOLD)) {
		krb5_ccache other;

		rc = krb5_cc_cache_match(k->context, want, &other);
		if (!rc) {
			krb5_cc_close(k->context, *cc);
			*cc = other;
		}
	}
	if (rc) {
		ad_krb5_fail(k, err, rc, "use the credential cache");
		ad_err_where(err, NULL, name.principal);
	}
out:
	krb5_free_principal(k->context, want);
	krb5_free_principal(k->context, have);
	ad_krb5_name_clear(&name);
	return rc == 0;
}

static bool open_ccache(struct ad_krb5 *k, const struct ad_krb5_options *o, struct ad_err *err)
{
	krb5_ccache cc;
	krb5_error_code rc = 0;
	bool ok;

	if (o->ccache && *o->ccache)
		rc = krb5_cc_set_default_name(k->context, o->ccache);
	if (!rc)
		rc = krb5_cc_default(k->context, &cc);
	if (rc) {
		ad_krb5_fail(k, err, rc, "open the credential cache");
		return ad_err_where(err, NULL, o->ccache);
	}
	if (!o->user && (o->realm || o->host))
		ad_krb5_collection_choose(k->context, &cc, o->realm, o->host);
	ok = (!o->user || choose_cache(k, o, &cc, err)) && adopt(k, cc, err) &&
	     (o->expired || check_usable(k, err));
	krb5_cc_close(k->context, cc);
	return ok;
}

/* --- logging in ---------------------------------------------------------------------------- */

static bool log_in_as(struct ad_krb5 *k, const struct ad_krb5_name *name, struct ad_err *err)
{
	struct ad_err first = { 0 }, second = { 0 };

	k->login.name = ad_strdup(name->principal);
	if (ad_krb5_login(k->context, k->ccache, &k->login, NULL, k->timeout_ms, &first))
		return true;
	if (name->upn && ad_krb5_name_unknown(&first)) {
		free(k->login.name);
		k->login.name = ad_strdup(name->upn);
		k->login.enterprise = true;
		if (ad_krb5_login(k->context, k->ccache, &k->login, NULL, k->timeout_ms, &second))
			return true;
		if (!ad_krb5_name_unknown(&second))
			first = second;
	}
	if (err)
		*err = first;
	return false;
}

static bool new_cache(struct ad_krb5 *k, krb5_ccache *cc, struct ad_err *err)
{
	char *text;
	krb5_error_code rc = krb5_cc_new_unique(k->context, "MEMORY", NULL, cc);

	if (!rc)
		rc = krb5_cc_get_full_name(k->context, *cc, &text);
	if (rc)
		return ad_krb5_fail(k, err, rc, "make a credential cache");
	k->ccache = ad_strdup(text);
	k->own = true;
	krb5_free_string(k->context, text);
	return true;
}

/* Who logs in: with a keytab one of the accounts in it, in whose realm a bare name is looked for.
 */
static bool choose_login(struct ad_krb5_name *name, struct ad_krb5 *k,
	const struct ad_krb5_options *o, struct ad_err *err)
{
	char *first = NULL;
	const char *realm = o->realm;
	bool ok;

	if (o->keytab &&
		!ad_krb5_keytab_name(k->context, o->keytab, &first, o->realm, o->host, err))
		return false;
	if (!o->user) {
		name->principal = first;
		return first || ad_err_set(err, AD_ERR_USAGE, "usage", 0,
					"a login with a password needs a user name");
	}
	if (first && !realm)
		realm = strrchr(first, '@') + 1;
	ok = ad_krb5_parse_user(name, k->context, o->user, realm, err) &&
	     (!o->keytab ||
		     ad_krb5_keytab_name(k->context, o->keytab, &name->principal, NULL, NULL, err));
	free(first);
	return ok;
}

static bool open_login(struct ad_krb5 *k, const struct ad_krb5_options *o, struct ad_err *err)
{
	struct ad_krb5_name name = { NULL, NULL };
	krb5_ccache cc = NULL;
	bool ok;

	k->login.keytab = ad_strdup(o->keytab);
	k->login.password = ad_secret_dup(o->password);
	ok = choose_login(&name, k, o, err) && new_cache(k, &cc, err) && log_in_as(k, &name, err) &&
	     adopt(k, cc, err);
	if (cc)
		krb5_cc_close(k->context, cc);
	ad_krb5_name_clear(&name);
	return ok;
}

/* --- identities -------------------------------------------------------------------------- */

bool ad_krb5_open(struct ad_krb5 **out, const struct ad_krb5_options *o, struct ad_err *err)
{
	struct ad_krb5 *k = ad_alloc(sizeof *k);
	krb5_error_code rc = krb5_init_context(&k->context);
	bool ok;

	k->refs = 1;
	k->timeout_ms = o->timeout_ms;
	if (rc)
		ok = ad_krb5_fail(k, err, rc, "Kerberos");
	else if (o->password || o->keytab)
		ok = open_login(k, o, err);
	else
		ok = open_ccache(k, o, err);
	if (ok)
		*out = k;
	else
		ad_krb5_free(k);
	return ok;
}

struct ad_krb5 *ad_krb5_ref(struct ad_krb5 *k)
{
	k->refs++;
	return k;
}

void ad_krb5_free(struct ad_krb5 *k)
{
	OM_uint32 minor;

	if (!k || --k->refs)
		return;
	if (k->gss)
		gss_release_cred(&minor, &k->gss);
	if (k->own)
		ad_krb5_logout(k, NULL);
	ad_krb5_login_clear(&k->login);
	free(k->principal);
	free(k->realm);
	free(k->ccache);
	if (k->context)
		krb5_free_context(k->context);
	free(k);
}

const char *ad_krb5_principal(const struct ad_krb5 *k)
{
	return k->principal;
}

const char *ad_krb5_realm(const struct ad_krb5 *k)
{
	return k->realm;
}

const char *ad_krb5_ccache(const struct ad_krb5 *k)
{
	return k->ccache;
}

/* SPNEGO may use Kerberos and nothing else: no way down to NTLM. */
bool ad_krb5_gss_cred(struct ad_krb5 *k, void **gss_cred_id, struct ad_err *err)
{
	gss_OID_desc oids[] = { *gss_mech_krb5, { 6, (void *)"\x2b\x06\x01\x05\x05\x02" } };
	gss_OID_set_desc mechs = { 2, oids }, krb5_only = { 1, oids };
	gss_key_value_element_desc element = { "ccache", k->ccache };
	gss_key_value_set_desc store = { 1, &element };
	OM_uint32 major, minor, ignored;

	if (!k->gss) {
		gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;

		major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs,
			GSS_C_INITIATE, &store, &cred, NULL, NULL);
		if (!GSS_ERROR(major))
			major = gss_set_neg_mechs(&minor, cred, &krb5_only);
		if (GSS_ERROR(major)) {
			ad_krb5_gss_err(err, major, minor, "use the ticket");
			gss_release_cred(&ignored, &cred);
			return ad_err_where(err, NULL, k->principal);
		}
		k->gss = cred;
	}
	*gss_cred_id = k->gss;
	return true;
}
