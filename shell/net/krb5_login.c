/* Getting a first ticket. See krb5_login.h. */
#include "net/krb5_login.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/krb5.h"
#include "net/krb5_call.h"
#include "net/krb5_identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ad_krb5_login_clear(struct ad_krb5_login *l)
{
	free(l->name);
	free(l->keytab);
	ad_secret_free(l->password);
	memset(l, 0, sizeof *l);
}

/* --- the conversation, in a worker ----------------------------------------------------------- */

struct job {
	struct ad_krb5_call call;
	struct ad_krb5_login login;
	char *service; /* or NULL: a ticket-granting ticket */
	krb5_creds creds;
};

static void drop(struct ad_krb5_call *c)
{
	struct job *j = (struct job *)c;

	krb5_free_cred_contents(c->context, &j->creds);
	ad_krb5_login_clear(&j->login);
	free(j->service);
	free(j);
}

static krb5_error_code with_keytab(
	struct job *j, krb5_principal who, krb5_get_init_creds_opt *options)
{
	krb5_context context = j->call.context;
	krb5_keytab kt;
	krb5_error_code rc = krb5_kt_resolve(context, j->login.keytab, &kt);

	if (rc)
		return rc;
	rc = krb5_get_init_creds_keytab(context, &j->creds, who, kt, 0, j->service, options);
	krb5_kt_close(context, kt);
	return rc;
}

static krb5_error_code converse(struct job *j)
{
	krb5_context context = j->call.context;
	krb5_get_init_creds_opt *options = NULL;
	krb5_principal who;
	krb5_error_code rc = krb5_parse_name(context, j->login.name, &who);

	if (rc)
		return rc;
	if (j->login.enterprise)
		who->type = KRB5_NT_ENTERPRISE_PRINCIPAL;
	rc = krb5_get_init_creds_opt_alloc(context, &options);
	if (!rc) {
		/* the reply may have other names then; a service's has to have the one asked for */
		krb5_get_init_creds_opt_set_canonicalize(options, !j->service);
		/* S4U2Self asks for a forwardable ticket only when this one is */
		krb5_get_init_creds_opt_set_forwardable(options, 1);
		if (j->login.keytab)
			rc = with_keytab(j, who, options);
		else
			rc = krb5_get_init_creds_password(context, &j->creds, who,
				ad_secret_text(j->login.password, NULL), NULL, NULL, 0, j->service,
				options);
	}
	krb5_get_init_creds_opt_free(context, options);
	krb5_free_principal(context, who);
	return rc;
}

static bool work(struct ad_krb5_call *c, struct ad_err *err)
{
	struct job *j = (struct job *)c;
	krb5_error_code rc = converse(j);

	if (!rc)
		return true;
	ad_krb5_err(err, c->context, rc, "log in");
	if (j->login.keytab &&
		(rc == KRB5KDC_ERR_PREAUTH_FAILED || rc == KRB5KRB_AP_ERR_BAD_INTEGRITY))
		snprintf(err->message, sizeof err->message,
			"the key in %s is not the account's current one", j->login.keytab);
	return ad_err_where(err, NULL, j->login.name);
}

static bool store(
	krb5_context context, const char *ccache, krb5_creds *creds, bool add, struct ad_err *err)
{
	krb5_ccache cc;
	krb5_error_code rc = krb5_cc_resolve(context, ccache, &cc);

	if (!rc) {
		rc = add ? 0 : krb5_cc_initialize(context, cc, creds->client);
		if (!rc)
			rc = krb5_cc_store_cred(context, cc, creds);
		krb5_cc_close(context, cc);
	}
	return rc ? ad_krb5_err(err, context, rc, "store the ticket") : true;
}

/* A key that others can read or exchange is not ours alone. What is no file, or cannot be opened,
 * is left to the library, which says so. */
static bool check_keytab(krb5_context context, const char *keytab, struct ad_err *err)
{
	char name[1100] = "";
	struct ad_err why;
	const char *path;
	krb5_keytab kt;
	int fd;

	if (krb5_kt_resolve(context, keytab, &kt) != 0)
		return true;
	if (strstr(krb5_kt_get_type(context, kt), "FILE"))
		krb5_kt_get_name(context, kt, name, sizeof name);
	krb5_kt_close(context, kt);
	path = strchr(name, ':');
	if (!path)
		return true;
	if (ad_file_open(&fd, NULL, path + 1, "the keytab", AD_FILE_SECRET, &why))
		return close(fd) == 0;
	if (why.kind == AD_ERR_REFUSED && err)
		*err = why;
	return why.kind != AD_ERR_REFUSED;
}

bool ad_krb5_login(krb5_context context, const char *ccache, const struct ad_krb5_login *l,
	const char *service, int timeout_ms, struct ad_err *err)
{
	struct job *j;
	bool ok;

	if (l->keytab && !check_keytab(context, l->keytab, err))
		return false;
	j = ad_alloc(sizeof *j);
	j->login = (struct ad_krb5_login){ ad_strdup(l->name), l->enterprise, ad_strdup(l->keytab),
		ad_secret_dup(l->password) };
	j->service = ad_strdup(service);
	if (!ad_krb5_call_init(&j->call, work, drop, NULL, err))
		return false;
	if (!ad_krb5_call_run(&j->call, timeout_ms, err))
		return ad_err_where(err, "log in", l->name);
	ok = store(context, ccache, &j->creds, service != NULL, err);
	ad_krb5_call_drop(&j->call);
	return ok;
}

/* --- names in a keytab ----------------------------------------------------------------------- */

struct wish {
	const char *name, *realm, *host;
};

/* How well a keytab's name fits: 0 not at all. */
static size_t fits(const char *have, const struct wish *wish)
{
	const char *want = wish->name;
	size_t h = strcspn(have, "@"), w;

	if (!want)
		return (memchr(have, '/', h) ? 1 : 3) +
		       4 * ad_krb5_realm_fits(have + h + 1, wish->realm, wish->host);
	if (strcmp(have, want) == 0)
		return 3;
	if (ad_caseeq(have, want))
		return 2;
	w = strcspn(want, "@");
	return h == w + 1 && have[w] == '$' && ad_casecmp(have, w, want, w) == 0 &&
	       ad_caseeq(have + h, want + w);
}

static krb5_error_code best_name(
	krb5_context context, krb5_keytab kt, const struct wish *want, char **best)
{
	krb5_keytab_entry entry;
	krb5_kt_cursor cursor;
	size_t most = 0;
	krb5_error_code rc = krb5_kt_start_seq_get(context, kt, &cursor);

	if (rc)
		return rc;
	while (!(rc = krb5_kt_next_entry(context, kt, &entry, &cursor))) {
		char *text = NULL;
		size_t fit = 0;

		if (!krb5_unparse_name(context, entry.principal, &text))
			fit = fits(text, want);
		if (fit > most) {
			most = fit;
			free(*best);
			*best = ad_strdup(text);
		}
		krb5_free_unparsed_name(context, text);
		krb5_free_keytab_entry_contents(context, &entry);
	}
	krb5_kt_end_seq_get(context, kt, &cursor);
	if (rc == KRB5_KT_END && (*best || want->name))
		rc = *best ? 0 : KRB5_KT_NOTFOUND;
	return rc;
}

bool ad_krb5_keytab_name(krb5_context context, const char *keytab, char **name, const char *realm,
	const char *host, struct ad_err *err)
{
	struct wish want = { *name, realm, host };
	char *best = NULL;
	krb5_keytab kt;
	krb5_error_code rc;

	if (!check_keytab(context, keytab, err))
		return false;
	rc = krb5_kt_resolve(context, keytab, &kt);
	if (!rc) {
		rc = best_name(context, kt, &want, &best);
		krb5_kt_close(context, kt);
	}
	if (rc) {
		ad_krb5_err(err, context, rc, "read the keytab");
		if (rc == KRB5_KT_NOTFOUND && err)
			snprintf(err->message, sizeof err->message, "it has no key for %s", *name);
		return ad_err_where(err, NULL, keytab);
	}
	free(*name);
	*name = best;
	return true;
}
