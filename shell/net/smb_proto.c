/* The messages of SMB 3.1.1. See smb_proto.h; section numbers are MS-SMB2's. */
#include "net/smb_proto.h"
#include "base/text.h"

#include <string.h>

#define FSCTL_PIPE_TRANSCEIVE 0x0011c017u
#define FSCTL_DFS_GET_REFERRALS 0x00060194u
#define INFO_FILE 1 /* InfoType (2.2.37) */
#define INFO_SECURITY 3
#define SHARE_ALL 0x7u /* read, write, delete */
#define IMPERSONATION 2u

enum context { PREAUTH = 1, ENCRYPTION = 2, SIGNING = 8 };

static void put_u64(struct ad_buf *b, uint64_t v)
{
	ad_buf_u32(b, (uint32_t)v);
	ad_buf_u32(b, (uint32_t)(v >> 32));
}

static void set_u16(struct ad_buf *b, size_t at, size_t v)
{
	b->data[at] = v & 0xff;
	b->data[at + 1] = v >> 8 & 0xff;
}

static void set_u32(struct ad_buf *b, size_t at, size_t v)
{
	set_u16(b, at, v & 0xffff);
	set_u16(b, at + 2, v >> 16);
}

/* ---- the header (2.2.1.2) ---- */

void ad_smb_header_encode(struct ad_buf *out, const struct ad_smb_header *h)
{
	ad_buf_add(out, "\xfeSMB", 4);
	ad_buf_u16(out, AD_SMB_HEADER);
	ad_buf_u16(out, h->credit_charge);
	ad_buf_u32(out, h->status);
	ad_buf_u16(out, h->command);
	ad_buf_u16(out, h->credits);
	ad_buf_u32(out, h->flags);
	ad_buf_u32(out, h->next);
	put_u64(out, h->id);
	ad_buf_u32(out, 0);
	ad_buf_u32(out, h->tree);
	put_u64(out, h->session);
	ad_buf_grow(out, AD_SMB_SIGNATURE);
}

bool ad_smb_header_decode(struct ad_smb_header *out, const unsigned char *p, size_t n)
{
	if (n < AD_SMB_HEADER || memcmp(p, "\xfeSMB", 4) != 0 || ad_get_u16(p + 4) != AD_SMB_HEADER)
		return false;
	out->credit_charge = ad_get_u16(p + 6);
	out->status = ad_get_u32(p + 8);
	out->command = ad_get_u16(p + 12);
	out->credits = ad_get_u16(p + 14);
	out->flags = ad_get_u32(p + 16);
	out->next = ad_get_u32(p + 20);
	out->id = ad_get_u64(p + 24);
	out->tree = out->flags & AD_SMB_FLAG_ASYNC ? 0 : ad_get_u32(p + 36);
	out->session = ad_get_u64(p + 40);
	return true;
}

/* ---- requests ---- */

static void begin_context(struct ad_buf *out, enum context type, size_t n)
{
	ad_buf_grow(out, -out->len & 7);
	ad_buf_u16(out, type);
	ad_buf_u16(out, (uint16_t)n);
	ad_buf_u32(out, 0);
}

/* What we can do, best first. Only 3.1.1 is offered, so nobody can talk us down (2.2.3). */
void ad_smb_negotiate_encode(
	struct ad_buf *out, const unsigned char client[16], const unsigned char salt[32])
{
	static const uint16_t ciphers[] = { AD_SMB_AES256_GCM, AD_SMB_AES128_GCM, AD_SMB_AES256_CCM,
		AD_SMB_AES128_CCM };
	static const uint16_t signing[] = { AD_SMB_AES_GMAC, AD_SMB_AES_CMAC };
	size_t i, contexts;

	ad_buf_u16(out, 36);
	ad_buf_u16(out, 1); /* dialects */
	ad_buf_u16(out, 2); /* signing required */
	ad_buf_u16(out, 0);
	ad_buf_u32(out, 0x41); /* capabilities: DFS, encryption */
	ad_buf_add(out, client, 16);
	contexts = out->len;
	ad_buf_u32(out, 0);
	ad_buf_u16(out, 3); /* contexts */
	ad_buf_u16(out, 0);
	ad_buf_u16(out, AD_SMB_DIALECT);
	ad_buf_grow(out, -out->len & 7);
	set_u32(out, contexts, out->len);
	begin_context(out, PREAUTH, 38);
	ad_buf_u16(out, 1);
	ad_buf_u16(out, 32);
	ad_buf_u16(out, 1); /* SHA-512 */
	ad_buf_add(out, salt, 32);
	begin_context(out, ENCRYPTION, 2 + sizeof ciphers);
	ad_buf_u16(out, sizeof ciphers / 2);
	for (i = 0; i < sizeof ciphers / 2; i++)
		ad_buf_u16(out, ciphers[i]);
	begin_context(out, SIGNING, 2 + sizeof signing);
	ad_buf_u16(out, sizeof signing / 2);
	for (i = 0; i < sizeof signing / 2; i++)
		ad_buf_u16(out, signing[i]);
}

void ad_smb_session_encode(struct ad_buf *out, const void *token, size_t n)
{
	ad_buf_u16(out, 25);
	ad_buf_addc(out, 0);
	ad_buf_addc(out, 2); /* signing required */
	ad_buf_u32(out, 0);
	ad_buf_u32(out, 0);
	ad_buf_u16(out, (uint16_t)(out->len + 12));
	ad_buf_u16(out, (uint16_t)n);
	put_u64(out, 0);
	ad_buf_add(out, token, n);
}

bool ad_smb_tree_encode(struct ad_buf *out, const char *host, const char *share)
{
	size_t at;

	ad_buf_u16(out, 9);
	ad_buf_u16(out, 0);
	ad_buf_u16(out, (uint16_t)(out->len + 4));
	at = out->len;
	ad_buf_u16(out, 0);
	if (!ad_utf8_to_utf16le(out, "\\\\", 2) || !ad_utf8_to_utf16le(out, host, strlen(host)) ||
		!ad_utf8_to_utf16le(out, "\\", 1) ||
		!ad_utf8_to_utf16le(out, share, strlen(share)) || out->len - at - 2 > UINT16_MAX)
		return false;
	set_u16(out, at, out->len - at - 2);
	return true;
}

bool ad_smb_create_encode(struct ad_buf *out, const char *path, uint32_t access,
	enum ad_smb_disposition disposition, uint32_t options)
{
	size_t at, start;

	ad_buf_u16(out, 57);
	ad_buf_u16(out, 0); /* no oplock */
	ad_buf_u32(out, IMPERSONATION);
	put_u64(out, 0);
	put_u64(out, 0);
	ad_buf_u32(out, access);
	ad_buf_u32(out, 0); /* file attributes */
	ad_buf_u32(out, SHARE_ALL);
	ad_buf_u32(out, disposition);
	ad_buf_u32(out, options);
	ad_buf_u16(out, (uint16_t)(out->len + 12));
	at = out->len;
	ad_buf_u16(out, 0);
	put_u64(out, 0); /* no create contexts */
	start = out->len;
	if (!ad_utf8_to_utf16le(out, path, strlen(path)) || out->len - start > UINT16_MAX)
		return false;
	set_u16(out, at, out->len - start);
	if (out->len == start)
		ad_buf_addc(out, 0); /* the buffer has at least one byte */
	return true;
}

void ad_smb_close_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID])
{
	ad_buf_u16(out, 24);
	ad_buf_u16(out, 0);
	ad_buf_u32(out, 0);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
}

void ad_smb_read_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint64_t offset, uint32_t max)
{
	ad_buf_u16(out, 49);
	ad_buf_u16(out, 0);
	ad_buf_u32(out, max);
	put_u64(out, offset);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_grow(out, 17); /* minimum, channel, remaining, channel info, one byte of buffer */
}

void ad_smb_write_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	uint64_t offset, const void *p, size_t n)
{
	ad_buf_u16(out, 49);
	ad_buf_u16(out, (uint16_t)(out->len + 46));
	ad_buf_u32(out, (uint32_t)n);
	put_u64(out, offset);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_grow(out, 16); /* channel, remaining, channel info, flags */
	ad_buf_add(out, p, n);
}

static void ioctl_encode(struct ad_buf *out, uint32_t code, const unsigned char id[AD_SMB_FILE_ID],
	const void *p, size_t n, uint32_t max)
{
	ad_buf_u16(out, 57);
	ad_buf_u16(out, 0);
	ad_buf_u32(out, code);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_u32(out, (uint32_t)(out->len + 32));
	ad_buf_u32(out, (uint32_t)n);
	ad_buf_u32(out, 0); /* most bytes of input in the answer */
	ad_buf_u32(out, 0);
	ad_buf_u32(out, 0);
	ad_buf_u32(out, max);
	ad_buf_u32(out, 1); /* a file system control */
	ad_buf_u32(out, 0);
	ad_buf_add(out, p, n);
}

void ad_smb_transceive_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	const void *p, size_t n, uint32_t max)
{
	ioctl_encode(out, FSCTL_PIPE_TRANSCEIVE, id, p, n, max);
}

void ad_smb_referral_encode(struct ad_buf *out, const void *p, size_t n, uint32_t max)
{
	unsigned char none[AD_SMB_FILE_ID];

	memset(none, 0xff, sizeof none);
	ioctl_encode(out, FSCTL_DFS_GET_REFERRALS, none, p, n, max);
}

void ad_smb_query_security_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint32_t which, uint32_t max)
{
	ad_buf_u16(out, 41);
	ad_buf_addc(out, INFO_SECURITY);
	ad_buf_addc(out, 0);
	ad_buf_u32(out, max);
	ad_buf_u32(out, 0); /* no input */
	ad_buf_u32(out, 0);
	ad_buf_u32(out, which);
	ad_buf_u32(out, 0);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_addc(out, 0);
}

static void set_encode(struct ad_buf *out, unsigned char type, unsigned char info,
	const unsigned char id[AD_SMB_FILE_ID], uint32_t which, const void *p, size_t n)
{
	ad_buf_u16(out, 33);
	ad_buf_addc(out, type);
	ad_buf_addc(out, info);
	ad_buf_u32(out, (uint32_t)n);
	ad_buf_u16(out, (uint16_t)(out->len + 24));
	ad_buf_u16(out, 0);
	ad_buf_u32(out, which);
	ad_buf_add(out, id, AD_SMB_FILE_ID);
	ad_buf_add(out, p, n);
}

void ad_smb_set_security_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	uint32_t which, const void *p, size_t n)
{
	set_encode(out, INFO_SECURITY, 0, id, which, p, n);
}

void ad_smb_set_file_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	enum ad_smb_file_info info, const void *p, size_t n)
{
	set_encode(out, INFO_FILE, (unsigned char)info, id, 0, p, n);
}

bool ad_smb_rename_encode(struct ad_buf *out, const char *path, bool replace)
{
	size_t at;

	put_u64(out, replace); /* and reserved bytes */
	put_u64(out, 0); /* root directory */
	at = out->len;
	ad_buf_u32(out, 0);
	if (!ad_utf8_to_utf16le(out, path, strlen(path)) || out->len - at - 4 > UINT16_MAX)
		return false;
	set_u32(out, at, out->len - at - 4);
	return true;
}

void ad_smb_empty_encode(struct ad_buf *out)
{
	ad_buf_u16(out, 4);
	ad_buf_u16(out, 0);
}

/* ---- answers ---- */

/* The body, which starts with its size (odd: one byte of a buffer is counted in). */
static const unsigned char *body(const unsigned char *p, size_t n, size_t size)
{
	size_t fixed = size & ~(size_t)1;

	if (n < AD_SMB_HEADER + fixed || ad_get_u16(p + AD_SMB_HEADER) != size)
		return NULL;
	return p + AD_SMB_HEADER;
}

/* len bytes at offset (from the header), behind the fixed part of the body. */
static bool inside(struct ad_smb_bytes *out, const unsigned char *p, size_t n, size_t fixed,
	size_t offset, size_t len)
{
	out->p = p;
	out->n = 0;
	if (len == 0)
		return true;
	if (offset < AD_SMB_HEADER + fixed || offset > n || len > n - offset)
		return false;
	out->p = p + offset;
	out->n = len;
	return true;
}

/* The one value of a list that a server may agree on. */
static bool chosen(uint16_t *out, const unsigned char *p, size_t n)
{
	if (n < 4 || ad_get_u16(p) != 1)
		return false;
	*out = ad_get_u16(p + 2);
	return true;
}

static bool take_context(
	struct ad_smb_negotiated *out, unsigned type, const unsigned char *p, size_t n)
{
	switch (type) {
	case PREAUTH: /* algorithms, salt length, algorithm */
		if (n < 6 || ad_get_u16(p) != 1)
			return false;
		out->sha512 = ad_get_u16(p + 4) == 1;
		return true;
	case ENCRYPTION: return chosen(&out->cipher, p, n);
	case SIGNING: return chosen(&out->signing, p, n);
	default: return true;
	}
}

static bool take_contexts(
	struct ad_smb_negotiated *out, const unsigned char *p, size_t n, size_t at, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		size_t len;

		if (i)
			at += -at & 7;
		if (at < AD_SMB_HEADER + 64 || at > n || n - at < 8)
			return false;
		len = ad_get_u16(p + at + 2);
		if (len > n - at - 8 || !take_context(out, ad_get_u16(p + at), p + at + 8, len))
			return false;
		at += 8 + len;
	}
	return true;
}

bool ad_smb_negotiate_decode(struct ad_smb_negotiated *out, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 65);
	struct ad_smb_negotiated r = { 0 };

	if (!b)
		return false;
	r.security_mode = ad_get_u16(b + 2);
	r.dialect = ad_get_u16(b + 4);
	r.capabilities = ad_get_u32(b + 24);
	r.max_transact = ad_get_u32(b + 28);
	r.max_read = ad_get_u32(b + 32);
	r.max_write = ad_get_u32(b + 36);
	r.time = (int64_t)ad_get_u64(b + 40);
	if (!inside(&r.token, p, n, 64, ad_get_u16(b + 56), ad_get_u16(b + 58)))
		return false;
	if (r.dialect == AD_SMB_DIALECT &&
		!take_contexts(&r, p, n, ad_get_u32(b + 60), ad_get_u16(b + 6)))
		return false;
	*out = r;
	return true;
}

bool ad_smb_session_decode(
	uint16_t *flags, struct ad_smb_bytes *token, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 9);

	if (!b || !inside(token, p, n, 8, ad_get_u16(b + 4), ad_get_u16(b + 6)))
		return false;
	*flags = ad_get_u16(b + 2);
	return true;
}

bool ad_smb_tree_decode(
	uint8_t *type, uint32_t *flags, uint32_t *capabilities, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 16);

	if (!b)
		return false;
	*type = b[2];
	*flags = ad_get_u32(b + 4);
	*capabilities = ad_get_u32(b + 8);
	return true;
}

bool ad_smb_create_decode(unsigned char id[AD_SMB_FILE_ID], const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 89);

	if (!b)
		return false;
	memcpy(id, b + 64, AD_SMB_FILE_ID);
	return true;
}

bool ad_smb_read_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 17);

	return b && inside(out, p, n, 16, b[2], ad_get_u32(b + 4));
}

bool ad_smb_write_decode(uint32_t *count, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 17);

	if (!b)
		return false;
	*count = ad_get_u32(b + 4);
	return true;
}

bool ad_smb_ioctl_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 49);

	return b && inside(out, p, n, 48, ad_get_u32(b + 32), ad_get_u32(b + 36));
}

bool ad_smb_query_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n)
{
	const unsigned char *b = body(p, n, 9);

	return b && inside(out, p, n, 8, ad_get_u16(b + 2), ad_get_u32(b + 4));
}
