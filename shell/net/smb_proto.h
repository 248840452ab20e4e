/*
 * The messages of SMB 3.1.1 that we use (MS-SMB2 2.2), as bytes and structs. Pure: decoders take
 * a whole message, look at every length, and point into it.
 */
#ifndef AD_SMB_PROTO_H
#define AD_SMB_PROTO_H

#include "net/smb_crypto.h"

#define AD_SMB_HEADER 64
#define AD_SMB_FILE_ID 16
#define AD_SMB_DIALECT 0x0311

/* Command (2.2.1.2) */
enum ad_smb_command {
	AD_SMB_NEGOTIATE = 0,
	AD_SMB_SESSION_SETUP = 1,
	AD_SMB_LOGOFF = 2,
	AD_SMB_TREE_CONNECT = 3,
	AD_SMB_TREE_DISCONNECT = 4,
	AD_SMB_CREATE = 5,
	AD_SMB_CLOSE = 6,
	AD_SMB_READ = 8,
	AD_SMB_WRITE = 9,
	AD_SMB_IOCTL = 11,
	AD_SMB_QUERY_DIRECTORY = 14,
	AD_SMB_QUERY_INFO = 16,
	AD_SMB_SET_INFO = 17,
	AD_SMB_BREAK = 18,
	AD_SMB_NOTIFICATION = 19
};

/* Flags (2.2.1.2) */
#define AD_SMB_FLAG_RESPONSE 0x1u
#define AD_SMB_FLAG_ASYNC 0x2u
#define AD_SMB_FLAG_SIGNED 0x8u

/* Status of answers that are no failure (MS-ERREF 2.3) */
#define AD_SMB_STATUS_PENDING 0x00000103u
#define AD_SMB_STATUS_MORE_DATA 0x80000005u /* STATUS_BUFFER_OVERFLOW: there is more to read */
#define AD_SMB_STATUS_NO_MORE_FILES 0x80000006u
#define AD_SMB_STATUS_NO_SUCH_FILE 0xc000000fu
#define AD_SMB_STATUS_END_OF_FILE 0xc0000011u
#define AD_SMB_STATUS_MORE_PROCESSING 0xc0000016u
#define AD_SMB_STATUS_ACCESS_DENIED 0xc0000022u
#define AD_SMB_STATUS_BUFFER_TOO_SMALL 0xc0000023u
#define AD_SMB_STATUS_NAME_COLLISION 0xc0000035u
#define AD_SMB_STATUS_DELETE_PENDING 0xc0000056u
#define AD_SMB_STATUS_IS_FOLDER 0xc00000bau /* STATUS_FILE_IS_A_DIRECTORY */
#define AD_SMB_STATUS_NOT_EMPTY 0xc0000101u
#define AD_SMB_STATUS_BAD_NETWORK_NAME 0xc00000ccu
#define AD_SMB_STATUS_NAME_DELETED 0xc00000c9u /* the share is no longer connected to */
#define AD_SMB_STATUS_SESSION_DELETED 0xc0000203u /* it is not known */
#define AD_SMB_STATUS_SESSION_EXPIRED 0xc000035cu /* its ticket has (MS-SMB2 3.3.5.2.9) */

#define AD_SMB_SESSION_GUEST 0x1u /* SessionFlags (2.2.6) */
#define AD_SMB_SESSION_NULL 0x2u
#define AD_SMB_SESSION_ENCRYPT 0x4u
#define AD_SMB_SHARE_ENCRYPT 0x8000u /* ShareFlags (2.2.10) */
#define AD_SMB_SHARE_DFS 0x8u /* Capabilities (2.2.10) */

struct ad_smb_header {
	uint16_t credit_charge, command, credits;
	uint32_t status, flags, next, tree;
	uint64_t id, session;
};

/* Appends a request's header; credits: how many are asked for. */
void ad_smb_header_encode(struct ad_buf *out, const struct ad_smb_header *h);
/* False: shorter than a header, or none of SMB 2 and later. */
bool ad_smb_header_decode(struct ad_smb_header *out, const unsigned char *p, size_t n);

/* Bytes inside a message. */
struct ad_smb_bytes {
	const unsigned char *p;
	size_t n;
};

struct ad_smb_negotiated {
	uint16_t security_mode, dialect;
	uint32_t capabilities, max_transact, max_read, max_write;
	int64_t time; /* the server's clock, a FILETIME */
	struct ad_smb_bytes token; /* what SPNEGO offers */
	bool sha512; /* the preauthentication hash is agreed on */
	uint16_t cipher, signing; /* 0: none agreed on */
};

/* Bodies of requests, appended behind the header at the start of out. */
void ad_smb_negotiate_encode(
	struct ad_buf *out, const unsigned char client[16], const unsigned char salt[32]);
void ad_smb_session_encode(struct ad_buf *out, const void *token, size_t n);
bool ad_smb_tree_encode(struct ad_buf *out, const char *host, const char *share);
/* CreateDisposition (2.2.13) */
enum ad_smb_disposition {
	AD_SMB_OPEN = 1, /* fails when it is not there */
	AD_SMB_MAKE = 2 /* fails when it is there */
};
/* path: with backslashes, no leading one; "" is the share's top. options: CreateOptions. */
bool ad_smb_create_encode(struct ad_buf *out, const char *path, uint32_t access,
	enum ad_smb_disposition disposition, uint32_t options);
void ad_smb_close_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID]);
/* offset: 0 for pipes */
void ad_smb_read_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint64_t offset, uint32_t max);
void ad_smb_write_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	uint64_t offset, const void *p, size_t n);
/* FSCTL_PIPE_TRANSCEIVE (MS-FSCC 2.3.51) */
void ad_smb_transceive_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	const void *p, size_t n, uint32_t max);
/* FSCTL_DFS_GET_REFERRALS (MS-SMB2 3.2.4.20.3), which belongs to no file */
void ad_smb_referral_encode(struct ad_buf *out, const void *p, size_t n, uint32_t max);
/* which: SecurityInformation (2.2.37) of a descriptor */
void ad_smb_query_security_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint32_t which, uint32_t max);
void ad_smb_set_security_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	uint32_t which, const void *p, size_t n);
/* SET_INFO about the file itself: classes of MS-FSCC 2.4 */
enum ad_smb_file_info { AD_SMB_RENAME = 10, AD_SMB_DISPOSITION = 13 };
void ad_smb_set_file_encode(struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID],
	enum ad_smb_file_info info, const void *p, size_t n);
/* FileRenameInformation (MS-FSCC 2.4.43.2): path as for create; replace: also a file that is there.
 * False: that is not a path. */
bool ad_smb_rename_encode(struct ad_buf *out, const char *path, bool replace);
/* What comes next in an open folder. */
void ad_smb_query_directory_encode(
	struct ad_buf *out, const unsigned char id[AD_SMB_FILE_ID], uint32_t max);
void ad_smb_empty_encode(struct ad_buf *out); /* LOGOFF, TREE_DISCONNECT */

/* Answers: p is the whole message of n bytes, header included. False: a length or an offset that
 * leads outside it, or no body of this command. */
bool ad_smb_negotiate_decode(struct ad_smb_negotiated *out, const unsigned char *p, size_t n);
bool ad_smb_session_decode(
	uint16_t *flags, struct ad_smb_bytes *token, const unsigned char *p, size_t n);
bool ad_smb_tree_decode(
	uint8_t *type, uint32_t *flags, uint32_t *capabilities, const unsigned char *p, size_t n);
bool ad_smb_create_decode(unsigned char id[AD_SMB_FILE_ID], const unsigned char *p, size_t n);
bool ad_smb_read_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n);
bool ad_smb_write_decode(uint32_t *count, const unsigned char *p, size_t n);
bool ad_smb_ioctl_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n);
/* QUERY_INFO and QUERY_DIRECTORY */
bool ad_smb_query_decode(struct ad_smb_bytes *out, const unsigned char *p, size_t n);

/* One of the things in a folder (MS-FSCC 2.4.17). */
struct ad_smb_found {
	char *name; /* allocated; NULL: it is no Unicode */
	uint32_t attributes; /* MS-FSCC 2.6 */
	uint64_t id; /* the file's; 0: unknown */
};
#define AD_SMB_ATTRIBUTE_DIRECTORY 0x10u
#define AD_SMB_ATTRIBUTE_REPARSE_POINT 0x400u

/* The one at *at of the n bytes at p, and moves *at behind it: 1; 0: that was the last; -1:
 * malformed, or a name that is no part of a path. */
int ad_smb_found_decode(struct ad_smb_found *out, const unsigned char *p, size_t n, size_t *at);

#endif
