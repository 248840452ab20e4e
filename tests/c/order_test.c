/* What waits for what in plans made by hand: groups and the permissions that name them, members,
 * what comes and what goes, circles, many changes. */
#include "base/mem.h"
#include "base/text.h"
#include "codec/sddl.h"
#include "net/ldap_priv.h"
#include "plan/placeholder.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

extern const struct ad_kind ad_kind_account, ad_kind_file, ad_kind_folder, ad_kind_group;

static struct ad_ldap home = { .refs = 1 };

static struct ad_change *add(struct ad_plan *p, const struct ad_kind *kind, const char *dn)
{
	return ad_plan_restore(p, kind, &home, dn, NULL, dn);
}

static struct ad_edit *edit(
	struct ad_change *c, const char *attr, const char *before, const char *after)
{
	struct ad_edit *e = ad_change_restore(c, attr, NULL);

	assert_non_null(e);
	if (before)
		ad_list_add(&e->before, before, strlen(before));
	if (after)
		ad_list_add(&e->after, after, strlen(after));
	return e;
}

static struct ad_change *make_group(struct ad_plan *p, const char *dn)
{
	struct ad_change *c = add(p, &ad_kind_group, dn);

	edit(c, "group", NULL, "name=g");
	ad_placeholder_make(&c->sid, dn);
	return c;
}

static struct ad_change *remove_group(struct ad_plan *p, const char *dn, const char *sid)
{
	struct ad_change *c = add(p, &ad_kind_group, dn);

	edit(c, "group", "name=g", NULL);
	assert_true(ad_sid_parse(&c->sid, sid, NULL));
	return c;
}

static void add_sd(struct ad_list *l, const char *sid)
{
	char text[AD_SID_TEXT + 32];
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *sd;

	snprintf(text, sizeof text, "D:(A;;FA;;;%s)", sid);
	assert_true(ad_sddl_parse(&sd, text, NULL, NULL));
	assert_true(ad_sd_encode(sd, &bytes, NULL));
	ad_list_add(l, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	ad_sd_free(sd);
}

/* A folder whose access list names these; NULL: nobody. */
static struct ad_change *permit(
	struct ad_plan *p, const char *unc, const char *before, const char *after)
{
	struct ad_change *c = add(p, &ad_kind_folder, unc);
	struct ad_edit *e = edit(c, "fileSecurityDescriptor", NULL, NULL);

	add_sd(&e->before, before ? before : "SY");
	add_sd(&e->after, after ? after : "SY");
	return c;
}

static const char *placeholder(const char *dn)
{
	static char text[AD_SID_TEXT];
	struct ad_sid sid;

	ad_placeholder_make(&sid, dn);
	ad_sid_format(&sid, text);
	return text;
}

/* c waits for these, ended by NULL, and for nothing else. */
static void waits(const struct ad_change *c, ...)
{
	const struct ad_change *other;
	size_t n = 0, i;
	va_list ap;

	va_start(ap, c);
	while ((other = va_arg(ap, const struct ad_change *))) {
		for (i = 0; i < c->n_after && c->after[i] != other; i++)
			continue;
		assert_true(i < c->n_after);
		n++;
	}
	va_end(ap);
	assert_int_equal(c->n_after, n);
}

static void permissions_wait_for_their_group(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *early = permit(p, "\\\\fs1\\data\\a", NULL, placeholder("CN=g,DC=alpha"));
	struct ad_change *group = make_group(p, "CN=g,DC=alpha");
	struct ad_change *late = permit(p, "\\\\fs1\\data\\b", NULL, placeholder("cn=G,dc=ALPHA"));
	struct ad_change *other = permit(p, "\\\\fs1\\data\\c", NULL, "S-1-5-21-1-2-3-500");
	bool failed;

	(void)state;
	assert_true(ad_plan_order(p, NULL));
	waits(group, NULL);
	waits(early, group, NULL);
	waits(late, group, NULL);
	waits(other, NULL);
	assert_true(ad_plan_is_free(group, &failed));
	assert_false(ad_plan_is_free(early, &failed));
	assert_false(failed);
	group->state = AD_CHANGE_FAILED;
	assert_false(ad_plan_is_free(early, &failed));
	assert_true(failed);
	group->state = AD_CHANGE_UNKNOWN;
	assert_false(ad_plan_is_free(early, &failed));
	assert_true(failed);
	group->state = AD_CHANGE_DONE;
	assert_true(ad_plan_is_free(early, &failed));
	assert_true(ad_plan_order(p, NULL)); /* once more: nothing is there twice */
	waits(late, group, NULL);
	ad_plan_free(p);
}

static void nobody_makes_the_group(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_err err;

	(void)state;
	make_group(p, "CN=g,DC=alpha");
	permit(p, "\\\\fs1\\data\\a", NULL, placeholder("CN=other,DC=alpha"));
	assert_false(ad_plan_order(p, &err));
	assert_int_equal(err.kind, AD_ERR_REFUSED);
	assert_non_null(strstr(err.message, "\\\\fs1\\data\\a refers to a group"));
	ad_plan_free(p);
}

/* A file names a group that is still to be made, in each of the two encodings that policies use. */
static void files_name_what_is_made(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *plain = add(p, &ad_kind_file, "\\\\dc\\sysvol\\a"),
			 *wide = add(p, &ad_kind_file, "\\\\dc\\sysvol\\b"),
			 *group = make_group(p, "CN=g,DC=alpha");
	const char *old = placeholder("CN=g,DC=alpha");
	char *text = ad_format("*%s__Memberof = *S-1-5-32-544\r\nS-1-5-32-544, S-1-", old);
	struct ad_buf b = AD_BUF_INIT, want = AD_BUF_INIT;
	struct ad_sid sid;

	(void)state;
	edit(plain, "content", NULL, text);
	ad_buf_add(&b, "\xff\xfe", 2);
	assert_true(ad_utf8_to_utf16le(&b, text, strlen(text)));
	ad_list_add(&ad_change_restore(wide, "content", NULL)->after, b.data, b.len);
	assert_true(ad_plan_order(p, NULL));
	waits(plain, group, NULL);
	waits(wide, group, NULL);
	assert_true(ad_sid_parse(&sid, "S-1-5-21-1-2-3-1104", NULL));
	assert_true(ad_placeholder_settle(p, group, &sid, NULL, NULL, NULL));
	free(text);
	text = ad_strdup("*S-1-5-21-1-2-3-1104__Memberof = *S-1-5-32-544\r\nS-1-5-32-544, S-1-");
	assert_memory_equal(ad_change_find(plain, "content")->after.v[0].data, text, strlen(text));
	assert_int_equal(ad_change_find(plain, "content")->after.v[0].len, strlen(text));
	ad_buf_add(&want, "\xff\xfe", 2);
	assert_true(ad_utf8_to_utf16le(&want, text, strlen(text)));
	assert_int_equal(ad_change_find(wide, "content")->after.v[0].len, want.len);
	assert_memory_equal(ad_change_find(wide, "content")->after.v[0].data, want.data, want.len);
	free(text);
	ad_buf_clear(&b);
	ad_buf_clear(&want);
	ad_plan_free(p);
}

static void what_goes_waits_for_what_names_it(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *group = remove_group(p, "CN=g,DC=alpha", "S-1-5-21-1-2-3-1104");
	struct ad_change *revoke =
		permit(p, "\\\\fs1\\data\\a", "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1105");
	struct ad_change *keeps = permit(p, "\\\\fs1\\data\\b", NULL, "S-1-5-21-1-2-3-1105");
	struct ad_change *outer = add(p, &ad_kind_attributes, "CN=outer,DC=alpha");

	(void)state;
	edit(outer, "member", "cn=G,dc=alpha", NULL);
	assert_true(ad_plan_order(p, NULL));
	waits(group, revoke, outer, NULL);
	waits(revoke, NULL);
	waits(outer, NULL);
	waits(keeps, NULL);
	ad_plan_free(p);
}

static void members_come_first(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *outer = make_group(p, "CN=outer,DC=alpha");
	struct ad_change *there = add(p, &ad_kind_attributes, "CN=there,DC=alpha");
	struct ad_change *inner = make_group(p, "CN=inner,DC=alpha");
	struct ad_change *host = add(p, &ad_kind_account, "CN=host,DC=alpha");

	(void)state;
	edit(host, "account", NULL, "name=HOST$");
	edit(outer, "member", NULL, "CN=inner,DC=alpha");
	edit(inner, "member", NULL, "CN=host,DC=alpha");
	edit(there, "member", NULL, "CN=host,DC=alpha");
	assert_true(ad_plan_order(p, NULL));
	waits(outer, inner, NULL);
	waits(inner, host, NULL);
	waits(there, host, NULL);
	waits(host, NULL);
	ad_plan_free(p);
}

/* What is done is not waited for, and does not wait. */
static void what_is_done_is_left_alone(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *group = make_group(p, "CN=g,DC=alpha");
	struct ad_change *done = permit(p, "\\\\fs1\\data\\a", NULL, placeholder("CN=g,DC=alpha"));

	(void)state;
	done->state = AD_CHANGE_DONE;
	assert_true(ad_plan_order(p, NULL));
	waits(done, NULL);
	waits(group, NULL);
	ad_plan_free(p);
}

static void one_object_keeps_its_order(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *second, *third, *first = permit(p, "\\\\fs1\\data\\a", NULL, NULL);

	(void)state;
	permit(p, "\\\\fs1\\data\\b", NULL, NULL);
	second = permit(p, "\\\\FS1\\Data\\a", NULL, NULL);
	third = permit(p, "\\\\fs1\\data\\A", NULL, NULL);
	assert_true(ad_plan_order(p, NULL));
	waits(first, NULL);
	waits(second, first, NULL);
	waits(third, second, NULL);
	ad_plan_free(p);
}

/* Who waits for what is left out waits no longer. */
static void what_is_left_out_is_not_waited_for(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *a = add(p, &ad_kind_attributes, "CN=a,DC=alpha");
	struct ad_change *b = add(p, &ad_kind_attributes, "CN=b,DC=alpha");
	struct ad_change *c = add(p, &ad_kind_attributes, "CN=c,DC=alpha");

	(void)state;
	ad_change_wait(c, a);
	ad_change_wait(c, b);
	ad_change_wait(c, b);
	ad_change_wait(c, c);
	waits(c, a, b, NULL);
	ad_plan_keep(p, (const bool[]){ false, true, true });
	waits(c, b, NULL);
	assert_int_equal(ad_plan_count(p), 2);
	ad_plan_free(p);
}

static void circles_are_refused(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *a = add(p, &ad_kind_attributes, "CN=a,DC=alpha");
	struct ad_change *b = add(p, &ad_kind_attributes, "CN=b,DC=alpha");
	struct ad_change *c = add(p, &ad_kind_attributes, "CN=c,DC=alpha");
	struct ad_change *outside = add(p, &ad_kind_attributes, "CN=outside,DC=alpha");
	struct ad_err err;

	(void)state;
	ad_change_wait(outside, c);
	ad_change_wait(b, a);
	ad_change_wait(c, a);
	ad_change_wait(c, b);
	assert_true(ad_plan_order(p, NULL)); /* two ways from c to a are no circle */
	ad_change_wait(a, c);
	assert_false(ad_plan_order(p, &err));
	assert_int_equal(err.kind, AD_ERR_REFUSED);
	assert_null(strstr(err.message, "CN=outside"));
	assert_non_null(strstr(err.message, "depend on each other"));
	ad_plan_free(p);
}

/* A group whose members are each other's. */
static void circles_of_names_are_refused(void **state)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_err err;

	(void)state;
	edit(make_group(p, "CN=a,DC=alpha"), "member", NULL, "CN=b,DC=alpha");
	edit(make_group(p, "CN=b,DC=alpha"), "member", NULL, "CN=a,DC=alpha");
	assert_false(ad_plan_order(p, &err));
	assert_string_equal(err.message,
		"CN=b,DC=alpha and CN=a,DC=alpha depend on each other: each requires the other one to be written first");
	ad_plan_free(p);
}

/* ---- many ---- */

static struct ad_plan *groups_and_permissions(size_t n)
{
	struct ad_plan *p = ad_plan_new();
	char dn[64], unc[64];

	for (size_t i = 0; i < n / 2; i++) {
		snprintf(dn, sizeof dn, "CN=%zu,DC=alpha", i);
		snprintf(unc, sizeof unc, "\\\\fs1\\data\\%zu", i);
		permit(p, unc, NULL, placeholder(dn));
		make_group(p, dn);
	}
	return p;
}

/* Accounts that go, out of one group. */
static struct ad_plan *leaving(size_t n)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_edit *members =
		edit(add(p, &ad_kind_attributes, "CN=g,DC=alpha"), "member", NULL, NULL);
	char dn[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(dn, sizeof dn, "CN=%zu,DC=alpha", i);
		edit(add(p, &ad_kind_account, dn), "account", "name=x", NULL);
		ad_list_add(&members->before, dn, strlen(dn));
	}
	return p;
}

/* Each waits for the next one. */
static struct ad_plan *chain(size_t n)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *last = NULL;
	char dn[64];

	for (size_t i = 0; i < n; i++) {
		struct ad_change *c;

		snprintf(dn, sizeof dn, "CN=%zu,DC=alpha", i);
		c = add(p, &ad_kind_attributes, dn);
		if (last)
			ad_change_wait(last, c);
		last = c;
	}
	return p;
}

static double seconds(struct ad_plan *(*make)(size_t), size_t n)
{
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		struct ad_plan *p = make(n);
		clock_t start = clock();

		assert_true(ad_plan_order(p, NULL));
		best = (double)(clock() - start) < best ? (double)(clock() - start) : best;
		ad_plan_free(p);
	}
	return best / CLOCKS_PER_SEC;
}

/* Eight times as many take some ten times as long, and not 64 times. What takes no time at all is
 * only slower because it no longer fits the processor's caches. */
static void many_do_not_take_long(void **state)
{
	static struct ad_plan *(*const makers[])(
		size_t) = { groups_and_permissions, leaving, chain };

	size_t n = getenv("ADSH_FEW") ? 800 : 20000; /* valgrind looks at the memory only */

	(void)state;
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
		double few = seconds(makers[i], n / 8), many = seconds(makers[i], n);

		if (many > 24 * few + 0.1)
			fail_msg(
				"plan %zu: %.4f s for %zu, %.4f s for %zu", i, few, n / 8, many, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissions_wait_for_their_group),
		cmocka_unit_test(nobody_makes_the_group),
		cmocka_unit_test(files_name_what_is_made),
		cmocka_unit_test(what_goes_waits_for_what_names_it),
		cmocka_unit_test(members_come_first),
		cmocka_unit_test(what_is_done_is_left_alone),
		cmocka_unit_test(one_object_keeps_its_order),
		cmocka_unit_test(what_is_left_out_is_not_waited_for),
		cmocka_unit_test(circles_are_refused),
		cmocka_unit_test(circles_of_names_are_refused),
		cmocka_unit_test(many_do_not_take_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
