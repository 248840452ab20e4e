/* Entries: the bytes below are written by hand after RFC 4511 4.5.2 and X.690. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "net/ldap_entry.h"

#define DN "CN=a,DC=alpha,DC=test"

/* cn: {"a"}; description: {"", "x\0y"}; empty: {} */
static const unsigned char three[] = { 0x30, 0x09, 0x04, 0x02, 'c', 'n', 0x31, 0x03, 0x04, 0x01,
	'a', /* */
	0x30, 0x16, 0x04, 0x0b, 'd', 'e', 's', 'c', 'r', 'i', 'p', 't', 'i', 'o', 'n', /* */
	0x31, 0x07, 0x04, 0x00, 0x04, 0x03, 'x', 0, 'y', /* */
	0x30, 0x09, 0x04, 0x05, 'e', 'm', 'p', 't', 'y', 0x31, 0x00 };

static struct ad_entry *decode(const void *attrs, size_t n)
{
	struct ad_entry *e = NULL;
	struct ad_err err = { 0 };

	if (!ad_entry_decode(&e, DN, strlen(DN), attrs, n, &err))
		assert_int_equal(err.kind, AD_ERR_FAILED);
	return e;
}

static void reads_values_by_any_case(void **state)
{
	struct ad_entry *e = decode(three, sizeof three);
	const struct ad_value *v;
	struct ad_value one;

	(void)state;
	assert_non_null(e);
	assert_string_equal(ad_entry_dn(e), DN);
	assert_int_equal(ad_entry_values(e, "CN", &v), 1);
	assert_int_equal(v[0].len, 1);
	assert_memory_equal(v[0].data, "a", 1);
	assert_int_equal(ad_entry_values(e, "Description", &v), 2);
	assert_int_equal(v[0].len, 0);
	assert_int_equal(v[1].len, 3);
	assert_memory_equal(v[1].data, "x\0y", 3);
	assert_int_equal(ad_entry_values(e, "empty", NULL), 0);
	assert_int_equal(ad_entry_values(e, "c", NULL), 0);
	assert_int_equal(ad_entry_values(e, "cnn", NULL), 0);
	assert_false(ad_entry_first(e, "empty", &one));
	assert_true(ad_entry_first(e, "cn", &one));
	ad_entry_free(e);
}

static void reads_numbers(void **state)
{
	static const unsigned char uac[] = { 0x30, 0x0e, 0x04, 0x01, 'u', 0x31, 0x09, 0x04, 0x04,
		'4', '0', '9', '6', 0x04, 0x01, 'x' };
	struct ad_entry *e = decode(uac, sizeof uac);

	(void)state;
	assert_int_equal(ad_entry_number(e, "U", -1), 4096);
	assert_int_equal(ad_entry_number(e, "absent", -1), -1);
	ad_entry_free(e);
}

static void walks_all(void **state)
{
	struct ad_entry *e = decode(three, sizeof three);
	struct ad_entry_walk w;
	struct ad_value name, value;
	size_t attrs = 0, values = 0;

	(void)state;
	ad_entry_walk_start(e, &w);
	for (; ad_entry_walk_attr(&w, &name); attrs++)
		while (ad_entry_walk_value(&w, &value))
			values++;
	assert_int_equal(attrs, 3);
	assert_int_equal(ad_entry_count(e), 3);
	assert_int_equal(values, 3);
	ad_entry_free(e);
}

/* each length of the header, one after the other, made one too long or too short */
static void refuses_malformed(void **state)
{
	static const size_t lengths[] = { 1, 3, 7, 9, 12, 14, 27, 29, 31, 36, 38, 45 };
	unsigned char bad[sizeof three];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		memcpy(bad, three, sizeof bad);
		bad[lengths[i]]++;
		assert_null(decode(bad, sizeof bad));
		bad[lengths[i]] = 0x84;
		assert_null(decode(bad, sizeof bad));
		bad[lengths[i]] = 0x80;
		assert_null(decode(bad, sizeof bad));
		bad[lengths[i]] = 0xff;
		assert_null(decode(bad, sizeof bad));
	}
	for (i = 1; i < sizeof three; i++) {
		struct ad_entry *e = decode(three, i);

		assert_true((i == 11 || i == 35) == (e != NULL));
		ad_entry_free(e);
	}
}

static void refuses_a_zero_in_the_dn(void **state)
{
	struct ad_entry *e = NULL;

	(void)state;
	assert_false(ad_entry_decode(&e, "CN=a\0b", 6, three, sizeof three, NULL));
}

static void takes_long_lengths(void **state)
{
	static const unsigned char bytes[] = { 0x30, 0x84, 0, 0, 0, 0x0b, 0x04, 0x81, 0x01, 'a',
		0x31, 0x82, 0, 0x03, 0x04, 0x01, 'b' };
	struct ad_entry *e = decode(bytes, sizeof bytes);
	char *text;

	(void)state;
	assert_non_null(e);
	text = ad_entry_text(e, "a");
	assert_string_equal(text, "b");
	free(text);
	ad_entry_free(e);
}

/* what AD sends for a group of more than 1500 members, here cut to two: the empty plain
 * attribute, then the part (MS-ADTS 3.1.1.3.1.3.3) */
static const unsigned char ranged[] = { 0x30, 0x0a, 0x04, 0x06, 'm', 'e', 'm', 'b', 'e', 'r', 0x31,
	0x00, /* */
	0x30, 0x1a, 0x04, 0x10, 'm', 'e', 'm', 'b', 'e', 'r', ';', 'r', 'a', 'n', 'g', 'e', '=',
	'0', '-', '1', 0x31, 0x06, 0x04, 0x01, 'a', 0x04, 0x01, 'b', /* */
	0x30, 0x09, 0x04, 0x02, 'c', 'n', 0x31, 0x03, 0x04, 0x01, 'g' };

static void finds_and_completes_a_range(void **state)
{
	static const unsigned char whole[] = { 0x04, 0x01, 'a', 0x04, 0x01, 'b', 0x04, 0x01, 'c' };
	struct ad_entry *e = decode(ranged, sizeof ranged), *done;
	struct ad_entry_walk w;
	struct ad_range r;
	const struct ad_value *v;

	(void)state;
	assert_non_null(e);
	assert_true(ad_entry_range(e, NULL, &r, &w));
	assert_int_equal(r.name.len, 6);
	assert_int_equal(r.first, 0);
	assert_int_equal(r.last, 1);
	assert_false(r.complete);
	assert_int_equal(w.vend - w.v, 6);
	done = ad_entry_with(e, &r.name, whole, sizeof whole);
	ad_entry_free(e);
	assert_false(ad_entry_range(done, NULL, &r, &w));
	assert_int_equal(ad_entry_values(done, "MEMBER", &v), 3);
	assert_memory_equal(v[2].data, "c", 1);
	assert_int_equal(ad_entry_values(done, "cn", NULL), 1);
	ad_entry_free(done);
}

static bool is_range(const char *name, struct ad_range *r)
{
	unsigned char bytes[64] = { 0x30, 0, 0x04, 0 };
	struct ad_entry_walk w;
	struct ad_entry *e;
	size_t n = strlen(name);
	bool is;

	bytes[1] = (unsigned char)(n + 4);
	bytes[3] = (unsigned char)n;
	memcpy(bytes + 4, name, n);
	bytes[4 + n] = 0x31;
	e = decode(bytes, n + 6);
	assert_non_null(e);
	is = ad_entry_range(e, NULL, r, &w);
	ad_entry_free(e);
	return is;
}

static void parses_range_options(void **state)
{
	struct ad_range r;

	(void)state;
	assert_true(is_range("member;Range=1500-*", &r));
	assert_int_equal(r.first, 1500);
	assert_true(r.complete);
	assert_true(is_range("m;binary;range=3-3", &r));
	assert_int_equal(r.name.len, 8);
	assert_false(is_range("member", &r));
	assert_false(is_range("member;range=", &r));
	assert_false(is_range("member;range=5", &r));
	assert_false(is_range("member;range=5-", &r));
	assert_false(is_range("member;range=5-4", &r));
	assert_false(is_range("member;range=0-9x", &r));
	assert_false(is_range("member;range=-1-9", &r));
	assert_false(is_range("member;range=0-99999999999999999999999999", &r));
}

static void is_one_block(void **state)
{
	struct ad_entry *e = decode(three, sizeof three);
	void *copy = malloc(ad_entry_size(e));
	struct ad_value v;

	(void)state;
	memcpy(copy, e, ad_entry_size(e));
	ad_entry_free(e);
	assert_string_equal(ad_entry_dn(copy), DN);
	assert_true(ad_entry_first(copy, "cn", &v));
	assert_memory_equal(v.data, "a", 1);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values_by_any_case),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(walks_all),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(refuses_a_zero_in_the_dn),
		cmocka_unit_test(takes_long_lengths),
		cmocka_unit_test(finds_and_completes_a_range),
		cmocka_unit_test(parses_range_options),
		cmocka_unit_test(is_one_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
