/* Names of SIDs, and SIDs of names, out of an RPC answer; the first byte says which of the two, and
 * how many were asked for. */
#include "base/text.h"
#include "fuzz.h"
#include "net/lsarpc.h"

static void sids_of_names(size_t n, const uint8_t *data, size_t size)
{
	struct ad_sid sids[8], again;
	uint32_t status;

	if (!ad_lsarpc_sids_decode(sids, n, &status, data, size))
		return;
	for (size_t i = 0; i < n; i++)
		ensure(sids[i].len == 0 || ad_sid_decode(&again, sids[i].bytes, sids[i].len, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t status;
	char **names;
	size_t n;

	if (size == 0)
		return 0;
	n = data[0] % 8;
	if (data[0] & 0x80) {
		sids_of_names(n, data + 1, size - 1);
		return 0;
	}
	if (!ad_lsarpc_decode(&names, n, &status, data + 1, size - 1))
		return 0;
	for (size_t i = 0; i < n; i++)
		ensure(!names[i] || ad_utf8_valid(names[i], strlen(names[i])));
	ad_lsarpc_free(names, n);
	return 0;
}
