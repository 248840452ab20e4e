/* Domain controllers out of DNS answers, and their order: RFC 2782, RFC 1035. */
#include "base/buf.h"
#include "net/cldap.h"
#include "net/locate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define N 6
#define TRIES 2000

static void has_the_lowest_priority_first(void **state)
{
	static const unsigned priorities[N] = { 30, 0, 65535, 30, 10, 0 };

	(void)state;
	for (int t = 0; t < TRIES; t++) {
		struct ad_dc list[N] = { { 0 } };

		for (size_t i = 0; i < N; i++) {
			list[i].priority = priorities[i];
			list[i].weight = (unsigned)(priorities[i] + (unsigned)t) % 101;
		}
		ad_locate_order(list, N);
		for (size_t i = 1; i < N; i++)
			assert_true(list[i - 1].priority <= list[i].priority);
	}
}

/* How often the one of this weight stands before one of weight 10. */
static int first(unsigned weight)
{
	int n = 0;

	for (int t = 0; t < TRIES; t++) {
		struct ad_dc list[2] = { { .weight = 10 }, { .weight = weight } };

		ad_locate_order(list, 2);
		n += list[0].weight == weight;
	}
	return n;
}

static void takes_the_heavier_more_often(void **state)
{
	int n = first(90);

	(void)state;
	assert_true(n > TRIES * 80 / 100 && n < TRIES * 97 / 100);
	n = first(0); /* "a very small chance of being selected" */
	assert_true(n > 0 && n < TRIES * 20 / 100);
}

/* ---- answers of a DNS server ---- */

enum { TXT = 16, SRV = 33 };

static void put16(struct ad_buf *b, unsigned v)
{
	ad_buf_addc(b, (unsigned char)(v >> 8));
	ad_buf_addc(b, (unsigned char)v);
}

static void begin(struct ad_buf *b, unsigned answers)
{
	const unsigned head[] = { 1, 0x8180, 0, answers, 0, 0 };

	b->len = 0;
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		put16(b, head[i]);
}

/* A record with n bytes of data, of a name of one label. */
static void record(struct ad_buf *b, unsigned type, const void *data, size_t n)
{
	ad_buf_add(b, "\4name", 6);
	put16(b, type);
	put16(b, 1);
	put16(b, 0);
	put16(b, 60);
	put16(b, (unsigned)n);
	ad_buf_add(b, data, n);
}

static const char dc1[] = "\0\1\0\2\1\205\3dc1\5alpha\4test"; /* and the zero that ends it */

/* The only one that is found, or NULL. */
static const char *only(const struct ad_buf *b, size_t wanted)
{
	static char host[64];
	struct ad_dc *list;
	size_t n;

	ad_locate_decode(&list, &n, b->data, b->len);
	assert_int_equal(n, wanted);
	if (n) {
		assert_int_equal(list[0].port, 389);
		assert_int_equal(list[0].priority, 1);
		assert_int_equal(list[0].weight, 2);
		snprintf(host, sizeof host, "%s", list[0].host);
	}
	ad_locate_free(list, n);
	return host;
}

static void takes_services_only(void **state)
{
	struct ad_buf b = AD_BUF_INIT;

	(void)state;
	begin(&b, 2);
	record(&b, TXT, dc1, sizeof dc1);
	record(&b, SRV, dc1, sizeof dc1);
	assert_string_equal(only(&b, 1), "dc1.alpha.test");
	begin(&b, 1); /* "not available at this domain" */
	record(&b, SRV, dc1, 7);
	b.data[b.len - 1] = 0;
	only(&b, 0);
	begin(&b, 2); /* its target would be the name of the next one */
	record(&b, SRV, dc1, 6);
	record(&b, SRV, dc1, sizeof dc1);
	only(&b, 1);
	ad_buf_clear(&b);
}

/* ---- who is asked first ---- */

static void prefers_those_that_take_writes(void **state)
{
	const struct ad_cldap_reply silent = { .flags = AD_CLDAP_WRITABLE },
				    reads = { .answered = true },
				    writes = { .answered = true, .flags = AD_CLDAP_WRITABLE };
	const struct ad_dc near = { .in_site = true }, far = { .in_site = false };

	(void)state;
	assert_true(ad_locate_rank(&near, &writes) < ad_locate_rank(&far, &writes));
	assert_true(ad_locate_rank(&far, &writes) < ad_locate_rank(&near, &reads));
	assert_true(ad_locate_rank(&near, &reads) < ad_locate_rank(&near, &silent));
}

/* DS_WRITABLE_FLAG, MS-ADTS 6.3.1.2, of what a read-only one answers and of what others do */
static void knows_who_takes_writes(void **state)
{
	static const struct {
		struct ad_cldap_reply reply;
		bool read_only;
	} t[] = {
		{ { .answered = true, .flags = 0x33fd }, false }, /* Windows Server 2012 R2 */
		{ { .answered = true, .flags = 0xf1fd & ~0x100u }, true },
		{ { .answered = true, .flags = 0x1800 }, true }, /* DS_SELECT_SECRET_DOMAIN_6 */
		{ { .answered = false, .flags = 0 }, false }, /* nobody knows */
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		assert_int_equal(ad_cldap_read_only(&t[i].reply), t[i].read_only);
}

static void puts_no_read_only_one_first(void **state)
{
	char dc1_name[] = "dc1.alpha.test", dc2_name[] = "dc2.alpha.test",
	     dc3_name[] = "DC3.alpha.test";
	struct ad_dc list[] = { { .host = dc1_name }, { .host = dc2_name, .read_only = true },
		{ .host = dc3_name } };

	(void)state;
	ad_locate_put_first(list, 3, "dc2.alpha.test");
	assert_string_equal(list[0].host, "dc1.alpha.test");
	ad_locate_put_first(list, 3, "dc2.alpha.test dc3.alpha.test");
	assert_string_equal(list[0].host, "DC3.alpha.test");
	assert_string_equal(list[1].host, "dc1.alpha.test");
	ad_locate_put_first(list, 3, "dc9.alpha.test");
	assert_string_equal(list[0].host, "DC3.alpha.test");
	ad_locate_put_first(list, 3, NULL);
	assert_string_equal(list[0].host, "DC3.alpha.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_lowest_priority_first),
		cmocka_unit_test(takes_the_heavier_more_often),
		cmocka_unit_test(takes_services_only),
		cmocka_unit_test(prefers_those_that_take_writes),
		cmocka_unit_test(knows_who_takes_writes),
		cmocka_unit_test(puts_no_read_only_one_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
