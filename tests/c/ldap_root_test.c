/* What a server says of itself is believed only where it can be meant: MS-ADTS 3.1.1.3.2 has the
 * attributes, RFC 4514 the DNs, RFC 1123 2.1 the names of hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "net/ldap_priv.h"
#include "plan/list.h"

enum { BASE, CONFIG, SCHEMA, ROOT, HOST, LEVEL, N };

static const char *const names[N] = { "defaultNamingContext", "configurationNamingContext",
	"schemaNamingContext", "rootDomainNamingContext", "dnsHostName", "domainFunctionality" };

/* The rootDSE of a good server, in which one value is another (NULL: not there), is taken. */
static bool take(struct ad_ldap *ld, int which, const char *value)
{
	const char *values[N] = { "DC=Child,DC=alpha,DC=test", "CN=Configuration,DC=alpha,DC=test",
		"CN=Schema,CN=Configuration,DC=alpha,DC=test", "DC=alpha,DC=test",
		"dc1.child.alpha.test", "7" };
	struct ad_buf b = AD_BUF_INIT;
	struct ad_err err = { 0 };
	struct ad_entry *e;
	bool ok;

	memset(ld, 0, sizeof *ld);
	ld->info.host = ad_strdup("dc1");
	values[which] = value;
	for (int i = 0; i < N; i++) {
		struct ad_list list = { 0 };

		if (!values[i])
			continue;
		ad_list_add(&list, values[i], strlen(values[i]));
		ad_list_encode(&list, names[i], &b);
		ad_list_clear(&list);
	}
	assert_true(ad_entry_decode(&e, "", 0, b.data, b.len, NULL));
	ok = ad_ldap_take_root(ld, e, &err);
	assert_true(ok || (err.kind == AD_ERR_CONNECT && strstr(err.message, "dc1 ")));
	ad_entry_free(e);
	ad_buf_clear(&b);
	return ok;
}

static void of_a_domain_controller(void **state)
{
	struct ad_ldap ld;

	(void)state;
	assert_true(take(&ld, LEVEL, "7"));
	assert_string_equal(ld.info.domain, "child.alpha.test");
	assert_string_equal(ld.info.root_base, "DC=alpha,DC=test");
	assert_string_equal(ld.info.dns_host, "dc1.child.alpha.test");
	assert_int_equal(ld.info.domain_level, 7);
	ad_ldap_clear_info(&ld.info);
}

static void without_a_context(void **state)
{
	static const char *const bad[] = { NULL, "", "alpha.test", "DC=a,", "DC=\xff" };
	struct ad_ldap ld;

	(void)state;
	for (int which = BASE; which <= ROOT; which++)
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			if (take(&ld, which, bad[i]))
				fail_msg("%s: %s", names[which], bad[i]);
			ad_ldap_clear_info(&ld.info);
		}
}

static void of_no_domain(void **state)
{
	static const char *const bad[] = { "CN=x", "O=x,DC=test", "DC=a/../b,DC=test",
		"DC=a\\0Ab,DC=test" };
	struct ad_ldap ld;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (take(&ld, BASE, bad[i]))
			fail_msg("%s", bad[i]);
		ad_ldap_clear_info(&ld.info);
	}
}

static void host_and_level_that_cannot_be(void **state)
{
	static const char *const bad[] = { "", "dc1\n", "dc1/x", "dc1 x", "dc\xff" };
	struct ad_ldap ld;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_true(take(&ld, HOST, bad[i]));
		assert_null(ld.info.dns_host);
		ad_ldap_clear_info(&ld.info);
	}
	assert_true(take(&ld, LEVEL, "99999999999999999999"));
	assert_int_equal(ld.info.domain_level, 0);
	ad_ldap_clear_info(&ld.info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_domain_controller),
		cmocka_unit_test(without_a_context),
		cmocka_unit_test(of_no_domain),
		cmocka_unit_test(host_and_level_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
