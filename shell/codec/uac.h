/* userAccountControl (MS-ADTS 2.2.16). AD shows further states in other attributes: LOCKOUT and
 * PASSWORD_EXPIRED are only right in msDS-User-Account-Control-Computed. */
#ifndef AD_UAC_H
#define AD_UAC_H

#include "codec/flags.h"

#define AD_UAC_SCRIPT 0x1u
#define AD_UAC_ACCOUNTDISABLE 0x2u
#define AD_UAC_HOMEDIR_REQUIRED 0x8u
#define AD_UAC_LOCKOUT 0x10u
#define AD_UAC_PASSWD_NOTREQD 0x20u
#define AD_UAC_PASSWD_CANT_CHANGE 0x40u
#define AD_UAC_ENCRYPTED_TEXT_PASSWORD_ALLOWED 0x80u
#define AD_UAC_TEMP_DUPLICATE_ACCOUNT 0x100u
#define AD_UAC_NORMAL_ACCOUNT 0x200u
#define AD_UAC_INTERDOMAIN_TRUST_ACCOUNT 0x800u
#define AD_UAC_WORKSTATION_TRUST_ACCOUNT 0x1000u
#define AD_UAC_SERVER_TRUST_ACCOUNT 0x2000u
#define AD_UAC_DONT_EXPIRE_PASSWD 0x10000u
#define AD_UAC_MNS_LOGON_ACCOUNT 0x20000u
#define AD_UAC_SMARTCARD_REQUIRED 0x40000u
#define AD_UAC_TRUSTED_FOR_DELEGATION 0x80000u /* unconstrained */
#define AD_UAC_NOT_DELEGATED 0x100000u /* "sensitive and cannot be delegated" */
#define AD_UAC_USE_DES_KEY_ONLY 0x200000u
#define AD_UAC_DONT_REQUIRE_PREAUTH 0x400000u
#define AD_UAC_PASSWORD_EXPIRED 0x800000u
#define AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION 0x1000000u /* protocol transition */
#define AD_UAC_NO_AUTH_DATA_REQUIRED 0x2000000u
#define AD_UAC_PARTIAL_SECRETS_ACCOUNT 0x4000000u /* read-only DC */
#define AD_UAC_USE_AES_KEYS 0x8000000u

/* { AD_UAC_TRUSTED_FOR_DELEGATION, "TRUSTED_FOR_DELEGATION" }, ..., ascending */
extern const struct ad_flag ad_flags_uac[];

#endif
