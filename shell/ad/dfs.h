/*
 * One step of a path through DFS (MS-DFSC 3.1.4.1): what the namespace of a domain or a link in a
 * share stands for. Who asks again for what comes out, tries the targets in turn and counts the
 * steps is stdlib/dfs.lua.
 *
 * Only servers that were logged in to with Kerberos are asked: the one that the path names, or for
 * a domain one of its DCs.
 */
#ifndef AD_DFS_H
#define AD_DFS_H

#include "ad/share.h"

struct ad_dfs_step {
	char *link; /* "\\fs1\root\link": what the targets stand for; NULL: the path is what it says
		     */
	char *rest; /* what follows it: "folder\sub"; or "" */
	char **targets; /* "\\fs2\data", as UNC paths; those that are none are left out */
	size_t n;
	uint32_t ttl; /* seconds for which this holds */
};

/* dc: u's host is a domain, and this is one of its DCs. Else u's host is asked itself, but only
 * where its share has links; the share itself (u->path NULL) is what it says, too. Freed with
 * ad_dfs_clear. */
bool ad_dfs_step(struct ad_dfs_step *out, struct ad_ldap *ld, const struct ad_unc *u,
	const char *dc, struct ad_err *err);
void ad_dfs_clear(struct ad_dfs_step *s);

/* The DCs of another domain, as this DC tells them: their names are the targets. n 0: it knows
 * none. */
bool ad_dfs_dcs(struct ad_dfs_step *out, struct ad_ldap *ld, const char *dc, const char *domain,
	struct ad_err *err);

#endif
