/* Names for SIDs that only a server itself knows, such as its local groups, and the way back:
 * MS-LSAT over net/rpc.h. */
#ifndef AD_LSARPC_H
#define AD_LSARPC_H

#include "codec/sid.h"
#include "net/rpc.h"

/* The names of n SIDs as the server says them, "FS1\\Group"; an element is NULL where it knows
 * none. The caller frees them with ad_lsarpc_free. */
bool ad_lsarpc_names(
	char ***out, struct ad_smb *smb, const struct ad_sid *sids, size_t n, struct ad_err *err);
void ad_lsarpc_free(char **names, size_t n);

/* The SIDs of n names, "FS1\\Group" or "BUILTIN\\Users"; an element has len 0 where the server
 * knows none, or the name is that of something that cannot be a trustee. */
bool ad_lsarpc_sids(struct ad_sid *out, struct ad_smb *smb, const char *const *names, size_t n,
	struct ad_err *err);

/* The results of LsarLookupSids2 (3.1.4.10), pure. False: malformed, or not n names. */
bool ad_lsarpc_decode(char ***out, size_t n, uint32_t *status, const void *p, size_t len);
/* Those of LsarLookupNames3 (3.1.4.6); out is written only on success. */
bool ad_lsarpc_sids_decode(
	struct ad_sid *out, size_t n, uint32_t *status, const void *p, size_t len);

#endif
