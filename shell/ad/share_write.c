/* The kinds of change of shares and of folders: read, written, judged. See share.h. */
#include "ad/share.h"
#include "ad/permission.h"
#include "ad/protected.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 15000 /* at most; a busy server takes seconds */
#define SETTLED 3 /* connections in a row that show it */

/* ---- descriptors ---- */

/* What is there, with the DACL of plain: the rest of a descriptor is not ours. */
static bool with_dacl(struct ad_buf *out, const void *now, size_t n, const struct ad_value *plain,
	struct ad_err *err)
{
	const uint16_t bits = AD_SD_DACL_PRESENT | AD_SD_DACL_PROTECTED | AD_SD_DACL_AUTO_INHERITED;
	struct ad_sd *sd = NULL, *wanted = NULL;
	bool ok = (n ? ad_sd_decode(&sd, now, n, err) : (sd = ad_sd_new()) != NULL) &&
		  ad_sd_decode(&wanted, plain->data, plain->len, err);

	if (ok) {
		ad_acl_free(sd->dacl);
		sd->dacl = ad_acl_dup(wanted->dacl);
		sd->control = (uint16_t)((sd->control & ~bits) | (wanted->control & bits));
		if (sd->control & AD_SD_DACL_AUTO_INHERITED) /* kept only when asked for */
			sd->control |= AD_SD_DACL_AUTO_INHERIT_REQ;
		ok = ad_sd_encode(sd, out, err);
	}
	ad_sd_free(sd);
	ad_sd_free(wanted);
	return ok;
}

static bool write_share_sd(
	struct ad_rpc *rpc, const struct ad_unc *u, const struct ad_edit *e, struct ad_err *err)
{
	struct ad_buf sd = AD_BUF_INIT;
	struct ad_share_info s = { 0 };
	bool ok = ad_srvsvc_get(&s, rpc, u->share, 502, err) &&
		  with_dacl(&sd, s.sd, s.sd_len, &e->after.v[0], err) &&
		  ad_srvsvc_set_sd(rpc, u->share, sd.data, sd.len, err);

	ad_share_info_clear(&s);
	ad_buf_clear(&sd);
	return ok;
}

static bool write_folder_sd(
	struct ad_smb *smb, const struct ad_unc *u, const struct ad_edit *e, struct ad_err *err)
{
	struct ad_buf now = AD_BUF_INIT, sd = AD_BUF_INIT;
	uint32_t which = AD_SECURITY_DACL;
	bool ok = ad_smb_get_security(smb, u->share, u->path, which, false, &now, NULL, err) &&
		  with_dacl(&sd, now.data, now.len, &e->after.v[0], err);

	if (ok) {
		which |= ad_get_u16(sd.data + 2) & AD_SD_DACL_PROTECTED
				 ? AD_SECURITY_PROTECTED_DACL
				 : AD_SECURITY_UNPROTECTED_DACL;
		ok = ad_smb_set_security(smb, u->share, u->path, which, sd.data, sd.len, err);
	}
	ad_buf_clear(&now);
	ad_buf_clear(&sd);
	return ok;
}

/* ---- shares that come and go ---- */

static bool add_share(struct ad_rpc *rpc, const struct ad_unc *u, const struct ad_edit *e,
	const struct ad_edit *sd, struct ad_err *err)
{
	struct ad_share_info s = { .name = u->share, .max_users = UINT32_MAX };
	char *users = ad_list_value(&e->after, "users");
	bool ok;

	s.path = ad_list_value(&e->after, "path");
	s.remark = ad_list_value(&e->after, "remark");
	if (users)
		s.max_users = (uint32_t)strtoul(users, NULL, 10);
	if (sd && sd->after.n) {
		s.sd = (unsigned char *)sd->after.v[0].data;
		s.sd_len = sd->after.v[0].len;
	}
	ok = s.path ? ad_srvsvc_add(rpc, &s, err)
		    : ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a share needs a path");
	free(s.path);
	free(s.remark);
	free(users);
	return ok;
}

/* A definition that changes would need another call for each part; nothing here makes such. */
static bool write_definition(struct ad_rpc *rpc, const struct ad_unc *u, const struct ad_edit *e,
	const struct ad_edit *sd, struct ad_err *err)
{
	bool ok;

	if (e->before.n && e->after.n)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"the properties of a share cannot be changed; remove the share and add it again");
	ok = e->after.n ? add_share(rpc, u, e, sd, err) : ad_srvsvc_remove(rpc, u->share, err);
	return ok;
}

static bool shows(const struct ad_change *c, const struct ad_unc *u, const struct ad_edit *is)
{
	struct ad_share_info *all;
	struct ad_entry *e;
	struct ad_list now;
	uint32_t level;
	size_t n;
	bool same;

	if (!ad_share_list(&all, &n, &level, c->ld, u, NULL)) /* lets it look, see get_share */
		return false;
	ad_share_infos_free(all, n);
	if (!ad_share_read(&e, c->ld, u, NULL))
		return false;
	now = ad_list_borrow(e, AD_SHARE);
	same = ad_list_equal(&now, &is->after, AD_MERGE_EXACT);
	ad_entry_free(e);
	return same;
}

/* smbd shows what it shares on new connections only, and there after some moments; each may meet
 * another of its processes, so several have to agree. The read-back has the last word. */
static void settle(const struct ad_change *c, const struct ad_unc *u, const struct ad_edit *is)
{
	long long until = ad_clock_ms() + SETTLE_MS;
	int agree = 0;

	do {
		ad_share_disconnect(u->host);
		agree = shows(c, u, is) ? agree + 1 : 0;
		if (agree == SETTLED)
			return;
		if (agree == 0)
			poll(NULL, 0, AD_STOP_SLICE);
	} while (ad_stop_check(NULL) && ad_clock_ms() < until);
	ad_share_disconnect(u->host);
}

/* ---- the kind ---- */

/* The edit; NULL: none, or somebody else has done it already. */
static const struct ad_edit *find_edit(const struct ad_change *c, const char *attr)
{
	const struct ad_edit *e = ad_change_find(c, attr);

	return e && ad_list_equal(&e->before, &e->after, AD_MERGE_EXACT) ? NULL : e;
}

static bool write_share(
	const struct ad_change *c, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	const struct ad_edit *is = find_edit(c, AD_SHARE), *sd = find_edit(c, AD_SHARE_SD);
	struct ad_rpc *rpc;
	bool ok;

	if (!is && !sd)
		return true;
	if (!is && !sd->after.n)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"a share without permissions cannot be created");
	if (!ad_srvsvc_open(&rpc, smb, err))
		return false;
	ok = is ? write_definition(rpc, u, is, sd, err) : write_share_sd(rpc, u, sd, err);
	ad_rpc_close(rpc);
	if (is && ok)
		settle(c, u, is);
	return ok;
}

static bool kind_read(struct ad_entry **out, const struct ad_change *c, struct ad_err *err)
{
	struct ad_unc u;
	bool ok;

	if (!ad_unc_parse(&u, c->dn, err))
		return false;
	ok = ad_share_read(out, c->ld, &u, err);
	ad_unc_clear(&u);
	return ok;
}

/* Reading first also sees to it that the connection is alive. */
static bool kind_write(struct ad_change *c, struct ad_err *err)
{
	const struct ad_edit *sd = ad_change_find(c, AD_FILE_SD);
	struct ad_entry *e = NULL;
	struct ad_smb *smb;
	struct ad_unc u;
	bool ok;

	if (!ad_unc_parse(&u, c->dn, err))
		return false;
	ok = ad_share_read(&e, c->ld, &u, err);
	if (!ok && err->kind == AD_ERR_CONNECT)
		err->kind = AD_ERR_FAILED; /* nothing was sent */
	ok = ok && ad_change_fits(c, e, err) && ad_share_connect(&smb, c->ld, &u, NULL, err);
	if (ok && !u.path)
		ok = write_share(c, smb, &u, err);
	else if (ok)
		ok = sd && sd->after.n ? write_folder_sd(smb, &u, sd, err)
				       : ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
						 "permissions cannot be removed altogether");
	ad_entry_free(e);
	ad_unc_clear(&u);
	return ok;
}

const char *ad_share_protected(const struct ad_unc *u)
{
	size_t n = u->share ? strlen(u->share) : 0;

	if (!n)
		return NULL;
	if (ad_caseeq(u->share, "SYSVOL") || ad_caseeq(u->share, "NETLOGON"))
		return "a share of domain controllers, whose files every computer of the domain applies";
	if (ad_caseeq(u->share, "ADMIN$") || (n == 2 && u->share[1] == '$'))
		return "an administrative share, which exposes a whole disk";
	return NULL;
}

bool ad_share_judge_place(struct ad_verdict *v, const char *unc, struct ad_err *err)
{
	struct ad_unc u;
	const char *why;

	if (!ad_unc_parse(&u, unc, err))
		return false;
	why = ad_share_protected(&u);
	if (why)
		ad_verdict_touches(v, "%s is %s", u.share, why);
	ad_unc_clear(&u);
	return true;
}

struct directories {
	const struct ad_judging *judging;
	struct ad_ldap *ld;
};

static bool holds(
	void *arg, struct ad_permission_group *out, const struct ad_sid *sid, struct ad_err *err)
{
	const struct directories *d = arg;

	return ad_protected_crowd(&out->crowd, &out->label, d->judging, d->ld, sid, err);
}

bool ad_share_judge_sd(struct ad_verdict *v, const struct ad_judging *j, const struct ad_change *c,
	const struct ad_edit *e, struct ad_err *err)
{
	struct directories d = { j, c->ld };
	struct ad_permission_asked asked = { holds, &d };

	return ad_permission_judge(v, &asked, &e->before, &e->after, err);
}

static bool kind_judge(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	(void)now;
	if (!ad_share_judge_place(v, c->dn, err))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->edits[i].merge == AD_MERGE_SD &&
			!ad_share_judge_sd(v, j, c, &c->edits[i], err))
			return false;
	return true;
}

const struct ad_kind ad_kind_share = {
	.name = "share",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ AD_SHARE, AD_MERGE_EXACT },
			{ AD_SHARE_SD, AD_MERGE_SD },
			{ NULL, AD_MERGE_SD },
		},
	.existence = AD_SHARE,
	.read = kind_read,
	.write = kind_write,
	.judge = kind_judge,
};

const struct ad_kind ad_kind_folder = {
	.name = "folder",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ AD_FILE_SD, AD_MERGE_SD },
			{ NULL, AD_MERGE_SD },
		},
	.read = kind_read,
	.write = kind_write,
	.judge = kind_judge,
};
