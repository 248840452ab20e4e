/* Numbers with named bits or named values. A table ends with a NULL name. */
#ifndef AD_FLAGS_H
#define AD_FLAGS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct ad_flag {
	uint32_t bit;
	const char *name;
};

/* msDS-SupportedEncryptionTypes (MS-KILE 2.2.7) */
#define AD_ENC_DES_CBC_CRC 0x1u
#define AD_ENC_DES_CBC_MD5 0x2u
#define AD_ENC_RC4 0x4u
#define AD_ENC_AES128 0x8u
#define AD_ENC_AES256 0x10u
#define AD_ENC_AES256_SK 0x20u
extern const struct ad_flag ad_flags_enctypes[];

/* trustAttributes (MS-ADTS 6.1.6.7.9) */
#define AD_TRUST_NON_TRANSITIVE 0x1u
#define AD_TRUST_UPLEVEL_ONLY 0x2u
#define AD_TRUST_QUARANTINED 0x4u
#define AD_TRUST_FOREST_TRANSITIVE 0x8u
#define AD_TRUST_CROSS_ORGANIZATION 0x10u
#define AD_TRUST_WITHIN_FOREST 0x20u
#define AD_TRUST_TREAT_AS_EXTERNAL 0x40u
#define AD_TRUST_NO_TGT_DELEGATION 0x200u
#define AD_TRUST_PIM_TRUST 0x400u
#define AD_TRUST_ENABLE_TGT_DELEGATION 0x800u
extern const struct ad_flag ad_flags_trust[];

/* trustDirection (6.1.6.7.12): bits, seen from the domain that holds the object. Inbound: the
 * partner trusts us; outbound: we trust the partner. */
#define AD_TRUST_INBOUND 0x1u
#define AD_TRUST_OUTBOUND 0x2u
extern const struct ad_flag ad_flags_trust_direction[];

/* trustType (6.1.6.7.15): values, not bits */
#define AD_TRUST_TYPE_DOWNLEVEL 1u
#define AD_TRUST_TYPE_UPLEVEL 2u
#define AD_TRUST_TYPE_MIT 3u
#define AD_TRUST_TYPE_DCE 4u
#define AD_TRUST_TYPE_AAD 5u
extern const struct ad_flag ad_values_trust_type[];

/* groupType (MS-ADTS 2.2.12) */
#define AD_GROUP_BUILTIN 0x1u
#define AD_GROUP_GLOBAL 0x2u
#define AD_GROUP_DOMAIN_LOCAL 0x4u
#define AD_GROUP_UNIVERSAL 0x8u
#define AD_GROUP_APP_BASIC 0x10u
#define AD_GROUP_APP_QUERY 0x20u
#define AD_GROUP_SECURITY 0x80000000u
extern const struct ad_flag ad_flags_group[];

/* The name of exactly this bit or value, or NULL. */
const char *ad_flag_name(const struct ad_flag *table, uint32_t bit);

/* The bit with this name, without regard to case; false (out unchanged) when unknown. */
bool ad_flag_bit(const struct ad_flag *table, const char *name, uint32_t *out);

/* Appends "NAME|NAME|0x40": the named bits in the table's order, then the rest in hex; "0" for
 * none. For tables of bits. */
void ad_flags_format(struct ad_buf *out, const struct ad_flag *table, uint32_t bits);

#endif
