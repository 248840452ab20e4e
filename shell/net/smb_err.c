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

#define ADMINS                                                                                     \
	"shares are administered by members of Administrators on the file server (on Samba: with " \
	"SeDiskOperatorPrivilege); an object's own access list by who has the right to change it"

static const struct words statuses[] = {
	{ 0xc0000022, "STATUS_ACCESS_DENIED", AD_ERR_FAILED, "the file server denies access",
		ADMINS },
	{ 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD", AD_ERR_FAILED,
		"a privilege on the file server is missing",
		"audit entries need SeSecurityPrivilege, foreign owners SeRestorePrivilege: be an administrator there" },
	{ 0xc000005a, "STATUS_INVALID_OWNER", AD_ERR_FAILED,
		"this owner cannot be assigned by this user", NULL },
	{ 0xc0000077, "STATUS_INVALID_ACL", AD_ERR_FAILED,
		"the server does not take this access list", NULL },
	{ 0xc0000079, "STATUS_INVALID_SECURITY_DESCR", AD_ERR_FAILED,
		"the server does not take this security descriptor", NULL },
	{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND", AD_ERR_NOTFOUND,
		"there is no such file or folder", "check the path; it starts at the share" },
	{ 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND", AD_ERR_NOTFOUND,
		"a folder on the way to it does not exist",
		"check the path; it starts at the share" },
	{ 0xc0000033, "STATUS_OBJECT_NAME_INVALID", AD_ERR_USAGE,
		"this cannot be the name of a file or folder", NULL },
	{ 0xc00000cc, "STATUS_BAD_NETWORK_NAME", AD_ERR_NOTFOUND,
		"the server has no share of this name",
		"share.list shows those it has; one that is listed and not there stands for a share of another server (DFS, on Samba \"msdfs proxy\"): name that one" },
	{ 0xc0000043, "STATUS_SHARING_VIOLATION", AD_ERR_FAILED,
		"somebody has it open and shares it with nobody", "try again later" },
	{ 0xc0000257, "STATUS_PATH_NOT_COVERED", AD_ERR_FAILED,
		"this is a DFS link: what it stands for is on another server",
		"name that server and its share instead of the DFS path" },
	{ 0xc000019c, "STATUS_FS_DRIVER_REQUIRED", AD_ERR_FAILED,
		"the server does not resolve DFS paths",
		"name the server and its share instead of the DFS path" },
	{ 0xc000006d, "STATUS_LOGON_FAILURE", AD_ERR_CONNECT,
		"the file server does not accept this login",
		"is the server joined to the domain, and does it know the ticket's realm?" },
	{ 0xc000006e, "STATUS_ACCOUNT_RESTRICTION", AD_ERR_CONNECT,
		"a restriction of this account forbids the login", NULL },
	{ 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED", AD_ERR_CONNECT,
		"this user may not log in to the file server over the network",
		"the user right \"Access this computer from the network\" is missing" },
	{ 0xc0000072, "STATUS_ACCOUNT_DISABLED", AD_ERR_CONNECT, "the account is disabled", NULL },
	{ 0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC", AD_ERR_CONNECT, "the clocks differ too much",
		"set this machine's clock as the domain's" },
	{ 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED", AD_ERR_CONNECT,
		"the ticket of this connection has expired", "get a new ticket: kinit" },
	{ 0xc0000203, "STATUS_USER_SESSION_DELETED", AD_ERR_CONNECT,
		"the file server has ended the session", "try again" },
	{ 0xc00000c9, "STATUS_NETWORK_NAME_DELETED", AD_ERR_CONNECT,
		"the share has gone while it was used", NULL },
	{ 0xc00000bb, "STATUS_NOT_SUPPORTED", AD_ERR_FAILED, "the server does not support this",
		NULL },
	{ 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST", AD_ERR_FAILED,
		"the server cannot do this with such an object", NULL },
	{ 0xc000000d, "STATUS_INVALID_PARAMETER", AD_ERR_FAILED,
		"the server finds a mistake in the request", NULL },
	{ 0xc0000205, "STATUS_INSUFF_SERVER_RESOURCES", AD_ERR_FAILED,
		"the server is short of resources", "try again later" },
	{ 0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED", AD_ERR_CONNECT,
		"the server takes no more connections", "try again later" },
	{ 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE", AD_ERR_FAILED,
		"the server's service is busy or does not run", "try again later" },
	{ 0xc0000023, "STATUS_BUFFER_TOO_SMALL", AD_ERR_FAILED,
		"the descriptor is larger than 64 KiB", NULL },
	{ 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES", AD_ERR_FAILED,
		"the server is short of resources", "try again later" },
	{ 0xc00000a2, "STATUS_MEDIA_WRITE_PROTECTED", AD_ERR_FAILED,
		"the share cannot be written to", NULL },
};

static const struct words errors[] = {
	{ 2, "ERROR_FILE_NOT_FOUND", AD_ERR_NOTFOUND,
		"the folder does not exist on the file server", "make it there first" },
	{ 3, "ERROR_PATH_NOT_FOUND", AD_ERR_NOTFOUND,
		"the folder does not exist on the file server", "make it there first" },
	{ 5, "ERROR_ACCESS_DENIED", AD_ERR_FAILED, "the file server denies access", ADMINS },
	{ 50, "ERROR_NOT_SUPPORTED", AD_ERR_FAILED, "the server does not support this", NULL },
	{ 53, "ERROR_BAD_NETPATH", AD_ERR_NOTFOUND, "the server does not know itself by this name",
		"use its DNS name" },
	{ 67, "ERROR_BAD_NET_NAME", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows those it has" },
	{ 80, "ERROR_FILE_EXISTS", AD_ERR_CONFLICT, "there is a share of this name already", NULL },
	{ 87, "ERROR_INVALID_PARAMETER", AD_ERR_FAILED, "the server finds a mistake in the request",
		NULL },
	{ 123, "ERROR_INVALID_NAME", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows those it has" },
	{ 124, "ERROR_INVALID_LEVEL", AD_ERR_FAILED,
		"the server does not know this kind of information", NULL },
	{ 1338, "ERROR_INVALID_SECURITY_DESCR", AD_ERR_FAILED,
		"the server does not take this security descriptor", NULL },
	{ 1722, "RPC_S_SERVER_UNAVAILABLE", AD_ERR_FAILED, "the server's service does not run",
		NULL },
	{ 2116, "NERR_DeviceIsShared", AD_ERR_CONFLICT, "it is shared already", NULL },
	{ 2118, "NERR_DuplicateShare", AD_ERR_CONFLICT, "there is a share of this name already",
		NULL },
	{ 2310, "NERR_NetNameNotFound", AD_ERR_NOTFOUND, "the server has no share of this name",
		"share.list shows those it has" },
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

bool ad_smb_werr(
	struct ad_err *err, const char *domain, uint32_t code, const char *op, const char *where)
{
	fill(err, domain, find(errors, sizeof errors / sizeof *errors, code), code, op, where);
	if (err)
		err->win32 = code;
	return false;
}
