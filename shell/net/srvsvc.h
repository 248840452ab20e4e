/* The shares of a server: MS-SRVS over net/rpc.h. */
#ifndef AD_SRVSVC_H
#define AD_SRVSVC_H

#include "net/rpc.h"

/* shi*_type (MS-SRVS 2.2.2.4) */
#define AD_SHARE_KIND 0x0fffffffu /* mask: 0 disk, 1 printer, 2 device, 3 IPC */
#define AD_SHARE_SPECIAL 0x80000000u /* C$, ADMIN$, IPC$ */
#define AD_SHARE_TEMPORARY 0x40000000u

struct ad_share_info {
	char *name, *remark;
	uint32_t type;
	/* level 502 only: administrators may read it */
	char *path;
	uint32_t max_users, users; /* UINT32_MAX: no limit */
	unsigned char *sd; /* self-relative; NULL: it could not be read, or there is none */
	size_t sd_len;
};
void ad_share_info_clear(struct ad_share_info *s);
void ad_share_infos_free(struct ad_share_info *s, size_t n);

bool ad_srvsvc_open(struct ad_rpc **out, struct ad_smb *smb, struct ad_err *err);

/* All shares, by name in the server's order. level: 1 or 502. Freed with ad_share_infos_free. */
bool ad_srvsvc_list(struct ad_share_info **out, size_t *n, struct ad_rpc *rpc, uint32_t level,
	struct ad_err *err);
/* One share; level 1 or 502. AD_ERR_NOTFOUND: there is none. */
bool ad_srvsvc_get(struct ad_share_info *out, struct ad_rpc *rpc, const char *name, uint32_t level,
	struct ad_err *err);
/* Replaces the share's descriptor (level 1501). A server may say yes and not do it: read back. */
bool ad_srvsvc_set_sd(
	struct ad_rpc *rpc, const char *name, const void *sd, size_t n, struct ad_err *err);
/* A new share of a folder that is there (level 502); s->sd NULL: the server's default. */
bool ad_srvsvc_add(struct ad_rpc *rpc, const struct ad_share_info *s, struct ad_err *err);
/* The share goes, its folder stays. */
bool ad_srvsvc_remove(struct ad_rpc *rpc, const char *name, struct ad_err *err);

/* ---- the results, pure: what the functions above read (MS-SRVS 3.1.4.8, 3.1.4.10) ---- */

/* False: malformed. *more: a handle to go on with, 0 when this was all. *status: the function's. */
bool ad_srvsvc_list_decode(struct ad_share_info **out, size_t *n, uint32_t *more, uint32_t *status,
	uint32_t level, const void *p, size_t len);
bool ad_srvsvc_get_decode(
	struct ad_share_info *out, uint32_t *status, uint32_t level, const void *p, size_t len);

#endif
