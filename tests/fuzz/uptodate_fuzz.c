/* Of what decodes, every cursor can be read. */
#include "codec/uptodate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = ad_alloc(size + 1); /* its end is watched */
	struct ad_cursor c;
	size_t n, i;

	memcpy(copy, data, size);
	copy = ad_realloc(copy, size ? size : 1, 1);
	if (ad_uptodate_decode(&n, copy, size, NULL)) {
		ensure(size == 16 + 32 * n);
		for (i = 0; i < n; i++) {
			ad_uptodate_at(&c, copy, i);
			ensure(memcmp(c.invocation, data + 16 + 32 * i, AD_GUID_SIZE) == 0);
		}
	}
	free(copy);
	return 0;
}
