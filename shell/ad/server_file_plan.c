/* Intents about files and folders, into a plan. See server_file.h. */
#include "ad/server_file.h"
#include "ad/permission.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- what waits for what ---- */

static bool is_below(const char *dn, const char *folder)
{
	size_t n = strlen(folder);

	return strlen(dn) > n && dn[n] == '\\' && ad_casecmp(dn, n, folder, n) == 0;
}

static void wait_between(struct ad_change *outer, struct ad_change *inner)
{
	if (ad_change_makes(outer))
		ad_change_wait(inner, outer);
	else if (ad_change_removes(outer))
		ad_change_wait(outer, inner);
}

static bool has_type(const struct ad_list *is, const char *wanted)
{
	char *type = ad_list_value(is, "type");
	bool same = type && strcmp(type, wanted) == 0;

	free(type);
	return same;
}

/* A folder that comes or goes. */
static bool is_moving_folder(const struct ad_change *c)
{
	const struct ad_edit *is = c->kind == &ad_kind_file ? ad_change_find(c, AD_FILE) : NULL;

	return is && (has_type(&is->before, "folder") || has_type(&is->after, "folder"));
}

static bool same_server(const char *dn, const char *other)
{
	size_t n = strcspn(dn + 2, "\\") + 2;

	return strcspn(other + 2, "\\") + 2 == n && ad_casecmp(dn, n, other, n) == 0;
}

/* Such a folder has its order from the share. */
static bool is_in_moving_share(struct ad_plan *p, const struct ad_change *folder)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (c->kind == &ad_kind_share && is_below(folder->dn, c->dn) &&
			(ad_change_makes(c) || ad_change_removes(c)))
			return true;
	}
	return false;
}

/* Only the server knows which folder is shared, so all of them come before its shares, and go after
 * them. */
static void wait_for_folder(struct ad_plan *p, struct ad_change *share, struct ad_change *folder)
{
	if (!is_moving_folder(folder) || !same_server(share->dn, folder->dn) ||
		is_in_moving_share(p, folder))
		return;
	if (ad_change_makes(share) && ad_change_makes(folder))
		ad_change_wait(share, folder);
	else if (ad_change_removes(share) && ad_change_removes(folder))
		ad_change_wait(folder, share);
}

/* A folder comes before what is in it, and goes after it. */
void ad_file_order(struct ad_plan *p, struct ad_change *c)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *d = ad_plan_at(p, i);

		if (d->kind->in_directory)
			continue;
		if (is_below(d->dn, c->dn))
			wait_between(c, d);
		else if (is_below(c->dn, d->dn))
			wait_between(d, c);
		else if (c->kind == &ad_kind_share)
			wait_for_folder(p, c, d);
		else if (d->kind == &ad_kind_share)
			wait_for_folder(p, d, c);
	}
}

/* ---- the verbs ---- */

static struct ad_change *begin(struct ad_plan *p, struct ad_ldap *ld, const struct ad_unc *u,
	struct ad_entry *e, bool folder)
{
	char *label = ad_share_label(u, folder);
	struct ad_change *c = ad_plan_add(p, &ad_kind_file, ld, e, label);

	free(label);
	return c;
}

/* A change that only says which parts are to be read. */
static struct ad_change *probe_for(
	struct ad_ldap *ld, const struct ad_unc *u, const struct ad_file_wish *w)
{
	char *dn = ad_unc_format(u);
	struct ad_change *c = ad_change_new(&ad_kind_file, ld, dn, NULL, "");
	struct ad_edit *is = ad_change_restore(c, AD_FILE, NULL);

	/* what goes may have to come back with its owner, where that decides; elsewhere few may set
	 * it */
	if (w ? w->sd && w->sd->owner.len && w->sd->group.len : ad_share_protected(u) != NULL)
		ad_list_put(&is->after, "owner", "wanted");
	if (!w || w->sd)
		ad_change_restore(c, AD_FILE_SD, NULL);
	if (!w || w->content)
		ad_change_restore(c, AD_FILE_CONTENT, NULL);
	free(dn);
	return c;
}

static bool another_type(const struct ad_unc *u, bool folder, struct ad_err *err)
{
	char *unc = ad_unc_format(u);

	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0,
		folder ? "a file of this name already exists"
		       : "a folder of this name already exists");
	ad_err_where(err, folder ? "create the folder" : "write the file", unc);
	free(unc);
	return false;
}

static void put_owner(struct ad_list *is, const char *key, const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	ad_list_put(is, key, text);
}

static void want_type(struct ad_edit *e, const struct ad_file_wish *w)
{
	ad_list_clear(&e->after);
	ad_list_put(&e->after, "type", w->content ? "file" : "folder");
	if (w->sd && w->sd->owner.len && w->sd->group.len) {
		put_owner(&e->after, "owner", &w->sd->owner);
		put_owner(&e->after, "group", &w->sd->group);
	}
}

static bool want_sd(struct ad_edit *e, const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_buf whole = AD_BUF_INIT, plain = AD_BUF_INIT;
	bool ok = ad_sd_encode(sd, &whole, err) &&
		  ad_share_plain_sd(&plain, whole.data, whole.len, err);

	if (ok) {
		ad_list_clear(&e->after);
		ad_list_add(&e->after, plain.data, plain.len);
	}
	ad_buf_clear(&whole);
	ad_buf_clear(&plain);
	return ok;
}

static bool want(
	struct ad_change *c, struct ad_entry *e, const struct ad_file_wish *w, struct ad_err *err)
{
	struct ad_edit *content;

	want_type(ad_change_edit(c, e, AD_FILE), w);
	if (w->content) {
		content = ad_change_edit(c, e, AD_FILE_CONTENT);
		ad_list_clear(&content->after);
		ad_list_add(&content->after, w->content, w->n);
	}
	return !w->sd || want_sd(ad_change_edit(c, e, AD_FILE_SD), w->sd, err);
}

/* What is there, or pending, is another kind of thing. */
static bool clashes(const struct ad_change *c, struct ad_entry *e, bool folder)
{
	const struct ad_edit *is = ad_change_find(c, AD_FILE);
	struct ad_list now = is ? is->after : ad_list_borrow(e, AD_FILE);

	return has_type(&now, folder ? "file" : "folder");
}

static bool put(struct ad_plan *p, struct ad_ldap *ld, const struct ad_unc *u,
	const struct ad_file_wish *w, struct ad_err *err)
{
	struct ad_change *probe = probe_for(ld, u, w), *c;
	struct ad_entry *e = NULL;
	bool ok = ad_kind_file.read(&e, probe, err), folder = !w->content;

	if (ok) {
		c = begin(p, ld, u, e, folder);
		ok = clashes(c, e, folder) ? another_type(u, folder, err) : want(c, e, w, err);
		if (ok)
			ad_file_order(p, c);
	}
	ad_entry_free(e);
	ad_change_free(probe);
	return ok;
}

static bool parse(struct ad_unc *u, const char *unc, struct ad_err *err)
{
	if (!ad_unc_parse(u, unc, err))
		return false;
	if (u->share && u->path && *u->path)
		return true;
	ad_unc_clear(u);
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a path inside a share is required");
	return ad_err_where(err, NULL, unc);
}

bool ad_file_put(struct ad_plan *p, struct ad_ldap *ld, const char *unc,
	const struct ad_file_wish *w, struct ad_err *err)
{
	struct ad_unc u;
	bool ok;

	if (w->n > AD_SMB_FILE_MOST)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a file may have at most %u MiB",
			AD_SMB_FILE_MOST >> 20);
	if (!parse(&u, unc, err))
		return false;
	ok = put(p, ld, &u, w, err);
	ad_unc_clear(&u);
	return ok;
}

static bool none_such(const char *unc, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_NOTFOUND, "smb", 0, "no such file or folder");
	return ad_err_where(err, "remove", unc);
}

static void remove_all(struct ad_plan *p, struct ad_ldap *ld, const struct ad_unc *u,
	struct ad_entry *e, bool folder)
{
	struct ad_change *c = begin(p, ld, u, e, folder);

	ad_list_clear(&ad_change_edit(c, e, AD_FILE)->after);
	ad_list_clear(&ad_change_edit(c, e, AD_FILE_SD)->after);
	if (!folder)
		ad_list_clear(&ad_change_edit(c, e, AD_FILE_CONTENT)->after);
	ad_file_order(p, c);
}

bool ad_file_remove(struct ad_plan *p, struct ad_ldap *ld, const char *unc, struct ad_err *err)
{
	struct ad_change *probe;
	struct ad_entry *e = NULL;
	struct ad_list now;
	struct ad_unc u;
	bool ok;

	if (!parse(&u, unc, err))
		return false;
	probe = probe_for(ld, &u, NULL);
	ok = ad_kind_file.read(&e, probe, err);
	if (ok) {
		now = ad_list_borrow(e, AD_FILE);
		ok = now.n || none_such(unc, err);
	}
	if (ok)
		remove_all(p, ld, &u, e, has_type(&now, "folder"));
	ad_entry_free(e);
	ad_change_free(probe);
	ad_unc_clear(&u);
	return ok;
}
