/* Search filters: the examples of RFC 4515 section 4, and libldap's own encoder as the judge of
 * what is a filter and of what an escaped value means. */
#include "codec/filter.h"

#include <lber.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* exported by libldap, though in none of its public headers */
extern int ldap_pvt_put_filter(BerElement *ber, const char *filter);

/* Whether libldap takes the filter; its bytes go to out when not NULL. */
static bool libldap_takes(const char *filter, struct ad_buf *out)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval *flat = NULL;
	bool ok = ldap_pvt_put_filter(ber, filter) != -1;

	if (ok && out && ber_flatten(ber, &flat) == 0) {
		ad_buf_add(out, flat->bv_val, flat->bv_len);
		ber_bvfree(flat);
	}
	ber_free(ber, 1);
	return ok;
}

static void accepts_filters(void **state)
{
	static const char *const good[] = { "(cn=Babs Jensen)", "(!(cn=Tim Howes))",
		"(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))", "(o=univ*of*mich*)",
		"(seeAlso=)", "(cn:caseExactMatch:=Fred Flintstone)", "(cn:=Betty Rubble)",
		"(sn:dn:2.4.6.8.10:=Barney Rubble)", "(o:dn:=Ace Industry)",
		"(:1.2.3:=Wilma Flintstone)", "(:DN:2.4.6.8.10:=Dino)",
		"(o=Parens R Us \\28for all your parenthetical needs\\29)", "(cn=*\\2A*)",
		"(filename=C:\\5cMyFile)", "(bin=\\00\\00\\00\\04)", "(sn=Lu\\c4\\8di\\c4\\87)",
		"(1.3.6.1.4.1.1466.0=\\04\\02\\48\\69)", /* up to here RFC 4515 */
		"(cn=*)", "(cn=*x)", "(a>=1)", "(a<=1)", "(a~=1)", "(&)", "(|)", "(cn;lang-de=x)",
		"(cn=L\xc4\x8di)", "cn=x", "( & (a=b) (c=d) )", "( ! (a=b))", "( cn=x)", "cn=x ",
		"(userAccountControl:" AD_RULE_BIT_AND ":=524288)",
		"(memberOf:" AD_RULE_IN_CHAIN ":=CN=g,DC=alpha,DC=test)", "(cn= x )" };
	struct ad_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!ad_filter_check(good[i], &err))
			fail_msg("%s: %s", good[i], err.message);
		if (!libldap_takes(good[i], NULL))
			fail_msg("libldap: %s", good[i]);
	}
}

static void refuses_and_says_where(void **state)
{
	static const struct {
		const char *filter, *where;
	} bad[] = {
		{ "", "character 1" },
		{ "(", "character 2" },
		{ "&(a=b)(c=d)", "character 1" },
		{ "()", "character 2" },
		{ "(cn)", "character 4" },
		{ "(cn=x", "character 6" },
		{ "(cn=x))", "character 7" },
		{ "(cn=x)(sn=y)", "character 7" },
		{ "(&(cn=x)(sn=y)", "character 15" },
		{ "(!cn=x)", "character 3" },
		{ "(& )", "character 4" },
		{ "(!)", "character 3" },
		{ " (cn=x)", "character 1" },
		{ "(cn=x) ", "character 7" },
		{ "(!(cn=x) )", "character 9" },
		{ "(!(a=b)(c=d))", "character 8" },
		{ "(cn=a(b)", "character 6" },
		{ "(cn=a**b)", "character 7" },
		{ "(cn>=a*)", "character 7" },
		{ "(cn=a\\)", "character 6" },
		{ "(cn=a\\5)", "character 6" },
		{ "(cn=\xff)", "character 5" },
		{ "(:=x)", "character 2" },
		{ "(cn:1.2=x)", "character 8" },
		{ "(cn:1..2:=x)", "character 7" },
		{ "(1.2.=x)", "character 6" },
		{ "(cn;=x)", "character 5" },
		{ "(c n=x)", "character 3" },
	};
	struct ad_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(ad_filter_check(bad[i].filter, &err));
		assert_int_equal(err.kind, AD_ERR_USAGE);
		if (!strstr(err.message, bad[i].where))
			fail_msg("%s: %s", bad[i].filter, err.message);
	}
}

static void limits_the_nesting(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < 99; i++)
		ad_buf_puts(&b, "(!");
	ad_buf_puts(&b, "(a=b)");
	for (i = 0; i < 99; i++)
		ad_buf_puts(&b, ")");
	assert_true(ad_filter_check(ad_buf_text(&b), NULL));
	for (i = 0; i < 2; i++) {
		struct ad_buf more = AD_BUF_INIT;

		ad_buf_printf(&more, "(!%s)", ad_buf_text(&b));
		ad_buf_clear(&b);
		b = more;
	}
	assert_false(ad_filter_check(ad_buf_text(&b), NULL));
	ad_buf_clear(&b);
}

/* Every byte and every pair of bytes: what we escape is what libldap sends. */
static void escaped_values_arrive_literally(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			unsigned char value[2] = { (unsigned char)a, (unsigned char)b };
			/* equalityMatch [3]: "a", value (RFC 4511 4.5.1) */
			unsigned char want[] = { 0xa3, 7, 4, 1, 'a', 4, 2, value[0], value[1] };
			struct ad_buf text = AD_BUF_INIT, sent = AD_BUF_INIT;

			ad_filter_equal(&text, "a", value, 2);
			assert_true(ad_filter_check(ad_buf_text(&text), NULL));
			assert_true(libldap_takes(ad_buf_text(&text), &sent));
			assert_int_equal(sent.len, sizeof(want));
			assert_memory_equal(sent.data, want, sizeof(want));
			ad_buf_clear(&text);
			ad_buf_clear(&sent);
		}
}

static void escapes_as_little_as_possible(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	ad_filter_escape(&b, "a(b)*\\\0\xc3\xa9", 9);
	assert_string_equal(ad_buf_text(&b), "a\\28b\\29\\2a\\5c\\00\xc3\xa9");
	b.len = 0;
	ad_filter_escape_bytes(&b, "a\xff", 2);
	assert_string_equal(ad_buf_text(&b), "\\61\\ff");
	ad_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_filters),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(limits_the_nesting),
		cmocka_unit_test(escaped_values_arrive_literally),
		cmocka_unit_test(escapes_as_little_as_possible),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
