/* replPropertyMetaData. See metadata.h. */
#include "codec/metadata.h"

#include "codec/time.h"

#include <string.h>

#define VERSION 1
#define HEAD 16 /* version, reserved, number, reserved: 32 bits each */
#define SIZE 48 /* attribute, version, seconds, GUID, two USNs */

/* The number of 1.2.840.113556.1.4.N is 0x90000 + N by the prefixes that every forest has
 * (MS-ADTS 5.16.4, MS-DRSR). */
static const struct {
	uint32_t id;
	const char *name;
} names[] = {
	{ 0x0000001f, "member" },
	{ 0x00090008, "userAccountControl" },
	{ 0x0009005a, "unicodePwd" },
	{ 0x00090060, "pwdLastSet" },
	{ 0x00090062, "primaryGroupID" },
	{ 0x00090084, "trustDirection" },
	{ 0x000900dd, "sAMAccountName" },
	{ 0x000901d6, "trustAttributes" },
	{ 0x0009026b, "dNSHostName" },
	{ 0x000902ee, "groupType" },
	{ 0x00090303, "servicePrincipalName" },
	{ 0x00090543, "sPNMappings" },
	{ 0x000906fb, "msDS-AllowedToDelegateTo" },
	{ 0x000907ab, "msDS-SupportedEncryptionTypes" },
	{ 0x00090886, "msDS-AllowedToActOnBehalfOfOtherIdentity" },
};

const char *ad_metadata_name(uint32_t attribute)
{
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].id == attribute)
			return names[i].name;
	return NULL;
}

bool ad_metadata_decode(size_t *n, const void *p, size_t len, struct ad_err *err)
{
	uint64_t count;

	if (len < HEAD)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication metadata is truncated: %zu bytes", len);
	if (ad_get_u32(p) != VERSION)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication metadata has version %u, not %d", (unsigned)ad_get_u32(p),
			VERSION);
	count = ad_get_u32((const unsigned char *)p + 8);
	if (len != HEAD + count * SIZE)
		return ad_err_set(err, AD_ERR_FAILED, "codec", 0,
			"the replication metadata has %zu bytes, not those of %u attributes", len,
			(unsigned)count);
	*n = (size_t)count;
	return true;
}

/* Seconds since 1601; more than there can be is the end of time. */
static int64_t time_of(uint64_t seconds)
{
	return seconds > (uint64_t)(AD_TIME_NEVER / AD_TIME_SECOND)
		       ? AD_TIME_NEVER
		       : (int64_t)seconds * AD_TIME_SECOND;
}

void ad_metadata_at(struct ad_metadata *out, const void *p, size_t i)
{
	const unsigned char *at = (const unsigned char *)p + HEAD + i * SIZE;

	out->attribute = ad_get_u32(at);
	out->version = ad_get_u32(at + 4);
	out->time = time_of(ad_get_u64(at + 8));
	memcpy(out->invocation, at + 16, AD_GUID_SIZE);
	out->usn = ad_get_u64(at + 32);
}

void ad_metadata_trim(struct ad_buf *out, const void *p, size_t len)
{
	uint32_t kept = 0;
	size_t n = 0, i, count_at;

	if (!ad_metadata_decode(&n, p, len, NULL))
		return;
	ad_buf_add(out, p, HEAD);
	count_at = out->len - HEAD + 8;
	for (i = 0; i < n; i++) {
		const unsigned char *at = (const unsigned char *)p + HEAD + i * SIZE;

		if (!ad_metadata_name(ad_get_u32(at)))
			continue;
		ad_buf_add(out, at, SIZE);
		kept++;
	}
	for (i = 0; i < 4; i++)
		out->data[count_at + i] = (unsigned char)(kept >> 8 * i);
}
