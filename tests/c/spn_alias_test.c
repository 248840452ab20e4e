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

static void relation_is(const char *spn, const char *other, enum ad_spn_relation expected)
{
	struct ad_spn_aliases *a = ad_spn_aliases_new(values, 3);
	struct ad_value x = { spn, strlen(spn) }, y = { other, strlen(other) };

	assert_int_equal(ad_spn_relate(a, &x, &y), expected);
	assert_int_equal(ad_spn_relate(NULL, &x, &y),
		expected == AD_SPN_SAME ? AD_SPN_SAME : AD_SPN_UNRELATED);
	ad_spn_aliases_free(a);
}

static void relates_names(void **state)
{
	(void)state;
	relation_is("cifs/h", "CIFS/H", AD_SPN_SAME);
	relation_is("HOST/h", "cifs/H", AD_SPN_COVERS);
	relation_is("cifs/h", "host/h", AD_SPN_COVERED);
	relation_is("cifs/h", "http/h", AD_SPN_UNRELATED);
	relation_is("HOST/h", "cifs/h2", AD_SPN_UNRELATED);
	relation_is("HOST/h", "cifs/h:445", AD_SPN_UNRELATED);
	relation_is("HOST/h:80/x", "http/h:80/x", AD_SPN_COVERS);
	relation_is("ldap/h", "GC/h", AD_SPN_COVERS);
	relation_is("ldap/h", "cifs/h", AD_SPN_UNRELATED);
	relation_is("host", "cifs", AD_SPN_UNRELATED);
	relation_is("fs1", "fs1", AD_SPN_SAME);
}

static void collect(void *arg, const char *spn, size_t n)
{
	ad_buf_printf(arg, "%.*s ", (int)n, spn);
}

static void covered_are(const char *spn, const char *expected)
{
	struct ad_spn_aliases *a = ad_spn_aliases_new(values, 3);
	struct ad_buf out = AD_BUF_INIT;

	ad_spn_covered(a, spn, strlen(spn), collect, &out);
	assert_string_equal(ad_buf_text(&out), expected);
	ad_buf_clear(&out);
	ad_spn_aliases_free(a);
}

static void lists_what_a_class_stands_for(void **state)
{
	(void)state;
	covered_are("HOST/h:1", "alerter/h:1 appmgmt/h:1 cifs/h:1 http/h:1 www/h:1 ");
	covered_are("LDAP/h", "gc/h ldaps/h ");
	covered_are("cifs/h", "");
	covered_are("host", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_classes),
		cmocka_unit_test(relates_names),
		cmocka_unit_test(lists_what_a_class_stands_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
