/*
 * Files of file servers as something that the gate can change: a file or a folder that comes or
 * goes, and what a file holds. What is there is read as an entry, whose dn is a UNC path and whose
 * attributes are these; see share.h, which has permissions of what is there already.
 *
 * A file is written under another name and renamed over the old one (ad_smb_write): nobody reads
 * half of it. A folder goes only while it is empty.
 */
#ifndef AD_SERVER_FILE_H
#define AD_SERVER_FILE_H

#include "ad/share.h"

#define AD_FILE                                                                                    \
	"file" /* "type=folder" or "type=file"; also "owner=S-1-..." where that is written */
#define AD_FILE_CONTENT "content" /* of a file, one value */

/* What a new one gets. Without a descriptor it inherits; owner and group are written when the
 * descriptor has both. */
struct ad_file_wish {
	const void *content; /* NULL: a folder */
	size_t n;
	const struct ad_sd *sd;
};

/* Plans that this is at unc. Of a file that is there only the content (and the descriptor, when one
 * is given) changes; nothing is planned when it is as wanted. AD_ERR_CONFLICT: there is a folder
 * where a file is wanted, or the other way round. */
bool ad_file_put(struct ad_plan *p, struct ad_ldap *ld, const char *unc,
	const struct ad_file_wish *w, struct ad_err *err);
/* Plans that the file or the (then empty) folder goes. */
bool ad_file_remove(struct ad_plan *p, struct ad_ldap *ld, const char *unc, struct ad_err *err);

/* What a share or a file, c, waits for, and what waits for it, among what p has already: folders
 * come before what is in them and before the shares of their server, and go after these. */
void ad_file_order(struct ad_plan *p, struct ad_change *c);

/* What a file holds. */
bool ad_file_content(struct ad_buf *out, struct ad_ldap *ld, const char *unc, struct ad_err *err);
/* What is in a folder, as ad_smb_list has it. */
bool ad_file_list(
	struct ad_ldap *ld, const char *unc, ad_smb_visit *visit, void *arg, struct ad_err *err);

extern const struct ad_kind ad_kind_file;

#endif
