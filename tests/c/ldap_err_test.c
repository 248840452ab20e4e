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
		0x21c7, "service principal name already", "spn.find");
	says(19, "samldb: spn[HTTP/x] would cause a conflict", 0, "service principal name already",
		"spn.find");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_names),
		cmocka_unit_test(kinds),
		cmocka_unit_test(logon_failures),
		cmocka_unit_test(windows_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
