/* Words for what a file server answers: NTSTATUS (MS-ERREF 2.3) and, out of RPC functions, Windows
 * error codes (2.2). */
#include "net/smb.h"

#include <stdio.h>
#include <stdlib.h>

struct words {
	uint32_t code;
	const char *name;
	enum ad_err_kind kind;
	const char *message, *hint; /* hint may be NULL */
};

#define STATUS_ACCESS_DENIED 0xc0000022

#define ADMINS                                                                                     \
	"managing shares requires membership in Administrators on the file server (on Samba: "     \
	"SeDiskOperatorPrivilege); changing an access list requires a right in that list"

static const struct words statuses[] = {
	{ STATUS_ACCESS_DENIED, "STATUS_ACCESS_DENIED", AD_ERR_FAILED,
		"the file server denies access", ADMINS },
	{ 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD", AD_ERR_FAILED,
		"a privilege on the file server is missing",
		"audit entries require SeSecurityPrivilege, other owners SeRestorePrivilege: log in as an administrator of the server" },
	{ 0xc000005a, "STATUS_INVALID_OWNER", AD_ERR_FAILED,
		"this owner cannot be assigned by this user", NULL },
	{ 0xc0000077, "STATUS_INVALID_ACL", AD_ERR_FAILED,
		"the server does not accept this access list", NULL },
	{ 0xc0000079, "STATUS_INVALID_SECURITY_DESCR", AD_ERR_FAILED,
		"the server does not accept this security descriptor", NULL },
	{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND", AD_ERR_NOTFOUND, "no such file or folder",
		"check the path; it starts at the share" },
	{ 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND", AD_ERR_NOTFOUND,
		"a folder in the path does not exist", "check the path; it starts at the share" },
	{ 0xc0000033, "STATUS_OBJECT_NAME_INVALID", AD_ERR_USAGE,
		"this is not a valid name of a file or folder", NULL },
	{ 0xc00000cc, "STATUS_BAD_NETWORK_NAME", AD_ERR_NOTFOUND,
		"the server has no share of this name",
		"share.list shows the shares of the server; a share that is listed but cannot be opened stands for a share of another server (DFS, on Samba \"msdfs proxy\"): name that share" },
	{ 0xc0000043, "STATUS_SHARING_VIOLATION", AD_ERR_FAILED,
		"another client has it open and does not share it", "try again later" },
	{ 0xc0000257, "STATUS_PATH_NOT_COVERED", AD_ERR_FAILED,
		"this is a DFS link to another server",
		"name that server and its share instead of the DFS path" },
	{ 0xc000019c, "STATUS_FS_DRIVER_REQUIRED", AD_ERR_FAILED,
		"the server does not resolve DFS paths",
		"name the server and its share instead of the DFS path" },
	{ 0xc000006d, "STATUS_LOGON_FAILURE", AD_ERR_CONNECT,
		"the file server does not accept this login",
		"check that the server is joined to the domain and knows the realm of the ticket" },
	{ 0xc000006e, "STATUS_ACCOUNT_RESTRICTION", AD_ERR_CONNECT,
		"a restriction of this account forbids the login", NULL },
	{ 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED", AD_ERR_CONNECT,
		"this user may not log in to the file server over the network",
		"the user right \"Access this computer from the network\" is missing" },
	{ 0xc0000072, "STATUS_ACCOUNT_DISABLED", AD_ERR_CONNECT, "the account is disabled", NULL },
	{ 0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC", AD_ERR_CONNECT, "the clocks differ too much",
		"set the clock of this machine to that of the domain" },
	{ 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED", AD_ERR_CONNECT,
		"the ticket of this connection has expired", "get a new ticket: kinit" },
	{ 0xc0000203, "STATUS_USER_SESSION_DELETED", AD_ERR_CONNECT,
		"the file server has ended the session", "try again" },
	{ 0xc00000c9, "STATUS_NETWORK_NAME_DELETED", AD_ERR_CONNECT,
		"the share was removed while it was in use", NULL },
	{ 0x8000002d, "STATUS_STOPPED_ON_SYMLINK", AD_ERR_FAILED,
		"the path contains a symbolic link", "name the target of the link" },
	{ 0xc000000f, "STATUS_NO_SUCH_FILE", AD_ERR_NOTFOUND, "no such file or folder",
		"check the path; it starts at the share" },
	{ 0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY", AD_ERR_USAGE, "it is a folder, not a file",
		NULL },
	{ 0xc0000103, "STATUS_NOT_A_DIRECTORY", AD_ERR_USAGE, "it is a file, not a folder", NULL },
	{ 0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY", AD_ERR_CONFLICT, "the folder is not empty",
		"remove its contents first" },
	{ 0xc0000121, "STATUS_CANNOT_DELETE", AD_ERR_FAILED,
		"the file is read-only or in use, and cannot be removed", NULL },
	{ 0xc000007f, "STATUS_DISK_FULL", AD_ERR_FAILED, "the server's disk is full", NULL },
	{ 0xc0000044, "STATUS_QUOTA_EXCEEDED", AD_ERR_FAILED, "the quota there is used up", NULL },
	{ 0xc0000035, "STATUS_OBJECT_NAME_COLLISION", AD_ERR_CONFLICT,
		"a file or folder of this name already exists", NULL },
	{ 0xc0000056, "STATUS_DELETE_PENDING", AD_ERR_CONFLICT,
		"it is being deleted, and disappears when the last client that has it open closes it",
		NULL },
	{ 0xc0000120, "STATUS_CANCELLED", AD_ERR_FAILED,
		"the file server has cancelled the request", "try again" },
	{ 0xc0000128, "STATUS_FILE_CLOSED", AD_ERR_FAILED,
		"the file server has closed the open file", "try again" },
	{ 0xc0000225, "STATUS_NOT_FOUND", AD_ERR_NOTFOUND,
		"the file server does not have the requested object", NULL },
	{ 0xc0000275, "STATUS_NOT_A_REPARSE_POINT", AD_ERR_FAILED,
		"this file or folder is not a link", NULL },
	{ 0xc000005e, "STATUS_NO_LOGON_SERVERS", AD_ERR_CONNECT,
		"the file server cannot reach a domain controller to check the login",
		"check the connection of the file server to its domain (on Windows: nltest /sc_verify:DOMAIN)" },
	{ 0xc000006a, "STATUS_WRONG_PASSWORD", AD_ERR_CONNECT, "the password is wrong", NULL },
	{ 0xc000006f, "STATUS_INVALID_LOGON_HOURS", AD_ERR_CONNECT,
		"this account may not log in at this time of day", NULL },
	{ 0xc0000070, "STATUS_INVALID_WORKSTATION", AD_ERR_CONNECT,
		"this account may not log in from this machine", NULL },
	{ 0xc0000071, "STATUS_PASSWORD_EXPIRED", AD_ERR_CONNECT, "the password has expired",
		"change it: kpasswd" },
	{ 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE", AD_ERR_CONNECT,
		"the password must be changed before the first login", "change it: kpasswd" },
	{ 0xc0000193, "STATUS_ACCOUNT_EXPIRED", AD_ERR_CONNECT, "the account has expired", NULL },
	{ 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", AD_ERR_CONNECT,
		"the account is locked out after too many wrong passwords",
		"wait until the lock ends, or unlock the account" },
	{ 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", AD_ERR_CONNECT,
		"the trust has selective authentication and does not let this account in",
		"grant \"Allowed to authenticate\" on the file server's account" },
	{ 0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT", AD_ERR_CONNECT,
		"the domain does not have the file server's computer account",
		"join the file server to the domain again" },
	{ 0xc00002fd, "STATUS_KDC_UNKNOWN_ETYPE", AD_ERR_CONNECT,
		"file server and domain have no type of encryption in common",
		"check msDS-SupportedEncryptionTypes of the file server's account; a new password makes AES keys" },
	{ 0xc0000388, "STATUS_DOWNGRADE_DETECTED", AD_ERR_CONNECT,
		"Kerberos failed, and the file server accepts nothing weaker",
		"check that the KDCs of both domains can be reached and that the name has a service principal name" },
	{ 0xc00000bb, "STATUS_NOT_SUPPORTED", AD_ERR_FAILED, "the server does not support this",
		NULL },
	{ 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST", AD_ERR_FAILED,
		"the server does not support this for such an object", NULL },
	{ 0xc000000d, "STATUS_INVALID_PARAMETER", AD_ERR_FAILED,
		"the server reports an invalid request", NULL },
	{ 0xc0000205, "STATUS_INSUFF_SERVER_RESOURCES", AD_ERR_FAILED,
		"the server is short of resources", "try again later" },
	{ 0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED", AD_ERR_CONNECT,
		"the server accepts no more connections", "try again later" },
	{ 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE", AD_ERR_FAILED,
		"the server's service is busy or not running", "try again later" },
	{ 0xc00000ae, "STATUS_PIPE_BUSY", AD_ERR_FAILED, "the server's service is busy",
		"try again later" },
	{ 0xc00000b0, "STATUS_PIPE_DISCONNECTED", AD_ERR_FAILED,
		"the server's service has ended the connection", "try again" },
	{ 0xc000014b, "STATUS_PIPE_BROKEN", AD_ERR_FAILED,
		"the server's service has ended the connection", "try again" },
	{ 0xc0000023, "STATUS_BUFFER_TOO_SMALL", AD_ERR_FAILED,
		"the descriptor is larger than 64 KiB", NULL },
	{ 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES", AD_ERR_FAILED,
		"the server is short of resources", "try again later" },
	{ 0xc00000a2, "STATUS_MEDIA_WRITE_PROTECTED", AD_ERR_FAILED,
		"the share cannot be written to", NULL },
};

static const struct words errors[] = {
	{ 2, "ERROR_FILE_NOT_FOUND", AD_ERR_NOTFOUND,
		"the folder does not exist on the file server", "create it there first" },
	{ 3, "ERROR_PATH_NOT_FOUND", AD_ERR_NOTFOUND,
		"the folder does not exist on the file server", "create it there first" },
	{ 5, "ERROR_ACCESS_DENIED", AD_ERR_FAILED, "the file server denies access", ADMINS },
	{ 50, "ERROR_NOT_SUPPORTED", AD_ERR_FAILED, "the server does not support this", NULL },
	{ 53, "ERROR_BAD_NETPATH", AD_ERR_NOTFOUND,
		"the server does not recognise itself by this name", "use its DNS name" },
	{ 67, "ERROR_BAD_NET_NAME", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows the shares of the server" },
	{ 80, "ERROR_FILE_EXISTS", AD_ERR_CONFLICT, "a share of this name already exists", NULL },
	{ 87, "ERROR_INVALID_PARAMETER", AD_ERR_FAILED, "the server reports an invalid request",
		NULL },
	{ 123, "ERROR_INVALID_NAME", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows the shares of the server" },
	{ 124, "ERROR_INVALID_LEVEL", AD_ERR_FAILED,
		"the server does not know this kind of information", NULL },
	{ 1338, "ERROR_INVALID_SECURITY_DESCR", AD_ERR_FAILED,
		"the server does not accept this security descriptor", NULL },
	{ 1722, "RPC_S_SERVER_UNAVAILABLE", AD_ERR_FAILED, "the server's service is not running",
		NULL },
	{ 2116, "NERR_DeviceIsShared", AD_ERR_CONFLICT, "it is already shared", NULL },
	{ 2118, "NERR_DuplicateShare", AD_ERR_CONFLICT, "a share of this name already exists",
		NULL },
	{ 2310, "NERR_NetNameNotFound", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows the shares of the server" },
	{ 0x1c010002, "nca_op_rng_error", AD_ERR_FAILED, "the server does not have this function",
		NULL },
	{ 0x1c010003, "nca_unk_if", AD_ERR_FAILED, "the server does not have this service", NULL },
	{ 0x000006f7, "RPC_X_BAD_STUB_DATA", AD_ERR_FAILED,
		"the server could not read the request's arguments", NULL },
};

static const struct words *find(const struct words *list, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].code == code)
			return &list[i];
	return NULL;
}

static bool fill(struct ad_err *err, const char *domain, const struct words *w, uint32_t code,
	const char *op, const char *where)
{
	if (!err)
		return false;
	if (w)
		ad_err_set(err, w->kind, domain, (long)code, "%s", w->message);
	else
		ad_err_set(err, AD_ERR_FAILED, domain, (long)code,
			"the file server answered with code 0x%08x", (unsigned)code);
	if (w && w->hint)
		ad_err_hint(err, "%s", w->hint);
	snprintf(err->name, sizeof err->name, "%s", w ? w->name : "");
	return ad_err_where(err, op, where);
}

bool ad_smb_err(struct ad_err *err, uint32_t status, const char *op, const char *where)
{
	return fill(err, "smb", find(statuses, sizeof statuses / sizeof *statuses, status), status,
		op, where);
}

bool ad_smb_login_err(struct ad_err *err, uint32_t status)
{
	static const struct words refused = {
		STATUS_ACCESS_DENIED, "STATUS_ACCESS_DENIED", AD_ERR_CONNECT,
		"the file server refuses the login",
		"it may require encryption, or its own name in the ticket (SmbServerNameHardeningLevel), or not admit this account over the network; check its event log"
	};

	if (status == STATUS_ACCESS_DENIED)
		return fill(err, "smb", &refused, status, "log in", NULL);
	return ad_smb_err(err, status, "log in", NULL);
}

bool ad_smb_werr(
	struct ad_err *err, const char *domain, uint32_t code, const char *op, const char *where)
{
	fill(err, domain, find(errors, sizeof errors / sizeof *errors, code), code, op, where);
	if (err)
		err->win32 = code;
	return false;
}
