/*
 * replUpToDateVector of a naming context (MS-DRSR 5.166, UPTODATE_VECTOR_V2_EXT as it is stored):
 * up to which update of each other domain controller this one has everything. It does not hold the
 * domain controller that it is read from.
 */
#ifndef AD_UPTODATE_H
#define AD_UPTODATE_H

#include "base/err.h"
#include "codec/guid.h"

#include <stddef.h>
#include <stdint.h>

struct ad_cursor {
	unsigned char invocation[AD_GUID_SIZE]; /* of the database of the other one */
	uint64_t usn; /* the last of its updates that is here */
	int64_t time; /* when they last replicated, as codec/time.h has it; 0: not known */
};

/* Checks the whole of it; then *n cursors can be had from it. */
bool ad_uptodate_decode(size_t *n, const void *p, size_t len, struct ad_err *err);
void ad_uptodate_at(struct ad_cursor *out, const void *p, size_t i);

#endif
