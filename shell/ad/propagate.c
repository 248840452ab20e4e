/* Walking down a tree of folders. See propagate.h. */
#include "ad/propagate.h"
#include "ad/inherit.h"
#include "ad/permission.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 100

/* A folder that is to be listed. */
struct folder {
	char *path;
	uint64_t id; /* 0: unknown */
	struct ad_acl *acl; /* as it will be */
};

/* What is in a folder, as ad_smb_list found it. */
struct found {
	char *name;
	bool folder, link;
	uint64_t id;
};

/* One that is being listed, and the folders that were found in it. */
struct level {
	const struct ad_propagate *w;
	const struct level *up;
	struct folder here, *below;
	size_t n, depth;
	struct found *found;
	size_t n_found;
};

static void clear_folder(struct folder *f)
{
	free(f->path);
	ad_acl_free(f->acl);
}

/* ---- what cannot be done ---- */

static struct ad_unc unc_of(const struct level *l, char *path)
{
	struct ad_unc u = l->w->top;

	u.path = path;
	return u;
}

static void tell(const struct level *l, char *path, bool folder, const struct ad_err *why)
{
	struct ad_unc u = unc_of(l, path);
	char *unc = ad_unc_format(&u);

	l->w->lack(l->w->arg, unc, folder, why);
	free(unc);
}

/* Nothing more can be done at all. */
static bool is_fatal(const struct ad_err *err)
{
	return err->kind == AD_ERR_CONNECT || err->kind == AD_ERR_INTERRUPTED;
}

/* True when the rest can go on. What has gone meanwhile lacks nothing. */
static bool go_on(const struct level *l, char *path, bool folder, const struct ad_err *err)
{
	if (is_fatal(err))
		return false;
	if (err->kind != AD_ERR_NOTFOUND)
		tell(l, path, folder, err);
	return true;
}

/* ---- one thing ---- */

struct thing {
	char *path;
	const struct found *found;
	struct ad_buf bytes; /* its descriptor */
	struct ad_sd *sd; /* the same */
	bool writable;
	struct ad_err denied; /* why it is not */
};

/* A tree takes long: that the server ends the session meanwhile is no reason to give up. */
static bool get_sd(const struct level *l, struct thing *t, bool to_write, struct ad_err *err)
{
	const uint32_t which = AD_SECURITY_OWNER | AD_SECURITY_GROUP | AD_SECURITY_DACL;
	const struct ad_unc *top = &l->w->top;
	struct ad_smb *smb;

	for (bool again = false;; again = true) {
		if (!ad_share_connect(&smb, l->w->ld, top, NULL, err))
			return false;
		if (ad_smb_get_security(
			    smb, top->share, t->path, which, to_write, &t->bytes, NULL, err))
			return true;
		if (again || !ad_smb_ended(smb))
			return false;
	}
}

static bool read_thing(const struct level *l, struct thing *t, struct ad_err *err)
{
	t->writable = get_sd(l, t, true, err);
	if (!t->writable) {
		t->denied = *err;
		if (err->kind != AD_ERR_FAILED || !get_sd(l, t, false, err))
			return false;
	}
	return ad_sd_decode(&t->sd, t->bytes.data, t->bytes.len, err);
}

/* The change of it in the plan; a pending one of its own counts. */
static bool plan_thing(
	const struct level *l, struct thing *t, const struct ad_acl *acl, struct ad_err *err)
{
	struct ad_unc u = unc_of(l, t->path);
	struct ad_change *c;
	struct ad_entry *e;
	char *label;
	bool ok = ad_share_file_entry(&e, &u, &t->bytes, t->found->folder, err);

	if (!ok)
		return false;
	label = ad_share_label(&u, t->found->folder);
	c = ad_plan_add(l->w->p, &ad_kind_folder, l->w->ld, e, label);
	ok = ad_permission_inherit(c, ad_change_edit(c, e, AD_FILE_SD), acl, err);
	free(label);
	ad_entry_free(e);
	return ok;
}

static void add_folder(struct level *l, const struct thing *t, struct ad_acl *acl)
{
	l->below = ad_realloc(l->below, l->n + 1, sizeof *l->below);
	l->below[l->n++] = (struct folder){ ad_strdup(t->path), t->found->id, acl };
}

/* Has it changed in the plan already? Then that is what is there. */
static bool take_pending(const struct level *l, struct thing *t, struct ad_err *err)
{
	struct ad_unc u = unc_of(l, t->path);
	char *unc = ad_unc_format(&u);
	const struct ad_change *c = ad_plan_find(l->w->p, &ad_kind_folder, l->w->ld, unc);
	const struct ad_edit *e = c ? ad_change_find(c, AD_FILE_SD) : NULL;
	struct ad_sd *sd;
	bool ok = true;

	free(unc);
	if (!e || e->after.n == 0)
		return true;
	ok = ad_sd_decode(&sd, e->after.v[0].data, e->after.v[0].len, err);
	if (ok) {
		sd->owner = t->sd->owner;
		sd->group = t->sd->group;
		ad_sd_free(t->sd);
		t->sd = sd;
	}
	return ok;
}

static bool inherit_thing(struct level *l, struct thing *t, struct ad_err *err)
{
	bool folder = t->found->folder;
	struct ad_acl *acl;
	bool ok = true;

	if (t->sd->control & AD_SD_DACL_PROTECTED || !t->sd->dacl)
		return true;
	acl = ad_inherit(l->here.acl, t->sd->dacl, folder, &t->sd->owner, &t->sd->group);
	if (!ad_acl_equal(acl, t->sd->dacl)) {
		if (!t->writable)
			*err = t->denied;
		ok = t->writable && plan_thing(l, t, acl, err);
	}
	if (ok && folder && !t->found->link)
		add_folder(l, t, acl);
	else
		ad_acl_free(acl);
	return ok;
}

static bool visit_thing(struct level *l, const struct found *found, struct ad_err *err)
{
	struct thing t = { .found = found };
	const char *up = l->here.path;
	bool ok;

	t.path = *up ? ad_format("%s\\%s", up, found->name) : ad_strdup(found->name);
	ok = (read_thing(l, &t, err) && take_pending(l, &t, err) && inherit_thing(l, &t, err)) ||
	     go_on(l, t.path, found->folder, err);
	ad_sd_free(t.sd);
	ad_buf_clear(&t.bytes);
	free(t.path);
	return ok;
}

/* ---- what is in a folder ---- */

static bool note(void *arg, const struct ad_smb_child *found, struct ad_err *err)
{
	struct level *l = arg;

	if (!found->name) {
		ad_err_set(err, AD_ERR_FAILED, "smb", 0,
			"an entry in it has a name that is not valid Unicode");
		tell(l, l->here.path, false, err);
		return true;
	}
	if (strcmp(found->name, ".") == 0) {
		l->here.id = found->id;
		return true;
	}
	if ((l->n_found & (l->n_found - 1)) == 0) /* room for twice as many */
		l->found = ad_realloc(l->found, 2 * l->n_found + 1, sizeof *l->found);
	l->found[l->n_found++] =
		(struct found){ ad_strdup(found->name), found->folder, found->link, found->id };
	return true;
}

static void forget(struct level *l)
{
	while (l->n_found)
		free(l->found[--l->n_found].name);
	free(l->found);
	l->found = NULL;
}

static bool list(struct level *l, struct ad_err *err)
{
	const struct ad_unc *top = &l->w->top;
	struct ad_smb *smb;

	for (bool again = false;; again = true) {
		if (!ad_share_connect(&smb, l->w->ld, top, NULL, err))
			return false;
		if (ad_smb_list(smb, top->share, l->here.path, note, l, err))
			return true;
		if (again || !ad_smb_ended(smb))
			return false;
		forget(l);
	}
}

/* All of it is noted first: what is asked of each one in between could cost the open list. */
static bool visit_all(struct level *l, struct ad_err *err)
{
	bool ok = list(l, err) || go_on(l, l->here.path, true, err);

	for (size_t i = 0; ok && i < l->n_found; i++)
		ok = visit_thing(l, &l->found[i], err);
	forget(l);
	return ok;
}

/* ---- the tree ---- */

static bool walk(struct level *l, struct ad_err *err);

/* Links on the server's side, which it follows for us, may lead back up. */
static bool is_above(const struct level *l, uint64_t id)
{
	for (; l; l = l->up)
		if (id && l->here.id == id)
			return true;
	return false;
}

static bool descend(const struct level *up, const struct folder *f, struct ad_err *err)
{
	struct level l = { .w = up->w, .up = up, .here = *f, .depth = up->depth + 1 };
	bool ok = true;

	if (is_above(up, f->id)) {
		ad_err_set(err, AD_ERR_FAILED, "smb", 0, "it leads back to a folder above it");
		tell(up, f->path, true, err);
	} else if (l.depth > DEEPEST) {
		ad_err_set(
			err, AD_ERR_FAILED, "smb", 0, "it is more than %d folders deep", DEEPEST);
		tell(up, f->path, true, err);
	} else {
		ok = walk(&l, err);
	}
	return ok;
}

static bool walk(struct level *l, struct ad_err *err)
{
	size_t i;
	bool ok = visit_all(l, err);

	for (i = 0; i < l->n; i++) {
		ok = ok && descend(l, &l->below[i], err);
		clear_folder(&l->below[i]);
	}
	free(l->below);
	return ok;
}

/* ---- all of it ---- */

static bool is_edited(const struct ad_edit *e)
{
	return !ad_list_equal(&e->before, &e->after, AD_MERGE_EXACT);
}

bool ad_propagate(
	const struct ad_propagate *w, struct ad_change *c, struct ad_edit *e, struct ad_err *err)
{
	struct level l = { .w = w, .here = { .path = w->top.path } };
	size_t start = ad_plan_count(w->p);
	struct ad_sd *sd = NULL;
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	ok = ad_sd_decode(&sd, e->after.v[0].data, e->after.v[0].len, err);
	if (ok && !sd->dacl)
		ok = ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"%s has no access list that could be inherited", c->label);
	if (ok) {
		l.here.acl = sd->dacl;
		ok = walk(&l, err);
	}
	if (ok && (ad_plan_count(w->p) > start || is_edited(e)))
		ok = ad_permission_inherit(c, e, NULL, err);
	ad_sd_free(sd);
	return ok;
}
