/* Lists, edits and intents on top of somebody else's edit: the arithmetic of the gate. */
#include "plan/change.h"
#include "plan/merge.h"
#include "base/text.h"
#include "codec/access.h"
#include "codec/sddl.h"
#include "codec/sd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct ad_list list(const char *first, ...)
{
	struct ad_list l = { NULL, 0 };
	const char *s;
	va_list ap;

	va_start(ap, first);
	for (s = first; s; s = va_arg(ap, const char *))
		ad_list_add(&l, s, strlen(s));
	va_end(ap);
	return l;
}

static void assert_list(struct ad_list *l, const char *first, ...)
{
	size_t n = 0;
	const char *s;
	va_list ap;

	va_start(ap, first);
	for (s = first; s; s = va_arg(ap, const char *), n++)
		assert_true(ad_list_find(l, AD_MERGE_EXACT, s, strlen(s)) >= 0);
	va_end(ap);
	assert_int_equal(l->n, n);
}

static void set_operations(void **state)
{
	struct ad_list l = list("a", "B", "c", NULL), v = list("b", "D", "d", NULL);

	(void)state;
	assert_int_equal(ad_list_unite(&l, AD_MERGE_SET, v.v, v.n), 1); /* b is there, d once */
	assert_int_equal(l.n, 4);
	assert_int_equal(ad_list_find(&l, AD_MERGE_SET, "b", 1), 1);
	assert_int_equal(ad_list_find(&l, AD_MERGE_EXACT, "b", 1), -1);
	assert_int_equal(ad_list_subtract(&l, AD_MERGE_SET, v.v, v.n), 2);
	assert_list(&l, "a", "c", NULL);
	assert_int_equal(ad_list_subtract(&l, AD_MERGE_SET, NULL, 0), 0);
	ad_list_remove(&l, 0);
	assert_list(&l, "c", NULL);
	ad_list_clear(&l);
	ad_list_clear(&v);
}

/* So many values out of few, in any order. */
static struct ad_list random_list(size_t n, unsigned few)
{
	static uint32_t state = 1;
	struct ad_list l = { NULL, 0 };
	char text[16];

	while (l.n < n) {
		state = state * 1664525 + 1013904223;
		snprintf(text, sizeof text, "%c%u", state >> 31 ? 'v' : 'V', state / 65536 % few);
		ad_list_add(&l, text, strlen(text));
	}
	return l;
}

/* Against looking at each value. */
static void many_values(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		struct ad_list a = random_list(n, 30), b = random_list(n * n % 37, 30), both, rest;
		size_t added = 0, gone = 0;

		ad_list_share(&both, &a);
		ad_list_copy(&rest, &a);
		ad_list_unite(&both, AD_MERGE_SET, b.v, b.n);
		for (size_t i = 0; i < b.n; i++) {
			struct ad_list before = { b.v, i };

			added += ad_list_find(&a, AD_MERGE_SET, b.v[i].data, b.v[i].len) < 0 &&
				 ad_list_find(&before, AD_MERGE_SET, b.v[i].data, b.v[i].len) < 0;
			assert_true(
				ad_list_find(&both, AD_MERGE_SET, b.v[i].data, b.v[i].len) >= 0);
		}
		assert_int_equal(both.n, a.n + added);
		for (size_t i = 0; i < both.n;
			i++) /* ours are where they were, the new ones sorted */
			assert_true(i < a.n ? both.v[i].data == a.v[i].data
					    : i == a.n || ad_casecmp(both.v[i - 1].data,
								  both.v[i - 1].len, both.v[i].data,
								  both.v[i].len) < 0);
		for (size_t i = 0; i < a.n; i++)
			gone += ad_list_find(&b, AD_MERGE_SET, a.v[i].data, a.v[i].len) >= 0;
		assert_int_equal(ad_list_subtract(&rest, AD_MERGE_SET, b.v, b.n), gone);
		assert_int_equal(rest.n, a.n - gone);
		assert_int_equal(ad_list_subtract(&rest, AD_MERGE_SET, b.v, b.n), 0);
		assert_int_equal(ad_list_subtract(&both, AD_MERGE_SET, b.v, b.n), gone + added);
		assert_true(ad_list_equal(&both, &rest, AD_MERGE_EXACT));
		ad_list_clear(&a);
		ad_list_clear(&b);
		ad_list_clear(&both);
		ad_list_clear(&rest);
	}
}

static void equality_is_without_order(void **state)
{
	struct ad_list a = list("x", "y", NULL), b = list("Y", "X", NULL);

	(void)state;
	assert_true(ad_list_equal(&a, &b, AD_MERGE_SET));
	assert_false(ad_list_equal(&a, &b, AD_MERGE_EXACT));
	ad_list_clear(&a);
	ad_list_clear(&b);
}

static struct ad_edit edit(enum ad_merge m, struct ad_list before, struct ad_list after)
{
	struct ad_edit e = { (char *)(uintptr_t) "attr", m, before, after };

	return e;
}

static void clear(struct ad_edit *e)
{
	ad_list_clear(&e->before);
	ad_list_clear(&e->after);
}

/* We add new and remove old; meanwhile somebody adds theirs: both survive. */
static void set_rebase_keeps_both(void **state)
{
	struct ad_edit e =
		edit(AD_MERGE_SET, list("old", "stays", NULL), list("stays", "new", NULL));
	struct ad_list now = list("stays", "OLD", "theirs", NULL), add, remove;
	struct ad_err err;

	(void)state;
	assert_false(ad_edit_holds(&e, &now));
	assert_true(ad_edit_rebase(&e, &now, &err));
	assert_list(&e.after, "stays", "theirs", "new", NULL);
	ad_edit_difference(&e, &add, &remove);
	assert_list(&add, "new", NULL);
	assert_list(&remove, "OLD", NULL); /* as it is written there */
	assert_true(ad_edit_holds(&e, &e.after));
	ad_list_clear(&add);
	ad_list_clear(&remove);
	ad_list_clear(&now);
	clear(&e);
}

/* 4096 -> 16781312 sets 0x1000000; somebody disables the account (2) meanwhile. */
static void bits_rebase(void **state)
{
	struct ad_edit e = edit(AD_MERGE_BITS, list("4096", NULL), list("16781312", NULL));
	struct ad_list now = list("4098", NULL), gone = { NULL, 0 };
	struct ad_err err;

	(void)state;
	assert_true(ad_edit_rebase(&e, &now, &err));
	assert_list(&e.before, "4098", NULL);
	assert_list(&e.after, "16781314", NULL);
	assert_true(ad_edit_holds(&e, &e.after));
	assert_false(ad_edit_holds(&e, &now));
	assert_false(ad_edit_rebase(&e, &gone, &err));
	assert_int_equal(err.kind, AD_ERR_CONFLICT);
	ad_list_clear(&now);
	clear(&e);
}

static void exact_conflict(void **state)
{
	struct ad_edit e = edit(AD_MERGE_EXACT, list("one", NULL), list("two", NULL));
	struct ad_list now = list("ONE", NULL);
	struct ad_err err;

	(void)state;
	assert_false(ad_edit_rebase(&e, &now, &err));
	assert_int_equal(err.kind, AD_ERR_CONFLICT);
	assert_list(&e.before, "one", NULL); /* unchanged */
	ad_list_clear(&now);
	clear(&e);
}

/* What was to go is gone, what was to come is there: nothing is left to do. */
static void exact_is_done(void **state)
{
	struct ad_edit e = edit(AD_MERGE_EXACT, list("one", NULL), list(NULL, NULL));
	struct ad_list now = list(NULL, NULL);

	(void)state;
	assert_true(ad_edit_rebase(&e, &now, NULL));
	assert_list(&e.before, NULL);
	assert_list(&e.after, NULL);
	clear(&e);
	e = edit(AD_MERGE_EXACT, list("one", NULL), list("two", NULL));
	now = list("two", NULL);
	assert_true(ad_edit_rebase(&e, &now, NULL));
	assert_list(&e.before, "two", NULL);
	assert_list(&e.after, "two", NULL);
	clear(&e);
	ad_list_clear(&now);
}

static void add_trustee(struct ad_sd *sd, const char *text)
{
	struct ad_sid sid;

	assert_true(ad_sid_parse(&sid, text, NULL));
	ad_acl_add_allow(sd->dacl, &sid, AD_MASK_DS_ALL, 0);
}

static struct ad_list descriptor(const char *first, ...)
{
	struct ad_sd *sd = ad_sd_new_rbcd();
	struct ad_buf b = AD_BUF_INIT;
	struct ad_list l = { NULL, 0 };
	const char *s;
	va_list ap;

	va_start(ap, first);
	for (s = first; s; s = va_arg(ap, const char *))
		add_trustee(sd, s);
	va_end(ap);
	assert_true(ad_sd_encode(sd, &b, NULL));
	ad_list_add(&l, b.data, b.len);
	ad_buf_clear(&b);
	ad_sd_free(sd);
	return l;
}

static bool allows(struct ad_list *l, const char *text)
{
	struct ad_sid sid;
	struct ad_sd *sd;
	bool yes;

	assert_true(ad_sid_parse(&sid, text, NULL));
	assert_true(ad_sd_decode(&sd, l->v[0].data, l->v[0].len, NULL));
	yes = ad_access_mask(sd, &sid, 1, &ad_generic_ds, NULL, AD_CONDITION_UNMET) != 0;
	ad_sd_free(sd);
	return yes;
}

#define A "S-1-5-21-1-2-3-1001"
#define B "S-1-5-21-1-2-3-1002"
#define C "S-1-5-21-1-2-3-1003"

/* We replace A by B; meanwhile somebody adds C. */
static void descriptor_rebase(void **state)
{
	struct ad_edit e = edit(AD_MERGE_SD, descriptor(A, NULL), descriptor(B, NULL));
	struct ad_list now = descriptor(A, C, NULL);
	struct ad_err err;

	(void)state;
	assert_true(ad_edit_rebase(&e, &now, &err));
	assert_false(allows(&e.after, A));
	assert_true(allows(&e.after, B));
	assert_true(allows(&e.after, C));
	assert_true(ad_edit_holds(&e, &e.after));
	ad_list_clear(&now);
	clear(&e);
}

static size_t entries(const struct ad_list *l)
{
	struct ad_sd *sd;
	size_t n;

	assert_true(ad_sd_decode(&sd, l->v[0].data, l->v[0].len, NULL));
	n = sd->dacl->count;
	ad_sd_free(sd);
	return n;
}

/* Somebody adds the very entry that we add. */
static void descriptor_added_by_both(void **state)
{
	struct ad_edit e = edit(AD_MERGE_SD, descriptor(A, NULL), descriptor(A, B, NULL));
	struct ad_list now = descriptor(A, B, C, NULL);

	(void)state;
	assert_true(ad_edit_rebase(&e, &now, NULL));
	assert_int_equal(entries(&e.after), 3);
	ad_list_clear(&now);
	clear(&e);
}

/* What AD stores: 32 bits with a sign, in one value. */
static void numbers(void **state)
{
	static const char *const good[] = { "0", "4096", "-2147483648", "2147483647",
		"4294967295" };
	static const char *const bad[] = { "", "4294967296", "-2147483649", "18446744073709551616",
		"0x1000", " 1", "1 ", "+1", "01" };
	uint32_t n;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ad_list one = list(good[i], NULL);

		assert_true(ad_list_number(&n, &one));
		assert_int_equal(n, (uint32_t)strtoll(good[i], NULL, 10));
		ad_list_clear(&one);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ad_list one = list(bad[i], NULL);

		if (ad_list_number(&n, &one))
			fail_msg("'%s' is taken for %u", bad[i], n);
		ad_list_clear(&one);
	}
	struct ad_list two = list("1", "2", NULL);
	assert_false(ad_list_number(&n, &two));
	ad_list_clear(&two);
}

/* The last entry goes, and with it the attribute; but not when somebody added one meanwhile. */
static void descriptor_removed(void **state)
{
	struct ad_list none = { NULL, 0 }, now = descriptor(A, C, NULL);
	struct ad_edit e = edit(AD_MERGE_SD, descriptor(A, NULL), none);
	struct ad_err err;

	(void)state;
	assert_true(ad_edit_holds(&e, &none));
	assert_true(ad_edit_rebase(&e, &now, &err));
	assert_int_equal(e.after.n, 1);
	assert_true(allows(&e.after, C));
	assert_false(allows(&e.after, A));
	ad_list_clear(&now);
	clear(&e);
}

/* Somebody removed the whole attribute: what we add comes back alone. */
static void descriptor_on_nothing(void **state)
{
	struct ad_list none = { NULL, 0 };
	struct ad_edit e = edit(AD_MERGE_SD, descriptor(A, NULL), descriptor(A, B, NULL));
	struct ad_err err;

	(void)state;
	assert_true(ad_edit_rebase(&e, &none, &err));
	assert_false(allows(&e.after, A));
	assert_true(allows(&e.after, B));
	clear(&e);
}

static struct ad_list of_text(const char *sddl)
{
	struct ad_list l = { NULL, 0 };
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sd *sd;

	assert_true(ad_sddl_parse(&sd, sddl, NULL, NULL));
	assert_true(ad_sd_encode(sd, &b, NULL));
	ad_list_add(&l, b.data, b.len);
	ad_buf_clear(&b);
	ad_sd_free(sd);
	return l;
}

/* Valid until the next call. */
static const char *text_of(const struct ad_list *l)
{
	static char text[512];
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sd *sd;

	assert_int_equal(l->n, 1);
	assert_true(ad_sd_decode(&sd, l->v[0].data, l->v[0].len, NULL));
	ad_sddl_format(&b, sd, NULL);
	snprintf(text, sizeof text, "%s", ad_buf_text(&b));
	ad_buf_clear(&b);
	ad_sd_free(sd);
	return text;
}

/* Entries are others by each thing that gives them their meaning: what goes is only the one that
 * was to go, and what comes does not count as there because something like it is. */
static void descriptor_rebase_tells_entries_apart(void **state)
{
	static const char *const entries[] = {
		"(XA;;FA;;;BU;(a == 1))",
		"(XA;;FA;;;BU;(a == 2))",
		"(XA;;FA;;;BU;(#61727478))",
		"(XA;;FA;;;BU)",
		"(A;;FA;;;BU)",
		"(A;;FR;;;BU)",
		"(A;OICI;FA;;;BU)",
		"(XD;;FA;;;BU;(a == 1))",
		"(XA;;FA;;;BG;(a == 1))",
		"(ZA;;FA;;;BU;(a == 1))",
		"(ZA;;FA;ab721a53-1e2f-11d0-9819-00aa0040529b;;BU;(a == 1))",
		"(ZA;;FA;;ab721a53-1e2f-11d0-9819-00aa0040529b;BU;(a == 1))",
	};
	size_t n = sizeof entries / sizeof *entries;

	(void)state;
	for (size_t i = 0; i < n * n; i++) {
		const char *goes = entries[i / n], *stays = entries[i % n];
		char both[256], other[256];
		struct ad_edit e;
		struct ad_list now;

		if (goes == stays)
			continue;
		snprintf(both, sizeof both, "D:%s%s", goes, stays);
		snprintf(other, sizeof other, "D:%s", stays);
		e = edit(AD_MERGE_SD, of_text(both), of_text(other));
		now = of_text(both);
		assert_true(ad_edit_rebase(&e, &now, NULL));
		assert_string_equal(text_of(&e.after), other);
		ad_list_clear(&now);
		now = of_text(other);
		clear(&e);
		snprintf(both, sizeof both, "D:%s", goes);
		e = edit(AD_MERGE_SD, of_text("D:(A;;FA;;;BA)"), of_text(both));
		assert_true(ad_edit_rebase(&e, &now, NULL));
		assert_non_null(strstr(text_of(&e.after), goes));
		assert_non_null(strstr(text_of(&e.after), stays));
		ad_list_clear(&now);
		clear(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_operations),
		cmocka_unit_test(many_values),
		cmocka_unit_test(equality_is_without_order),
		cmocka_unit_test(set_rebase_keeps_both),
		cmocka_unit_test(bits_rebase),
		cmocka_unit_test(exact_conflict),
		cmocka_unit_test(exact_is_done),
		cmocka_unit_test(descriptor_rebase),
		cmocka_unit_test(descriptor_added_by_both),
		cmocka_unit_test(numbers),
		cmocka_unit_test(descriptor_removed),
		cmocka_unit_test(descriptor_on_nothing),
		cmocka_unit_test(descriptor_rebase_tells_entries_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
