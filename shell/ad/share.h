/*
 * Shares and folders of file servers as something that the gate can change: what they have is read
 * as an entry, whose dn is a UNC path (ad/unc.h) and whose attributes are these. Descriptors are
 * kept down to their DACL: owner, group and SACL are never written.
 *
 * The connections are those of the identity with which the directory was opened; they stay open
 * until they are not needed any more (ad_share_disconnect) and are made anew when they broke.
 */
#ifndef AD_SHARE_H
#define AD_SHARE_H

#include "ad/unc.h"
#include "codec/sd.h"
#include "net/lsarpc.h"
#include "net/smb.h"
#include "net/srvsvc.h"
#include "plan/plan.h"

#define AD_SHARE "share" /* "path=C:\\iso", "remark=...", "users=10"; of a share that is there */
#define AD_SHARE_SD "shareSecurityDescriptor" /* of a share */
#define AD_FILE_SD "fileSecurityDescriptor" /* of a file or folder */
#define AD_FILE_FOLDER "folder" /* "TRUE" of a folder; only to look at */

/* Whether everything that goes to file servers is sealed, also where they do not demand it. */
extern bool ad_share_seal;

/* A connection to the server, from the ones that are open or a new one; *again (may be NULL): it
 * was open before, so it may have been closed by the server meanwhile. It is not the caller's. */
bool ad_share_connect(struct ad_smb **out, struct ad_ldap *ld, const struct ad_unc *u, bool *again,
	struct ad_err *err);
/* Closes the connections to this host, or all (NULL). A server shows what it shares anew. */
void ad_share_disconnect(const char *host);

/* What is at a path. A share that does not exist is an entry without attributes; a folder that does
 * not exist is AD_ERR_NOTFOUND. *sd: a share without a descriptor (or one that the server does not
 * show) has no attribute for it. */
bool ad_share_read(
	struct ad_entry **out, struct ad_ldap *ld, const struct ad_unc *u, struct ad_err *err);

/* The entry of a file or folder with this descriptor. */
bool ad_share_file_entry(struct ad_entry **out, const struct ad_unc *u, const struct ad_buf *sd,
	bool folder, struct ad_err *err);
/* "share data on fs1.alpha.test", "file data\\x.iso on ...": allocated. */
char *ad_share_label(const struct ad_unc *u, bool folder);

/* What the server itself calls these SIDs, for those that no directory knows: see
 * net/lsarpc.h. Freed with ad_lsarpc_free. */
bool ad_share_names(char ***out, struct ad_ldap *ld, const struct ad_unc *u,
	const struct ad_sid *sids, size_t n, struct ad_err *err);

/* The way back: the SIDs of names that only the server knows. */
bool ad_share_sids(struct ad_sid *out, struct ad_ldap *ld, const struct ad_unc *u,
	const char *const *names, size_t n, struct ad_err *err);

/* The shares of a server; level 502 where that is allowed, else 1. Freed with
 * ad_share_infos_free. */
bool ad_share_list(struct ad_share_info **out, size_t *n, uint32_t *level, struct ad_ldap *ld,
	const struct ad_unc *u, struct ad_err *err);

/* Makes an edit of the descriptor at unc, a text, in the plan: f does it. */
typedef bool ad_share_verb(
	struct ad_change *c, struct ad_edit *e, const void *arg, struct ad_err *err);
bool ad_share_edit(struct ad_plan *p, struct ad_ldap *ld, const char *unc, ad_share_verb *f,
	const void *arg, struct ad_err *err);
/* Told of something below a folder that cannot be looked at or changed; the rest goes on. folder:
 * so is all that is in it. */
typedef void ad_share_lack(void *arg, const char *unc, bool folder, const struct ad_err *why);
/* Everything below the folder at unc, in which inheritance is not stopped, inherits anew what the
 * folder passes on, as the plan has it: see ad/propagate.h. */
bool ad_share_propagate(struct ad_plan *p, struct ad_ldap *ld, const char *unc, ad_share_lack *lack,
	void *arg, struct ad_err *err);

/* A share that is to come: path on the server ("C:\iso" or "/srv/iso"), a folder that is there;
 * remark NULL: none; users < 0: no limit; sd NULL: the server's default. Nothing is planned when
 * it is there already as wanted; AD_ERR_CONFLICT: there is another one of that name. */
struct ad_share_wish {
	const char *path, *remark;
	long users;
	const struct ad_sd *sd;
};
bool ad_share_add(struct ad_plan *p, struct ad_ldap *ld, const char *unc,
	const struct ad_share_wish *w, struct ad_err *err);
/* A share that is to go; what it shares stays. */
bool ad_share_remove(struct ad_plan *p, struct ad_ldap *ld, const char *unc, struct ad_err *err);

extern const struct ad_kind ad_kind_share, /* of a share itself */
	ad_kind_folder; /* of what lies in it, files too */

/* SYSVOL, NETLOGON and administrative shares, which decide about more than the files in them: what
 * it is, in words; NULL: another share. */
const char *ad_share_protected(const struct ad_unc *u);
/* Judges where something is, and a descriptor that changes, for kinds of change. */
bool ad_share_judge_place(struct ad_verdict *v, const char *unc, struct ad_err *err);
bool ad_share_judge_sd(struct ad_verdict *v, const struct ad_judging *j, const struct ad_change *c,
	const struct ad_edit *e, struct ad_err *err);

/* Asks a file server something that may be asked twice, on another connection when the one that was
 * open has died. */
typedef bool ad_share_asking(void *arg, struct ad_smb *smb, struct ad_err *err);
bool ad_share_ask(struct ad_ldap *ld, const struct ad_unc *u, ad_share_asking *f, void *arg,
	struct ad_err *err);

/* The entry of what is at u, with attributes as ad_list_encode appends them. */
bool ad_share_entry(struct ad_entry **out, const struct ad_unc *u, const struct ad_buf *attrs,
	struct ad_err *err);

/* The DACL (and whether it is protected) of a descriptor, as bytes that compare. */
bool ad_share_plain_sd(struct ad_buf *out, const void *p, size_t n, struct ad_err *err);

#endif
