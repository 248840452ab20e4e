/*
 * replPropertyMetaData of an object (MS-DRSR 5.159, PROPERTY_META_DATA_EXT_VECTOR as it is stored):
 * when each of its attributes was last written, and on which domain controller.
 */
#ifndef AD_METADATA_H
#define AD_METADATA_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/guid.h"

#include <stddef.h>
#include <stdint.h>

struct ad_metadata {
	uint32_t attribute; /* see ad_metadata_name */
	uint32_t version; /* how often it was written */
	int64_t time; /* as codec/time.h has it */
	unsigned char invocation[AD_GUID_SIZE]; /* of the database of the domain controller */
	uint64_t usn; /* of the update there */
};

/* Checks the whole of it; then *n of them can be had from it. */
bool ad_metadata_decode(size_t *n, const void *p, size_t len, struct ad_err *err);
void ad_metadata_at(struct ad_metadata *out, const void *p, size_t i);

/* Of the attributes that delegation is about; NULL for others. */
const char *ad_metadata_name(uint32_t attribute);

/* Appends the same with only those that have such a name; of what cannot be decoded nothing. */
void ad_metadata_trim(struct ad_buf *out, const void *p, size_t len);

#endif
