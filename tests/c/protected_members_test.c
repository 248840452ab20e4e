/* Members of groups that are named by their SIDs, in the forms that servers take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ad/protected.h"

/* The SID that is named, or "". */
static const char *sid_of(const char *dn)
{
	static char text[AD_SID_TEXT];
	struct ad_value v = { dn, strlen(dn) };
	struct ad_sid sid;

	text[0] = 0;
	if (ad_protected_member_sid(&sid, &v))
		ad_sid_format(&sid, text);
	return text;
}

static void finds_sids(void **state)
{
	(void)state;
	assert_string_equal(sid_of("<SID=S-1-5-11>"), "S-1-5-11");
	assert_string_equal(sid_of("<sid=s-1-5-11>"), "S-1-5-11");
	/* [MS-ADTS] 3.1.1.3.1.2.4: also the bytes, in hexadecimal; [MS-DTYP] 2.4.2.2 */
	assert_string_equal(sid_of("<SID=01010000000000050B000000>"), "S-1-5-11");
	assert_string_equal(
		sid_of("CN=S-1-5-11,CN=ForeignSecurityPrincipals,DC=a,DC=test"), "S-1-5-11");
	assert_string_equal(
		sid_of("cn = S-1-5-11 , CN=foreignsecurityprincipals,DC=a,DC=test"), "S-1-5-11");
	assert_string_equal(
		sid_of("CN=S\\2D1-5-11,CN=ForeignSecurityPrincipals,DC=a,DC=test"), "S-1-5-11");
}

static void takes_names_for_names(void **state)
{
	(void)state;
	assert_string_equal(sid_of("CN=S-1-5-11,OU=Hosts,DC=a,DC=test"), "");
	assert_string_equal(sid_of("CN=S-1-5-11-HV,CN=ForeignSecurityPrincipals,DC=a"), "");
	assert_string_equal(sid_of("CN=S-1-5-11"), "");
	assert_string_equal(sid_of("<SID=S-1-5-11"), "");
	assert_string_equal(sid_of("<SID=S-1-5-11>x"), "");
	assert_string_equal(sid_of("<SID=>"), "");
	assert_string_equal(sid_of("<SID=0101>"), "");
	assert_string_equal(sid_of("<SID="), "");
	assert_string_equal(sid_of(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_sids),
		cmocka_unit_test(takes_names_for_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
