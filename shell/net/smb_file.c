/* Files, folders and pipes on a connection: opening, descriptors, bytes. See smb.h. */
#include "base/mem.h"
#include "codec/access.h"
#include "net/smb_priv.h"

#include <stdlib.h>
#include <string.h>

#define ACCESS_SYSTEM_SECURITY 0x1000000u
#define MOST 1000000 /* things in one folder */

/* ---- opening ---- */

bool ad_smb_create(struct ad_smb *smb, const struct ad_smb_tree *tree, const char *path,
	const struct ad_smb_opening *how, unsigned char id[AD_SMB_FILE_ID], bool *folder,
	const char *op, const char *where, struct ad_err *err)
{
	struct ad_smb_reply r;
	struct ad_buf b;
	bool ok;

	ad_smb_begin(&b);
	if (!ad_smb_create_encode(&b, path, how->access, how->disposition, how->options)) {
		ad_buf_clear(&b);
		ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid path: %s", path);
		return ad_err_where(err, op, where);
	}
	if (!ad_smb_call(smb, AD_SMB_CREATE, tree, &b, 0, &r, op, where, err))
		return false;
	ok = ad_smb_create_decode(id, r.bytes.data, r.bytes.len);
	if (ok && folder)
		*folder =
			ad_get_u32(r.bytes.data + AD_SMB_HEADER + 56) & AD_SMB_ATTRIBUTE_DIRECTORY;
	ad_buf_clear(&r.bytes);
	return ok || ad_smb_malformed(smb, op, err);
}

void ad_smb_close(
	struct ad_smb *smb, const struct ad_smb_tree *tree, const unsigned char id[AD_SMB_FILE_ID])
{
	struct ad_smb_reply r;
	struct ad_buf b;

	if (smb->broken)
		return;
	ad_smb_begin(&b);
	ad_smb_close_encode(&b, id);
	if (ad_smb_exchange(smb, AD_SMB_CLOSE, tree, &b, 0, &r, NULL))
		ad_buf_clear(&r.bytes);
	ad_buf_clear(&b);
}

/* ---- descriptors ---- */

char *ad_smb_plain_path(const char *path)
{
	char *copy, *p;

	path += strspn(path, "/\\");
	copy = ad_strdup(path);
	for (p = copy; *p; p++)
		if (*p == '/')
			*p = '\\';
	while (p > copy && p[-1] == '\\')
		*--p = 0;
	return copy;
}

void ad_smb_target_close(struct ad_smb_target *t)
{
	ad_smb_close(t->smb, &t->tree, t->id);
	free(t->path);
	free(t->where);
}

/* A link of DFS can be opened, and nothing can be done with it. */
static void explain(const struct ad_smb_target *t, struct ad_err *err)
{
	if (t->tree.dfs && err && err->code == (long)AD_SMB_STATUS_ACCESS_DENIED)
		ad_err_hint(err,
			"if this is a DFS link, name the server and the share that it leads to; otherwise ask someone who may change the permissions there");
}

/* *gone: the share was taken away since it was connected to, and may be there again. */
static bool open_in_share(struct ad_smb_target *t, const char *share,
	const struct ad_smb_opening *how, bool *folder, const char *op, bool *gone,
	struct ad_err *err)
{
	bool ok = ad_smb_tree(&t->tree, t->smb, share, err) &&
		  ad_smb_create(t->smb, &t->tree, t->path, how, t->id, folder, op, t->where, err);

	*gone = !ok && err->code == (long)AD_SMB_STATUS_NAME_DELETED;
	return ok;
}

bool ad_smb_target_open(struct ad_smb_target *t, struct ad_smb *smb, const char *share,
	const char *path, const struct ad_smb_opening *how, bool *folder, const char *op,
	struct ad_err *err)
{
	struct ad_smb_opening all = *how;
	struct ad_err own;
	bool gone;

	err = err ? err : &own;
	all.access |= AD_SMB_READ_ATTRIBUTES | AD_SMB_SYNCHRONIZE;
	all.options |= AD_SMB_LINK_ITSELF;
	memset(t, 0, sizeof *t);
	t->smb = smb;
	t->path = ad_smb_plain_path(path);
	t->where = ad_format("\\\\%s\\%s%s%s", smb->host, share, *t->path ? "\\" : "", t->path);
	if (open_in_share(t, share, &all, folder, op, &gone, err) ||
		(gone && open_in_share(t, share, &all, folder, op, &gone, err)))
		return true;
	explain(t, err);
	free(t->path);
	free(t->where);
	return false;
}

/* As it is, for these rights. */
static bool target_open(struct ad_smb_target *t, struct ad_smb *smb, const char *share,
	const char *path, uint32_t access, bool *folder, const char *op, struct ad_err *err)
{
	struct ad_smb_opening how = { .access = access, .disposition = AD_SMB_OPEN };

	return ad_smb_target_open(t, smb, share, path, &how, folder, op, err);
}

bool ad_smb_target_call(struct ad_smb_target *t, enum ad_smb_command command, struct ad_buf *b,
	const char *op, struct ad_err *err)
{
	struct ad_smb_reply r;
	bool ok = ad_smb_call(t->smb, command, &t->tree, b, 0, &r, op, t->where, err);

	if (ok)
		ad_buf_clear(&r.bytes);
	return ok;
}

bool ad_smb_get_security(struct ad_smb *smb, const char *share, const char *path, uint32_t which,
	bool to_write, struct ad_buf *out, bool *folder, struct ad_err *err)
{
	static const char op[] = "read the permissions";
	uint32_t access = AD_RIGHT_READ_CONTROL |
			  (which & AD_SECURITY_SACL ? ACCESS_SYSTEM_SECURITY : 0) |
			  (to_write ? AD_RIGHT_WRITE_DACL : 0);
	struct ad_smb_bytes sd;
	struct ad_smb_reply r;
	struct ad_smb_target t;
	struct ad_buf b;
	bool ok;

	if (!target_open(&t, smb, share, path, access, folder, op, err))
		return false;
	ad_smb_begin(&b);
	ad_smb_query_security_encode(&b, t.id, which, AD_SMB_CHUNK);
	ok = ad_smb_call(smb, AD_SMB_QUERY_INFO, &t.tree, &b, 0, &r, op, t.where, err);
	if (ok) {
		ok = ad_smb_query_decode(&sd, r.bytes.data, r.bytes.len);
		if (ok)
			ad_buf_add(out, sd.p, sd.n);
		else
			ad_smb_malformed(smb, op, err);
		ad_buf_clear(&r.bytes);
	} else {
		explain(&t, err);
	}
	ad_smb_target_close(&t);
	return ok;
}

bool ad_smb_target_secure(struct ad_smb_target *t, uint32_t which, const void *sd, size_t n,
	const char *op, struct ad_err *err)
{
	struct ad_buf b;

	if (n > AD_SMB_CHUNK)
		return ad_err_set(err, AD_ERR_FAILED, "data", 0,
			"the security descriptor is larger than 64 KiB");
	ad_smb_begin(&b);
	ad_smb_set_security_encode(&b, t->id, which, sd, n);
	return ad_smb_target_call(t, AD_SMB_SET_INFO, &b, op, err);
}

bool ad_smb_set_security(struct ad_smb *smb, const char *share, const char *path, uint32_t which,
	const void *sd, size_t n, struct ad_err *err)
{
	static const char op[] = "write the permissions";
	uint32_t access = 0;
	struct ad_smb_target t;
	bool ok;

	if (which & (AD_SECURITY_DACL | AD_SECURITY_PROTECTED_DACL | AD_SECURITY_UNPROTECTED_DACL))
		access |= AD_RIGHT_WRITE_DACL;
	if (which & (AD_SECURITY_OWNER | AD_SECURITY_GROUP))
		access |= AD_RIGHT_WRITE_OWNER;
	if (which & AD_SECURITY_SACL)
		access |= ACCESS_SYSTEM_SECURITY;
	if (!target_open(&t, smb, share, path, access, NULL, op, err))
		return false;
	ok = ad_smb_target_secure(&t, which, sd, n, op, err);
	ad_smb_target_close(&t);
	return ok;
}

/* ---- what is in a folder ---- */

/* One answer. *n: how many were seen so far. */
static bool visit_all(struct ad_smb *smb, const struct ad_smb_reply *r, ad_smb_visit *visit,
	void *arg, size_t *n, const char *op, struct ad_err *err)
{
	struct ad_smb_bytes list;
	struct ad_smb_found f;
	size_t at = 0, before = *n;
	int got;

	if (!ad_smb_query_decode(&list, r->bytes.data, r->bytes.len))
		return ad_smb_malformed(smb, op, err);
	while ((got = ad_smb_found_decode(&f, list.p, list.n, &at)) > 0) {
		struct ad_smb_child c = { .name = f.name, .id = f.id };
		bool ok;

		c.folder = f.attributes & AD_SMB_ATTRIBUTE_DIRECTORY;
		c.link = f.attributes & AD_SMB_ATTRIBUTE_REPARSE_POINT;
		ok = (f.name && strcmp(f.name, "..") == 0) || visit(arg, &c, err);
		free(f.name);
		if (!ok)
			return false;
		++*n;
	}
	/* nothing, or no end: that would never be over */
	return (got == 0 && *n > before && *n < MOST) || ad_smb_malformed(smb, op, err);
}

static bool next_some(struct ad_smb_target *t, struct ad_smb_reply *r, bool first, bool *end,
	const char *op, struct ad_err *err)
{
	struct ad_buf b;

	ad_smb_begin(&b);
	ad_smb_query_directory_encode(&b, t->id, AD_SMB_CHUNK);
	if (!ad_smb_call(t->smb, AD_SMB_QUERY_DIRECTORY, &t->tree, &b, AD_SMB_STATUS_NO_MORE_FILES,
		    r, op, t->where, err)) {
		*end = first && err->code == (long)AD_SMB_STATUS_NO_SUCH_FILE;
		return *end;
	}
	*end = r->h.status == AD_SMB_STATUS_NO_MORE_FILES;
	if (*end)
		ad_buf_clear(&r->bytes);
	return true;
}

bool ad_smb_list(struct ad_smb *smb, const char *share, const char *path, ad_smb_visit *visit,
	void *arg, struct ad_err *err)
{
	static const char op[] = "list the folder";
	struct ad_smb_reply r;
	struct ad_err own;
	struct ad_smb_target t;
	bool ok, end = false;
	size_t n = 0;

	err = err ? err : &own;
	if (!target_open(&t, smb, share, path, AD_SMB_READ_DATA, NULL, op, err))
		return false;
	do {
		ok = next_some(&t, &r, n == 0, &end, op, err);
		if (ok && !end) {
			ok = visit_all(smb, &r, visit, arg, &n, op, err);
			ad_buf_clear(&r.bytes);
		}
	} while (ok && !end);
	ad_smb_target_close(&t);
	return ok;
}

/* ---- pipes ---- */

struct ad_smb_pipe {
	struct ad_smb *smb;
	struct ad_smb_tree tree;
	unsigned char id[AD_SMB_FILE_ID];
	char *name;
};

bool ad_smb_pipe_open(
	struct ad_smb_pipe **out, struct ad_smb *smb, const char *name, struct ad_err *err)
{
	static const struct ad_smb_opening how = {
		AD_SMB_READ_DATA | AD_SMB_WRITE_DATA | AD_SMB_READ_ATTRIBUTES | AD_SMB_SYNCHRONIZE,
		0, AD_SMB_OPEN
	};
	struct ad_smb_pipe *p;
	struct ad_smb_tree tree;

	if (!ad_smb_tree(&tree, smb, "IPC$", err))
		return false;
	p = ad_alloc(sizeof *p);
	p->smb = smb;
	p->tree = tree;
	p->name = ad_strdup(name);
	if (ad_smb_create(smb, &p->tree, name, &how, p->id, NULL, "open the service", name, err)) {
		*out = p;
		return true;
	}
	free(p->name);
	free(p);
	return false;
}

void ad_smb_pipe_close(struct ad_smb_pipe *p)
{
	if (!p)
		return;
	ad_smb_close(p->smb, &p->tree, p->id);
	free(p->name);
	free(p);
}

bool ad_smb_pipe_write(struct ad_smb_pipe *p, const void *bytes, size_t n, struct ad_err *err)
{
	struct ad_smb_reply r;
	uint32_t count;
	struct ad_buf b;
	bool ok;

	ad_smb_begin(&b);
	ad_smb_write_encode(&b, p->id, 0, bytes, n);
	if (!ad_smb_call(p->smb, AD_SMB_WRITE, &p->tree, &b, 0, &r, "write", p->name, err))
		return false;
	ok = ad_smb_write_decode(&count, r.bytes.data, r.bytes.len) && count == n;
	ad_buf_clear(&r.bytes);
	return ok || ad_smb_malformed(p->smb, "write", err);
}

/* What an answer carries: nothing at all would let us ask for ever. */
static bool take(struct ad_smb_pipe *p, struct ad_smb_reply *r, const char *op,
	bool (*decode)(struct ad_smb_bytes *, const unsigned char *, size_t), struct ad_buf *out,
	struct ad_err *err)
{
	struct ad_smb_bytes got;
	bool ok = decode(&got, r->bytes.data, r->bytes.len) && got.n > 0;

	if (ok)
		ad_buf_add(out, got.p, got.n);
	ad_buf_clear(&r->bytes);
	return ok || ad_smb_malformed(p->smb, op, err);
}

bool ad_smb_pipe_read(struct ad_smb_pipe *p, struct ad_buf *out, struct ad_err *err)
{
	struct ad_smb_reply r;
	struct ad_buf b;

	ad_smb_begin(&b);
	ad_smb_read_encode(&b, p->id, 0, AD_SMB_CHUNK);
	return ad_smb_call(p->smb, AD_SMB_READ, &p->tree, &b, AD_SMB_STATUS_MORE_DATA, &r, "read",
		       p->name, err) &&
	       take(p, &r, "read", ad_smb_read_decode, out, err);
}

bool ad_smb_pipe_transceive(
	struct ad_smb_pipe *p, const void *bytes, size_t n, struct ad_buf *out, struct ad_err *err)
{
	struct ad_smb_reply r;
	struct ad_buf b;

	ad_smb_begin(&b);
	ad_smb_transceive_encode(&b, p->id, bytes, n, AD_SMB_CHUNK);
	return ad_smb_call(p->smb, AD_SMB_IOCTL, &p->tree, &b, AD_SMB_STATUS_MORE_DATA, &r, "call",
		       p->name, err) &&
	       take(p, &r, "call", ad_smb_ioctl_decode, out, err);
}
