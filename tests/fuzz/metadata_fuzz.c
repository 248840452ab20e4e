/* Of what decodes, every attribute can be read; what is trimmed decodes. */
#include "codec/metadata.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = ad_alloc(size + 1); /* its end is watched */
	struct ad_buf trimmed = AD_BUF_INIT;
	struct ad_metadata m;
	size_t n, kept = 0, i, named = 0;

	memcpy(copy, data, size);
	copy = ad_realloc(copy, size ? size : 1, 1);
	ad_metadata_trim(&trimmed, copy, size);
	if (ad_metadata_decode(&n, copy, size, NULL)) {
		ensure(size == 16 + 48 * n);
		for (i = 0; i < n; i++) {
			ad_metadata_at(&m, copy, i);
			named += ad_metadata_name(m.attribute) != NULL;
		}
		ensure(ad_metadata_decode(&kept, trimmed.data, trimmed.len, NULL) && kept == named);
	} else {
		ensure(!trimmed.len);
	}
	ad_buf_clear(&trimmed);
	free(copy);
	return 0;
}
