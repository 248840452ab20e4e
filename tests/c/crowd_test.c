/* Who is a crowd, by the list of MS-DTYP 2.4.2.4. */
#include "codec/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define DOMAIN "S-1-5-21-1111111111-222222222-3333333333"

static const char *name_of(const char *text)
{
	struct ad_sid sid;

	if (!ad_sid_parse(&sid, text, NULL))
		fail_msg("%s", text);
	assert_int_equal(ad_sid_is_crowd(&sid), ad_crowd_name(&sid) != NULL);
	return ad_crowd_name(&sid);
}

static void knows_the_crowds(void **state)
{
	static const struct {
		const char *sid, *name;
	} crowds[] = {
		{ "S-1-1-0", "Everyone" },
		{ "S-1-2-0", "LOCAL" },
		{ "S-1-2-1", "CONSOLE LOGON" },
		{ "S-1-5-1", "NT AUTHORITY\\DIALUP" },
		{ "S-1-5-2", "NT AUTHORITY\\NETWORK" },
		{ "S-1-5-3", "NT AUTHORITY\\BATCH" },
		{ "S-1-5-4", "NT AUTHORITY\\INTERACTIVE" },
		{ "S-1-5-6", "NT AUTHORITY\\SERVICE" },
		{ "S-1-5-7", "NT AUTHORITY\\ANONYMOUS LOGON" },
		{ "S-1-5-11", "NT AUTHORITY\\Authenticated Users" },
		{ "S-1-5-13", "NT AUTHORITY\\TERMINAL SERVER USER" },
		{ "S-1-5-14", "NT AUTHORITY\\REMOTE INTERACTIVE LOGON" },
		{ "S-1-5-15", "NT AUTHORITY\\This Organization" },
		{ "S-1-5-17", "NT AUTHORITY\\IUSR" },
		{ "S-1-5-113", "NT AUTHORITY\\Local account" },
		{ "S-1-5-1000", "NT AUTHORITY\\Other Organization" },
		{ "S-1-5-21-0-0-0-496", "COMPOUNDED AUTHENTICATION" },
		{ "S-1-5-21-0-0-0-497", "CLAIMS VALID" },
		{ "S-1-5-32-545", "BUILTIN\\Users" },
		{ "S-1-5-32-546", "BUILTIN\\Guests" },
		{ "S-1-5-32-554", "BUILTIN\\Pre-Windows 2000 Compatible Access" },
		{ "S-1-5-64-10", "NT AUTHORITY\\NTLM Authentication" },
		{ "S-1-5-64-14", "NT AUTHORITY\\SChannel Authentication" },
		{ "S-1-5-64-21", "NT AUTHORITY\\Digest Authentication" },
		{ "S-1-5-65-1", "NT AUTHORITY\\This Organization Certificate" },
		{ "S-1-5-80-0", "NT SERVICE\\ALL SERVICES" },
		{ "S-1-15-2-1", "APPLICATION PACKAGE AUTHORITY\\ALL APPLICATION PACKAGES" },
		{ "S-1-15-2-2",
			"APPLICATION PACKAGE AUTHORITY\\ALL RESTRICTED APPLICATION PACKAGES" },
		{ "S-1-18-1", "Authentication authority asserted identity" },
		{ "S-1-18-2", "Service asserted identity" },
		{ "S-1-18-3", "Fresh public key identity" },
		{ "S-1-18-4", "Key trust identity" },
		{ "S-1-18-5", "Key property multi-factor authentication" },
		{ "S-1-18-6", "Key property attestation" },
		{ DOMAIN "-513", "Domain Users" },
		{ DOMAIN "-514", "Domain Guests" },
		{ DOMAIN "-515", "Domain Computers" },
		{ "S-1-5-21-4-5-6-513", "Domain Users" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof crowds / sizeof *crowds; i++) {
		const char *name = name_of(crowds[i].sid);

		if (!name || strcmp(name, crowds[i].name) != 0)
			fail_msg("%s: %s", crowds[i].sid, name ? name : "no crowd");
	}
}

static void knows_who_is_none(void **state)
{
	static const char *const others[] = { "S-1-0-0", "S-1-1-1", "S-1-1-0-0", "S-1-3-0",
		"S-1-3-4", "S-1-5-8", "S-1-5-9", "S-1-5-10", "S-1-5-12", "S-1-5-18", "S-1-5-19",
		"S-1-5-20", "S-1-5-33", "S-1-5-114", "S-1-5-32", "S-1-5-32-544", "S-1-5-32-555",
		"S-1-5-32-545-0", "S-1-5-64", "S-1-5-64-11", "S-1-5-32-513", DOMAIN, DOMAIN "-500",
		DOMAIN "-501", DOMAIN "-512", DOMAIN "-516", DOMAIN "-545", DOMAIN "-1104",
		DOMAIN "-1-513", "S-1-5-21-1-2-513", "S-1-5-21-513", "S-1-5-22-1-2-3-513",
		"S-1-4-21-1-2-3-513", "S-1-5-21-1-0-0-497", "S-1-16-4096", "S-1-18-7",
		"S-1-0x010000000001-0", "S-1-0x000100000005-2" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof others / sizeof *others; i++)
		if (name_of(others[i]))
			fail_msg("%s is no crowd", others[i]);
}

static void knows_that_nobody_is_none(void **state)
{
	static const struct ad_sid none;

	(void)state;
	assert_false(ad_sid_is_crowd(&none));
	assert_null(ad_crowd_name(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_crowds),
		cmocka_unit_test(knows_who_is_none),
		cmocka_unit_test(knows_that_nobody_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
