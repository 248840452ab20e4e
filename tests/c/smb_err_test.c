/* Words for what file servers answer: names and numbers as in MS-ERREF 2.3.1. */
#include "net/smb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void names(void **state)
{
	static const struct {
		uint32_t status;
		const char *name;
		enum ad_err_kind kind;
	} wanted[] = { { 0x8000002d, "STATUS_STOPPED_ON_SYMLINK", AD_ERR_FAILED },
		{ 0xc0000022, "STATUS_ACCESS_DENIED", AD_ERR_FAILED },
		{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND", AD_ERR_NOTFOUND },
		{ 0xc0000035, "STATUS_OBJECT_NAME_COLLISION", AD_ERR_CONFLICT },
		{ 0xc0000056, "STATUS_DELETE_PENDING", AD_ERR_CONFLICT },
		{ 0xc000005e, "STATUS_NO_LOGON_SERVERS", AD_ERR_CONNECT },
		{ 0xc000006a, "STATUS_WRONG_PASSWORD", AD_ERR_CONNECT },
		{ 0xc000006f, "STATUS_INVALID_LOGON_HOURS", AD_ERR_CONNECT },
		{ 0xc0000070, "STATUS_INVALID_WORKSTATION", AD_ERR_CONNECT },
		{ 0xc0000071, "STATUS_PASSWORD_EXPIRED", AD_ERR_CONNECT },
		{ 0xc00000ae, "STATUS_PIPE_BUSY", AD_ERR_FAILED },
		{ 0xc00000b0, "STATUS_PIPE_DISCONNECTED", AD_ERR_FAILED },
		{ 0xc0000120, "STATUS_CANCELLED", AD_ERR_FAILED },
		{ 0xc0000128, "STATUS_FILE_CLOSED", AD_ERR_FAILED },
		{ 0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC", AD_ERR_CONNECT },
		{ 0xc000014b, "STATUS_PIPE_BROKEN", AD_ERR_FAILED },
		{ 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED", AD_ERR_CONNECT },
		{ 0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT", AD_ERR_CONNECT },
		{ 0xc0000193, "STATUS_ACCOUNT_EXPIRED", AD_ERR_CONNECT },
		{ 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE", AD_ERR_CONNECT },
		{ 0xc0000225, "STATUS_NOT_FOUND", AD_ERR_NOTFOUND },
		{ 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", AD_ERR_CONNECT },
		{ 0xc0000275, "STATUS_NOT_A_REPARSE_POINT", AD_ERR_FAILED },
		{ 0xc00002fd, "STATUS_KDC_UNKNOWN_ETYPE", AD_ERR_CONNECT },
		{ 0xc0000388, "STATUS_DOWNGRADE_DETECTED", AD_ERR_CONNECT },
		{ 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", AD_ERR_CONNECT } };
	struct ad_err err;

	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_false(ad_smb_err(&err, wanted[i].status, "open", "fs1"));
		assert_string_equal(err.name, wanted[i].name);
		assert_int_equal(err.kind, wanted[i].kind);
		assert_int_equal(err.code, (long)wanted[i].status);
		assert_null(strstr(err.message, "answered with code"));
	}
	ad_smb_err(&err, 0xc0001234, "open", "fs1");
	assert_non_null(strstr(err.message, "0xc0001234"));
}

/* Who cannot log in needs no right to administer shares. */
static void refused_logins(void **state)
{
	struct ad_err err;

	(void)state;
	assert_false(ad_smb_login_err(&err, 0xc0000022));
	assert_int_equal(err.kind, AD_ERR_CONNECT);
	assert_string_equal(err.name, "STATUS_ACCESS_DENIED");
	assert_non_null(strstr(err.message, "login"));
	assert_null(strstr(err.hint, "administer"));
	assert_false(ad_smb_login_err(&err, 0xc0000072));
	assert_string_equal(err.name, "STATUS_ACCOUNT_DISABLED");
	assert_string_equal(err.op, "log in");
	ad_smb_err(&err, 0xc0000022, "open", "fs1");
	assert_non_null(strstr(err.hint, "managing shares"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(refused_logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
