/* Distinguished names: the examples of RFC 4514 section 4, AD's own habits, and libldap's
 * parser as the judge of what is a name and of what an escaped value means. */
#include "codec/dn.h"

#include <ldap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static bool libldap_takes(const char *dn)
{
	LDAPDN parsed = NULL;
	bool ok = ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS;

	ldap_dnfree(parsed);
	return ok;
}

static void accepts_names(void **state)
{
	static const char *const good[] = { "UID=jsmith,DC=example,DC=net",
		"OU=Sales+CN=J.  Smith,DC=example,DC=net",
		"CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net",
		"CN=Before\\0dAfter,DC=example,DC=net", "1.3.6.1.4.1.1466.0=#04024869",
		"CN=Lu\\C4\\8Di\\C4\\87", "", "CN=host01 , OU=Hosts , DC=alpha , DC=test",
		"CN=a\\0ACNF:0b4f,CN=LostAndFound,DC=alpha,DC=test", "CN=\\#x\\ ,DC=a", "CN=" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!ad_dn_valid(good[i]))
			fail_msg("%s", good[i]);
		if (!libldap_takes(good[i]))
			fail_msg("libldap: %s", good[i]);
	}
}

static void refuses_what_is_no_name(void **state)
{
	static const char *const bad[] = { "host01", "=x", "CN=a,", ",CN=a", "CN=a,,DC=b", "CN=a+",
		"CN=a\\", "CN=a\\x", "CN=a\\4", "CN=a\"b", "CN=a<b", "CN=a;b", "CN=#0", "CN=#",
		"CN=#04x", "1.=a", "1..2=a", "C N=a", "-a=b",
		"<GUID=bf967a86-0de6-11d0-a285-00aa003049e2>" };
	struct ad_buf out = AD_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (ad_dn_valid(bad[i]))
			fail_msg("%s", bad[i]);
		assert_false(ad_dn_equal(bad[i], bad[i]));
		assert_null(ad_dn_parent(bad[i]));
		assert_false(ad_dn_rdn_value(&out, bad[i]));
		assert_false(ad_dn_to_dns(&out, bad[i]));
	}
	assert_int_equal(out.len, 0);
}

static void compares_names(void **state)
{
	(void)state;
	assert_true(ad_dn_equal("CN=Host01,DC=alpha,DC=test", "cn = host01 , dc=ALPHA,dc=test "));
	assert_true(ad_dn_equal("CN=a\\,b", "CN=a\\2cb"));
	assert_true(ad_dn_equal("CN=\"a, b\",DC=x", "CN=a\\, b,DC=x")); /* RFC 1779 2.3 */
	assert_true(ad_dn_equal("CN=\"a\\\"b\" , DC=x", "CN=a\\\"b,DC=x"));
	assert_false(ad_dn_valid("CN=\"a, b,DC=x"));
	assert_false(ad_dn_valid("CN=\"a\"b,DC=x"));
	assert_true(ad_dn_equal("CN=\\61b", "CN=AB"));
	assert_true(ad_dn_equal("CN=a\\ ", "CN=a\\20"));
	assert_true(ad_dn_equal("CN=what\\?,DC=a", "CN=what?,DC=a")); /* as Samba prints it */
	assert_true(ad_dn_equal("CN=a\\/b", "CN=a/b")); /* as ADSI does */
	assert_true(ad_dn_equal("CN=#04024869", "cn=#04024869"));
	assert_true(ad_dn_equal("", " "));
	assert_false(ad_dn_equal("CN=a\\ ", "CN=a "));
	assert_false(ad_dn_equal("CN=\\#04", "CN=#04"));
	assert_false(ad_dn_equal("CN=a,DC=b", "CN=a\\,DC=b"));
	assert_false(ad_dn_equal("CN=a,DC=b", "CN=a+DC=b"));
	assert_false(ad_dn_equal("CN=a", "OU=a"));
	assert_false(ad_dn_equal("CN=a", ""));
}

static void knows_what_lies_below(void **state)
{
	(void)state;
	assert_true(ad_dn_under("CN=a,OU=b,DC=c", "dc=C"));
	assert_true(ad_dn_under("CN=a,OU=b,DC=c", "OU=b, DC=c"));
	assert_true(ad_dn_under("DC=c", "DC=c"));
	assert_true(ad_dn_under("DC=c", ""));
	assert_false(ad_dn_under("DC=c", "OU=b,DC=c"));
	assert_false(ad_dn_under("CN=xDC=c", "DC=c"));
	assert_false(ad_dn_under("CN=x\\,DC=c", "DC=c"));
	assert_true(ad_dn_under("CN=x\\\\,DC=c", "DC=c"));
	assert_false(ad_dn_under("CN=x+DC=c", "DC=c"));
	assert_false(ad_dn_under("", "DC=c"));
}

static void value(const char *dn, const char *want)
{
	struct ad_buf b = AD_BUF_INIT;

	assert_true(ad_dn_rdn_value(&b, dn));
	assert_string_equal(ad_buf_text(&b), want);
	ad_buf_clear(&b);
}

static void takes_names_apart(void **state)
{
	(void)state;
	assert_string_equal(ad_dn_parent("CN=a\\,b , OU=c,DC=d"), "OU=c,DC=d");
	assert_string_equal(ad_dn_parent("CN=a+OU=b,DC=d"), "DC=d");
	assert_null(ad_dn_parent("DC=d"));
	assert_null(ad_dn_parent(""));
	value("CN=a\\,b,DC=c", "a,b");
	value("CN= \\ x\\20 ,DC=c", " x ");
	value("CN=Lu\\C4\\8Di\\C4\\87", "Lu\xc4\x8di\xc4\x87");
	value("CN=#04024869", "\x04\x02Hi");
}

/* Every byte and every pair: libldap reads the value that we escaped. */
static void escaped_values_arrive_literally(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			char v[2] = { (char)a, (char)b };
			struct ad_buf dn = AD_BUF_INIT, back = AD_BUF_INIT;
			LDAPDN parsed = NULL;

			ad_buf_puts(&dn, "CN=");
			ad_dn_escape(&dn, v, 2);
			assert_int_equal(
				ldap_str2dn(ad_buf_text(&dn), &parsed, LDAP_DN_FORMAT_LDAPV3),
				LDAP_SUCCESS);
			assert_int_equal(parsed[0][0]->la_value.bv_len, 2);
			assert_memory_equal(parsed[0][0]->la_value.bv_val, v, 2);
			ldap_dnfree(parsed);
			assert_true(ad_dn_rdn_value(&back, ad_buf_text(&dn)));
			assert_int_equal(back.len, 2);
			assert_memory_equal(back.data, v, 2);
			ad_buf_clear(&back);
			ad_buf_clear(&dn);
		}
}

static void translates_to_dns_and_back(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	assert_true(ad_dn_to_dns(&b, "DC=alpha,DC=test"));
	assert_string_equal(ad_buf_text(&b), "alpha.test");
	b.len = 0;
	assert_true(ad_dn_to_dns(&b, "CN=x,dc=a,OU=y,dc=alpha, DC=test"));
	assert_string_equal(ad_buf_text(&b), "alpha.test");
	b.len = 0;
	assert_false(ad_dn_to_dns(&b, "CN=x,O=y"));
	assert_false(ad_dn_to_dns(&b, ""));
	assert_true(ad_dns_to_dn(&b, "alpha.test."));
	assert_string_equal(ad_buf_text(&b), "DC=alpha,DC=test");
	b.len = 0;
	assert_false(ad_dns_to_dn(&b, ""));
	assert_false(ad_dns_to_dn(&b, "a..b"));
	assert_false(ad_dns_to_dn(&b, ".a"));
	assert_int_equal(b.len, 0);
	ad_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_names),
		cmocka_unit_test(refuses_what_is_no_name),
		cmocka_unit_test(compares_names),
		cmocka_unit_test(knows_what_lies_below),
		cmocka_unit_test(takes_names_apart),
		cmocka_unit_test(escaped_values_arrive_literally),
		cmocka_unit_test(translates_to_dns_and_back),
	};

	return cmocka_run_group_tests_name("dn", tests, NULL, NULL);
}
