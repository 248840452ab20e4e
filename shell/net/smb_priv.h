/* What the files of the SMB client share. */
#ifndef AD_SMB_PRIV_H
#define AD_SMB_PRIV_H

#include "net/smb.h"
#include "net/smb_proto.h"

#define AD_SMB_CHUNK 65536u /* payload of one credit (MS-SMB2 3.2.4.1.5) */

struct ad_smb_tree {
	char *share;
	uint32_t id;
	bool seal;
	bool dfs; /* some of what is in it may be links to other servers */
};

struct ad_smb {
	struct ad_smb_info info;
	struct ad_krb5 *krb5;
	char *host;
	int fd, connect_ms, operation_ms;
	int64_t time; /* the server's clock when it was connected */
	bool broken; /* nothing that comes now can be trusted */
	bool ended; /* and that because the server knows the session no more */
	bool sealable, seal; /* there is a cipher; everything is sealed */
	uint64_t next_id, session, nonce;
	size_t credits;
	enum ad_smb_cipher cipher;
	enum ad_smb_signing signing;
	unsigned char hash[AD_SMB_HASH]; /* preauthentication */
	bool keyed; /* the keys below are there: answers must be signed or sealed */
	unsigned char sign_key[16], seal_key[AD_SMB_KEY], unseal_key[AD_SMB_KEY];
	struct ad_smb_tree *trees;
	size_t n_trees;
};

/* An answer: the message in `bytes` and its header. */
struct ad_smb_reply {
	struct ad_buf bytes;
	struct ad_smb_header h;
};

/* Starts a request in out: the header's place. The body is appended to it. */
void ad_smb_begin(struct ad_buf *out);

/*
 * Sends the request (header place and body, from ad_smb_begin) and waits for its answer until
 * deadline; 0: the operation's time limit. tree NULL: none. True when an answer came, whatever its
 * status; reply->bytes is then cleared by the caller. When the session's ticket has ended, it logs
 * in again and sends the request once more. False: the connection is broken, or will not do this.
 */
bool ad_smb_exchange(struct ad_smb *smb, enum ad_smb_command command,
	const struct ad_smb_tree *tree, struct ad_buf *request, long long deadline,
	struct ad_smb_reply *reply, struct ad_err *err);

/* The same, and a status other than success (or also_fine) is an error. The request is cleared in
 * any case. */
bool ad_smb_call(struct ad_smb *smb, enum ad_smb_command command, const struct ad_smb_tree *tree,
	struct ad_buf *request, uint32_t also_fine, struct ad_smb_reply *reply, const char *op,
	const char *where, struct ad_err *err);

/* The answer's body could not be read: the connection is given up. */
bool ad_smb_malformed(struct ad_smb *smb, const char *op, struct ad_err *err);

/* Negotiation and logging in on a new connection. */
bool ad_smb_negotiate(struct ad_smb *smb, long long deadline, struct ad_err *err);
bool ad_smb_log_in(struct ad_smb *smb, bool seal, long long deadline, struct ad_err *err);
/* The session's ticket has ended: a new one for the same session, whose keys stay. False: the
 * connection is given up. */
bool ad_smb_log_in_again(struct ad_smb *smb, struct ad_err *err);

/* The share, connected at first use. */
bool ad_smb_tree(
	struct ad_smb_tree *out, struct ad_smb *smb, const char *share, struct ad_err *err);

/* The server knows this connection to the share no more: the next use makes another. */
void ad_smb_forget_tree(struct ad_smb *smb, const struct ad_smb_tree *tree);

/* access masks (MS-SMB2 2.2.13.1.1) and CreateOptions (2.2.13) */
#define AD_SMB_READ_DATA 0x1u
#define AD_SMB_WRITE_DATA 0x2u
#define AD_SMB_READ_ATTRIBUTES 0x80u
#define AD_SMB_DELETE 0x10000u
#define AD_SMB_SYNCHRONIZE 0x100000u
#define AD_SMB_IS_FOLDER 0x1u
#define AD_SMB_IS_FILE 0x40u
#define AD_SMB_LINK_ITSELF 0x200000u /* a reparse point, wherever it leads */

/* How a file, a folder or a pipe is opened. */
struct ad_smb_opening {
	uint32_t access, options;
	enum ad_smb_disposition disposition;
};

/* Opens and closes a file or a pipe. */
bool ad_smb_create(struct ad_smb *smb, const struct ad_smb_tree *tree, const char *path,
	const struct ad_smb_opening *how, unsigned char id[AD_SMB_FILE_ID], bool *folder,
	const char *op, const char *where, struct ad_err *err);
void ad_smb_close(
	struct ad_smb *smb, const struct ad_smb_tree *tree, const unsigned char id[AD_SMB_FILE_ID]);

/* With backslashes, none at the ends: allocated. */
char *ad_smb_plain_path(const char *path);

/* One open file or folder, found by share and path. */
struct ad_smb_target {
	struct ad_smb *smb;
	struct ad_smb_tree tree;
	unsigned char id[AD_SMB_FILE_ID];
	char *path, *where;
};

/* Never through a link. folder (may be NULL): whether it is one. */
bool ad_smb_target_open(struct ad_smb_target *t, struct ad_smb *smb, const char *share,
	const char *path, const struct ad_smb_opening *how, bool *folder, const char *op,
	struct ad_err *err);
void ad_smb_target_close(struct ad_smb_target *t);
/* Sends a request about it; the answer is of no interest. */
bool ad_smb_target_call(struct ad_smb_target *t, enum ad_smb_command command, struct ad_buf *b,
	const char *op, struct ad_err *err);
/* Writes these parts of its descriptor. */
bool ad_smb_target_secure(struct ad_smb_target *t, uint32_t which, const void *sd, size_t n,
	const char *op, struct ad_err *err);

#endif
