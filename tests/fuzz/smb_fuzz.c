/* Every decoder of what a file server sends. What points into a message
 * stays inside it. */
#include "fuzz.h"
#include "net/smb_proto.h"

static void inside(const struct ad_smb_bytes *b, const uint8_t *p, size_t n)
{
	ensure(b->p >= p && b->p <= p + n && b->n <= (size_t)(p + n - b->p));
}

static void decode_small(const uint8_t *p, size_t n)
{
	unsigned char id[AD_SMB_FILE_ID];
	uint32_t flags, capabilities, written;
	struct ad_smb_header h;
	uint8_t type;

	ad_smb_header_decode(&h, p, n);
	ad_smb_tree_decode(&type, &flags, &capabilities, p, n);
	ad_smb_create_decode(id, p, n);
	ad_smb_write_decode(&written, p, n);
}

static void find_all(const uint8_t *p, size_t n)
{
	struct ad_smb_found f;
	size_t at = 0, before = 0;

	while (ad_smb_found_decode(&f, p, n, &at) > 0) {
		ensure(at > before && at <= n);
		ensure(!f.name || (*f.name && !strpbrk(f.name, "/\\")));
		free(f.name);
		before = at;
	}
}

static void unseal(const uint8_t *p, size_t n)
{
	static const unsigned char key[AD_SMB_KEY];
	struct ad_buf out = AD_BUF_INIT;

	for (int c = AD_SMB_AES128_CCM; c <= AD_SMB_AES256_GCM; c++)
		ad_smb_unseal(&out, c, key, 0, p, n);
	ad_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool (*const decoders[])(struct ad_smb_bytes *, const unsigned char *,
		size_t) = { ad_smb_read_decode, ad_smb_ioctl_decode, ad_smb_query_decode };
	struct ad_smb_negotiated r;
	struct ad_smb_bytes b;
	uint16_t flags;

	for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++)
		if (decoders[i](&b, data, size))
			inside(&b, data, size);
	if (ad_smb_negotiate_decode(&r, data, size))
		inside(&r.token, data, size);
	if (ad_smb_session_decode(&flags, &b, data, size))
		inside(&b, data, size);
	decode_small(data, size);
	find_all(data, size);
	unseal(data, size);
	return 0;
}
