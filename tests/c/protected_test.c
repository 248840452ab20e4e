/* Who is a domain controller, krbtgt or an administrative group, by what an object says:
 * MS-ADTS 3.1.1.6.1, MS-SAMR 2.2.1.14. */
#include "ad/protected.h"
#include "net/ldap_entry.h"
#include "plan/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define DOMAIN "S-1-5-21-1-2-3-"

struct row {
	const char *name, *type, *sid, *control, *primary, *admin_count;
	bool controller, krbtgt, group;
};

static void put(struct ad_buf *attrs, const char *name, const char *value)
{
	struct ad_list one = { NULL, 0 };

	if (!value)
		return;
	ad_list_add(&one, value, strlen(value));
	ad_list_encode(&one, name, attrs);
	ad_list_clear(&one);
}

static void put_sid(struct ad_buf *attrs, const char *text)
{
	struct ad_list one = { NULL, 0 };
	struct ad_sid sid;

	assert_true(ad_sid_parse(&sid, text, NULL));
	ad_list_add(&one, sid.bytes, sid.len);
	ad_list_encode(&one, "objectSid", attrs);
	ad_list_clear(&one);
}

static void says(const struct row *r)
{
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_entry *e;

	put(&attrs, "sAMAccountName", r->name);
	put(&attrs, "objectClass", r->type);
	put(&attrs, "userAccountControl", r->control);
	put(&attrs, "primaryGroupID", r->primary);
	put(&attrs, "adminCount", r->admin_count);
	put_sid(&attrs, r->sid);
	assert_true(ad_entry_decode(&e, "CN=x", 4, attrs.data, attrs.len, NULL));
	if (ad_is_domain_controller(e) != r->controller || ad_is_krbtgt(e) != r->krbtgt ||
		ad_is_administrative_group(e) != r->group)
		fail_msg("%s %s, control %s, primary group %s", r->name, r->sid,
			r->control ? r->control : "-", r->primary ? r->primary : "-");
	ad_entry_free(e);
	ad_buf_clear(&attrs);
}

static void tells_what_an_object_is(void **state)
{
	static const struct row rows[] = {
		{ "HOST01$", "computer", DOMAIN "1104", "4096", "515", NULL, false, false, false },
		{ "DC1$", "computer", DOMAIN "1000", "532480", "516", "1", true, false, false },
		{ "DC2$", "computer", DOMAIN "1105", "8192", "515", NULL, true, false, false },
		{ "DC3$", "computer", DOMAIN "1106", "4096", "516", NULL, true, false, false },
		{ "RODC1$", "computer", DOMAIN "1107", "83890176", "521", NULL, true, false,
			false },
		{ "RODC2$", "computer", DOMAIN "1108", "67112960", "515", NULL, true, false,
			false },
		{ "RODC3$", "computer", DOMAIN "1109", "4096", "521", NULL, true, false, false },
		{ "krbtgt", "user", DOMAIN "502", "514", "513", "1", false, true, false },
		{ "renamed", "user", DOMAIN "502", "514", "513", "1", false, true, false },
		{ "krbtgt_12345", "user", DOMAIN "1110", "514", "513", NULL, false, true, false },
		{ "KRBTGT_1", "user", DOMAIN "1110", "514", "513", NULL, false, true, false },
		{ "krbtgt_", "user", DOMAIN "1111", "512", "513", NULL, false, false, false },
		{ "krbtgts", "user", DOMAIN "1111", "512", "513", NULL, false, false, false },
		{ "other", "user", "S-1-5-32-502", "512", "513", NULL, false, false, false },
		{ "Domain Admins", "group", DOMAIN "512", NULL, NULL, "1", false, false, true },
		{ "Cert Publishers", "group", DOMAIN "517", NULL, NULL, NULL, false, false, true },
		{ "Backup Operators", "group", "S-1-5-32-551", NULL, NULL, NULL, false, false,
			true },
		{ "leaders", "group", DOMAIN "1112", NULL, NULL, "1", false, false, true },
		{ "former", "group", DOMAIN "1113", NULL, NULL, "0", false, false, false },
		{ "staff", "group", DOMAIN "1114", NULL, NULL, NULL, false, false, false },
		{ "Administrator", "user", DOMAIN "500", "512", "513", "1", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		says(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_an_object_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
