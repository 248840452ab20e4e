/* Files and folders that come and go, and what files hold. See server_file.h. */
#include "ad/server_file.h"
#include "ad/permission.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/smb_proto.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 10 /* for a folder that is not empty yet */

/* ---- reading ---- */

static bool is_folder(const struct ad_list *is)
{
	char *type = ad_list_value(is, "type");
	bool folder = type && strcmp(type, "folder") == 0;

	free(type);
	return folder;
}

static bool makes_folder(const struct ad_change *c)
{
	const struct ad_edit *is = ad_change_find(c, AD_FILE);

	return is && !is->before.n && is->after.n && is_folder(&is->after);
}

static bool is_as_wanted(const struct ad_change *c, struct ad_entry *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct ad_list now = ad_list_borrow(e, c->edits[i].attr);

		if (!ad_list_equal(&now, &c->edits[i].after, c->edits[i].merge))
			return false;
	}
	return true;
}

/* What of it is wanted besides its type. */
struct reading {
	struct ad_entry **out;
	const struct ad_unc *u;
	const struct ad_change *c;
	bool content, sd, owner;
};

static void put_sid(struct ad_list *is, const char *key, const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];

	if (!sid->len)
		return;
	ad_sid_format(sid, text);
	ad_list_put(is, key, text);
}

/* The type, and the owner where that counts. */
static bool put_type(struct ad_buf *attrs, const struct reading *r, const struct ad_buf *sd,
	bool folder, struct ad_err *err)
{
	struct ad_list is = { NULL, 0 };
	struct ad_sd *d = NULL;
	bool ok = !r->owner || ad_sd_decode(&d, sd->data, sd->len, err);

	ad_list_put(&is, "type", folder ? "folder" : "file");
	if (d) {
		put_sid(&is, "owner", &d->owner);
		put_sid(&is, "group", &d->group);
	}
	ad_list_encode(&is, AD_FILE, attrs);
	ad_list_clear(&is);
	ad_sd_free(d);
	return ok;
}

static void put_bytes(struct ad_buf *attrs, const char *attr, const struct ad_buf *v)
{
	struct ad_list l = { NULL, 0 };

	ad_list_add(&l, v->len ? (const char *)v->data : "", v->len);
	ad_list_encode(&l, attr, attrs);
	ad_list_clear(&l);
}

static bool put_parts(struct ad_buf *attrs, const struct reading *r, struct ad_smb *smb,
	const struct ad_buf *sd, bool folder, struct ad_err *err)
{
	struct ad_buf part = AD_BUF_INIT;
	bool ok = put_type(attrs, r, sd, folder, err);

	if (ok && r->sd) {
		ok = ad_share_plain_sd(&part, sd->data, sd->len, err);
		if (ok)
			put_bytes(attrs, AD_FILE_SD, &part);
		part.len = 0;
	}
	if (ok && r->content && !folder) {
		ok = ad_smb_read(smb, r->u->share, r->u->path, &part, err);
		if (ok)
			put_bytes(attrs, AD_FILE_CONTENT, &part);
	}
	ad_buf_clear(&part);
	return ok;
}

static bool try_read(const struct reading *r, struct ad_smb *smb, struct ad_err *err)
{
	uint32_t which = AD_SECURITY_DACL | (r->owner ? AD_SECURITY_OWNER | AD_SECURITY_GROUP : 0);
	struct ad_buf sd = AD_BUF_INIT, attrs = AD_BUF_INIT;
	bool folder = false, ok;

	ok = ad_smb_get_security(smb, r->u->share, r->u->path, which, false, &sd, &folder, err);
	if (ok)
		ok = put_parts(&attrs, r, smb, &sd, folder, err);
	else
		ok = err->kind == AD_ERR_NOTFOUND &&
		     err->code != (long)AD_SMB_STATUS_BAD_NETWORK_NAME;
	ok = ok && ad_share_entry(r->out, r->u, &attrs, err);
	ad_buf_clear(&sd);
	ad_buf_clear(&attrs);
	return ok;
}

/* What a killed adsh has removed is there until the server has closed what that had open. */
static bool read_entry(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	for (int left = TRIES; !try_read(arg, smb, err); left--) {
		if (err->code != (long)AD_SMB_STATUS_DELETE_PENDING || !left ||
			!ad_stop_check(NULL))
			return false;
		poll(NULL, 0, AD_STOP_SLICE);
	}
	return true;
}

static bool count_child(void *arg, const struct ad_smb_child *c, struct ad_err *err)
{
	(void)err;
	*(size_t *)arg += !c->name || strcmp(c->name, ".") != 0;
	return true;
}

/* A killed adsh may have made the folder, and not given it its permissions: an empty one in place
 * of a folder that is to be made is as good as none. */
static bool read_present(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	const struct reading *r = arg;
	struct ad_buf none = AD_BUF_INIT;
	size_t children = 0;

	if (!read_entry(arg, smb, err))
		return false;
	if (!makes_folder(r->c) || !ad_entry_values(*r->out, AD_FILE, NULL) ||
		is_as_wanted(r->c, *r->out) ||
		!ad_smb_list(smb, r->u->share, r->u->path, count_child, &children, NULL) ||
		children)
		return true;
	ad_entry_free(*r->out);
	return ad_share_entry(r->out, r->u, &none, err);
}

static bool has_owner(const struct ad_list *l)
{
	char *owner = ad_list_value(l, "owner");
	bool has = owner != NULL;

	free(owner);
	return has;
}

static bool kind_read(struct ad_entry **out, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_edit *is = ad_change_find(c, AD_FILE);
	struct ad_unc u;
	struct reading r = { .out = out, .u = &u, .c = c };
	bool ok;

	if (!ad_unc_parse(&u, c->dn, err))
		return false;
	r.content = ad_change_find(c, AD_FILE_CONTENT) != NULL;
	r.sd = ad_change_find(c, AD_FILE_SD) != NULL;
	r.owner = is && (has_owner(&is->before) || has_owner(&is->after));
	ok = ad_share_ask(c->ld, &u, read_present, &r, err);
	ad_unc_clear(&u);
	return ok;
}

/* ---- writing ---- */

/* The descriptor to be written, with the owner that the type names; nothing: none is. */
static bool wanted_sd(
	struct ad_buf *out, const struct ad_change *c, const struct ad_list *is, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, AD_FILE_SD);
	char *owner = is ? ad_list_value(is, "owner") : NULL;
	char *group = is ? ad_list_value(is, "group") : NULL;
	struct ad_sd *sd = NULL;
	bool ok = true;

	if (e && e->after.n)
		ok = ad_sd_decode(&sd, e->after.v[0].data, e->after.v[0].len, err) &&
		     (!owner || ad_sid_parse(&sd->owner, owner, err)) &&
		     (!group || ad_sid_parse(&sd->group, group, err)) && ad_sd_encode(sd, out, err);
	ad_sd_free(sd);
	free(owner);
	free(group);
	return ok;
}

static bool secure(
	struct ad_smb *smb, const struct ad_unc *u, const struct ad_buf *sd, struct ad_err *err)
{
	uint32_t which = AD_SECURITY_DACL;

	if (!sd->len)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"the change does not contain the data to write");
	which |= ad_get_u16(sd->data + 2) & AD_SD_DACL_PROTECTED ? AD_SECURITY_PROTECTED_DACL
								 : AD_SECURITY_UNPROTECTED_DACL;
	if (ad_get_u32(sd->data + 4)) /* has an owner */
		which |= AD_SECURITY_OWNER | AD_SECURITY_GROUP;
	return ad_smb_set_security(smb, u->share, u->path, which, sd->data, sd->len, err);
}

/* An empty one that is there is taken over, see read_present. */
static bool make_folder(
	struct ad_smb *smb, const struct ad_unc *u, const struct ad_buf *sd, struct ad_err *err)
{
	if (ad_smb_make_folder(smb, u->share, u->path, sd->len ? sd : NULL, err))
		return true;
	return err->code == (long)AD_SMB_STATUS_NAME_COLLISION && sd->len &&
	       secure(smb, u, sd, err);
}

static bool put(
	const struct ad_change *c, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	const struct ad_edit *is = ad_change_find(c, AD_FILE),
			     *content = ad_change_find(c, AD_FILE_CONTENT);
	const struct ad_value *v = content && content->after.n ? &content->after.v[0] : NULL;
	struct ad_buf sd = AD_BUF_INIT;
	bool ok = wanted_sd(&sd, c, is ? &is->after : NULL, err);

	if (ok && v)
		ok = ad_smb_write(
			smb, u->share, u->path, v->data, v->len, sd.len ? &sd : NULL, err);
	else if (ok && makes_folder(c))
		ok = make_folder(smb, u, &sd, err);
	else if (ok)
		ok = secure(smb, u, &sd, err);
	ad_buf_clear(&sd);
	return ok;
}

struct left {
	struct ad_smb *smb;
	const struct ad_unc *u;
};

static bool remove_left(void *arg, const struct ad_smb_child *c, struct ad_err *err)
{
	struct left *l = arg;
	char *path;

	(void)err;
	if (c->name && !c->folder && ad_smb_is_temporary(c->name)) {
		path = ad_format("%s\\%s", l->u->path, c->name);
		ad_smb_remove(l->smb, l->u->share, path, false, NULL);
		free(path);
	}
	return true;
}

/* What a killed adsh has removed is in its folder until the server has closed what that had open;
 * and a file that it had not finished may be there under another name. */
static bool remove_folder(struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	struct left l = { smb, u };

	for (int left = TRIES; !ad_smb_remove(smb, u->share, u->path, true, err); left--) {
		if (err->code != (long)AD_SMB_STATUS_NOT_EMPTY || !left || !ad_stop_check(NULL))
			return false;
		ad_smb_list(smb, u->share, u->path, remove_left, &l, NULL);
		poll(NULL, 0, AD_STOP_SLICE);
	}
	return true;
}

static bool write_change(
	const struct ad_change *c, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	const struct ad_edit *is = ad_change_find(c, AD_FILE);

	if (ad_change_removes(c))
		return is_folder(&is->before) ? remove_folder(smb, u, err)
					      : ad_smb_remove(smb, u->share, u->path, false, err);
	return put(c, smb, u, err);
}

/* Reading first also sees to it that the connection is alive. */
static bool kind_write(struct ad_change *c, struct ad_err *err)
{
	struct ad_entry *e = NULL;
	struct ad_smb *smb;
	struct ad_unc u;
	bool ok = kind_read(&e, c, err);

	if (!ok && err->kind == AD_ERR_CONNECT)
		err->kind = AD_ERR_FAILED; /* nothing was sent */
	ok = ok && ad_change_fits(c, e, err) && ad_unc_parse(&u, c->dn, err);
	if (ok) {
		ok = ad_share_connect(&smb, c->ld, &u, NULL, err) && write_change(c, smb, &u, err);
		ad_unc_clear(&u);
	}
	ad_entry_free(e);
	return ok;
}

static bool kind_judge(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	const struct ad_edit *sd = ad_change_find(c, AD_FILE_SD);

	(void)now;
	if (!ad_share_judge_place(v, c->dn, err))
		return false;
	/* what goes gives nobody anything */
	return !sd || !sd->after.n || ad_share_judge_sd(v, j, c, sd, err);
}

const struct ad_kind ad_kind_file = {
	.name = "file",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ AD_FILE, AD_MERGE_EXACT },
			{ AD_FILE_CONTENT, AD_MERGE_TEXT },
			{ AD_FILE_SD, AD_MERGE_SD },
			{ NULL, AD_MERGE_SD },
		},
	.existence = AD_FILE,
	.read = kind_read,
	.write = kind_write,
	.judge = kind_judge,
};

/* ---- what is asked directly ---- */

struct content {
	struct ad_buf *out;
	const struct ad_unc *u;
};

static bool read_content(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	struct content *c = arg;

	return ad_smb_read(smb, c->u->share, c->u->path, c->out, err);
}

static bool need_path(const struct ad_unc *u, const char *unc, struct ad_err *err)
{
	if (u->share && u->path && *u->path)
		return true;
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a path inside a share is required");
	return ad_err_where(err, NULL, unc);
}

bool ad_file_content(struct ad_buf *out, struct ad_ldap *ld, const char *unc, struct ad_err *err)
{
	struct ad_unc u;
	struct content c = { out, &u };
	bool ok;

	if (!ad_unc_parse(&u, unc, err))
		return false;
	ok = need_path(&u, unc, err) && ad_share_ask(ld, &u, read_content, &c, err);
	ad_unc_clear(&u);
	return ok;
}

struct list {
	const struct ad_unc *u;
	ad_smb_visit *visit;
	void *arg;
};

static bool list_folder(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	struct list *l = arg;

	return ad_smb_list(smb, l->u->share, l->u->path ? l->u->path : "", l->visit, l->arg, err);
}

bool ad_file_list(
	struct ad_ldap *ld, const char *unc, ad_smb_visit *visit, void *arg, struct ad_err *err)
{
	struct ad_unc u;
	struct list l = { &u, visit, arg };
	bool ok;

	if (!ad_unc_parse(&u, unc, err))
		return false;
	ok = u.share ? ad_share_ask(ld, &u, list_folder, &l, err)
		     : ad_err_set(err, AD_ERR_USAGE, "usage", 0, "the share name is missing");
	ad_unc_clear(&u);
	return ok;
}
