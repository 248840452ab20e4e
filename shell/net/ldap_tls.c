/* TLS: the certificate must be there, be valid, be issued by somebody we trust and carry the
 * server's name; why it does not is found out afterwards, see explain(). */
#include "base/stop.h"
#include "net/cert.h"
#include "net/ldap_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_STORE "/etc/ssl/certs/ca-certificates.crt"

static const char *store(const struct ad_ldap *ld)
{
	return ld->cacert ? ld->cacert : SYSTEM_STORE;
}

static bool set_tls(struct ad_ldap *ld, int require, struct ad_err *err)
{
	int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;

	if (access(store(ld), R_OK) != 0) {
		ad_err_errno(err, "cannot read the file of trusted certificates %s", store(ld));
		if (err)
			err->kind = AD_ERR_USAGE;
		return ad_err_hint(
			err, ld->cacert ? "check the name given with --cacert"
					: "apt install ca-certificates, or use --cacert FILE");
	}
	ldap_set_option(ld->h, LDAP_OPT_X_TLS_REQUIRE_CERT, &require);
	ldap_set_option(ld->h, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest);
	if (ldap_set_option(ld->h, LDAP_OPT_X_TLS_CACERTFILE, store(ld)) == LDAP_OPT_SUCCESS &&
		ldap_set_option(ld->h, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS)
		return true;
	ad_err_set(err, AD_ERR_USAGE, "tls", 0, "%s holds no usable certificates", store(ld));
	return ad_err_hint(
		err, "it must be a PEM file with the certificate of the issuing authority");
}

static bool ask_start_tls(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	LDAPMessage *msg;
	int msgid, rc = ldap_start_tls(ld->h, NULL, NULL, &msgid);

	if (rc != LDAP_SUCCESS)
		return ad_ldap_local_err(err, ld, rc, "StartTLS");
	if (ad_ldap_wait_until(ld, msgid, true, deadline, &msg, err) < 0)
		return ad_err_where(err, "StartTLS", NULL);
	return ad_ldap_check_result(ld, msg, "StartTLS", NULL, err);
}

static bool handshake(struct ad_ldap *ld, long long deadline)
{
	int rc;

	ld->wire->patient_until = deadline;
	ld->wire->error = 0;
	rc = ldap_install_tls(ld->h);
	ld->wire->patient_until = 0;
	return rc == LDAP_SUCCESS;
}

static bool set_up(struct ad_ldap *ld, int require, long long deadline, struct ad_err *err)
{
	return set_tls(ld, require, err) &&
	       (ld->place.tls != AD_TLS_STARTTLS || ask_start_tls(ld, deadline, err));
}

/* ---- why it failed ---- */

/* The certificate, by another connection on which nothing but the handshake is done. */
static bool fetch_certificate(struct ad_cert *c, const struct ad_ldap *ld, long long deadline)
{
	struct ad_wire wire = { .fd = -1 };
	struct ad_ldap probe = { .place = ld->place,
		.info = ld->info,
		.cacert = ld->cacert,
		.operation_ms = ld->operation_ms,
		.wire = &wire };
	struct berval der = { 0, NULL };
	bool ok = ad_ldap_dial(&probe, deadline, NULL) &&
		  set_up(&probe, LDAP_OPT_X_TLS_ALLOW, deadline, NULL) &&
		  handshake(&probe, deadline) &&
		  ldap_get_option(probe.h, LDAP_OPT_X_TLS_PEERCERT, &der) == LDAP_OPT_SUCCESS &&
		  der.bv_val && ad_cert_decode(c, (unsigned char *)der.bv_val, der.bv_len);

	ldap_memfree(der.bv_val);
	ad_ldap_close(&probe);
	return ok;
}

static bool untrusted(struct ad_err *err, const struct ad_ldap *ld, const struct ad_cert *c)
{
	const char *host = ld->info.host, *hint = "check the clock of this machine";
	char today[32], why[800];
	time_t now = time(NULL);

	strftime(today, sizeof today, "%Y%m%d%H%M%SZ", gmtime(&now));
	if (strcmp(c->not_after, today) < 0) {
		snprintf(why, sizeof why, "it expired on %.4s-%.2s-%.2s", c->not_after,
			c->not_after + 4, c->not_after + 6);
		hint = "renew it on the server; check the clock of this machine";
	} else if (strcmp(c->not_before, today) > 0) {
		snprintf(why, sizeof why, "it is not valid before %.4s-%.2s-%.2s", c->not_before,
			c->not_before + 4, c->not_before + 6);
	} else if (!ad_cert_covers(c, host)) {
		snprintf(why, sizeof why, "it is for %s", *c->names ? c->names : c->subject);
		hint = "use the name in the certificate: --server NAME";
	} else {
		snprintf(why, sizeof why, "its issuer %s is not among those in %s", c->issuer,
			store(ld));
		hint = "use --cacert FILE with the certificate of that issuer";
	}
	ad_err_set(err, AD_ERR_CONNECT, "tls", 0, "the certificate of %s is not trusted: %s", host,
		why);
	return ad_err_hint(err, "%s", hint);
}

static bool explain(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	struct ad_cert c;
	char *text = NULL;

	if (!ad_stop_check(err))
		return false;
	if (!ld->wire->error && fetch_certificate(&c, ld, deadline))
		return untrusted(err, ld, &c);
	ldap_get_option(ld->h, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	ad_err_set(err, AD_ERR_CONNECT, "tls", ld->wire->error, "no TLS connection to %s: %s",
		ld->info.uri,
		ld->wire->error == ETIMEDOUT ? "no answer"
		: ld->wire->error            ? strerror(ld->wire->error)
		: text                       ? text
					     : "refused");
	ldap_memfree(text);
	return ad_err_hint(err,
		"check that the server accepts TLS there; without --tls, Kerberos seals the connection itself");
}

/* GnuTLS under libldap knows no oldest version. */
static bool check_version(struct ad_ldap *ld, struct ad_err *err)
{
	char *version = NULL;
	bool ok;

	ldap_get_option(ld->h, LDAP_OPT_X_TLS_VERSION, &version);
	ok = version && (strstr(version, "1.2") || strstr(version, "1.3"));
	if (!ok)
		ad_err_set(err, AD_ERR_CONNECT, "tls", 0,
			"%s offers only %s, which is no longer safe", ld->info.host,
			version ? version : "an unknown version of TLS");
	ldap_memfree(version);
	return ok;
}

bool ad_ldap_start_tls(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	if (!set_up(ld, LDAP_OPT_X_TLS_DEMAND, deadline, err))
		return false;
	if (!handshake(ld, deadline))
		return explain(ld, deadline, err);
	return check_version(ld, err);
}

int ad_ldap_tls_bits(struct ad_ldap *ld)
{
	char *cipher = NULL;
	int bits;

	ldap_get_option(ld->h, LDAP_OPT_X_TLS_CIPHER, &cipher);
	bits = !cipher ? 0 : strstr(cipher, "128") ? 128 : 256; /* AES-256, CHACHA20 */
	ldap_memfree(cipher);
	return bits;
}
