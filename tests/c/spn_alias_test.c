/* sPNMappings: the values are those that Windows and Samba ship (MS-ADA3 2.276), shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ad/spn_alias.h"

static const struct ad_value values[] = {
	{ "host=alerter,appmgmt,cifs,http,www", 34 },
	{ "no mapping", 10 },
	{ "ldap = gc, ldaps", 16 },
};

/* "" when nothing covers it. */
static void cover_is(const char *spn, const char *expected)
{
	struct ad_spn_aliases *a = ad_spn_aliases_new(values, 3);
	struct ad_buf out = AD_BUF_INIT;

	assert_int_equal(ad_spn_alias(&out, a, spn, strlen(spn)), *expected != 0);
	assert_string_equal(ad_buf_text(&out), expected);
	ad_buf_clear(&out);
	ad_spn_aliases_free(a);
}

static void maps_classes(void **state)
{
	(void)state;
	cover_is("cifs/host01.alpha.test", "host/host01.alpha.test");
	cover_is("CIFS/h", "host/h");
	cover_is("http/h:8080/x", "host/h:8080/x");
	cover_is("ldaps/h", "ldap/h");
	cover_is("gc/h", "ldap/h");
	cover_is("host/h", "");
	cover_is("cif/h", "");
	cover_is("cifss/h", "");
	cover_is("Microsoft Virtual System Migration Service/h", "");
	cover_is("cifs", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(maps_classes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
