/* What files hold, and files and folders that come and go. See smb.h. */
#include "base/mem.h"
#include "codec/access.h"
#include "net/digest.h"
#include "net/smb_priv.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPORARY 26 /* length of "~adsh-0123456789abcdef.tmp" */
#define SD_HEADER 20 /* of a self-relative descriptor (MS-DTYP 2.4.6) */

/* ---- reading ---- */

/* The next bytes; *end: there are no more. */
static bool read_some(struct ad_smb_target *t, struct ad_buf *out, uint64_t offset, bool *end,
	const char *op, struct ad_err *err)
{
	struct ad_smb_bytes got = { NULL, 0 };
	struct ad_smb_reply r;
	struct ad_buf b;
	bool ok;

	ad_smb_begin(&b);
	ad_smb_read_encode(&b, t->id, offset, AD_SMB_CHUNK);
	if (!ad_smb_call(t->smb, AD_SMB_READ, &t->tree, &b, AD_SMB_STATUS_END_OF_FILE, &r, op,
		    t->where, err))
		return false;
	*end = r.h.status == AD_SMB_STATUS_END_OF_FILE;
	ok = *end || (ad_smb_read_decode(&got, r.bytes.data, r.bytes.len) && got.n > 0);
	ad_buf_add(out, got.p, got.n);
	ad_buf_clear(&r.bytes);
	return ok || ad_smb_malformed(t->smb, op, err);
}

static bool read_all(
	struct ad_smb_target *t, struct ad_buf *out, const char *op, struct ad_err *err)
{
	size_t start = out->len;
	bool end = false;

	while (!end) {
		if (!read_some(t, out, out->len - start, &end, op, err))
			return false;
		if (out->len - start > AD_SMB_FILE_MOST) {
			ad_err_set(err, AD_ERR_REFUSED, "smb", 0, "the file is larger than %u MiB",
				AD_SMB_FILE_MOST >> 20);
			return ad_err_where(err, op, t->where);
		}
	}
	return true;
}

bool ad_smb_read(struct ad_smb *smb, const char *share, const char *path, struct ad_buf *out,
	struct ad_err *err)
{
	static const char op[] = "read the file";
	static const struct ad_smb_opening how = { AD_SMB_READ_DATA, AD_SMB_IS_FILE, AD_SMB_OPEN };
	struct ad_smb_target t;
	size_t start = out->len;
	bool ok;

	if (!ad_smb_target_open(&t, smb, share, path, &how, NULL, op, err))
		return false;
	ok = read_all(&t, out, op, err);
	if (!ok)
		out->len = start;
	ad_smb_target_close(&t);
	return ok;
}

/* ---- writing ---- */

static bool write_all(struct ad_smb_target *t, const unsigned char *p, size_t n, const char *op,
	struct ad_err *err)
{
	for (size_t at = 0; at < n;) {
		size_t chunk = n - at < AD_SMB_CHUNK ? n - at : AD_SMB_CHUNK;
		struct ad_smb_reply r;
		uint32_t count;
		struct ad_buf b;
		bool ok;

		ad_smb_begin(&b);
		ad_smb_write_encode(&b, t->id, at, p + at, chunk);
		if (!ad_smb_call(t->smb, AD_SMB_WRITE, &t->tree, &b, 0, &r, op, t->where, err))
			return false;
		ok = ad_smb_write_decode(&count, r.bytes.data, r.bytes.len) && count == chunk;
		ad_buf_clear(&r.bytes);
		if (!ok)
			return ad_smb_malformed(t->smb, op, err);
		at += chunk;
	}
	return true;
}

static bool set_info(struct ad_smb_target *t, enum ad_smb_file_info info, const struct ad_buf *v,
	const char *op, struct ad_err *err)
{
	struct ad_buf b;

	ad_smb_begin(&b);
	ad_smb_set_file_encode(&b, t->id, info, v->data, v->len);
	return ad_smb_target_call(t, AD_SMB_SET_INFO, &b, op, err);
}

static bool move(struct ad_smb_target *t, const char *target, bool replace, const char *op,
	struct ad_err *err)
{
	struct ad_buf v = AD_BUF_INIT;
	bool ok = ad_smb_rename_encode(&v, target, replace);

	if (!ok) {
		ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid path: %s", target);
		ad_err_where(err, op, t->where);
	}
	ok = ok && set_info(t, AD_SMB_RENAME, &v, op, err);
	ad_buf_clear(&v);
	return ok;
}

/* Whether it goes when it is closed, by us or by the server when the connection is lost. */
static bool dispose(struct ad_smb_target *t, bool goes, const char *op, struct ad_err *err)
{
	struct ad_buf v = AD_BUF_INIT;
	bool ok;

	ad_buf_addc(&v, goes);
	ok = set_info(t, AD_SMB_DISPOSITION, &v, op, err);
	ad_buf_clear(&v);
	return ok;
}

bool ad_smb_is_temporary(const char *name)
{
	size_t n = strlen(name);

	return n == TEMPORARY && memcmp(name, "~adsh-", 6) == 0 &&
	       strcmp(name + n - 4, ".tmp") == 0;
}

/* In the folder of path: allocated. */
static char *beside(const char *path, const char *id)
{
	const char *last = strrchr(path, '\\');

	return ad_format("%.*s~adsh-%.16s.tmp", (int)(last ? last + 1 - path : 0), path, id);
}

/* The name that follows from what is written: who writes the same again meets what a killed adsh
 * has left. */
static char *usual_name(const char *path, const void *bytes, size_t n)
{
	const char *last = strrchr(path, '\\');
	struct ad_sha256 *h = ad_sha256_begin();
	char id[AD_SHA256_TEXT];

	last = last ? last + 1 : path;
	ad_sha256_add(h, last, strlen(last) + 1);
	ad_sha256_add(h, bytes, n);
	ad_sha256_end(h, id);
	return beside(path, id);
}

/* One that nobody else has. */
static char *other_name(const char *path)
{
	unsigned char r[8];
	char id[2 * sizeof r + 1];

	gnutls_rnd(GNUTLS_RND_NONCE, r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		snprintf(id + 2 * i, 3, "%02x", r[i]);
	return beside(path, id);
}

/* The DACL of what is there, to be kept; nothing when there is nothing. */
static bool old_dacl(struct ad_buf *out, struct ad_smb *smb, const char *share, const char *path,
	struct ad_err *err)
{
	struct ad_err own;
	bool folder = false;

	err = err ? err : &own;
	if (!ad_smb_get_security(smb, share, path, AD_SECURITY_DACL, false, out, &folder, err))
		return err->kind == AD_ERR_NOTFOUND;
	if (out->len < SD_HEADER)
		return ad_smb_malformed(smb, "write the file", err);
	if (folder) {
		ad_err_set(err, AD_ERR_CONFLICT, "smb", 0, "it is a folder, not a file");
		return ad_err_where(err, "write the file", path);
	}
	return true;
}

/* The parts of sd that it has; without an owner only the DACL. */
static bool secure(
	struct ad_smb_target *t, const struct ad_buf *sd, const char *op, struct ad_err *err)
{
	uint32_t which = AD_SECURITY_DACL;
	unsigned control;
	struct ad_buf own = AD_BUF_INIT;
	bool ok;

	if (!sd || !sd->len)
		return true;
	ad_buf_add(&own, sd->data, sd->len);
	control = ad_get_u16(own.data + 2);
	which |= control & AD_SD_DACL_PROTECTED ? AD_SECURITY_PROTECTED_DACL
						: AD_SECURITY_UNPROTECTED_DACL;
	if (ad_get_u32(own.data + 4))
		which |= AD_SECURITY_OWNER | AD_SECURITY_GROUP;
	if (control & AD_SD_DACL_AUTO_INHERITED) /* kept only when asked for */
		own.data[3] |= AD_SD_DACL_AUTO_INHERIT_REQ >> 8;
	ok = ad_smb_target_secure(t, which, own.data, own.len, op, err);
	ad_buf_clear(&own);
	return ok;
}

/* What a new one is opened for. */
static struct ad_smb_opening making(uint32_t options, const struct ad_buf *sd)
{
	struct ad_smb_opening how = { AD_SMB_DELETE, options, AD_SMB_MAKE };

	if (sd && sd->len)
		how.access |=
			AD_RIGHT_WRITE_DACL | (ad_get_u32(sd->data + 4) ? AD_RIGHT_WRITE_OWNER : 0);
	return how;
}

/* Under the name t has, which then becomes path. Until then it goes when we do. */
static bool fill(struct ad_smb_target *t, const char *path, const void *bytes, size_t n,
	const struct ad_buf *sd, const char *op, struct ad_err *err)
{
	if (dispose(t, true, op, err) && write_all(t, bytes, n, op, err) &&
		secure(t, sd, op, err) && dispose(t, false, op, err) &&
		move(t, path, true, op, err))
		return true;
	if (ad_smb_alive(t->smb))
		dispose(t, true, op, NULL);
	return false;
}

/* The error is not about the other name. */
static void blame(
	struct ad_smb *smb, const char *share, const char *path, const char *op, struct ad_err *err)
{
	char *where = ad_format("\\\\%s\\%s\\%s", smb->host, share, path);

	ad_err_where(err, op, where);
	free(where);
}

/* Something has the name, or has had it a moment ago. */
static bool is_in_the_way(const struct ad_err *err)
{
	return err->code == (long)AD_SMB_STATUS_NAME_COLLISION ||
	       err->code == (long)AD_SMB_STATUS_IS_FOLDER ||
	       err->code == (long)AD_SMB_STATUS_DELETE_PENDING;
}

/* Opens a new file beside path. What is left there under the usual name goes; it may take the
 * server a moment, so the new one has another name then. */
static bool open_beside(struct ad_smb_target *t, struct ad_smb *smb, const char *share,
	const char *path, const void *bytes, size_t n, const struct ad_smb_opening *how,
	const char *op, struct ad_err *err)
{
	char *name = usual_name(path, bytes, n);
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	ok = ad_smb_target_open(t, smb, share, name, how, NULL, op, err);
	if (!ok && is_in_the_way(err)) {
		ad_smb_remove(smb, share, name, false, NULL);
		free(name);
		name = other_name(path);
		ok = ad_smb_alive(smb) &&
		     ad_smb_target_open(t, smb, share, name, how, NULL, op, err);
	}
	free(name);
	return ok;
}

bool ad_smb_write(struct ad_smb *smb, const char *share, const char *path, const void *bytes,
	size_t n, const struct ad_buf *sd, struct ad_err *err)
{
	static const char op[] = "write the file";
	char *plain = ad_smb_plain_path(path);
	struct ad_buf old = AD_BUF_INIT;
	struct ad_smb_opening how;
	struct ad_smb_target t;
	bool ok = sd || old_dacl(&old, smb, share, plain, err);

	sd = sd ? sd : &old;
	how = making(AD_SMB_IS_FILE, sd);
	how.access |= AD_SMB_WRITE_DATA;
	ok = ok && open_beside(&t, smb, share, plain, bytes, n, &how, op, err);
	if (ok) {
		ok = fill(&t, plain, bytes, n, sd, op, err);
		ad_smb_target_close(&t);
	}
	if (!ok)
		blame(smb, share, plain, op, err);
	ad_buf_clear(&old);
	free(plain);
	return ok;
}

/* ---- coming and going ---- */

bool ad_smb_make_folder(struct ad_smb *smb, const char *share, const char *path,
	const struct ad_buf *sd, struct ad_err *err)
{
	static const char op[] = "create the folder";
	struct ad_smb_opening how = making(AD_SMB_IS_FOLDER, sd);
	struct ad_smb_target t;
	bool ok;

	if (!ad_smb_target_open(&t, smb, share, path, &how, NULL, op, err))
		return false;
	ok = secure(&t, sd, op, err);
	if (!ok && ad_smb_alive(smb))
		dispose(&t, true, op, NULL);
	ad_smb_target_close(&t);
	return ok;
}

bool ad_smb_remove(
	struct ad_smb *smb, const char *share, const char *path, bool folder, struct ad_err *err)
{
	const char *op = folder ? "remove the folder" : "remove the file";
	struct ad_smb_opening how = { AD_SMB_DELETE, folder ? AD_SMB_IS_FOLDER : AD_SMB_IS_FILE,
		AD_SMB_OPEN };
	struct ad_smb_target t;
	bool ok;

	if (!ad_smb_target_open(&t, smb, share, path, &how, NULL, op, err))
		return false;
	ok = dispose(&t, true, op, err);
	ad_smb_target_close(&t);
	return ok;
}

bool ad_smb_rename(struct ad_smb *smb, const char *share, const char *path, const char *target,
	struct ad_err *err)
{
	static const char op[] = "rename";
	static const struct ad_smb_opening how = { AD_SMB_DELETE, 0, AD_SMB_OPEN };
	char *plain = ad_smb_plain_path(target);
	struct ad_smb_target t;
	bool ok = ad_smb_target_open(&t, smb, share, path, &how, NULL, op, err);

	if (ok) {
		ok = move(&t, plain, false, op, err);
		ad_smb_target_close(&t);
	}
	free(plain);
	return ok;
}
