/* Named flags: the numbers are those of MS-ADTS 2.2.16, 2.2.12, 6.1.6.7.9 and MS-KILE 2.2.7. */
#include "codec/uac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void has_the_numbers_of_the_specification(void **state)
{
	static const struct ad_flag want[] = { { 2, "ACCOUNTDISABLE" }, { 512, "NORMAL_ACCOUNT" },
		{ 4096, "WORKSTATION_TRUST_ACCOUNT" }, { 8192, "SERVER_TRUST_ACCOUNT" },
		{ 524288, "TRUSTED_FOR_DELEGATION" }, { 1048576, "NOT_DELEGATED" },
		{ 16777216, "TRUSTED_TO_AUTH_FOR_DELEGATION" },
		{ 67108864, "PARTIAL_SECRETS_ACCOUNT" } };
	uint32_t bit;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_true(ad_flag_bit(ad_flags_uac, want[i].name, &bit));
		assert_int_equal(bit, want[i].bit);
		assert_string_equal(ad_flag_name(ad_flags_uac, bit), want[i].name);
	}
	assert_true(ad_flag_bit(ad_flags_uac, "not_delegated", &bit));
	assert_false(ad_flag_bit(ad_flags_uac, "NOT", &bit));
	assert_null(ad_flag_name(ad_flags_uac, 3));
	assert_string_equal(ad_flag_name(ad_values_trust_type, 2), "UPLEVEL");
}

static void format(const struct ad_flag *table, uint32_t bits, const char *want)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_flags_format(&b, table, bits);
	assert_string_equal(ad_buf_text(&b), want);
	ad_buf_clear(&b);
}

static void formats_names_and_the_rest(void **state)
{
	(void)state;
	format(ad_flags_uac, 0, "0");
	format(ad_flags_uac, 0x1001000, "WORKSTATION_TRUST_ACCOUNT|TRUSTED_TO_AUTH_FOR_DELEGATION");
	format(ad_flags_uac, 0x80000202, "ACCOUNTDISABLE|NORMAL_ACCOUNT|0x80000000");
	format(ad_flags_uac, 0x4, "0x4");
	format(ad_flags_group, 0x80000002, "GLOBAL|SECURITY_ENABLED");
	format(ad_flags_trust, 0x808, "FOREST_TRANSITIVE|CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION");
	format(ad_flags_trust_direction, 3, "INBOUND|OUTBOUND");
	format(ad_flags_enctypes, 0x1c, "RC4_HMAC|AES128_CTS_HMAC_SHA1_96|AES256_CTS_HMAC_SHA1_96");
}

static void tables_ascend(void **state)
{
	static const struct ad_flag *const tables[] = { ad_flags_uac, ad_flags_group,
		ad_flags_trust, ad_flags_trust_direction, ad_flags_enctypes, ad_values_trust_type };
	const struct ad_flag *f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (f = tables[i] + 1; f->name; f++)
			assert_true(f->bit > f[-1].bit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_numbers_of_the_specification),
		cmocka_unit_test(formats_names_and_the_rest),
		cmocka_unit_test(tables_ascend),
	};

	return cmocka_run_group_tests_name("uac", tests, NULL, NULL);
}
