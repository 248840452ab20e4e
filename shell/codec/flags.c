/* Tables of names and how to use them. See flags.h. */
#include "codec/flags.h"
#include "base/text.h"

#include <inttypes.h>

const struct ad_flag ad_flags_enctypes[] = {
	{ AD_ENC_DES_CBC_CRC, "DES_CBC_CRC" },
	{ AD_ENC_DES_CBC_MD5, "DES_CBC_MD5" },
	{ AD_ENC_RC4, "RC4_HMAC" },
	{ AD_ENC_AES128, "AES128_CTS_HMAC_SHA1_96" },
	{ AD_ENC_AES256, "AES256_CTS_HMAC_SHA1_96" },
	{ AD_ENC_AES256_SK, "AES256_CTS_HMAC_SHA1_96_SK" },
	{ 0x10000, "FAST_SUPPORTED" },
	{ 0x20000, "COMPOUND_IDENTITY_SUPPORTED" },
	{ 0x40000, "CLAIMS_SUPPORTED" },
	{ 0x80000, "RESOURCE_SID_COMPRESSION_DISABLED" },
	{ 0, NULL },
};

const struct ad_flag ad_flags_trust[] = {
	{ AD_TRUST_NON_TRANSITIVE, "NON_TRANSITIVE" },
	{ AD_TRUST_UPLEVEL_ONLY, "UPLEVEL_ONLY" },
	{ AD_TRUST_QUARANTINED, "QUARANTINED_DOMAIN" },
	{ AD_TRUST_FOREST_TRANSITIVE, "FOREST_TRANSITIVE" },
	{ AD_TRUST_CROSS_ORGANIZATION, "CROSS_ORGANIZATION" },
	{ AD_TRUST_WITHIN_FOREST, "WITHIN_FOREST" },
	{ AD_TRUST_TREAT_AS_EXTERNAL, "TREAT_AS_EXTERNAL" },
	{ 0x80, "USES_RC4_ENCRYPTION" },
	{ AD_TRUST_NO_TGT_DELEGATION, "CROSS_ORGANIZATION_NO_TGT_DELEGATION" },
	{ AD_TRUST_PIM_TRUST, "PIM_TRUST" },
	{ AD_TRUST_ENABLE_TGT_DELEGATION, "CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION" },
	{ 0, NULL },
};

const struct ad_flag ad_flags_trust_direction[] = {
	{ AD_TRUST_INBOUND, "INBOUND" },
	{ AD_TRUST_OUTBOUND, "OUTBOUND" },
	{ 0, NULL },
};

const struct ad_flag ad_values_trust_type[] = {
	{ AD_TRUST_TYPE_DOWNLEVEL, "DOWNLEVEL" },
	{ AD_TRUST_TYPE_UPLEVEL, "UPLEVEL" },
	{ AD_TRUST_TYPE_MIT, "MIT" },
	{ AD_TRUST_TYPE_DCE, "DCE" },
	{ AD_TRUST_TYPE_AAD, "AAD" },
	{ 0, NULL },
};

const struct ad_flag ad_flags_group[] = {
	{ AD_GROUP_BUILTIN, "BUILTIN_LOCAL" },
	{ AD_GROUP_GLOBAL, "GLOBAL" },
	{ AD_GROUP_DOMAIN_LOCAL, "DOMAIN_LOCAL" },
	{ AD_GROUP_UNIVERSAL, "UNIVERSAL" },
	{ AD_GROUP_APP_BASIC, "APP_BASIC" },
	{ AD_GROUP_APP_QUERY, "APP_QUERY" },
	{ AD_GROUP_SECURITY, "SECURITY_ENABLED" },
	{ 0, NULL },
};

const char *ad_flag_name(const struct ad_flag *table, uint32_t bit)
{
	for (; table->name; table++)
		if (table->bit == bit)
			return table->name;
	return NULL;
}

bool ad_flag_bit(const struct ad_flag *table, const char *name, uint32_t *out)
{
	for (; table->name; table++)
		if (ad_caseeq(table->name, name)) {
			*out = table->bit;
			return true;
		}
	return false;
}

void ad_flags_format(struct ad_buf *out, const struct ad_flag *table, uint32_t bits)
{
	const char *separator = "";

	if (bits == 0)
		ad_buf_puts(out, "0");
	for (; table->name; table++)
		if (table->bit & bits) {
			ad_buf_printf(out, "%s%s", separator, table->name);
			bits &= ~table->bit;
			separator = "|";
		}
	if (bits)
		ad_buf_printf(out, "%s0x%" PRIx32, separator, bits);
}
