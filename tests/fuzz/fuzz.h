/* What the fuzz targets share: ensure ends the run when an invariant does not hold. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/buf.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline void ensure(bool holds)
{
	if (!holds)
		abort();
}

static inline bool same_bytes(const struct ad_buf *a, const struct ad_buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
