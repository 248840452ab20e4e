/* What Kerberos says, in words, and what to do about it. See krb5.h. */
#include "base/buf.h"
#include "net/krb5_identity.h"

#include <errno.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct words {
	long code;
	const char *name, *message, *hint;
};

#define NEW_TICKET                                                                                 \
	"get one with kinit NAME@REALM, or let adsh log in with --user NAME or --keytab FILE"
#define SET_CLOCK                                                                                  \
	"compare \"date -u\" here and on the domain controller, then set the clock: "              \
	"timedatectl set-ntp true, or chronyc makestep (5 minutes are allowed)"
#define WRONG_PASSWORD                                                                             \
	"type it again or check the --password-file (too many tries lock the account); "           \
	"with --keytab: the keytab is older than the account's password, export it again"
#define SEE_DNS                                                                                    \
	"check the spelling of the realm, and that /etc/resolv.conf names the domain's DNS "       \
	"servers: \"host -t SRV _kerberos._tcp.REALM\" must answer"
#define SEE_CCACHE                                                                                 \
	"klist shows the cache in use; KRB5CCNAME or --ccache NAME choose another one, kinit "     \
	"creates a new one"
#define SEE_KEYTAB                                                                                 \
	"\"klist -kte FILE\" shows the keys; name the account with --user, or export the keytab "  \
	"again"
#define SEE_CONF "check /etc/krb5.conf, or the file that KRB5_CONFIG names"
#define ASK_ADMIN                                                                                  \
	"have an administrator look at the account: Unlock-ADAccount, Enable-ADAccount, or "       \
	"samba-tool user unlock and enable"
#define SEE_RULE                                                                                   \
	"delegation.get(source) shows what it may delegate to, delegation.inbound(target) whom "   \
	"the target accepts"

static const struct words list[] = {
	{ ENOENT, "ENOENT", "no such file", "check the path" },
	{ EACCES, "EACCES", "permission denied",
		"run adsh as the file's owner: keytabs most often belong to root" },
	{ KRB5_FCC_NOFILE, "KRB5_FCC_NOFILE", "there is no Kerberos ticket: no credential cache",
		NEW_TICKET },
	{ KRB5_CC_NOTFOUND, "KRB5_CC_NOTFOUND",
		"the credential cache has no ticket of this user or service", NEW_TICKET },
	{ KRB5KRB_AP_ERR_NO_TGT, "KRB_AP_ERR_NO_TGT", "there is no ticket-granting ticket",
		NEW_TICKET },
	{ KRB5_FCC_PERM, "KRB5_FCC_PERM", "the credential cache cannot be read: permission denied",
		SEE_CCACHE },
	{ KRB5_CC_FORMAT, "KRB5_CC_FORMAT", "this file is not a credential cache", SEE_CCACHE },
	{ KRB5_CCACHE_BADVNO, "KRB5_CCACHE_BADVNO", "this file is not a credential cache",
		SEE_CCACHE },
	{ KRB5_CC_BADNAME, "KRB5_CC_BADNAME", "this is not the name of a credential cache",
		SEE_CCACHE },
	{ KRB5_CC_UNKNOWN_TYPE, "KRB5_CC_UNKNOWN_TYPE",
		"the Kerberos library does not support this type of credential cache", SEE_CCACHE },
	{ KRB5_CC_IO, "KRB5_CC_IO", "the credential cache cannot be read or written", SEE_CCACHE },
	{ KRB5KRB_AP_ERR_TKT_EXPIRED, "KRB_AP_ERR_TKT_EXPIRED", "the Kerberos ticket has expired",
		NEW_TICKET },
	{ KRB5KRB_AP_ERR_TKT_NYV, "KRB_AP_ERR_TKT_NYV", "the Kerberos ticket is not valid yet",
		SET_CLOCK },
	{ KRB5KRB_AP_ERR_SKEW, "KRB_AP_ERR_SKEW",
		"the clocks of this machine and of the domain controller differ too much",
		SET_CLOCK },
	{ KRB5_KDCREP_SKEW, "KRB_AP_ERR_SKEW",
		"the clocks of this machine and of the domain controller differ too much",
		SET_CLOCK },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, "KDC_ERR_C_PRINCIPAL_UNKNOWN",
		"the domain does not know this user",
		"check name and realm: NAME@REALM with the sAMAccountName (a computer's ends with $), or the user principal name" },
	{ KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, "KDC_ERR_S_PRINCIPAL_UNKNOWN",
		"the domain does not know this service: no account has this service principal name",
		"name hosts by their full DNS name, not by an address or an alias; spn.find(SPN) shows who has a name" },
	{ KRB5KDC_ERR_PRINCIPAL_NOT_UNIQUE, "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
		"several accounts have this service principal name",
		"spn.find(SPN) lists them; remove it from all but one" },
	{ KRB5KDC_ERR_PREAUTH_FAILED, "KDC_ERR_PREAUTH_FAILED", "the password is wrong",
		WRONG_PASSWORD },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, "KRB_AP_ERR_BAD_INTEGRITY", "the password is wrong",
		WRONG_PASSWORD },
	{ KRB5_PREAUTH_FAILED, "KRB5_PREAUTH_FAILED",
		"the domain offers no login method that the Kerberos library supports",
		"the account may require a smart card: use a ticket obtained in another way (--ccache)" },
	{ KRB5KDC_ERR_CLIENT_REVOKED, "KDC_ERR_CLIENT_REVOKED",
		"the account is disabled, locked out or expired", ASK_ADMIN },
	{ KRB5KDC_ERR_NAME_EXP, "KDC_ERR_NAME_EXP", "the account has expired", ASK_ADMIN },
	{ KRB5KDC_ERR_CLIENT_NOTYET, "KDC_ERR_CLIENT_NOTYET", "the account is not valid yet",
		ASK_ADMIN },
	{ KRB5KDC_ERR_SERVICE_REVOKED, "KDC_ERR_SERVICE_REVOKED",
		"the account of the service is disabled", ASK_ADMIN },
	{ KRB5KDC_ERR_KEY_EXP, "KDC_ERR_KEY_EXPIRED",
		"the password has expired and must be changed",
		"kpasswd NAME@REALM, or kinit, which asks for the new one" },
	{ KRB5KDC_ERR_ETYPE_NOSUPP, "KDC_ERR_ETYPE_NOSUPP",
		"the domain has no key of a permitted encryption type for the account",
		"set the account's password again (an account without one has no keys) and allow AES in its msDS-SupportedEncryptionTypes; permitted_enctypes in /etc/krb5.conf" },
	{ KRB5_CONFIG_ETYPE_NOSUPP, "KRB5_CONFIG_ETYPE_NOSUPP",
		"krb5.conf permits no encryption type that the Kerberos library supports",
		SEE_CONF },
	{ KRB5KDC_ERR_POLICY, "KDC_ERR_POLICY", "a policy of the domain forbids it",
		"logon hours, allowed workstations, authentication policies and Protected Users can be the reason" },
	{ KRB5KDC_ERR_BADOPTION, "KDC_ERR_BADOPTION", "the domain controller refuses the request",
		SEE_RULE },
	{ KRB5KDC_ERR_WRONG_REALM, "KDC_ERR_WRONG_REALM", "the account belongs to another realm",
		"log in as NAME@REALM with the realm that has the account" },
	{ KRB5_KDCREP_MODIFIED, "KRB5_KDCREP_MODIFIED",
		"the domain controller answered for another account than the one requested",
		"write the name as it is in the directory, and the realm in upper case" },
	{ KRB5KRB_AP_ERR_NOT_US, "KRB_AP_ERR_NOT_US", "the other realm does not accept the ticket",
		"check the trust between the two (direction, selective authentication); klist shows the tickets obtained so far" },
	{ KRB5KRB_AP_ERR_MODIFIED, "KRB_AP_ERR_MODIFIED",
		"the service cannot read the ticket: it has another key",
		"two accounts with the same service principal name, or a host whose password was reset: spn.find(SPN)" },
	{ KRB5KDC_ERR_MUST_USE_USER2USER, "KDC_ERR_MUST_USE_USER2USER",
		"the target is an account without a service principal name",
		"name a service (cifs/host.domain), or register one with spn.add" },
	{ KRB5KDC_ERR_SVC_UNAVAILABLE, "KDC_ERR_SVC_UNAVAILABLE",
		"the domain controller cannot process the request now",
		"try again, or use another --server" },
	{ KRB5KRB_ERR_GENERIC, "KRB_ERR_GENERIC",
		"the domain controller could not process the request", "its event log says more" },
	{ KRB5_KDC_UNREACH, "KRB5_KDC_UNREACH", "no KDC of the realm answers",
		"check that a domain controller is up and its port 88 reachable (firewall, VPN): \"nc -vz DC 88\"" },
	{ KRB5_REALM_UNKNOWN, "KRB5_REALM_UNKNOWN", "no KDC of the realm was found", SEE_DNS },
	{ KRB5_REALM_CANT_RESOLVE, "KRB5_REALM_CANT_RESOLVE", "no KDC of the realm was found",
		SEE_DNS },
	{ KRB5_CONFIG_NODEFREALM, "KRB5_CONFIG_NODEFREALM", "the realm to use is not known",
		"name it: NAME@REALM or --domain NAME, or default_realm in /etc/krb5.conf" },
	{ KRB5_CONFIG_CANTOPEN, "KRB5_CONFIG_CANTOPEN", "the Kerberos configuration cannot be read",
		SEE_CONF },
	{ KRB5_CONFIG_BADFORMAT, "KRB5_CONFIG_BADFORMAT",
		"the Kerberos configuration contains an error", SEE_CONF },
	{ KRB5_KT_NOTFOUND, "KRB5_KT_NOTFOUND",
		"the keytab has no key for this account that the domain accepts", SEE_KEYTAB },
	{ KRB5_KT_KVNONOTFOUND, "KRB5_KT_KVNONOTFOUND",
		"the keytab does not have the current version of the key", SEE_KEYTAB },
	{ KRB5_KT_END, "KRB5_KT_END", "the keytab is empty", SEE_KEYTAB },
	{ KRB5_KT_IOERR, "KRB5_KT_IOERR", "the keytab cannot be read", SEE_KEYTAB },
	{ KRB5_KT_UNKNOWN_TYPE, "KRB5_KT_UNKNOWN_TYPE", "this is not the name of a keytab",
		SEE_KEYTAB },
	{ KRB5_KEYTAB_BADVNO, "KRB5_KEYTAB_BADVNO", "this file is not a keytab", SEE_KEYTAB },
};

/* NTSTATUS of a Windows or Samba KDC (MS-KILE 2.2.2, MS-ERREF 2.3): finer than the code. */
static const struct words statuses[] = {
	{ 0xC0000022, "STATUS_ACCESS_DENIED", "the domain controller denies access", NULL },
	{ 0xC000005E, "STATUS_NO_LOGON_SERVERS", "no domain controller could check the login",
		NULL },
	{ 0xC0000064, "STATUS_NO_SUCH_USER", "the domain does not know this user", NULL },
	{ 0xC000006A, "STATUS_WRONG_PASSWORD", "the password is wrong", NULL },
	{ 0xC000006E, "STATUS_ACCOUNT_RESTRICTION",
		"the user may not be delegated or is restricted otherwise",
		"\"Account is sensitive and cannot be delegated\" and membership in Protected Users forbid delegation: use another user for this job" },
	{ 0xC000006F, "STATUS_INVALID_LOGON_HOURS", "the account may not log in at this hour",
		ASK_ADMIN },
	{ 0xC0000070, "STATUS_INVALID_WORKSTATION", "the account may not log in from this machine",
		ASK_ADMIN },
	{ 0xC0000071, "STATUS_PASSWORD_EXPIRED", "the password has expired and must be changed",
		NULL },
	{ 0xC0000072, "STATUS_ACCOUNT_DISABLED", "the account is disabled",
		"have it enabled: Enable-ADAccount, or samba-tool user enable" },
	{ 0xC00000BB, "STATUS_NOT_SUPPORTED", "the source has no delegation rule at all", NULL },
	{ 0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC", "the clocks differ too much",
		"set the clock of this machine to that of the domain" },
	{ 0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED", "the account may not use this login method",
		"a user right on the target, such as \"Access this computer from the network\", is missing" },
	{ 0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT",
		"the domain does not have this computer's account, or the trust's", NULL },
	{ 0xC0000193, "STATUS_ACCOUNT_EXPIRED", "the account has expired", ASK_ADMIN },
	{ 0xC0000224, "STATUS_PASSWORD_MUST_CHANGE",
		"the password must be changed before the first login", NULL },
	{ 0xC0000225, "STATUS_NOT_FOUND", "the target does not accept this source (no rule there)",
		NULL },
	{ 0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT", "the account is locked out",
		"wait until the lock ends, or have it unlocked: Unlock-ADAccount, or samba-tool user unlock" },
	{ 0xC0000272, "STATUS_NO_MATCH",
		"the target is not in the source's list, or the user's ticket may not be passed on",
		NULL },
	{ 0xC00002FD, "STATUS_KDC_UNKNOWN_ETYPE",
		"the account's keys and the KDC have no type of encryption in common",
		"check msDS-SupportedEncryptionTypes; a new password makes AES keys" },
	{ 0xC0000388, "STATUS_DOWNGRADE_DETECTED",
		"Kerberos failed, and the server accepts nothing weaker", NULL },
	{ 0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED",
		"the trust has selective authentication and does not let this account in",
		"grant \"Allowed to authenticate\" on the target's account" },
};

#define FIND(table, code) find(table, sizeof table / sizeof *table, code)

static const struct words *find(const struct words *t, size_t n, long code)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].code == code)
			return &t[i];
	return NULL;
}

/* Errors of the system, such as a keytab that is not there, come as errno values. */
static bool fill(struct ad_err *err, long code, const char *text, const char *op)
{
	const struct words *w = FIND(list, code);

	if (!err)
		return false;
	ad_err_set(err, AD_ERR_CONNECT, "krb5", code, "%s",
		w       ? w->message
		: *text ? text
			: "Kerberos failed");
	if (w) {
		snprintf(err->name, sizeof err->name, "%s", w->name);
		snprintf(err->diagnostic, sizeof err->diagnostic, "%s", text);
		ad_err_hint(err, "%s", w->hint);
	}
	return ad_err_where(err, op, NULL);
}

bool ad_krb5_err(struct ad_err *err, struct _krb5_context *context, long code, const char *op)
{
	const char *text = krb5_get_error_message(context, (krb5_error_code)code);

	fill(err, code, text ? text : "", op);
	krb5_free_error_message(context, text);
	return false;
}

bool ad_krb5_err_status(struct ad_err *err, unsigned long status)
{
	const struct words *w = FIND(statuses, (long)status);

	if (!err || !status)
		return false;
	err->win32 = status;
	if (!w)
		return false;
	snprintf(err->message, sizeof err->message, "%s", w->message);
	return w->hint ? ad_err_hint(err, "%s", w->hint) : false;
}

static void gss_text(struct ad_buf *out, OM_uint32 code, int type)
{
	OM_uint32 minor, more = 0;
	gss_buffer_desc text;

	do {
		if (gss_display_status(&minor, code, type, GSS_C_NO_OID, &more, &text))
			break;
		ad_buf_printf(out, "%s%.*s", out->len ? ": " : "", (int)text.length,
			(const char *)text.value);
		gss_release_buffer(&minor, &text);
	} while (more);
}

bool ad_krb5_gss_err(struct ad_err *err, unsigned major, unsigned minor, const char *op)
{
	long code = (int32_t)minor;
	struct ad_buf text = AD_BUF_INIT;

	if (!code && GSS_ROUTINE_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED)
		code = KRB5KRB_AP_ERR_TKT_EXPIRED;
	else if (!code && GSS_ROUTINE_ERROR(major) == GSS_S_NO_CRED)
		code = KRB5KRB_AP_ERR_NO_TGT;
	if (minor)
		gss_text(&text, minor, GSS_C_MECH_CODE);
	else
		gss_text(&text, major, GSS_C_GSS_CODE);
	/* below SPNEGO the library has numbers of its own for the same */
	if (FIND(list, code) || !ad_krb5_text_err(err, ad_buf_text(&text), op))
		fill(err, code, ad_buf_text(&text), op);
	ad_buf_clear(&text);
	return false;
}

bool ad_krb5_text_err(struct ad_err *err, const char *text, const char *op)
{
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		const char *known = krb5_get_error_message(NULL, (krb5_error_code)list[i].code);
		bool same = known && *known && strstr(text, known);

		krb5_free_error_message(NULL, known);
		if (same) {
			fill(err, list[i].code, text, op);
			return true;
		}
	}
	return false;
}

bool ad_krb5_clocks_differ(const struct ad_err *err)
{
	return err->code == KRB5KRB_AP_ERR_SKEW || err->code == KRB5_KDCREP_SKEW;
}

bool ad_krb5_ticket_refused(const struct ad_err *err)
{
	return ad_krb5_clocks_differ(err) || err->code == KRB5KRB_AP_ERR_TKT_EXPIRED ||
	       err->code == KRB5KRB_AP_ERR_TKT_NYV || err->code == KRB5KRB_AP_ERR_MODIFIED ||
	       err->code == KRB5KRB_AP_ERR_NOT_US;
}

bool ad_krb5_name_unknown(const struct ad_err *err)
{
	return err->code == KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN || err->code == KRB5_REALM_UNKNOWN ||
	       err->code == KRB5_REALM_CANT_RESOLVE;
}
