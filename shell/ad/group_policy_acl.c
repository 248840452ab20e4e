/* Who may edit a policy that is made. See group_policy.h. */
#include "ad/group_policy.h"
#include "codec/access.h"
#include "codec/crowd.h"
#include "codec/sddl.h"

#include <stdlib.h>

/* Rights on objects of a directory by which they change (MS-ADTS 5.1.3.2): make and delete what is
 * in it, validated writes, write attributes, delete the tree or the object. */
#define CHANGING (0x1u | 0x2u | 0x8u | 0x20u | 0x40u | 0x10000u)

static bool may_edit(const struct ad_sd *sd, const struct ad_sid *sid)
{
	return ad_access_mask(sd, sid, 1, &ad_generic_ds, NULL, AD_CONDITION_MET) &
	       (CHANGING | AD_RIGHT_WRITE_DACL | AD_RIGHT_WRITE_OWNER);
}

static bool judge_trustee(const struct ad_judging *j, const struct ad_change *c,
	const struct ad_sd *sd, const struct ad_sid *sid, struct ad_verdict *v, struct ad_err *err)
{
	const char *name = ad_crowd_name(sid);
	const struct ad_sid *crowd = NULL;

	if (!may_edit(sd, sid))
		return true;
	if (!name && !ad_protected_crowd(&crowd, &name, j, c->ld, sid, err))
		return false;
	if (name)
		ad_verdict_widens(v, "%s may edit the policy", name);
	return true;
}

bool ad_group_policy_judge_acl(const struct ad_judging *j, const struct ad_change *c,
	struct ad_verdict *v, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, "policy");
	char *text = e ? ad_list_value(&e->after, "acl") : NULL;
	struct ad_sd *sd = NULL;
	bool ok = !text || ad_sddl_parse(&sd, text, NULL, err);

	if (sd && !sd->dacl)
		ad_verdict_widens(v, "everybody may edit the policy");
	for (size_t i = 0; ok && sd && sd->dacl && i < sd->dacl->count; i++)
		ok = judge_trustee(j, c, sd, &sd->dacl->ace[i].sid, v, err);
	ad_sd_free(sd);
	free(text);
	return ok;
}
