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
	struct ad_verdict v = { NULL, NULL };
	struct ad_sd *sd;

	assert_true(ad_sd_decode(&sd, t->e.after.v[0].data, t->e.after.v[0].len, NULL));
	ad_sddl_format(&text, sd, NULL);
	assert_string_equal(ad_buf_text(&text), sddl);
	assert_true(ad_permission_judge(&v, NULL, &t->e.before, &t->e.after, NULL));
	assert_int_equal(v.widens != NULL, widens != NULL);
	if (widens)
		assert_non_null(strstr(v.widens, widens));
	ad_verdict_clear(&v);
	ad_buf_clear(&text);
	ad_sd_free(sd);
	ad_list_clear(&t->e.before);
	ad_list_clear(&t->e.after);
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
	assert_true(ad_permission_grant(&t.c, &t.e, &all, 1, AD_RIGHTS_READ, 0, NULL));
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

/* Who is a crowd, and what may it do (MS-DTYP 2.4.2.4, 2.5.3.2)? */
static void judges(void **state)
{
	static const struct {
		const char *before, *after, *widens; /* NULL: nothing */
	} t[] = {
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1105)", NULL },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FR;;;WD)", NULL },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;WD)", "Everyone gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;0x1301bf;;;NU)", "gains change" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;IU)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;BU)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;BG)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;AN)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;S-1-5-15)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-513)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-515)", "gains full" },
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;GA;;;WD)", "gains full" },
		/* the right to give oneself the rest */
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;WD;;;AU)", "Authenticated Users gains" },
		/* passed on to what is made below, and only there */
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;OICIIO;FA;;;WD)", "Everyone gains full" },
		/* had it already, by another entry, or as Everyone */
		{ "D:(A;;FA;;;WD)", "D:(A;;FA;;;WD)(A;;0x1301bf;;;WD)", NULL },
		{ "D:(A;;FA;;;WD)", "D:(A;;FA;;;WD)(A;;FA;;;AU)", NULL },
		/* a denial before it keeps it from working, and goes */
		{ "D:(D;;FA;;;WD)(A;;FA;;;BA)", "D:(D;;FA;;;WD)(A;;FA;;;BA)(A;;FA;;;AU)", NULL },
		{ "D:(D;;FA;;;WD)(A;;FA;;;BA)", "D:(A;;FA;;;BA)", "Everyone is no longer denied" },
		{ "D:(D;;FR;;;WD)(A;;FA;;;BA)", "D:(A;;FA;;;BA)", NULL },
		/* object entries count for files as plain ones (Windows, Samba) */
		{ "D:(A;;FA;;;BA)",
			"D:(A;;FA;;;BA)(OA;;FA;00299570-246d-11d0-a768-00aa006e0529;;WD)",
			"Everyone gains" },
		/* read by inheritance only */
		{ "D:(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;ID;FR;;;WD)", "by inheritance" },
		{ "D:(A;;FA;;;BA)(A;;FR;;;WD)", "D:(A;;FA;;;BA)(A;ID;FR;;;WD)", NULL },
		{ "D:(A;;FA;;;BA)", "D:NO_ACCESS_CONTROL", "no access list" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct target it = begin(t[i].before);
		struct ad_verdict v = { NULL, NULL };

		put(&it.e.after, t[i].after);
		assert_true(ad_permission_judge(&v, NULL, &it.e.before, &it.e.after, NULL));
		if (!v.widens != !t[i].widens || (v.widens && !strstr(v.widens, t[i].widens)))
			fail_msg("%s -> %s: %s", t[i].before, t[i].after, v.widens);
		assert_null(v.touches);
		ad_verdict_clear(&v);
		ad_list_clear(&it.e.before);
		ad_list_clear(&it.e.after);
	}
}

static void judge_texts(struct ad_verdict *v, const char *before, const char *after)
{
	struct ad_list lists[2] = { { NULL, 0 }, { NULL, 0 } };

	put(&lists[0], before);
	put(&lists[1], after);
	assert_true(ad_permission_judge(v, NULL, &lists[0], &lists[1], NULL));
	ad_list_clear(&lists[0]);
	ad_list_clear(&lists[1]);
}

static const struct ad_sid domain_users = { 28,
	{ 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0 } };

/* S-1-5-21-1-2-3-1200 holds Domain Users; S-1-5-21-1-2-3-1300 cannot be asked. */
static bool holds(
	void *arg, struct ad_permission_group *out, const struct ad_sid *sid, struct ad_err *err)
{
	++*(int *)arg;
	*out = (struct ad_permission_group){ "staff",
		ad_sid_rid(sid) == 1200 ? &domain_users : NULL };
	return ad_sid_rid(sid) != 1300 || ad_err_set(err, AD_ERR_CONNECT, "test", 0, "down");
}

static void judges_groups_with_crowds(void **state)
{
	static const struct {
		const char *before, *after, *widens;
		bool is_asked;
	} t[] = {
		{ "D:", "D:(A;;FA;;;S-1-5-21-1-2-3-1200)", "Domain Users, through staff gains full",
			true },
		{ "D:", "D:(A;OICIIO;FA;;;S-1-5-21-1-2-3-1200)", "through staff gains full", true },
		{ "D:(D;;FA;;;S-1-5-21-1-2-3-1200)",
			"D:", "Domain Users, through staff is no longer denied full", true },
		{ "D:", "D:(A;;FR;;;S-1-5-21-1-2-3-1200)", NULL, false },
		{ "D:", "D:(A;;FA;;;S-1-5-21-1-2-3-1201)", NULL, true },
		{ "D:(A;;FA;;;S-1-5-21-1-2-3-1200)", "D:(A;;FA;;;S-1-5-21-1-2-3-1200)", NULL,
			false },
		/* it has that already, or is denied it */
		{ "D:(A;;FA;;;S-1-5-21-1-2-3-513)",
			"D:(A;;FA;;;S-1-5-21-1-2-3-513)(A;;FA;;;S-1-5-21-1-2-3-1200)", NULL, true },
		{ "D:(D;;FA;;;S-1-5-21-1-2-3-513)",
			"D:(D;;FA;;;S-1-5-21-1-2-3-513)(A;;FA;;;S-1-5-21-1-2-3-1200)", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_list lists[2] = { { NULL, 0 }, { NULL, 0 } };
		struct ad_verdict v = { NULL, NULL };
		int n = 0;
		struct ad_permission_asked asked = { holds, &n };

		put(&lists[0], t[i].before);
		put(&lists[1], t[i].after);
		assert_true(ad_permission_judge(&v, &asked, &lists[0], &lists[1], NULL));
		if (!v.widens != !t[i].widens || (v.widens && !strstr(v.widens, t[i].widens)))
			fail_msg("%s -> %s: %s", t[i].before, t[i].after, v.widens);
		assert_int_equal(n > 0, t[i].is_asked);
		ad_verdict_clear(&v);
		ad_list_clear(&lists[0]);
		ad_list_clear(&lists[1]);
	}
}

static void refuses_what_it_cannot_ask(void **state)
{
	struct ad_list lists[2] = { { NULL, 0 }, { NULL, 0 } };
	struct ad_verdict v = { NULL, NULL };
	struct ad_err err = { 0 };
	int n = 0;
	struct ad_permission_asked asked = { holds, &n };

	(void)state;
	put(&lists[0], "D:");
	put(&lists[1], "D:(A;;FA;;;S-1-5-21-1-2-3-1300)");
	assert_false(ad_permission_judge(&v, &asked, &lists[0], &lists[1], &err));
	assert_int_equal(err.kind, AD_ERR_CONNECT);
	ad_verdict_clear(&v);
	ad_list_clear(&lists[0]);
	ad_list_clear(&lists[1]);
}

/* Another condition may be met where the one before was not. */
static void judges_other_conditions(void **state)
{
	static const struct {
		const char *before, *after, *widens;
	} t[] = {
		{ "D:(XA;;FA;;;WD;(a == 1))", "D:(XA;;FA;;;WD;(a == 1))", NULL },
		{ "D:(XA;;FA;;;WD;(a == 1))", "D:(XA;;FA;;;WD;(a == 2))", "Everyone gains full" },
		{ "D:(XA;;FA;;;WD;(a == 1))", "D:(ZA;;FA;;;WD;(a == 2))", "Everyone gains full" },
		{ "D:(XA;;FA;;;WD;(a == 1))", "D:(XA;;0x1301bf;;;WD;(a == 1))", NULL },
		{ "D:(XA;;FA;;;WD;(a == 1))(A;;FA;;;BA)", "D:(A;;FA;;;BA)", NULL },
		{ "D:(A;;FA;;;WD)", "D:(XA;;FA;;;WD;(a == 1))", NULL },
		{ "D:(A;;FR;;;WD)", "D:(A;;FR;;;WD)(XA;;0x1301bf;;;WD;(a == 1))", "gains change" },
		{ "D:(XD;;FA;;;WD;(a == 1))(A;;FA;;;WD)", "D:(XD;;FA;;;WD;(a == 2))(A;;FA;;;WD)",
			"Everyone gains full" },
		{ "D:(XD;;FA;;;WD;(a == 1))(A;;FA;;;WD)", "D:(XD;;FA;;;WD;(a == 1))(A;;FA;;;WD)",
			NULL },
		{ "D:(D;;FA;;;WD)(A;;FA;;;BA)", "D:(XD;;FA;;;WD;(a == 1))(A;;FA;;;BA)",
			"Everyone is no longer denied" },
		{ "D:(A;OICIIO;FA;;;WD)", "D:(XA;OICIIO;FA;;;WD;(a == 1))", NULL },
		{ "D:(XA;OICIIO;FA;;;WD;(a == 1))", "D:(XA;OICIIO;FA;;;WD;(b))",
			"Everyone gains full" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_verdict v = { NULL, NULL };

		judge_texts(&v, t[i].before, t[i].after);
		if (!v.widens != !t[i].widens || (v.widens && !strstr(v.widens, t[i].widens)))
			fail_msg("%s -> %s: %s", t[i].before, t[i].after, v.widens);
		ad_verdict_clear(&v);
	}
}

/* A conditional entry may allow, and may not deny: MS-DTYP 2.4.4.17. */
static void judges_conditions(void **state)
{
	static const struct {
		uint8_t was, is; /* types of the entry for Everyone; 0xff: none */
		bool widens;
	} t[] = {
		{ 0xff, AD_ACE_ALLOW_CALLBACK, true },
		{ AD_ACE_ALLOW_CALLBACK, AD_ACE_ALLOW_CALLBACK, false },
		{ AD_ACE_ALLOW_CALLBACK, AD_ACE_ALLOW, true },
		{ AD_ACE_DENY_CALLBACK, 0xff, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_list lists[2] = { { NULL, 0 }, { NULL, 0 } };
		struct ad_verdict v = { NULL, NULL };

		for (size_t k = 0; k < 2; k++) {
			struct ad_ace ace = { .type = k ? t[i].is : t[i].was,
				.mask = AD_RIGHTS_FULL,
				.sid = sid("S-1-1-0") };
			struct ad_buf b = AD_BUF_INIT;
			struct ad_sd *sd;

			assert_true(ad_sddl_parse(&sd, "D:(A;;FA;;;BA)", NULL, NULL));
			if (ace.type != 0xff)
				ad_acl_insert(sd->dacl, &ace);
			assert_true(ad_sd_encode(sd, &b, NULL));
			ad_list_add(&lists[k], b.data, b.len);
			ad_buf_clear(&b);
			ad_sd_free(sd);
		}
		assert_true(ad_permission_judge(&v, NULL, &lists[0], &lists[1], NULL));
		if ((v.widens != NULL) != t[i].widens)
			fail_msg("case %zu: %s", i, v.widens);
		ad_verdict_clear(&v);
		ad_list_clear(&lists[0]);
		ad_list_clear(&lists[1]);
	}
}

/* Who may do more than read, by its own entries (MS-DTYP 2.4.2.4, 2.5.3.2)? */
static void finds_crowds(void **state)
{
	static const struct {
		const char *sddl, *crowds;
	} t[] = {
		{ "D:(A;;FR;;;WD)(A;;FA;;;BA)", "" },
		{ "D:(A;;FA;;;WD)(A;;FR;;;AU)(A;;FW;;;WD)", "S-1-1-0 full;" },
		{ "D:(A;;0x1301bf;;;S-1-5-21-1-2-3-513)(A;;WD;;;NU)",
			"S-1-5-21-1-2-3-513 change;S-1-5-2 WD;" },
		{ "D:(D;;FA;;;WD)(A;;FA;;;AU)", "" },
		{ "D:(A;OICIIO;FA;;;WD)", "" },
		{ "D:(XA;;FA;;;WD;(#61727478))", "S-1-1-0 full;" },
		{ "D:NO_ACCESS_CONTROL", "S-1-1-0 full;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_permission_crowd *list;
		struct ad_buf text = AD_BUF_INIT;
		char one[AD_SID_TEXT];
		struct ad_sd *sd;
		size_t n;

		assert_true(ad_sddl_parse(&sd, t[i].sddl, NULL, NULL));
		ad_permission_crowds(&list, &n, sd);
		for (size_t k = 0; k < n; k++) {
			ad_sid_format(&list[k].sid, one);
			ad_buf_puts(&text, one);
			ad_buf_puts(&text, " ");
			ad_rights_format(&text, list[k].mask);
			ad_buf_puts(&text, ";");
		}
		assert_string_equal(ad_buf_text(&text), t[i].crowds);
		ad_buf_clear(&text);
		free(list);
		ad_sd_free(sd);
	}
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
		cmocka_unit_test(judges),
		cmocka_unit_test(judges_conditions),
		cmocka_unit_test(judges_groups_with_crowds),
		cmocka_unit_test(refuses_what_it_cannot_ask),
		cmocka_unit_test(judges_other_conditions),
		cmocka_unit_test(finds_crowds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
