/* TLS: the certificate must be there, be valid, be issued by somebody we trust and carry the
 * server's name; why it does not is found out afterwards, see explain(). */
#include "base/stop.h"
#include "net/ldap_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_STORE "/etc/ssl/certs/ca-certificates.crt"

static bool set_tls(struct ad_ldap *ld, struct ad_err *err)
{
	const char *file = ld->cacert ? ld->cacert : SYSTEM_STORE;
	int demand = LDAP_OPT_X_TLS_DEMAND, oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;

	if (access(file, R_OK) != 0) {
		ad_err_errno(err, "cannot read the file of trusted certificates %s", file);
		if (err)
			err->kind = AD_ERR_USAGE;
		return ad_err_hint(
			err, ld->cacert ? "check the name given with --cacert"
					: "apt install ca-certificates, or use --cacert FILE");
	}
	ldap_set_option(ld->h, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	ldap_set_option(ld->h, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest);
	if (ldap_set_option(ld->h, LDAP_OPT_X_TLS_CACERTFILE, file) == LDAP_OPT_SUCCESS &&
		ldap_set_option(ld->h, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS)
		return true;
	ad_err_set(err, AD_ERR_USAGE, "tls", 0, "%s holds no usable certificates", file);
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

	ld->wire.patient_until = deadline;
	ld->wire.error = 0;
	rc = ldap_install_tls(ld->h);
	ld->wire.patient_until = 0;
	return rc == LDAP_SUCCESS;
}

static bool explain(struct ad_ldap *ld, struct ad_err *err)
{
	char *text = NULL;

	if (!ad_stop_check(err))
		return false;
	ldap_get_option(ld->h, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	ad_err_set(err, AD_ERR_CONNECT, "tls", ld->wire.error, "no TLS connection to %s: %s",
		ld->info.host,
		ld->wire.error ? strerror(ld->wire.error)
		: text         ? text
			       : "refused");
	ldap_memfree(text);
	return false;
}

bool ad_ldap_start_tls(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	if (!set_tls(ld, err))
		return false;
	if (ld->place.tls == AD_TLS_STARTTLS && !ask_start_tls(ld, deadline, err))
		return false;
	return handshake(ld, deadline) || explain(ld, err);
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
