/* Service principal names: the forms in MS-ADTS 5.1.1.4, MS-DRSR 2.2.4.2 and those that
 * Hyper-V and SQL Server register. */
#include "codec/spn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static bool parse(struct ad_spn *spn, const char *text)
{
	struct ad_err err;

	return ad_spn_parse(spn, text, strlen(text), &err) || err.kind != AD_ERR_USAGE;
}

static void part(const char *p, size_t n, const char *want)
{
	assert_int_equal(n, want ? strlen(want) : 0);
	assert_true(want ? p && memcmp(p, want, n) == 0 : !p);
}

static void splits_every_form(void **state)
{
	static const char *const forms[][5] = {
		{ "HOST/host01", "HOST", "host01", NULL, NULL },
		{ "Microsoft Virtual System Migration Service/host01.alpha.test",
			"Microsoft Virtual System Migration Service", "host01.alpha.test", NULL,
			NULL },
		{ "MSSQLSvc/db.alpha.test:1433", "MSSQLSvc", "db.alpha.test", "1433", NULL },
		{ "MSSQLSvc/db.alpha.test:SQLEXPRESS", "MSSQLSvc", "db.alpha.test", "SQLEXPRESS",
			NULL },
		{ "ldap/dc1.alpha.test/DomainDnsZones.alpha.test", "ldap", "dc1.alpha.test", NULL,
			"DomainDnsZones.alpha.test" },
		{ "E3514235-4B06-11D1-AB04-00C04FC2DCD2/0b4f/alpha.test",
			"E3514235-4B06-11D1-AB04-00C04FC2DCD2", "0b4f", NULL, "alpha.test" },
		{ "http/[2001:db8::1]:8080/x/y", "http", "[2001:db8::1]", "8080", "x/y" },
		{ "http/[::1]", "http", "[::1]", NULL, NULL },
	};
	struct ad_spn spn;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		assert_true(parse(&spn, forms[i][0]));
		part(spn.service, spn.service_len, forms[i][1]);
		part(spn.host, spn.host_len, forms[i][2]);
		part(spn.port, spn.port_len, forms[i][3]);
		part(spn.name, spn.name_len, forms[i][4]);
	}
}

static void refuses_what_is_no_spn(void **state)
{
	static const char *const bad[] = { "", "/", "host01", "HOST/", "/host01", "HOST//x",
		"HOST/host01/", "HOST/host01:", "HOST/:80", "HOST/host 01", "HOST/host01: 80",
		" HOST/host01", "HOST /host01", "HO\nST/host01", "HOST/host01\t" };
	struct ad_spn spn;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(parse(&spn, bad[i]));
	assert_false(ad_spn_parse(&spn, "HOST/a\0b", 8, NULL));
}

static bool equal(const char *a, const char *b)
{
	struct ad_spn x, y;

	return parse(&x, a) && parse(&y, b) && ad_spn_equal(&x, &y);
}

static void compares_without_case(void **state)
{
	(void)state;
	assert_true(equal("HOST/Host01", "host/hOST01"));
	assert_true(equal("a/b:C/d", "A/B:c/D"));
	assert_false(equal("HOST/host01", "HOST/host01.alpha.test"));
	assert_false(equal("HOST/host01", "HOST/host01:80"));
	assert_false(equal("HOST/host01", "HOST/host01/x"));
	assert_false(equal("HOST/host01:80", "HOST/host01/80"));
	assert_false(equal("HOST/host01", "cifs/host01"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_every_form),
		cmocka_unit_test(refuses_what_is_no_spn),
		cmocka_unit_test(compares_without_case),
	};

	return cmocka_run_group_tests_name("spn", tests, NULL, NULL);
}
