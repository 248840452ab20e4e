/* Answers in fragments: C706 12.6.4.10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/rpc.h"

#define CALL 7

static void add_fragment(struct ad_buf *b, unsigned flags, const char *body, size_t n)
{
	static const unsigned char drep[4] = { 0x10, 0, 0, 0 };

	ad_buf_addc(b, 5);
	ad_buf_addc(b, 0);
	ad_buf_addc(b, AD_RPC_RESPONSE);
	ad_buf_addc(b, (unsigned char)flags);
	ad_buf_add(b, drep, sizeof drep);
	ad_buf_u16(b, (uint16_t)(24 + n));
	ad_buf_u16(b, 0); /* no authentication */
	ad_buf_u32(b, CALL);
	ad_buf_u32(b, 0); /* hint */
	ad_buf_u32(b, 0); /* context, cancels */
	ad_buf_add(b, body, n);
}

static void puts_fragments_together(void **state)
{
	struct ad_buf in = AD_BUF_INIT, out = AD_BUF_INIT;
	struct ad_rpc_answer a = { .call = CALL };

	(void)state;
	add_fragment(&in, AD_RPC_FIRST, "one ", 4);
	assert_int_equal(ad_rpc_take(&a, &in, &out), 0);
	add_fragment(&in, 0, "", 0);
	add_fragment(&in, AD_RPC_LAST, "two", 3);
	assert_int_equal(ad_rpc_take(&a, &in, &out), 1);
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, "one two", 7);
	ad_buf_clear(&in);
	ad_buf_clear(&out);
}

/* Each asks for one more look into the pipe. */
static void takes_no_fragments_without_end(void **state)
{
	struct ad_buf in = AD_BUF_INIT, out = AD_BUF_INIT;
	struct ad_rpc_answer a = { .call = CALL };
	int rc = 0;

	(void)state;
	for (int i = 0; rc == 0 && i < 1000000; i++) {
		add_fragment(&in, i == 0 ? AD_RPC_FIRST : 0, "x", i & 1);
		rc = ad_rpc_take(&a, &in, &out);
	}
	assert_int_equal(rc, -1);
	ad_buf_clear(&in);
	ad_buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_fragments_together),
		cmocka_unit_test(takes_no_fragments_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
