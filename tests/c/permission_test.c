/* UNC paths, rights in words, and the verbs on descriptors; expected values are SDDL as Windows
 * writes it. */
#include "ad/permission.h"
#include "ad/share.h"
#include "codec/sddl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void unc(const char *text, const char *want)
{
	struct ad_unc u;
	struct ad_err err;
	char *back;

	if (!want) {
		assert_false(ad_unc_parse(&u, text, &err));
		assert_int_equal(err.kind, AD_ERR_USAGE);
		return;
	}
	assert_true(ad_unc_parse(&u, text, &err));
	back = ad_unc_format(&u);
	assert_string_equal(back, want);
	free(back);
	ad_unc_clear(&u);
}

static void reads_paths(void **state)
{
	(void)state;
	unc("\\\\fs1.alpha.test\\data", "\\\\fs1.alpha.test\\data");
	unc("//fs1/data/", "\\\\fs1\\data\\");
	unc("//fs1/data//a/b/", "\\\\fs1\\data\\a\\b");
	unc("fs1:4450/data", "\\\\fs1:4450\\data");
	unc("fs1", "\\\\fs1");
	unc("//fs1/da ta$/\xc3\xa4 x", "\\\\fs1\\da ta$\\\xc3\xa4 x");
	unc("", NULL);
	unc("//", NULL);
	unc("//fs1//x", NULL);
	unc("//fs 1/x", NULL);
	unc("//fs1:0/x", NULL);
	unc("//fs1:99999/x", NULL);
	unc("//fs1:/x", NULL);
	unc("//fs1/data/../x", NULL);
	unc("//fs1/data/.", NULL);
	unc("//fs1/\xff", NULL);
}

static void knows_rights(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	uint32_t mask;

	(void)state;
	assert_true(ad_rights_parse(&mask, "Modify", NULL));
	assert_int_equal(mask, 0x1301bf);
	assert_true(ad_rights_parse(&mask, "FR", NULL));
	assert_int_equal(mask, 0x120089);
	assert_false(ad_rights_parse(&mask, "everything", NULL));
	assert_false(ad_rights_parse(&mask, "0", NULL));
	ad_rights_format(&b, 0x10000000); /* GENERIC_ALL */
	assert_string_equal(ad_buf_text(&b), "full");
	ad_buf_clear(&b);
	ad_rights_format(&b, 0xa0000000); /* GENERIC_READ, GENERIC_EXECUTE */
	assert_string_equal(ad_buf_text(&b), "read");
	ad_buf_clear(&b);
	ad_rights_format(&b, 0x120089);
	assert_string_equal(ad_buf_text(&b), "FR");
	ad_buf_clear(&b);
}

/* ---- verbs ---- */

struct target {
	struct ad_change c;
	struct ad_edit e;
};

static void put(struct ad_list *l, const char *sddl)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sd *sd;

	assert_true(ad_sddl_parse(&sd, sddl, NULL, NULL));
	assert_true(ad_sd_encode(sd, &b, NULL));
	ad_list_clear(l);
	ad_list_add(l, b.data, b.len);
	ad_buf_clear(&b);
	ad_sd_free(sd);
}

static struct target begin(const char *sddl)
{
	struct target t = { .c = { .label = (char *)"it", .dn = (char *)"\\\\s\\x" },
		.e = { .attr = (char *)AD_FILE_SD, .merge = AD_MERGE_SD } };

	put(&t.e.before, sddl);
	put(&t.e.after, sddl);
	return t;
}

/* What is pending; frees. widens: what must be said of it, or NULL. */
static void ends(struct target *t, const char *sddl, const char *widens)
{
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sd *sd;

	assert_true(ad_sd_decode(&sd, t->e.after.v[0].data, t->e.after.v[0].len, NULL));
	ad_sddl_format(&text, sd, NULL);
	assert_string_equal(ad_buf_text(&text), sddl);
	assert_int_equal(t->c.widens, widens != NULL);
	if (widens)
		assert_non_null(strstr(t->c.why, widens));
	ad_buf_clear(&text);
	ad_sd_free(sd);
	ad_list_clear(&t->e.before);
	ad_list_clear(&t->e.after);
	free(t->c.why);
}

static struct ad_sid sid(const char *text)
{
	struct ad_sid s;

	assert_true(ad_sid_parse(&s, text, NULL));
	return s;
}

static void grants_in_canonical_order(void **state)
{
	struct target t = begin("D:(D;;FA;;;BG)(A;;FA;;;BA)(A;ID;FA;;;SY)");
	struct ad_sid who = sid("S-1-5-21-1-2-3-1000"), all = sid("S-1-1-0");

	(void)state;
	assert_true(ad_permission_grant(&t.c, &t.e, &who, 1, AD_RIGHTS_CHANGE, 3, NULL));
	assert_false(t.c.widens);
	assert_true(ad_permission_grant(&t.c, &t.e, &all, 1, AD_RIGHTS_READ, 0, NULL));
	assert_false(t.c.widens);
	assert_true(ad_permission_grant(&t.c, &t.e, &all, 1, AD_RIGHTS_FULL, 0, NULL));
	ends(&t,
		"D:(D;;FA;;;BG)(A;;FA;;;BA)(A;OICI;0x1301bf;;;S-1-5-21-1-2-3-1000)"
		"(A;;FA;;;WD)(A;ID;FA;;;SY)",
		"Everyone gains full");
}

static void revokes_what_is_explicit(void **state)
{
	struct target t = begin("D:(A;;FR;;;BU)(A;OICI;FA;;;BU)(A;ID;FA;;;SY)");
	struct ad_sid users = sid("S-1-5-32-545"), system = sid("S-1-5-18");
	struct ad_err err;

	(void)state;
	assert_true(ad_permission_revoke(&t.c, &t.e, &users, 1, &err));
	assert_false(ad_permission_revoke(&t.c, &t.e, &system, 1, &err));
	assert_non_null(strstr(err.message, "inherited"));
	ends(&t, "D:(A;ID;FA;;;SY)", NULL);
}

static void stops_inheritance(void **state)
{
	struct target t = begin("D:AI(A;;FR;;;BU)(A;OICIID;FA;;;SY)");
	struct ad_err err;

	(void)state;
	assert_true(ad_permission_protect(&t.c, &t.e, true, &err));
	ends(&t, "D:PAI(A;;FR;;;BU)(A;OICI;FA;;;SY)", NULL);
	t = begin("D:(A;;FR;;;BU)(A;ID;FA;;;SY)");
	assert_true(ad_permission_protect(&t.c, &t.e, false, &err));
	ends(&t, "D:P(A;;FR;;;BU)", NULL);
	t = begin("D:(A;ID;FA;;;SY)");
	assert_false(ad_permission_protect(&t.c, &t.e, false, &err));
	assert_int_equal(err.kind, AD_ERR_REFUSED);
	ends(&t, "D:(A;ID;FA;;;SY)", NULL);
}

/* Inheritance that is stopped on top of somebody else's grant, and taken back. */
static void merges_protection(void **state)
{
	struct target t = begin("D:(A;;FR;;;BU)(A;ID;FA;;;SY)");
	struct ad_edit back = { t.e.attr, AD_MERGE_SD, { 0 }, { 0 } };
	struct ad_list now = { NULL, 0 };

	(void)state;
	assert_true(ad_permission_protect(&t.c, &t.e, true, NULL));
	put(&now, "D:(A;;FR;;;BU)(A;;FA;;;BA)(A;ID;FA;;;SY)");
	assert_true(ad_edit_rebase(&t.e, &now, NULL));
	ad_list_copy(&back.before, &t.e.after);
	ad_list_copy(&back.after, &now);
	ends(&t, "D:P(A;;FR;;;BU)(A;;FA;;;BA)(A;;FA;;;SY)", NULL);
	ad_list_clear(&now);
	put(&now, "D:P(A;;FR;;;BU)(A;;FA;;;BA)(A;;FA;;;SY)(A;;FR;;;BG)");
	assert_true(ad_edit_rebase(&back, &now, NULL));
	ad_list_clear(&now);
	t.e = back;
	t.c = (struct ad_change){ .widens = false };
	ends(&t, "D:(A;;FR;;;BU)(A;;FA;;;BA)(A;;FR;;;BG)(A;ID;FA;;;SY)", NULL);
}

static void replaces(void **state)
{
	struct target t = begin("D:(A;;FA;;;BA)");
	struct ad_sd *sd;
	struct ad_err err;

	(void)state;
	assert_true(ad_sddl_parse(&sd, "O:BAD:(A;;FA;;;AU)(D;;FW;;;BG)", NULL, NULL));
	assert_true(ad_permission_set(&t.c, &t.e, sd, &err));
	ad_sd_free(sd);
	ends(&t, "D:(D;;FW;;;BG)(A;;FA;;;AU)", "Authenticated Users gains full");
	t = begin("D:(A;;FA;;;BA)");
	assert_true(ad_sddl_parse(&sd, "O:BA", NULL, NULL));
	assert_false(ad_permission_set(&t.c, &t.e, sd, &err));
	ad_sd_free(sd);
	ends(&t, "D:(A;;FA;;;BA)", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(knows_rights),
		cmocka_unit_test(grants_in_canonical_order),
		cmocka_unit_test(revokes_what_is_explicit),
		cmocka_unit_test(stops_inheritance),
		cmocka_unit_test(merges_protection),
		cmocka_unit_test(replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
