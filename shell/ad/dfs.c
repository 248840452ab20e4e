/* A step through DFS. See dfs.h. */
#include "ad/dfs.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/smb_proto.h"

#include <stdlib.h>
#include <string.h>

void ad_dfs_clear(struct ad_dfs_step *s)
{
	free(s->link);
	free(s->rest);
	while (s->n)
		free(s->targets[--s->n]);
	free(s->targets);
	memset(s, 0, sizeof *s);
}

/* "\fs1\root\folder": with one backslash, without the port. */
static char *name_of(const struct ad_unc *u, bool whole)
{
	bool path = whole && u->path && *u->path;

	return ad_format("\\%s\\%s%s%s", u->host, u->share, path ? "\\" : "", path ? u->path : "");
}

static void add_target(struct ad_dfs_step *s, const struct ad_referral_entry *e)
{
	struct ad_unc u;

	if (e->flags & AD_REFERRAL_NAMES || !ad_unc_parse(&u, e->target, NULL))
		return;
	if (u.share && !u.port) {
		s->ttl = s->n && s->ttl < e->ttl ? s->ttl : e->ttl;
		s->targets[s->n++] = ad_unc_format(&u);
	}
	ad_unc_clear(&u);
}

/* What was asked for is \server\share (share), or all of u. Then an answer about the root of the
 * namespace says nothing about what lies in it. */
static bool take(struct ad_dfs_step *out, const struct ad_referral *r, const char *name,
	const struct ad_unc *u, bool share, struct ad_err *err)
{
	char *link, *rest;

	if (!ad_referral_split(r, name, &link, &rest))
		return ad_err_set(err, AD_ERR_FAILED, "dfs", 0,
			"the DFS referral that the server sent for %s does not match the path",
			name);
	if (share || !r->n || !r->list[0].root || !*rest) {
		out->link = ad_format("\\%s", link);
		out->rest = ad_strdup(share && u->path ? u->path : rest);
		out->targets = ad_alloc((r->n + 1) * sizeof *out->targets);
		for (size_t i = 0; i < r->n; i++)
			add_target(out, &r->list[i]);
	}
	free(link);
	free(rest);
	return true;
}

static bool ask(struct ad_dfs_step *out, struct ad_smb *smb, const struct ad_unc *u, bool share,
	struct ad_err *err)
{
	char *name = name_of(u, !share);
	struct ad_referral r;
	bool ok = ad_smb_referral(&r, smb, name, err);

	if (ok) {
		ok = take(out, &r, name, u, share, err);
		ad_referral_clear(&r);
	}
	free(name);
	return ok;
}

/* Did the server answer, and say no? */
static bool is_refusal(const struct ad_smb *smb, const struct ad_err *err)
{
	return ad_smb_alive(smb) && err->code && strcmp(err->domain, "smb") == 0;
}

static bool ask_domain(
	struct ad_dfs_step *out, struct ad_smb *dc, const struct ad_unc *u, struct ad_err *err)
{
	if (ask(out, dc, u, true, err))
		return true;
	if (!is_refusal(dc, err))
		return false;
	ad_err_set(err, AD_ERR_NOTFOUND, "dfs", 0, "the domain %s has no namespace %s", u->host,
		u->share);
	return ad_err_hint(
		err, "name a share of a file server by that server: \\\\SERVER\\%s", u->share);
}

static bool ask_server(
	struct ad_dfs_step *out, struct ad_smb *smb, const struct ad_unc *u, struct ad_err *err)
{
	struct ad_err own;
	bool dfs, there;

	if (!u->path)
		return true;
	there = ad_smb_is_dfs(smb, u->share, &dfs, err);
	if (there && (!dfs || !*u->path))
		return true;
	if (!there && err->code != (long)AD_SMB_STATUS_BAD_NETWORK_NAME)
		return false;
	/* one that only stands for another (Samba's "msdfs proxy") cannot be connected to */
	if (ask(out, smb, u, !there, &own))
		return true;
	if (is_refusal(smb, &own))
		return there;
	*err = own;
	return false;
}

/* *died: the connection was open before and is not any more. */
static bool step_once(struct ad_dfs_step *out, struct ad_ldap *ld, const struct ad_unc *u,
	const char *dc, bool *died, struct ad_err *err)
{
	struct ad_unc server = { .host = (char *)(dc ? dc : u->host), .port = dc ? 0 : u->port };
	struct ad_smb *smb;
	bool again = false, ok;

	*died = false;
	if (!ad_share_connect(&smb, ld, &server, &again, err))
		return false;
	ok = dc ? ask_domain(out, smb, u, err) : ask_server(out, smb, u, err);
	*died = !ok && again && !ad_smb_alive(smb);
	return ok;
}

bool ad_dfs_step(struct ad_dfs_step *out, struct ad_ldap *ld, const struct ad_unc *u,
	const char *dc, struct ad_err *err)
{
	struct ad_err own;
	bool died;

	err = err ? err : &own;
	memset(out, 0, sizeof *out);
	if (!u->share)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"the share name is missing after the server %s", u->host);
	return step_once(out, ld, u, dc, &died, err) ||
	       (died && step_once(out, ld, u, dc, &died, err));
}

/* ---- other domains ---- */

static void take_dcs(struct ad_dfs_step *out, const struct ad_referral *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->list[i].n_names; k++) {
			const char *name = r->list[i].names[k];

			out->targets = ad_realloc(out->targets, out->n + 1, sizeof *out->targets);
			out->targets[out->n++] = ad_strdup(name + strspn(name, "\\"));
		}
}

bool ad_dfs_dcs(struct ad_dfs_step *out, struct ad_ldap *ld, const char *dc, const char *domain,
	struct ad_err *err)
{
	struct ad_unc server = { .host = (char *)dc };
	char *name = ad_format("\\%s", domain);
	struct ad_referral r;
	struct ad_smb *smb;
	struct ad_err own;
	bool ok;

	err = err ? err : &own;
	memset(out, 0, sizeof *out);
	ok = ad_share_connect(&smb, ld, &server, NULL, err);
	if (ok && ad_smb_referral(&r, smb, name, err)) {
		take_dcs(out, &r);
		ad_referral_clear(&r);
	} else {
		ok = ok && is_refusal(smb, err);
	}
	free(name);
	return ok;
}
