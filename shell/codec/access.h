/* Access checks against a descriptor, as a domain controller makes them (MS-ADTS 5.1.3.3). */
#ifndef AD_ACCESS_H
#define AD_ACCESS_H

#include "codec/sd.h"

#define AD_RIGHT_CONTROL_ACCESS 0x100u /* RIGHT_DS_CONTROL_ACCESS (MS-ADTS 5.1.3.2) */
#define AD_RIGHT_GENERIC_ALL 0x10000000u

enum ad_access {
	AD_ACCESS_GRANTED,
	AD_ACCESS_DENIED, /* an entry says no */
	AD_ACCESS_MISSING /* no entry says anything */
};

/*
 * Whether one who is the n SIDs of token has the control access right of this GUID (MS-ADTS
 * 5.1.3.3.4): the first entry that is about it decides. No DACL at all grants. Conditions of
 * callback entries are not looked at: such an entry denies, and grants nothing.
 */
enum ad_access ad_access_control(const struct ad_sd *sd, const unsigned char right[AD_GUID_SIZE],
	const struct ad_sid *token, size_t n);

#endif
