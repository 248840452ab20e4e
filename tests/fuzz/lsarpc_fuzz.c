/* Names of SIDs out of an RPC answer; the first byte says how many were asked for. */
#include "base/text.h"
#include "fuzz.h"
#include "net/lsarpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t status;
	char **names;
	size_t n;

	if (size == 0)
		return 0;
	n = data[0] % 8;
	if (!ad_lsarpc_decode(&names, n, &status, data + 1, size - 1))
		return 0;
	for (size_t i = 0; i < n; i++)
		ensure(!names[i] || ad_utf8_valid(names[i], strlen(names[i])));
	ad_lsarpc_free(names, n);
	return 0;
}
