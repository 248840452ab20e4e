/* The messages that list a folder. See smb_proto.h. */
#include "net/smb_proto.h"
#include "base/text.h"

#include <string.h>

#define FILE_ID_BOTH_DIRECTORY_INFORMATION 0x25
#define FIXED 104 /* bytes of an entry in front of its name (MS-FSCC 2.4.17) */

/* MS-SMB2 2.2.33 */
void ad_smb_query_directory_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint32_t max)
{
	ad_buf_u16(out, 33);
	ad_buf_addc(out, FILE_ID_BOTH_DIRECTORY_INFORMATION);
	ad_buf_addc(out, 0);
	ad_buf_u32(out, 0); /* file index: where it was */
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_u16(out, (uint16_t)(out->len + 8));
	ad_buf_u16(out, 2);
	ad_buf_u32(out, max);
	ad_buf_u16(out, '*');
}

/* One part of a path: what could lead elsewhere is none. */
static bool is_part(const struct ad_buf *name)
{
	const char *s = ad_buf_text(name);

	return name->len && strlen(s) == name->len && !strpbrk(s, "/\\");
}

int ad_smb_found_decode(struct ad_smb_found *out, const unsigned char *p, size_t n, size_t *at)
{
	struct ad_buf name = AD_BUF_INIT;
	const unsigned char *e = p + *at;
	size_t left = n - *at, next, len;

	if (left == 0)
		return 0;
	if (left < FIXED)
		return -1;
	next = ad_get_u32(e);
	len = ad_get_u32(e + 60);
	if (len > left - FIXED || len == 0 || len & 1)
		return -1;
	if (next && (next < FIXED + len || next >= left))
		return -1;
	out->attributes = ad_get_u32(e + 56);
	out->id = ad_get_u64(e + 96);
	out->name = NULL;
	if (!ad_utf16le_to_utf8(&name, e + FIXED, len)) {
		ad_buf_clear(&name);
	} else if (is_part(&name)) {
		out->name = ad_buf_steal(&name);
	} else {
		ad_buf_clear(&name);
		return -1;
	}
	*at = next ? *at + next : n;
	return 1;
}
