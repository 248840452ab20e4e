/* Where a share or a folder is (UNC, MS-DTYP 2.2.57): "\\server\share" is the share itself,
 * "\\server\share\" its top folder, "\\server\share\path" what lies in it. Slashes may be written
 * the other way round. */
#ifndef AD_UNC_H
#define AD_UNC_H

#include "base/err.h"

struct ad_unc {
	char *host;
	unsigned port; /* "\\server:4450\share"; 0: the usual one */
	char *share; /* NULL: only the server was named */
	char *path; /* NULL: the share itself; "" its top folder; with backslashes */
};

/* AD_ERR_USAGE: no such path. Freed with ad_unc_clear. */
bool ad_unc_parse(struct ad_unc *out, const char *text, struct ad_err *err);
void ad_unc_clear(struct ad_unc *u);

/* The one form in which it is kept in plans: allocated. */
char *ad_unc_format(const struct ad_unc *u);

#endif
