/* Whether an entry is the one that was asked for. GUIDs and SIDs are written by hand after
 * MS-DTYP 2.3.4 and 2.4.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "net/ldap_query.h"

#define DN "CN=a,OU=Über,DC=alpha,DC=test"

/* objectGUID 03020100-0504-0706-0809-0a0b0c0d0e0f; objectSid S-1-5-18 */
static const unsigned char numbers[] =
	"\x30\x20\x04\x0aobjectGUID\x31\x12\x04\x10"
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
	"\x30\x1b\x04\x09objectSid\x31\x0e\x04\x0c"
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00";

static bool answers(const char *asked, const char *dn)
{
	struct ad_entry *e;
	struct ad_err err = { 0 };
	bool same;

	assert_true(ad_entry_decode(&e, dn, strlen(dn), numbers, sizeof numbers - 1, &err));
	same = ad_query_asked(asked, e, &err);
	if (!same)
		assert_int_equal(err.kind, AD_ERR_FAILED);
	ad_entry_free(e);
	return same;
}

static void the_same_in_other_letters(void **state)
{
	static const char *const same[] = { DN, "cn=A,ou=Über,dc=ALPHA,dc=test",
		"CN=a , OU=Über, DC=alpha,DC=test", "CN=\\61,OU=Über,DC=alpha,DC=test",
		"CN=a,OU=Uber,DC=alpha,DC=test", "CN=a,OU=über,DC=alpha,DC=test" };

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (!answers(same[i], DN))
			fail_msg("%s", same[i]);
	assert_true(answers("", ""));
	assert_true(answers("CN=\\?,DC=test", "CN=\\?,DC=test")); /* what a DC prints itself */
}

static void another_one(void **state)
{
	static const char *const other[] = { "", "CN=b,OU=Über,DC=alpha,DC=test",
		"OU=Über,DC=alpha,DC=test", "CN=x,CN=a,OU=Über,DC=alpha,DC=test",
		"CN=a,OU=Über,DC=beta,DC=test", "CN=a,DC=alpha,DC=test" };

	(void)state;
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (answers(other[i], DN))
			fail_msg("%s", other[i]);
	assert_false(answers(DN, ""));
}

static void by_number(void **state)
{
	(void)state;
	assert_true(answers("<GUID=03020100-0504-0706-0809-0A0B0C0D0E0F>", DN));
	assert_false(answers("<GUID=03020100-0504-0706-0809-0a0b0c0d0e00>", DN));
	assert_true(answers("<SID=S-1-5-18>", DN));
	assert_false(answers("<SID=S-1-5-19>", DN));
	assert_true(answers("<SID=010100000000000512000000>", DN)); /* cannot be told */
	assert_true(answers("<WKGUID=AA312825768811D1ADED00C04FD8D5CD,DC=alpha,DC=test>", DN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_in_other_letters),
		cmocka_unit_test(another_one),
		cmocka_unit_test(by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
