/* What srvsvc answers: NDR and RPC packets, whole, truncated, and lying. The bytes are laid out by
 * hand after MS-SRVS 2.2.4 and C706 14; that smbd's are the same is seen in the lab. */
#include "net/ndr.h"
#include "net/srvsvc.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* level 1: two shares, "a" without a remark and "b$" (special) with "x" */
static const char listed[] = "01000000 01000000 00000200 02000000 04000200 02000000"
			     "08000200 00000000 00000000 0c000200 00000080 10000200"
			     "02000000 00000000 02000000 61000000"
			     "03000000 00000000 03000000 620024000000 0000"
			     "02000000 00000000 02000000 78000000"
			     "02000000 14000200 00000000 00000000";

static void plain_hex(struct ad_buf *out, const char *spaced)
{
	struct ad_buf hex = AD_BUF_INIT;

	for (; *spaced; spaced++)
		if (*spaced != ' ')
			ad_buf_addc(&hex, (unsigned char)*spaced);
	unhex(out, ad_buf_text(&hex), hex.len);
	ad_buf_clear(&hex);
}

static bool decodes(const void *p, size_t n, struct ad_share_info **s, size_t *count)
{
	uint32_t more, status;

	return ad_srvsvc_list_decode(s, count, &more, &status, 1, p, n) && status == 0;
}

/* One name that is no text does not hide the others. */
static void shows_names_that_are_no_text(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_share_info *s;
	unsigned char *at;
	size_t n;

	(void)state;
	plain_hex(&b, listed);
	at = memmem(b.data, b.len, "b\0$\0\0\0", 6);
	assert_non_null(at);
	at[0] = 0;
	at[1] = 0xd8;
	assert_true(decodes(b.data, b.len, &s, &n));
	assert_int_equal(n, 2);
	assert_string_equal(s[0].name, "a");
	assert_string_equal(s[1].name, "\xef\xbf\xbd$");
	ad_share_infos_free(s, n);
	ad_buf_clear(&b);
}

static void reads_a_list(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_share_info *s;
	size_t n;

	(void)state;
	plain_hex(&b, listed);
	assert_true(decodes(b.data, b.len, &s, &n));
	assert_int_equal(n, 2);
	assert_string_equal(s[0].name, "a");
	assert_null(s[0].remark);
	assert_string_equal(s[1].name, "b$");
	assert_string_equal(s[1].remark, "x");
	assert_int_equal(s[1].type, AD_SHARE_SPECIAL);
	ad_share_infos_free(s, n);
	for (size_t i = 0; i < b.len; i++) {
		unsigned char *copy = malloc(i + 1);

		memcpy(copy, b.data, i);
		copy = realloc(copy, i + !i);
		assert_false(decodes(copy, i, &s, &n));
		free(copy);
	}
	ad_buf_clear(&b);
}

static void refuses_counts_that_lie(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_share_info *s;
	size_t n;

	(void)state;
	plain_hex(&b, listed);
	b.data[12] = 3; /* another count than the array's */
	assert_false(decodes(b.data, b.len, &s, &n));
	b.data[12] = b.data[20] = 0xff; /* more than there are bytes for */
	b.data[15] = b.data[23] = 0xff;
	assert_false(decodes(b.data, b.len, &s, &n));
	assert_null(s);
	ad_buf_clear(&b);
}

static void ndr_stays_inside(void **state)
{
	unsigned char bytes[8] = { 1, 0, 0, 0, 5, 0, 0, 0 };
	struct ad_ndr r;

	(void)state;
	ad_ndr_init(&r, bytes, sizeof bytes);
	assert_int_equal(ad_ndr_u32(&r), 1);
	assert_int_equal(ad_ndr_count(&r, 1), 0);
	assert_true(r.bad);
	assert_int_equal(ad_ndr_u32(&r), 0);
	assert_null(ad_ndr_string(&r));
	ad_ndr_init(&r, bytes, 5);
	ad_ndr_skip(&r, 5);
	assert_false(r.bad);
	ad_ndr_align(&r, 4);
	assert_true(r.bad);
}

static void reads_packets(void **state)
{
	static const char response[] =
		"05000203 10000000 1c000000 07000000 04000000 00000000 deadbeef";
	struct ad_buf b = AD_BUF_INIT;
	struct ad_rpc_packet k;
	size_t need;

	(void)state;
	plain_hex(&b, response);
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), 1);
	assert_int_equal(k.type, AD_RPC_RESPONSE);
	assert_int_equal(k.call, 7);
	assert_int_equal(k.n, 4);
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len - 1, &need), 0);
	assert_int_equal(need, 28);
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, 15, &need), 0);
	b.data[8] = 23; /* shorter than its own header */
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), -1);
	b.data[8] = 28;
	b.data[10] = 8; /* authentication, which was not agreed on */
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), -1);
	b.data[10] = 0;
	b.data[4] = 0; /* big-endian */
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), -1);
	b.data[4] = 0x10;
	b.data[2] = AD_RPC_FAULT;
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), 1);
	assert_int_equal(k.status, 0xefbeadde);
	b.data[2] = AD_RPC_BIND_ACK;
	assert_int_equal(ad_rpc_packet_decode(&k, b.data, b.len, &need), -1);
	ad_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_list),
		cmocka_unit_test(shows_names_that_are_no_text),
		cmocka_unit_test(refuses_counts_that_lie),
		cmocka_unit_test(ndr_stays_inside),
		cmocka_unit_test(reads_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
