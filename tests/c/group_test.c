/* Groups that are made: their names and types, and the SIDs that stand for them until then. */
#include "ad/group.h"
#include "plan/placeholder.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* MS-SAMR 3.1.1.6, and 64 characters because the name is a cn as well */
static void names(void **state)
{
	static const char *const good[] = { "a", "VMM-Library-Hosts",
		"Gr\xc3\xb6\xc3\x9f"
		"e 1",
		"x.y", "#1", "(all)", "!$%&'~`^{}_" };
	static const char *const bad[] = { "", " ", " a", "a ", "a.", "a\tb", "a/b", "a\\b", "a[b",
		"a]b", "a:b", "a;b", "a|b", "a=b", "a,b", "a+b", "a*b", "a?b", "a<b", "a>b", "a\"b",
		"a@b", "\xff", "Everyone", "Administrators", "system" };
	struct ad_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(ad_group_check_name(good[i], &err));
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(ad_group_check_name(bad[i], &err));
		assert_int_equal(err.kind, AD_ERR_USAGE);
	}
}

static void length_is_counted_in_characters(void **state)
{
	char name[2 * 65 + 1] = "";

	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(name, "\xc3\xa4");
	assert_true(ad_group_check_name(name, NULL));
	strcat(name, "\xc3\xa4");
	assert_false(ad_group_check_name(name, NULL));
}

/* MS-ADTS 2.2.12 */
static void types(void **state)
{
	static const struct {
		const char *word, *name;
		int32_t type;
	} wanted[] = { { "global", "global", -2147483646 },
		{ "domainlocal", "domain local", -2147483644 },
		{ "Domain Local", "domain local", -2147483644 },
		{ "universal", "universal", -2147483640 } };
	enum ad_group_scope scope;

	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_true(ad_group_scope_parse(&scope, wanted[i].word, NULL));
		assert_int_equal((int32_t)ad_group_type(scope), wanted[i].type);
		assert_string_equal(ad_group_scope_name(ad_group_type(scope)), wanted[i].name);
	}
	assert_false(ad_group_scope_parse(&scope, "local", NULL));
	assert_string_equal(ad_group_scope_name(0), "strange");
}

/* The null authority has one SID that people know, S-1-0-0: these are longer than it. */
static void placeholders(void **state)
{
	struct ad_sid a, b;
	char text[AD_SID_TEXT];

	(void)state;
	ad_placeholder_make(&a, "CN=x,CN=Users,DC=alpha,DC=test");
	ad_placeholder_make(&b, "cn=X, cn=users,dc=alpha,dc=test");
	assert_true(ad_sid_equal(&a, &b));
	ad_placeholder_make(&b, "CN=y,CN=Users,DC=alpha,DC=test");
	assert_false(ad_sid_equal(&a, &b));
	ad_sid_format(&a, text);
	assert_memory_equal(text, "S-1-0-", 6);
	assert_null(ad_sid_wellknown_name(&a));
	assert_int_equal(a.len, 28); /* as long as that of a group: MS-DTYP 2.4.2.2 */
}

static void pairs(void **state)
{
	struct ad_list l = { NULL, 0 }, back;
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_entry *e;
	char *value;

	(void)state;
	ad_list_put(&l, "name", "a=b");
	ad_list_put(&l, "names", "other");
	ad_list_put(&l, "empty", "");
	ad_list_put(&l, "none", NULL);
	assert_int_equal(l.n, 2);
	value = ad_list_value(&l, "name");
	assert_string_equal(value, "a=b");
	free(value);
	assert_null(ad_list_value(&l, "empty"));
	ad_list_encode(&l, "group", &attrs);
	assert_true(ad_entry_decode(&e, "CN=x", 4, attrs.data, attrs.len, NULL));
	ad_list_read(&back, e, "group");
	assert_true(ad_list_equal(&l, &back, AD_MERGE_EXACT));
	ad_entry_free(e);
	ad_buf_clear(&attrs);
	ad_list_clear(&back);
	ad_list_clear(&l);
}

static void members_of_another_forest(void **state)
{
	static const struct {
		const char *planned, *sent;
	} values[] = {
		{ "CN=S-1-5-21-1-2-3-4,CN=ForeignSecurityPrincipals,DC=a",
			"<SID=S-1-5-21-1-2-3-4>" },
		{ "cn=S-1-5-11,cn=foreignsecurityprincipals,dc=a", "<SID=S-1-5-11>" },
		{ "CN=S-1-5-11,CN=Users,DC=a", NULL },
		{ "CN=S-1-5-11", NULL },
		{ "CN=S-1-x,CN=ForeignSecurityPrincipals,DC=a", NULL },
		{ "CN=HOST01,OU=Hosts,DC=a", NULL },
		{ "CN", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof values / sizeof *values; i++) {
		const char *planned = values[i].planned;
		struct ad_list l = { NULL, 0 };

		ad_list_add(&l, planned, strlen(planned));
		ad_group_wire("description", &l);
		assert_string_equal(l.v[0].data, planned);
		ad_group_wire("member", &l);
		assert_string_equal(l.v[0].data, values[i].sent ? values[i].sent : planned);
		assert_int_equal(l.v[0].len, strlen(l.v[0].data));
		ad_list_clear(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(length_is_counted_in_characters),
		cmocka_unit_test(types),
		cmocka_unit_test(placeholders),
		cmocka_unit_test(pairs),
		cmocka_unit_test(members_of_another_forest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
