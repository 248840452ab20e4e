/* GUIDs as AD stores them: 16 bytes, the first three fields little-endian (MS-DTYP 2.3.4). */
#ifndef AD_GUID_H
#define AD_GUID_H

#include "base/err.h"

#define AD_GUID_SIZE 16
#define AD_GUID_TEXT 37 /* with its zero */

/* "bf967a86-0de6-11d0-a285-00aa003049e2", lower case, no braces. */
void ad_guid_format(const void *p16, char out[AD_GUID_TEXT]);

/* That text in either case, with or without braces, and nothing else. */
bool ad_guid_parse(unsigned char out[AD_GUID_SIZE], const char *text, struct ad_err *err);

#endif
