/* Words for what a domain controller answers: LDAP result codes (RFC 4511 4.1.9, libldap's own
 * negative ones), the Windows error that AD writes in front of its diagnostic (MS-ERREF 2.2) and
 * the logon failures inside "AcceptSecurityContext error, data 52e". Where the two numbers
 * together say more than each (MS-ADTS 3.1.1.5 names both), "pairs" has the words. */
#include "net/ldap.h"
#include "base/limits.h"
#include "codec/ldap_codes.h"

#include <ctype.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
	long code;
	const char *name; /* the standard's name, for results */
	enum ad_err_kind kind;
	const char *message, *hint; /* hint may be NULL */
};

/* what the layers above call them */
_Static_assert(AD_LDAP_ADMIN_LIMIT_EXCEEDED == LDAP_ADMINLIMIT_EXCEEDED, "RFC 4511");
_Static_assert(AD_LDAP_CONSTRAINT_VIOLATION == LDAP_CONSTRAINT_VIOLATION, "RFC 4511");
_Static_assert(AD_LDAP_INSUFFICIENT_ACCESS == LDAP_INSUFFICIENT_ACCESS, "RFC 4511");
_Static_assert(AD_LDAP_UNWILLING_TO_PERFORM == LDAP_UNWILLING_TO_PERFORM, "RFC 4511");
_Static_assert(AD_LDAP_ALREADY_EXISTS == LDAP_ALREADY_EXISTS, "RFC 4511");

static const struct words results[] = {
	{ LDAP_OPERATIONS_ERROR, "operationsError", AD_ERR_FAILED,
		"the server cannot do this in the current state of the connection", NULL },
	{ LDAP_PROTOCOL_ERROR, "protocolError", AD_ERR_FAILED,
		"the server did not understand the request", NULL },
	{ LDAP_TIMELIMIT_EXCEEDED, "timeLimitExceeded", AD_ERR_FAILED,
		"the server's time limit was reached before the search was complete",
		"search a smaller part of the tree, or by indexed attributes" },
	{ LDAP_SIZELIMIT_EXCEEDED, "sizeLimitExceeded", AD_ERR_FAILED,
		"there are more entries than the server returns for one request",
		"ask for pages, or for fewer entries by a narrower filter" },
	{ LDAP_AUTH_METHOD_NOT_SUPPORTED, "authMethodNotSupported", AD_ERR_CONNECT,
		"the server does not support this login method", NULL },
	{ LDAP_STRONG_AUTH_REQUIRED, "strongerAuthRequired", AD_ERR_CONNECT,
		"the server requires a better protected connection (signing and sealing, or TLS)",
		"log in with Kerberos on port 389, or use --tls ldaps" },
	{ LDAP_REFERRAL, "referral", AD_ERR_FAILED, "another domain controller holds this object",
		"connect to the domain that the object belongs to" },
	{ LDAP_ADMINLIMIT_EXCEEDED, "adminLimitExceeded", AD_ERR_FAILED,
		"an administrative limit of the server was reached",
		"an object can hold about " AD_VALUE_BUDGET_TEXT
		" values that are not links; for a search narrow the filter" },
	{ LDAP_UNAVAILABLE_CRITICAL_EXTENSION, "unavailableCriticalExtension", AD_ERR_FAILED,
		"the server does not support an extension that this request needs", NULL },
	{ LDAP_CONFIDENTIALITY_REQUIRED, "confidentialityRequired", AD_ERR_CONNECT,
		"the server requires encryption for this",
		"log in with Kerberos on port 389, or use --tls ldaps" },
	{ LDAP_SASL_BIND_IN_PROGRESS, "saslBindInProgress", AD_ERR_CONNECT,
		"the login was not finished", NULL },
	{ LDAP_NO_SUCH_ATTRIBUTE, "noSuchAttribute", AD_ERR_CONFLICT,
		"a value to be removed does not exist",
		"someone else may have changed the object: read it again" },
	{ LDAP_UNDEFINED_TYPE, "undefinedAttributeType", AD_ERR_FAILED,
		"the schema does not have this attribute",
		"check the attribute's name; newer attributes need a newer schema (adprep)" },
	{ LDAP_INAPPROPRIATE_MATCHING, "inappropriateMatching", AD_ERR_FAILED,
		"this attribute cannot be compared in this way", NULL },
	{ LDAP_CONSTRAINT_VIOLATION, "constraintViolation", AD_ERR_FAILED,
		"the value violates a constraint of the directory", NULL },
	{ LDAP_TYPE_OR_VALUE_EXISTS, "attributeOrValueExists", AD_ERR_CONFLICT,
		"a value to be added already exists",
		"someone else may have changed the object: read it again" },
	{ LDAP_INVALID_SYNTAX, "invalidAttributeSyntax", AD_ERR_FAILED,
		"the value does not have the form that this attribute requires", NULL },
	{ LDAP_NO_SUCH_OBJECT, "noSuchObject", AD_ERR_NOTFOUND, "no such object", NULL },
	{ LDAP_ALIAS_PROBLEM, "aliasProblem", AD_ERR_FAILED, "an alias points nowhere", NULL },
	{ LDAP_INVALID_DN_SYNTAX, "invalidDNSyntax", AD_ERR_FAILED,
		"this is not a distinguished name",
		"write it as CN=name,OU=unit,DC=example,DC=com" },
	{ LDAP_ALIAS_DEREF_PROBLEM, "aliasDereferencingProblem", AD_ERR_FAILED,
		"an alias cannot be followed", NULL },
	{ LDAP_INAPPROPRIATE_AUTH, "inappropriateAuthentication", AD_ERR_CONNECT,
		"this account cannot use this login method", NULL },
	{ LDAP_INVALID_CREDENTIALS, "invalidCredentials", AD_ERR_CONNECT,
		"the server does not accept this user name and password, or this ticket",
		"check user name and password; with Kerberos: klist, then kinit again" },
	{ LDAP_INSUFFICIENT_ACCESS, "insufficientAccessRights", AD_ERR_FAILED,
		"you have no right to do this",
		"log in as an account that has it, or have the right delegated to yours" },
	{ LDAP_BUSY, "busy", AD_ERR_FAILED, "the domain controller is busy",
		"try again, or name another one with --server" },
	{ LDAP_UNAVAILABLE, "unavailable", AD_ERR_CONNECT,
		"the domain controller is shutting down, or the login's ticket is no longer valid",
		"log in again (kinit); or name another domain controller with --server" },
	{ LDAP_UNWILLING_TO_PERFORM, "unwillingToPerform", AD_ERR_FAILED,
		"the domain controller refuses to do this", NULL },
	{ LDAP_LOOP_DETECT, "loopDetect", AD_ERR_FAILED, "the server detected a loop", NULL },
	{ LDAP_NAMING_VIOLATION, "namingViolation", AD_ERR_FAILED,
		"an object of this class cannot be created there, or cannot have this name", NULL },
	{ LDAP_OBJECT_CLASS_VIOLATION, "objectClassViolation", AD_ERR_FAILED,
		"objects of this class cannot have this attribute, or must have one that is missing",
		NULL },
	{ LDAP_NOT_ALLOWED_ON_NONLEAF, "notAllowedOnNonLeaf", AD_ERR_FAILED,
		"the object has child objects", NULL },
	{ LDAP_NOT_ALLOWED_ON_RDN, "notAllowedOnRDN", AD_ERR_FAILED,
		"the attribute is part of the object's name: rename the object instead", NULL },
	{ LDAP_ALREADY_EXISTS, "entryAlreadyExists", AD_ERR_FAILED,
		"an object of this name already exists", NULL },
	{ LDAP_NO_OBJECT_CLASS_MODS, "objectClassModsProhibited", AD_ERR_FAILED,
		"an object's class cannot be changed", NULL },
	{ LDAP_AFFECTS_MULTIPLE_DSAS, "affectsMultipleDSAs", AD_ERR_FAILED,
		"this affects several servers", NULL },
	{ LDAP_VLV_ERROR, "virtualListViewError", AD_ERR_FAILED, "the list view failed", NULL },
	{ LDAP_OTHER, "other", AD_ERR_FAILED, "the domain controller had an internal error", NULL },
	{ LDAP_CANCELLED, "canceled", AD_ERR_FAILED, "the request was cancelled", NULL },
	{ LDAP_ASSERTION_FAILED, "assertionFailed", AD_ERR_CONFLICT,
		"the object is no longer in the expected state", NULL },
	/* libldap's own */
	{ LDAP_SERVER_DOWN, "serverDown", AD_ERR_CONNECT,
		"the connection to the domain controller is lost",
		"connect again, or name another domain controller with --server" },
	{ LDAP_LOCAL_ERROR, "localError", AD_ERR_FAILED, "the LDAP library reported an error",
		NULL },
	{ LDAP_ENCODING_ERROR, "encodingError", AD_ERR_FAILED, "the request could not be encoded",
		NULL },
	{ LDAP_DECODING_ERROR, "decodingError", AD_ERR_FAILED,
		"the server's answer could not be decoded", NULL },
	{ LDAP_TIMEOUT, "timeout", AD_ERR_CONNECT, "the domain controller does not answer",
		"name another one with --server, or allow more time" },
	{ LDAP_AUTH_UNKNOWN, "authUnknown", AD_ERR_CONNECT,
		"the SASL library of this machine does not support Kerberos (GSSAPI)",
		"apt install libsasl2-modules-gssapi-mit" },
	{ LDAP_FILTER_ERROR, "filterError", AD_ERR_USAGE, "this is not a valid LDAP filter", NULL },
	{ LDAP_USER_CANCELLED, "userCancelled", AD_ERR_INTERRUPTED, "interrupted", NULL },
	{ LDAP_PARAM_ERROR, "paramError", AD_ERR_FAILED,
		"the LDAP library was called with an invalid argument", NULL },
	{ LDAP_NO_MEMORY, "noMemory", AD_ERR_FAILED, "out of memory", NULL },
	{ LDAP_CONNECT_ERROR, "connectError", AD_ERR_CONNECT, "cannot connect", NULL },
	{ LDAP_NOT_SUPPORTED, "notSupported", AD_ERR_FAILED,
		"the LDAP library does not support this", NULL },
	{ LDAP_CONTROL_NOT_FOUND, "controlNotFound", AD_ERR_FAILED,
		"the server's answer is incomplete", NULL },
};

/* Windows errors that say more than the LDAP code. */
static const struct words win32[] = {
	{ 0x1f, NULL, AD_ERR_FAILED, "the domain controller could not process this",
		"a password can be set only over an encrypted connection: log in with Kerberos on port 389, or use --tls ldaps" },
	{ 0x4dc, NULL, AD_ERR_CONNECT, "the connection is not logged in", NULL },
	{ 0x522, NULL, AD_ERR_FAILED, "a privilege (user right) is missing",
		"a domain controller's policy grants it: log in as a Domain Admin, or have your account added there" },
	{ 0x524, NULL, AD_ERR_FAILED, "an account of this name (sAMAccountName) already exists",
		NULL },
	{ 0x526, NULL, AD_ERR_FAILED, "a group of this name (sAMAccountName) already exists",
		NULL },
	{ 0x52d, NULL, AD_ERR_FAILED, "the password does not meet the requirements of the domain",
		"the requirements concern length, complexity, history and age; an account can be enabled only with a password that meets them" },
	{ 0x200b, NULL, AD_ERR_FAILED, "the attribute may not have this value",
		"dNSHostName and service principal names of a computer must match its own name and the DNS suffixes of the domain" },
	{ 0x2020, NULL, AD_ERR_CONNECT, "the connection is not logged in", NULL },
	{ 0x206f, NULL, AD_ERR_FAILED, "the schema does not have this attribute", NULL },
	{ 0x2070, NULL, AD_ERR_FAILED, "the object would become larger than the directory allows",
		NULL },
	{ 0x2077, NULL, AD_ERR_FAILED, "the directory does not allow this change",
		"the object or the attribute belongs to the system" },
	{ 0x207d, NULL, AD_ERR_FAILED, "objects of this class cannot have this attribute", NULL },
	{ 0x2081, NULL, AD_ERR_FAILED, "the attribute can have only one value", NULL },
	{ 0x209a, NULL, AD_ERR_FAILED,
		"the attribute belongs to the account database (SAM) and cannot be written",
		"change what it is computed from: instead of memberOf, member of the group" },
	{ 0x20b1, NULL, AD_ERR_FAILED, "only the directory itself may change this attribute",
		NULL },
	{ 0x20b5, NULL, AD_ERR_NOTFOUND, "a value names an object that does not exist",
		"check the name; the object may have been moved or deleted" },
	{ 0x216c, NULL, AD_ERR_FAILED,
		"the value of unicodePwd is not a password in quotation marks", NULL },
	{ 0x216d, NULL, AD_ERR_FAILED,
		"your account has joined as many computers as ms-DS-MachineAccountQuota allows",
		"log in as an account with the right to create computers there" },
	{ 0x217d, NULL, AD_ERR_FAILED, "the domain controller's version store is full",
		"try again a little later, with fewer changes at a time" },
	{ 0x21c7, NULL, AD_ERR_FAILED,
		"another object of the forest already has this service principal name",
		"find it with spn.find, and remove it there first" },
	{ 0x21c8, NULL, AD_ERR_FAILED,
		"another object of the forest already has this user principal name", NULL },
};

#define READ_AGAIN "someone else may have changed the group: read it again"
#define IS_MEMBER "a member to be added is already in the group"
#define IS_NO_MEMBER "a member to be removed is not in the group"

/* A result together with a Windows error. */
static const struct {
	int result;
	struct words words;
} pairs[] = {
	{ LDAP_UNAVAILABLE_CRITICAL_EXTENSION,
		{ 0x57, NULL, AD_ERR_FAILED,
			"the domain controller no longer has the search whose next page was requested",
			"it keeps only a few paged searches for each connection: search again, with fewer searches at a time" } },
	{ LDAP_NO_SUCH_ATTRIBUTE,
		{ 0x57, NULL, AD_ERR_FAILED, "the schema does not have this attribute",
			"check the attribute's name; newer attributes need a newer schema (adprep)" } },
	{ LDAP_NO_SUCH_OBJECT,
		{ 0x525, NULL, AD_ERR_NOTFOUND, "a member to be added does not exist",
			"check its name; it may have been moved or deleted" } },
	{ LDAP_UNWILLING_TO_PERFORM, { 0x529, NULL, AD_ERR_CONFLICT, IS_NO_MEMBER, READ_AGAIN } },
	{ LDAP_UNWILLING_TO_PERFORM, { 0x561, NULL, AD_ERR_CONFLICT, IS_NO_MEMBER, READ_AGAIN } },
	{ LDAP_ALREADY_EXISTS, { 0x528, NULL, AD_ERR_CONFLICT, IS_MEMBER, READ_AGAIN } },
	{ LDAP_ALREADY_EXISTS, { 0x562, NULL, AD_ERR_CONFLICT, IS_MEMBER, READ_AGAIN } },
};

/* Logon failures: Win32 codes in hexadecimal after "data ", and SSPI's bad bindings. */
static const struct words logons[] = {
	{ 0x35b, NULL, AD_ERR_CONNECT,
		"the server requires TLS channel binding, and the binding sent does not match its certificate",
		"check that nothing between adsh and the server terminates TLS (a proxy, a load balancer); or log in without --tls: Kerberos seals port 389 itself" },
	{ 0x525, NULL, AD_ERR_CONNECT, "no such user", "check the user name" },
	{ 0x52e, NULL, AD_ERR_CONNECT, "wrong user name or password", NULL },
	{ 0x52f, NULL, AD_ERR_CONNECT, "a restriction of this account forbids this kind of login",
		"members of Protected Users can log in with Kerberos only: omit --simple" },
	{ 0x530, NULL, AD_ERR_CONNECT, "this account may not log in at this time of day", NULL },
	{ 0x531, NULL, AD_ERR_CONNECT, "this account may not log in from this machine", NULL },
	{ 0x532, NULL, AD_ERR_CONNECT, "the password has expired", "change it: kpasswd" },
	{ 0x533, NULL, AD_ERR_CONNECT, "the account is disabled", NULL },
	{ 0x568, NULL, AD_ERR_CONNECT, "the account is in more groups than a login can carry",
		NULL },
	{ 0x701, NULL, AD_ERR_CONNECT, "the account has expired", NULL },
	{ 0x773, NULL, AD_ERR_CONNECT, "the password must be changed before the first login",
		"change it: kpasswd" },
	{ 0x775, NULL, AD_ERR_CONNECT, "the account is locked out after too many wrong passwords",
		"wait until the lock ends, or unlock the account" },
	{ 0x20ee, NULL, AD_ERR_CONNECT,
		"the domain controller could not check the login: an internal failure",
		"try again, or name another one with --server" },
};

#define SEC_E_BAD_BINDINGS 0x80090346 /* MS-ERREF 2.1 */
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct words *find(const struct words *list, size_t n, long code)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].code == code)
			return &list[i];
	return NULL;
}

/* "00002098: SecErr: ..." or "80090346: LdapErr: ...": eight hexadecimal digits and a colon. */
static unsigned long windows_code(const char *diagnostic)
{
	for (int i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)diagnostic[i]))
			return 0;
	return diagnostic[8] == ':' ? strtoul(diagnostic, NULL, 16) : 0;
}

/* The number after ", data "; of bindings that do not fit, newer servers repeat SSPI's own. */
static const struct words *logon_failure(const char *diagnostic, unsigned long code)
{
	const char *p = strstr(diagnostic, ", data ");

	if (p)
		code = strtoul(p + 7, NULL, 16);
	return find(logons, COUNT(logons), code == SEC_E_BAD_BINDINGS ? 0x35b : (long)code);
}

static const struct words *windows_error(int result, unsigned long code)
{
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (pairs[i].result == result && pairs[i].words.code == (long)code)
			return &pairs[i].words;
	return find(win32, COUNT(win32), (long)code);
}

/* What only the server's words tell. */
static void refine(struct ad_err *err, int code, const char *diagnostic)
{
	if (code == LDAP_CONSTRAINT_VIOLATION && strstr(diagnostic, "would cause a conflict")) {
		snprintf(err->message, sizeof err->message, "%s",
			find(win32, COUNT(win32), 0x21c7)->message);
		ad_err_hint(err, "%s", find(win32, COUNT(win32), 0x21c7)->hint);
	} else if (code == LDAP_INSUFFICIENT_ACCESS && strstr(diagnostic, "alidated write")) {
		ad_err_hint(err,
			"the right you have (validated write) covers only names that match the account's own name and dNSHostName");
	} else if (strstr(diagnostic, "SeEnableDelegationPrivilege")) {
		ad_err_hint(err,
			"delegation settings need the user right \"Enable computer and user accounts to be trusted for delegation\" (SeEnableDelegationPrivilege) on the domain controllers");
	} else if (code == LDAP_UNWILLING_TO_PERFORM && strstr(diagnostic, "Sign or Seal")) {
		ad_err_hint(err, "the server does not accept a SASL layer inside TLS");
	}
}

bool ad_ldap_err(
	struct ad_err *err, int code, const char *diagnostic, const char *op, const char *dn)
{
	const struct words *w = find(results, COUNT(results), code), *more = NULL;
	unsigned long windows;
	bool logon;

	if (!diagnostic)
		diagnostic = "";
	windows = windows_code(diagnostic);
	logon = code == LDAP_INVALID_CREDENTIALS || strstr(diagnostic, "AcceptSecurityContext");
	if (logon)
		more = logon_failure(diagnostic, windows);
	else if (code > 0)
		more = windows_error(code, windows);
	if (!err)
		return false;
	if (w)
		ad_err_set(err, w->kind, "ldap", code, "%s", more ? more->message : w->message);
	else
		ad_err_set(
			err, AD_ERR_FAILED, "ldap", code, "the server answered with code %d", code);
	if (more && more->hint)
		ad_err_hint(err, "%s", more->hint);
	else if (w && w->hint)
		ad_err_hint(err, "%s", w->hint);
	if (more && (more->kind != AD_ERR_FAILED || err->kind == AD_ERR_CONFLICT))
		err->kind = more->kind;
	snprintf(err->name, sizeof err->name, "%s", w ? w->name : "");
	snprintf(err->diagnostic, sizeof err->diagnostic, "%s", diagnostic);
	err->win32 = logon && more ? (unsigned long)more->code : windows;
	ad_err_where(err, op, dn);
	refine(err, code, diagnostic);
	return false;
}
