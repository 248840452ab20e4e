/* Words for results: the diagnostics are verbatim what Samba 4.22 and Windows Server send. */
#include "net/ldap.h"

#include <ldap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void standard_names(void **state)
{
	/* RFC 4511 4.1.9 */
	static const struct {
		int code;
		const char *name;
	} rfc[] = { { 1, "operationsError" }, { 2, "protocolError" }, { 3, "timeLimitExceeded" },
		{ 4, "sizeLimitExceeded" }, { 7, "authMethodNotSupported" },
		{ 8, "strongerAuthRequired" }, { 10, "referral" }, { 11, "adminLimitExceeded" },
		{ 12, "unavailableCriticalExtension" }, { 13, "confidentialityRequired" },
		{ 14, "saslBindInProgress" }, { 16, "noSuchAttribute" },
		{ 17, "undefinedAttributeType" }, { 18, "inappropriateMatching" },
		{ 19, "constraintViolation" }, { 20, "attributeOrValueExists" },
		{ 21, "invalidAttributeSyntax" }, { 32, "noSuchObject" }, { 33, "aliasProblem" },
		{ 34, "invalidDNSyntax" }, { 36, "aliasDereferencingProblem" },
		{ 48, "inappropriateAuthentication" }, { 49, "invalidCredentials" },
		{ 50, "insufficientAccessRights" }, { 51, "busy" }, { 52, "unavailable" },
		{ 53, "unwillingToPerform" }, { 54, "loopDetect" }, { 64, "namingViolation" },
		{ 65, "objectClassViolation" }, { 66, "notAllowedOnNonLeaf" },
		{ 67, "notAllowedOnRDN" }, { 68, "entryAlreadyExists" },
		{ 69, "objectClassModsProhibited" }, { 71, "affectsMultipleDSAs" },
		{ 80, "other" } };
	struct ad_err err;

	(void)state;
	for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++) {
		assert_false(ad_ldap_err(&err, rfc[i].code, NULL, "modify", "CN=x"));
		assert_string_equal(err.name, rfc[i].name);
		assert_int_equal(err.code, rfc[i].code);
		assert_string_equal(err.domain, "ldap");
		assert_string_equal(err.op, "modify");
		assert_string_equal(err.dn, "CN=x");
		assert_true(*err.message != 0);
	}
	ad_ldap_err(&err, 4711, "odd", NULL, NULL);
	assert_non_null(strstr(err.message, "4711"));
	assert_string_equal(err.diagnostic, "odd");
}

static void kinds(void **state)
{
	static const struct {
		int code;
		enum ad_err_kind kind;
	} wanted[] = { { LDAP_NO_SUCH_ATTRIBUTE, AD_ERR_CONFLICT },
		{ LDAP_TYPE_OR_VALUE_EXISTS, AD_ERR_CONFLICT },
		{ LDAP_NO_SUCH_OBJECT, AD_ERR_NOTFOUND },
		{ LDAP_STRONG_AUTH_REQUIRED, AD_ERR_CONNECT },
		{ LDAP_INVALID_CREDENTIALS, AD_ERR_CONNECT }, { LDAP_SERVER_DOWN, AD_ERR_CONNECT },
		{ LDAP_TIMEOUT, AD_ERR_CONNECT }, { LDAP_INSUFFICIENT_ACCESS, AD_ERR_FAILED },
		{ LDAP_SIZELIMIT_EXCEEDED, AD_ERR_FAILED },
		{ LDAP_UNWILLING_TO_PERFORM, AD_ERR_FAILED } };
	struct ad_err err;

	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		ad_ldap_err(&err, wanted[i].code, "", NULL, NULL);
		assert_int_equal(err.kind, wanted[i].kind);
	}
}

static void says(
	int code, const char *diagnostic, unsigned long win32, const char *words, const char *hint)
{
	struct ad_err err;

	ad_ldap_err(&err, code, diagnostic, NULL, NULL);
	assert_int_equal(err.win32, win32);
	assert_string_equal(err.diagnostic, diagnostic);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" is not in \"%s\"", words, err.message);
	if (hint && !strstr(err.hint, hint))
		fail_msg("\"%s\" is not in \"%s\"", hint, err.hint);
}

#define LOGON(data)                                                                                \
	"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " data       \
	", v1db1"

static void logon_failures(void **state)
{
	(void)state;
	says(49, LOGON("52e"), 0x52e, "wrong user name or password", NULL);
	says(49, LOGON("525"), 0x525, "no such user", NULL);
	says(49, LOGON("530"), 0x530, "this time of day", NULL);
	says(49, LOGON("531"), 0x531, "from this machine", NULL);
	says(49, LOGON("532"), 0x532, "password has expired", "kpasswd");
	says(49, LOGON("533"), 0x533, "disabled", NULL);
	says(49, LOGON("701"), 0x701, "account has expired", NULL);
	says(49, LOGON("773"), 0x773, "must be changed", "kpasswd");
	says(49, LOGON("775"), 0x775, "locked", NULL);
	says(49, LOGON("52f"), 0x52f, "restriction", "Protected Users");
	says(49,
		"80090346: LdapErr: DSID-0C090711, comment: AcceptSecurityContext error, data 35b, "
		"v1db1",
		0x35b, "channel binding", "proxy");
	says(49, "80090346: LdapErr: DSID-0C09089A, comment: AcceptSecurityContext error", 0x35b,
		"channel binding", NULL);
	/* Windows Server 2016 to 2022 repeat SEC_E_BAD_BINDINGS (MS-ERREF 2.1) */
	says(49,
		"80090346: LdapErr: DSID-0C0906D2, comment: AcceptSecurityContext error, data "
		"80090346, v3839",
		0x35b, "channel binding", "proxy");
	says(80,
		"80090304: LdapErr: DSID-0C0903A8, comment: AcceptSecurityContext error, data 20ee, "
		"v1db1",
		0x20ee, "could not check the login", "--server");
	says(49, "", 0, "does not accept", "kinit");
}

static void windows_errors(void **state)
{
	(void)state;
	says(50, "00002098: SecErr: DSID-031514A0, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n",
		0x2098, "no right", NULL);
	says(19,
		"000021C7: AtrErr: DSID-03200E6D, #1:\n\t0: 000021C7: DSID-03200E6D, problem 1005 "
		"(CONSTRAINT_ATT_TYPE), data 0, Att 90303 (servicePrincipalName)\n",
		0x21c7, "already has this service principal name", "spn.find");
	says(19, "samldb: spn[HTTP/x] would cause a conflict", 0,
		"already has this service principal name", "spn.find");
	says(1, "00002020: Operation unavailable without authentication", 0x2020, "not logged in",
		NULL);
	says(1,
		"000004DC: LdapErr: DSID-0C090A22, comment: In order to perform this operation a "
		"successful bind must be completed on the connection., data 0, v3839",
		0x4dc, "not logged in", NULL);
	says(8, "SASL:[GSSAPI]: Sign or Seal are required.", 0, "better protected", "--tls");
	says(32, "00002030: No such Base DN: CN=x", 0x2030, "no such object", NULL);
	/* not a code: too short, no colon, not hexadecimal */
	says(53, "2098: x", 0, "refuses", NULL);
	says(53, "00002098 x", 0, "refuses", NULL);
	says(53, "0000209g: x", 0, "refuses", NULL);
}

static void as(int code, const char *diagnostic, enum ad_err_kind kind, const char *words)
{
	struct ad_err err;

	ad_ldap_err(&err, code, diagnostic, NULL, NULL);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" is not in \"%s\"", words, err.message);
}

/* Results that mean another thing together with the Windows error (MS-ERREF 2.2). */
static void results_with_windows_errors(void **state)
{
	(void)state;
	as(16, "00000057: LdapErr: DSID-0C090D8A, comment: Error in attribute conversion operation",
		AD_ERR_FAILED, "schema does not have this attribute");
	as(16, "00002085: AtrErr: DSID-03152367, #1:", AD_ERR_CONFLICT, "does not exist");
	as(68, "00000562: UpdErr: DSID-031A11DA, problem 6005 (ENTRY_EXISTS), data 0",
		AD_ERR_CONFLICT, "already in the group");
	as(68, "00000528: UpdErr: DSID-031A11DA, problem 6005 (ENTRY_EXISTS), data 0",
		AD_ERR_CONFLICT, "already in the group");
	as(68, "00002071: UpdErr: DSID-030503C4, problem 6005 (ENTRY_EXISTS), data 0",
		AD_ERR_FAILED, "object of this name");
	as(68, "00000526: UpdErr: DSID-031A11DA, problem 6005 (ENTRY_EXISTS), data 0",
		AD_ERR_FAILED, "group of this name");
	as(53, "00000561: SvcErr: DSID-031A11E5, problem 5003 (WILL_NOT_PERFORM), data 0",
		AD_ERR_CONFLICT, "not in the group");
	as(53, "00000529: SvcErr: DSID-031A11E5, problem 5003 (WILL_NOT_PERFORM), data 0",
		AD_ERR_CONFLICT, "not in the group");
	as(32, "00000525: NameErr: DSID-031A1292, problem 2001 (NO_OBJECT), data 0",
		AD_ERR_NOTFOUND, "member to be added does not exist");
	as(12, "00000057: LdapErr: DSID-0C090B26, comment: Error processing control, data 0",
		AD_ERR_FAILED, "no longer has the search");
	as(12, "", AD_ERR_FAILED, "does not support an extension");
}

/* MS-ERREF 2.2: ERROR_DS_NAME_REFERENCE_INVALID, ERROR_PASSWORD_RESTRICTION,
 * ERROR_DS_UNICODEPWD_NOT_IN_QUOTES, ERROR_DS_INVALID_ATTRIBUTE_SYNTAX,
 * ERROR_DS_ILLEGAL_MOD_OPERATION, ERROR_DS_ATTRIBUTE_OWNED_BY_SAM, ERROR_GEN_FAILURE. */
static void more_windows_errors(void **state)
{
	(void)state;
	as(19, "000020B5: AtrErr: DSID-03152804, #1:", AD_ERR_NOTFOUND, "does not exist");
	as(19, "0000052D: AtrErr: DSID-03190FC9, #1:", AD_ERR_FAILED, "requirements of the domain");
	as(53, "0000052D: SvcErr: DSID-031A124C, problem 5003", AD_ERR_FAILED,
		"requirements of the domain");
	as(19, "0000216C: AtrErr: DSID-03190EB0, #1:", AD_ERR_FAILED, "quotation marks");
	as(19, "0000200B: AtrErr: DSID-033E0F1B, #1:", AD_ERR_FAILED, "may not have this value");
	as(53, "00002077: SvcErr: DSID-031B0DE7, problem 5003", AD_ERR_FAILED,
		"does not allow this change");
	as(53, "0000209A: SvcErr: DSID-031A1012, problem 5003", AD_ERR_FAILED, "SAM");
	as(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003", AD_ERR_FAILED,
		"could not process this");
	says(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003", 0x1f, "process", "encrypted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_names),
		cmocka_unit_test(kinds),
		cmocka_unit_test(logon_failures),
		cmocka_unit_test(windows_errors),
		cmocka_unit_test(results_with_windows_errors),
		cmocka_unit_test(more_windows_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
