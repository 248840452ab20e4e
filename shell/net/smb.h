/*
 * A conversation with one file server: SMB 3.1.1 (MS-SMB2) and nothing older, as one Kerberos
 * identity. Every message is signed, and sealed (AES-GCM, AES-CCM) when that is asked for or the
 * server or a share demands it. Guest and anonymous sessions are refused. What is offered is small,
 * so that another library could stand behind it: security descriptors of files, and named pipes for
 * RPC.
 */
#ifndef AD_SMB_H
#define AD_SMB_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/referral.h"
#include "net/krb5.h"

#include <stdint.h>

struct ad_smb; /* one connection and its session */
struct ad_smb_pipe;

struct ad_smb_options {
	const char *host; /* its DNS name: the ticket is for cifs/host */
	unsigned port; /* 0: 445 */
	struct ad_krb5 *krb5; /* who we are */
	bool seal; /* encrypt everything; false: only where the server demands it */
	int connect_timeout_ms; /* TCP and logging in; 0: 10 s */
	int operation_timeout_ms; /* no answer for so long is an error; 0: 60 s */
};

/* Connects, negotiates and logs in. AD_ERR_CONNECT of domain "dns", "system", "krb5" or "smb". */
bool ad_smb_open(struct ad_smb **out, const struct ad_smb_options *o, struct ad_err *err);
void ad_smb_free(struct ad_smb *smb); /* logs off; NULL is fine */
bool ad_smb_alive(const struct ad_smb *smb); /* not seen broken */
bool ad_smb_ended(const struct ad_smb *smb); /* broken since the server knows the session no more */

/* The clock of a server, a FILETIME, without a login: it says it when a dialect is agreed on
 * (MS-SMB2 2.2.4, SystemTime). It is not protected. */
bool ad_smb_clock(int64_t *out, const char *host, int timeout_ms, struct ad_err *err);

struct ad_smb_info {
	const char *host;
	const char *principal; /* who we are */
	const char *signing,
		*cipher; /* "AES-GMAC"; "AES-256-GCM", or NULL when none was agreed on */
	bool sealed; /* everything is */
};
const struct ad_smb_info *ad_smb_info(const struct ad_smb *smb);

/* SecurityInformation (MS-DTYP 2.4.7): the parts of a descriptor that are read or written */
#define AD_SECURITY_OWNER 0x1u
#define AD_SECURITY_GROUP 0x2u
#define AD_SECURITY_DACL 0x4u
#define AD_SECURITY_SACL 0x8u
#define AD_SECURITY_PROTECTED_DACL 0x80000000u /* as the descriptor's control says */
#define AD_SECURITY_UNPROTECTED_DACL 0x20000000u

/*
 * The self-relative descriptor of a file or folder: path inside the share, with either slash, ""
 * is its top. to_write: only where its DACL may be written, too. *folder (may be NULL): whether it
 * is one. AD_ERR_NOTFOUND: no such share or path.
 */
bool ad_smb_get_security(struct ad_smb *smb, const char *share, const char *path, uint32_t which,
	bool to_write, struct ad_buf *out, bool *folder, struct ad_err *err);
/* Writes these parts of it. What is below inherits nothing by this: the server changes only this
 * one (MS-FSA 2.1.5.17). */
bool ad_smb_set_security(struct ad_smb *smb, const char *share, const char *path, uint32_t which,
	const void *sd, size_t n, struct ad_err *err);

/* What is in a folder; "." is the folder itself. */
struct ad_smb_child {
	const char *name; /* NULL: it is no Unicode */
	bool folder, link; /* link: a reparse point, which may lead elsewhere */
	uint64_t id; /* the same for the same file; 0: unknown */
};
typedef bool ad_smb_visit(void *arg, const struct ad_smb_child *c, struct ad_err *err);
/* Calls visit for each of them, as the server sends them; visit may use the connection. False,
 * with its err, when visit says so. */
bool ad_smb_list(struct ad_smb *smb, const char *share, const char *path, ad_smb_visit *visit,
	void *arg, struct ad_err *err);

/* ---- what files hold ---- */

#define AD_SMB_FILE_MOST (16u << 20) /* bytes; what is larger is refused */

/* Appends what is in the file. AD_ERR_NOTFOUND: there is none; AD_ERR_USAGE: it is a folder. */
bool ad_smb_read(struct ad_smb *smb, const char *share, const char *path, struct ad_buf *out,
	struct ad_err *err);
/*
 * Writes the file, which need not be there: under another name beside it, which then takes the
 * place of the old one (MS-FSCC 2.4.43.2), so that nobody reads half of it. What a killed process
 * left when it wrote the same goes. sd (may be NULL): the
 * DACL that it gets; without one it keeps that of the old file. The owner becomes who writes.
 */
bool ad_smb_write(struct ad_smb *smb, const char *share, const char *path, const void *bytes,
	size_t n, const struct ad_buf *sd, struct ad_err *err);
/* Whether it is the name of such a file, which a process that was killed may have left. */
bool ad_smb_is_temporary(const char *name);
/* Makes a folder, which must not be there; sd as above, else it inherits. */
bool ad_smb_make_folder(struct ad_smb *smb, const char *share, const char *path,
	const struct ad_buf *sd, struct ad_err *err);
/* Removes a file, or a folder that is empty: what it is has to be said. */
bool ad_smb_remove(
	struct ad_smb *smb, const char *share, const char *path, bool folder, struct ad_err *err);
/* Gives a file or folder another path in the same share; what is there is not replaced. */
bool ad_smb_rename(struct ad_smb *smb, const char *share, const char *path, const char *target,
	struct ad_err *err);

/* Connects to the share. *dfs: it is the root of a namespace, so that links to other servers may be
 * in it. */
bool ad_smb_is_dfs(struct ad_smb *smb, const char *share, bool *dfs, struct ad_err *err);
/* What the server knows of a name in DFS, see codec/referral.h. Freed with ad_referral_clear. */
bool ad_smb_referral(
	struct ad_referral *out, struct ad_smb *smb, const char *name, struct ad_err *err);

/* A pipe of the server ("srvsvc"). It must be closed before smb is freed. */
bool ad_smb_pipe_open(
	struct ad_smb_pipe **out, struct ad_smb *smb, const char *name, struct ad_err *err);
void ad_smb_pipe_close(struct ad_smb_pipe *p); /* NULL is fine */
bool ad_smb_pipe_write(struct ad_smb_pipe *p, const void *bytes, size_t n, struct ad_err *err);
/* Appends what is there to be read, at least one byte. */
bool ad_smb_pipe_read(struct ad_smb_pipe *p, struct ad_buf *out, struct ad_err *err);
/* Writes and reads the start of the answer, in one go. */
bool ad_smb_pipe_transceive(
	struct ad_smb_pipe *p, const void *bytes, size_t n, struct ad_buf *out, struct ad_err *err);

/* Words for an NTSTATUS (MS-ERREF 2.3); op and where as in ad_err_where. */
bool ad_smb_err(struct ad_err *err, uint32_t status, const char *op, const char *where);
/* The same for a refused SESSION_SETUP. */
bool ad_smb_login_err(struct ad_err *err, uint32_t status);
/* The same for a Windows error, as RPC functions return it; domain: "srvsvc", "lsarpc", "rpc". */
bool ad_smb_werr(
	struct ad_err *err, const char *domain, uint32_t code, const char *op, const char *where);

#endif
