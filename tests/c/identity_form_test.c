/* Forms of identities, what is searched for, and which of the found objects is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ad/identity_form.h"
#include "base/buf.h"

static int form_of(const char *text)
{
	enum ad_identity_form form;
	struct ad_err err = { 0 };

	if (ad_identity_form(&form, text, &err))
		return (int)form;
	assert_int_equal(err.kind, AD_ERR_USAGE);
	return -1;
}

static void tells_forms_apart(void **state)
{
	(void)state;
	assert_int_equal(form_of("CN=HOST01,OU=Hosts,DC=alpha,DC=test"), AD_FORM_DN);
	assert_int_equal(form_of("CN=a/b\\, c,DC=alpha,DC=test"), AD_FORM_DN);
	assert_int_equal(form_of("<SID=S-1-5-18>"), AD_FORM_DN);
	assert_int_equal(form_of("S-1-5-21-1-2-3-500"), AD_FORM_SID);
	assert_int_equal(form_of("s-1-5-32-544"), AD_FORM_SID);
	assert_int_equal(form_of("bf967a86-0de6-11d0-a285-00aa003049e2"), AD_FORM_GUID);
	assert_int_equal(form_of("{BF967A86-0DE6-11D0-A285-00AA003049E2}"), AD_FORM_GUID);
	assert_int_equal(form_of("cifs/host01.alpha.test"), AD_FORM_SPN);
	assert_int_equal(form_of("Microsoft Virtual System Migration Service/host01"), AD_FORM_SPN);
	assert_int_equal(form_of("ALPHA\\host01$"), AD_FORM_DOMAIN_NAME);
	assert_int_equal(form_of("user01@alpha.test"), AD_FORM_UPN);
	assert_int_equal(form_of("host01.alpha.test"), AD_FORM_DNS);
	assert_int_equal(form_of("host01"), AD_FORM_NAME);
	assert_int_equal(form_of("HOST01$"), AD_FORM_NAME);
	assert_int_equal(form_of("S-bahn"), AD_FORM_NAME);
	/* hosts of a site S-1 */
	assert_int_equal(form_of("S-1-HV01"), AD_FORM_NAME);
	assert_int_equal(form_of("s-1-hv01.alpha.test"), AD_FORM_DNS);
	assert_int_equal(form_of("S-1-HV01@alpha.test"), AD_FORM_UPN);
	assert_int_equal(form_of("S-1-5"), AD_FORM_NAME);
	assert_int_equal(form_of("S-1-5-x"), AD_FORM_NAME);
	assert_int_equal(form_of("s-1-5-18"), AD_FORM_SID);
}

static void refuses_malformed(void **state)
{
	(void)state;
	assert_int_equal(form_of(""), -1);
	assert_int_equal(form_of("CN=,=x,"), -1);
	assert_int_equal(form_of("cifs/"), -1);
	assert_int_equal(form_of("\\host01"), -1);
	assert_int_equal(form_of("ALPHA\\"), -1);
	assert_int_equal(form_of("@alpha.test"), -1);
	assert_int_equal(form_of("user01@"), -1);
}

static void filter_is(const char *text, bool own_domain, const char *expected)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_name name;

	assert_true(ad_name_parse(&name, text, NULL));
	name.own_domain = own_domain;
	ad_name_filter(&filter, &name);
	assert_string_equal(ad_buf_text(&filter), expected);
	ad_buf_clear(&filter);
}

static void escapes_what_it_searches(void **state)
{
	(void)state;
	filter_is("host01", false, "(sAMAccountName=host01)(sAMAccountName=host01$)");
	filter_is("HOST01$", false, "(sAMAccountName=HOST01$)");
	filter_is(
		"a*)(b", false, "(sAMAccountName=a\\2a\\29\\28b)(sAMAccountName=a\\2a\\29\\28b$)");
	filter_is("ALPHA\\x", true, "(sAMAccountName=x)(sAMAccountName=x$)");
	filter_is("u@beta.test", false, "(userPrincipalName=u@beta.test)");
	filter_is("h$@alpha.test", true, "(userPrincipalName=h$@alpha.test)(sAMAccountName=h$)");
	filter_is("cifs/h*", false, "(servicePrincipalName=cifs/h\\2a)");
	filter_is("h.alpha.test.", false,
		"(sAMAccountName=h.alpha.test)(sAMAccountName=h.alpha.test$)"
		"(dNSHostName=h.alpha.test)(servicePrincipalName=HOST/h.alpha.test)");
	/* the root of the DNS */
	filter_is("cifs/h.alpha.test.", false, "(servicePrincipalName=cifs/h.alpha.test)");
	filter_is("h$@alpha.test.", true, "(userPrincipalName=h$@alpha.test)(sAMAccountName=h$)");
	/* S-1-5-18: revision 1, one sub-authority, authority 5, 18 (MS-DTYP 2.4.2.2) */
	filter_is(
		"S-1-5-18", false, "(objectSid=\\01\\01\\00\\00\\00\\00\\00\\05\\12\\00\\00\\00)");
}

/* One entry with sAMAccountName and, when not NULL, dNSHostName (BER by hand, RFC 4511 4.5.2). */
static void add_attr(struct ad_buf *out, const char *attr, const char *value)
{
	size_t a = strlen(attr), v = strlen(value);

	ad_buf_addc(out, 0x30);
	ad_buf_addc(out, (unsigned char)(a + v + 6));
	ad_buf_addc(out, 0x04);
	ad_buf_addc(out, (unsigned char)a);
	ad_buf_puts(out, attr);
	ad_buf_addc(out, 0x31);
	ad_buf_addc(out, (unsigned char)(v + 2));
	ad_buf_addc(out, 0x04);
	ad_buf_addc(out, (unsigned char)v);
	ad_buf_puts(out, value);
}

static int rank(const char *text, const char *account, const char *dns)
{
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_entry *e = NULL;
	struct ad_name name;
	int r;

	add_attr(&attrs, "sAMAccountName", account);
	if (dns)
		add_attr(&attrs, "dNSHostName", dns);
	assert_true(ad_entry_decode(&e, "CN=x", 4, attrs.data, attrs.len, NULL));
	assert_true(ad_name_parse(&name, text, NULL));
	r = ad_name_rank(e, &name);
	ad_entry_free(e);
	ad_buf_clear(&attrs);
	return r;
}

static void prefers_the_very_name(void **state)
{
	(void)state;
	assert_true(rank("web", "WEB", NULL) > rank("web", "WEB$", NULL));
	assert_true(rank("web", "WEB$", NULL) > 0);
	assert_int_equal(rank("web", "WEB2$", NULL), 0);
	assert_int_equal(rank("web$", "WEB", NULL), 0);
	assert_true(
		rank("first.last", "first.last", NULL) > rank("first.last", "X$", "first.last"));
	assert_true(rank("h.alpha.test", "H$", "H.alpha.test") > 0);
	assert_int_equal(rank("h.alpha.test", "H$", "g.alpha.test"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_forms_apart),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(escapes_what_it_searches),
		cmocka_unit_test(prefers_the_very_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
