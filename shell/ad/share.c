/* Shares and folders: reading them as entries, writing changes of them. See share.h. */
#include "ad/share.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCESS_DENIED 5 /* Windows error */

/* ---- entries ---- */

bool ad_share_entry(struct ad_entry **out, const struct ad_unc *u, const struct ad_buf *attrs,
	struct ad_err *err)
{
	char *dn = ad_unc_format(u);
	bool ok = ad_entry_decode(out, dn, strlen(dn),
		attrs->len ? attrs->data : (const unsigned char *)"", attrs->len, err);

	free(dn);
	return ok;
}

char *ad_share_label(const struct ad_unc *u, bool folder)
{
	if (!u->path)
		return ad_format("share %s on %s", u->share, u->host);
	return ad_format("%s %s%s%s on %s", folder ? "folder" : "file", u->share,
		*u->path ? "\\" : "", u->path, u->host);
}

bool ad_share_plain_sd(struct ad_buf *out, const void *p, size_t n, struct ad_err *err)
{
	const uint16_t bits = AD_SD_DACL_PRESENT | AD_SD_DACL_PROTECTED | AD_SD_DACL_AUTO_INHERITED;
	struct ad_sd *sd, *plain;
	bool ok;

	if (!ad_sd_decode(&sd, p, n, err))
		return false;
	plain = ad_sd_new();
	plain->control |= sd->control & bits;
	plain->dacl = ad_acl_dup(sd->dacl);
	ok = ad_sd_encode(plain, out, err);
	ad_sd_free(plain);
	ad_sd_free(sd);
	return ok;
}

static bool add_sd(
	struct ad_buf *attrs, const char *name, const void *p, size_t n, struct ad_err *err)
{
	struct ad_list values = { NULL, 0 };
	struct ad_buf plain = AD_BUF_INIT;
	bool ok = ad_share_plain_sd(&plain, p, n, err);

	if (ok) {
		ad_list_add(&values, plain.data, plain.len);
		ad_list_encode(&values, name, attrs);
	}
	ad_list_clear(&values);
	ad_buf_clear(&plain);
	return ok;
}

/* ---- reading ---- */

static void define(struct ad_list *l, const struct ad_share_info *s)
{
	char users[16];

	ad_list_put(l, "path", s->path);
	ad_list_put(l, "remark", s->remark);
	snprintf(users, sizeof users, "%u", (unsigned)s->max_users);
	if (s->max_users != UINT32_MAX)
		ad_list_put(l, "users", users);
}

/* Samba's service takes note of what is shared when it lists it: so a share that is not known may
 * only be new to it. */
static bool get_share(
	struct ad_share_info *out, struct ad_smb *smb, const char *name, struct ad_err *err)
{
	struct ad_share_info *all;
	struct ad_rpc *rpc;
	size_t n;
	bool ok;

	if (!ad_srvsvc_open(&rpc, smb, err))
		return false;
	ok = ad_srvsvc_get(out, rpc, name, 502, err);
	if (!ok && err->kind == AD_ERR_NOTFOUND && ad_srvsvc_list(&all, &n, rpc, 1, err)) {
		ad_share_infos_free(all, n);
		ok = ad_srvsvc_get(out, rpc, name, 502, err);
	}
	ad_rpc_close(rpc);
	return ok;
}

static bool read_share(
	struct ad_entry **out, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_share_info s = { 0 };
	struct ad_list l = { NULL, 0 };
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	ok = get_share(&s, smb, u->share, err);
	if (!ok && err->kind == AD_ERR_NOTFOUND)
		return ad_share_entry(out, u, &attrs, err);
	if (ok) {
		define(&l, &s);
		ad_list_encode(&l, AD_SHARE, &attrs);
		ok = (!s.sd || add_sd(&attrs, AD_SHARE_SD, s.sd, s.sd_len, err)) &&
		     ad_share_entry(out, u, &attrs, err);
	}
	ad_list_clear(&l);
	ad_buf_clear(&attrs);
	ad_share_info_clear(&s);
	return ok;
}

bool ad_share_file_entry(struct ad_entry **out, const struct ad_unc *u, const struct ad_buf *sd,
	bool folder, struct ad_err *err)
{
	struct ad_buf attrs = AD_BUF_INIT;
	struct ad_list yes = { NULL, 0 };
	bool ok = add_sd(&attrs, AD_FILE_SD, sd->data, sd->len, err);

	if (ok && folder)
		ad_list_add(&yes, "TRUE", 4);
	ad_list_encode(&yes, AD_FILE_FOLDER, &attrs);
	ok = ok && ad_share_entry(out, u, &attrs, err);
	ad_list_clear(&yes);
	ad_buf_clear(&attrs);
	return ok;
}

static bool read_folder(
	struct ad_entry **out, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	struct ad_buf sd = AD_BUF_INIT;
	bool folder, ok;

	ok = ad_smb_get_security(
		     smb, u->share, u->path, AD_SECURITY_DACL, false, &sd, &folder, err) &&
	     ad_share_file_entry(out, u, &sd, folder, err);
	ad_buf_clear(&sd);
	return ok;
}

/* *died: a connection that was open before may have died since, and a server may end a session
 * when it likes: then it is worth another one. */
static bool ask_once(struct ad_ldap *ld, const struct ad_unc *u, ad_share_asking *f, void *arg,
	bool *died, struct ad_err *err)
{
	struct ad_smb *smb;
	bool again = false, ok;

	*died = false;
	if (!ad_share_connect(&smb, ld, u, &again, err))
		return false;
	ok = f(arg, smb, err);
	*died = !ok && !ad_smb_alive(smb) && (again || ad_smb_ended(smb));
	return ok;
}

bool ad_share_ask(struct ad_ldap *ld, const struct ad_unc *u, ad_share_asking *f, void *arg,
	struct ad_err *err)
{
	struct ad_err own;
	bool died;

	err = err ? err : &own;
	return ask_once(ld, u, f, arg, &died, err) || (died && ask_once(ld, u, f, arg, &died, err));
}

struct reading {
	struct ad_entry **out;
	const struct ad_unc *u;
};

static bool read_entry(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	struct reading *r = arg;

	return r->u->path ? read_folder(r->out, smb, r->u, err)
			  : read_share(r->out, smb, r->u, err);
}

bool ad_share_read(
	struct ad_entry **out, struct ad_ldap *ld, const struct ad_unc *u, struct ad_err *err)
{
	struct reading r = { out, u };

	if (!u->share)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"the share name is missing after the server %s", u->host);
	return ad_share_ask(ld, u, read_entry, &r, err);
}

struct listing {
	struct ad_share_info **out;
	size_t *n;
	uint32_t *level;
};

static bool list_shares(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	struct listing *l = arg;
	struct ad_rpc *rpc;
	bool ok;

	if (!ad_srvsvc_open(&rpc, smb, err))
		return false;
	*l->level = 502;
	ok = ad_srvsvc_list(l->out, l->n, rpc, *l->level, err);
	if (!ok && err->win32 == ACCESS_DENIED) {
		*l->level = 1;
		ok = ad_srvsvc_list(l->out, l->n, rpc, *l->level, err);
	}
	ad_rpc_close(rpc);
	return ok;
}

bool ad_share_list(struct ad_share_info **out, size_t *n, uint32_t *level, struct ad_ldap *ld,
	const struct ad_unc *u, struct ad_err *err)
{
	struct listing l = { out, n, level };

	return ad_share_ask(ld, u, list_shares, &l, err);
}

/* SIDs to names, or names (when there are some) to SIDs. */
struct naming {
	const char *const *names;
	const struct ad_sid *sids;
	size_t n;
	char ***out_names;
	struct ad_sid *out_sids;
};

static bool translate(void *arg, struct ad_smb *smb, struct ad_err *err)
{
	struct naming *a = arg;

	return a->names ? ad_lsarpc_sids(a->out_sids, smb, a->names, a->n, err)
			: ad_lsarpc_names(a->out_names, smb, a->sids, a->n, err);
}

bool ad_share_names(char ***out, struct ad_ldap *ld, const struct ad_unc *u,
	const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct naming a = { .sids = sids, .n = n, .out_names = out };

	return ad_share_ask(ld, u, translate, &a, err);
}

bool ad_share_sids(struct ad_sid *out, struct ad_ldap *ld, const struct ad_unc *u,
	const char *const *names, size_t n, struct ad_err *err)
{
	struct naming a = { .names = names, .n = n, .out_sids = out };

	return ad_share_ask(ld, u, translate, &a, err);
}
