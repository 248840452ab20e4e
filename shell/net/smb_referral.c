/* DFS: which shares have links in them, and where names lead (MS-SMB2 3.2.4.20.3). See smb.h. */
#include "net/smb_priv.h"

bool ad_smb_is_dfs(struct ad_smb *smb, const char *share, bool *dfs, struct ad_err *err)
{
	struct ad_smb_tree tree;

	if (!ad_smb_tree(&tree, smb, share, err))
		return false;
	*dfs = tree.dfs;
	return true;
}

static bool ask(struct ad_smb_reply *r, struct ad_smb *smb, const char *name, struct ad_err *err)
{
	struct ad_buf question = AD_BUF_INIT, b;
	struct ad_smb_tree tree;
	bool ok;

	if (!ad_smb_tree(&tree, smb, "IPC$", err))
		return false;
	ok = ad_referral_ask(&question, name);
	if (ok) {
		ad_smb_begin(&b);
		ad_smb_referral_encode(&b, question.data, question.len, AD_SMB_CHUNK);
		ok = ad_smb_call(
			smb, AD_SMB_IOCTL, &tree, &b, 0, r, "query DFS for the path", name, err);
	} else {
		ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid path: %s", name);
	}
	ad_buf_clear(&question);
	return ok;
}

bool ad_smb_referral(
	struct ad_referral *out, struct ad_smb *smb, const char *name, struct ad_err *err)
{
	struct ad_smb_bytes answer;
	struct ad_smb_reply r;
	bool ok;

	if (!ask(&r, smb, name, err))
		return false;
	ok = ad_smb_ioctl_decode(&answer, r.bytes.data, r.bytes.len) &&
	     ad_referral_decode(out, answer.p, answer.n);
	ad_buf_clear(&r.bytes);
	return ok || ad_smb_malformed(smb, "query DFS for the path", err);
}
