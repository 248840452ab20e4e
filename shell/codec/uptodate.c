/* replUpToDateVector. See uptodate.h. */
#include "codec/uptodate.h"

#include <string.h>

#define VERSION 2
#define HEAD 16 /* version, reserved, number of cursors, reserved: 32 bits each */
#define CURSOR 32 /* GUID, USN, time */

static uint64_t get(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

bool ad_uptodate_decode(size_t *n, const void *p, size_t len, struct ad_err *err)
{
	uint64_t version, count;

	if (len < HEAD)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication state is truncated: %zu bytes", len);
	version = get(p, 4);
	count = get((const unsigned char *)p + 8, 4);
	if (version != VERSION)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication state has version %u, not %d", (unsigned)version, VERSION);
	if (len != HEAD + count * CURSOR)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication state has %zu bytes, not those of %u entries", len,
			(unsigned)count);
	*n = (size_t)count;
	return true;
}

void ad_uptodate_at(struct ad_cursor *out, const void *p, size_t i)
{
	const unsigned char *at = (const unsigned char *)p + HEAD + i * CURSOR;

	memcpy(out->invocation, at, AD_GUID_SIZE);
	out->usn = get(at + 16, 8);
	out->time = (int64_t)get(at + 24, 8);
}
