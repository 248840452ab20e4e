/* Intents about shares and folders, into a plan. See share.h. */
#include "ad/share.h"
#include "ad/permission.h"
#include "ad/propagate.h"
#include "ad/server_file.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static bool no_share(struct ad_err *err, const char *unc)
{
	ad_err_set(err, AD_ERR_NOTFOUND, "srvsvc", 0, "the server has no share of this name");
	ad_err_where(err, NULL, unc);
	return ad_err_hint(err, "share.list shows the shares of the server");
}

static bool no_folder(struct ad_err *err, const char *unc)
{
	ad_err_set(
		err, AD_ERR_USAGE, "usage", 0, "this is not a folder: nothing can inherit from it");
	return ad_err_where(err, NULL, unc);
}

/* What is at unc, and the change of it in the plan. The caller frees *e. */
static bool begin(struct ad_change **c, struct ad_entry **e, struct ad_plan *p, struct ad_ldap *ld,
	const char *unc, bool must_exist, struct ad_err *err)
{
	struct ad_unc u;
	char *label;
	bool ok;

	if (!ad_unc_parse(&u, unc, err))
		return false;
	ok = ad_share_read(e, ld, &u, err);
	if (ok && must_exist && !u.path && ad_entry_values(*e, AD_SHARE, NULL) == 0) {
		ad_entry_free(*e);
		ok = no_share(err, unc);
	}
	if (ok) {
		label = ad_share_label(&u, ad_entry_values(*e, AD_FILE_FOLDER, NULL) > 0);
		*c = ad_plan_add(p, u.path ? &ad_kind_folder : &ad_kind_share, ld, *e, label);
		free(label);
	}
	ad_unc_clear(&u);
	return ok;
}

bool ad_share_edit(struct ad_plan *p, struct ad_ldap *ld, const char *unc, ad_share_verb *f,
	const void *arg, struct ad_err *err)
{
	struct ad_change *c;
	struct ad_entry *e;
	bool ok, folder;

	if (!begin(&c, &e, p, ld, unc, true, err))
		return false;
	folder = ad_entry_values(e, AD_FILE_SD, NULL) > 0;
	ok = f(c, ad_change_edit(c, e, folder ? AD_FILE_SD : AD_SHARE_SD), arg, err);
	ad_entry_free(e);
	return ok;
}

bool ad_share_propagate(struct ad_plan *p, struct ad_ldap *ld, const char *unc, ad_share_lack *lack,
	void *arg, struct ad_err *err)
{
	struct ad_propagate w = { .p = p, .ld = ld, .lack = lack, .arg = arg };
	struct ad_change *c;
	struct ad_entry *e;
	bool ok;

	if (!ad_unc_parse(&w.top, unc, err))
		return false;
	ok = begin(&c, &e, p, ld, unc, true, err);
	if (ok) {
		if (ad_entry_values(e, AD_FILE_FOLDER, NULL) > 0)
			ok = ad_propagate(&w, c, ad_change_edit(c, e, AD_FILE_SD), err);
		else
			ok = no_folder(err, unc);
		ad_entry_free(e);
	}
	ad_unc_clear(&w.top);
	return ok;
}

/* ---- shares that come and go ---- */

/* "/srv/iso" is "C:\srv\iso", as Samba calls it. */
static bool add_path(struct ad_list *l, const char *path, struct ad_err *err)
{
	char *plain = path[0] == '/' ? ad_format("C:%s", path) : ad_strdup(path), *p;
	bool ok = plain[0] && plain[1] == ':' && (plain[2] == '\\' || plain[2] == '/');

	for (p = plain; *p; p++)
		if (*p == '/')
			*p = '\\';
	while (p > plain + 3 && p[-1] == '\\')
		*--p = 0;
	if (ok)
		ad_list_put(l, "path", plain);
	else
		ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"not a valid folder path of the server: %s (write C:\\folder or /folder)",
			path);
	free(plain);
	return ok;
}

static bool define(struct ad_list *l, const struct ad_share_wish *w, struct ad_err *err)
{
	char *users;

	if (!add_path(l, w->path, err))
		return false;
	ad_list_put(l, "remark", w->remark);
	if (w->users >= 0) {
		users = ad_format("%ld", w->users);
		ad_list_put(l, "users", users);
		free(users);
	}
	return true;
}

static bool plan_definition(struct ad_change *c, struct ad_entry *e, struct ad_list *wanted,
	const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_edit *is = ad_change_edit(c, e, AD_SHARE);

	if (is->before.n && !ad_list_equal(&is->before, wanted, AD_MERGE_SET)) {
		ad_err_set(err, AD_ERR_CONFLICT, "srvsvc", 0,
			"a share of this name already exists, with other properties");
		return ad_err_where(err, "add the share", c->dn);
	}
	if (is->before.n == 0) {
		ad_list_clear(&is->after);
		ad_list_copy(&is->after, wanted);
	}
	return !sd || ad_permission_set(c, ad_change_edit(c, e, AD_SHARE_SD), sd, err);
}

bool ad_share_add(struct ad_plan *p, struct ad_ldap *ld, const char *unc,
	const struct ad_share_wish *w, struct ad_err *err)
{
	struct ad_list wanted = { NULL, 0 };
	struct ad_change *c;
	struct ad_entry *e;
	bool ok = define(&wanted, w, err) && begin(&c, &e, p, ld, unc, false, err);

	if (ok) {
		ok = plan_definition(c, e, &wanted, w->sd, err);
		ad_file_order(p, c);
		ad_entry_free(e);
	}
	ad_list_clear(&wanted);
	return ok;
}

bool ad_share_remove(struct ad_plan *p, struct ad_ldap *ld, const char *unc, struct ad_err *err)
{
	struct ad_change *c;
	struct ad_entry *e;

	if (!begin(&c, &e, p, ld, unc, false, err))
		return false;
	ad_list_clear(&ad_change_edit(c, e, AD_SHARE)->after);
	/* what undoing it gives back */
	ad_list_clear(&ad_change_edit(c, e, AD_SHARE_SD)->after);
	ad_file_order(p, c);
	ad_entry_free(e);
	return true;
}
