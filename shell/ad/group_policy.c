/*
 * Group policy objects (MS-GPOL 2.2.8, MS-GPOD 2.1.3) as kinds of change: the object itself, the
 * containers in it, and attributes of policies and of what they are linked to. The files in SYSVOL
 * are changes of the kind "file"; stdlib/gpo.lua makes one plan of all of it.
 */
#include "ad/group_policy.h"
#include "ad/whole.h"
#include "base/mem.h"
#include "codec/ldap_codes.h"
#include "codec/sddl.h"

#include <stdlib.h>

#define POLICY "policy" /* "name={GUID}", "displayName=...", "acl=" and its descriptor as SDDL */

/* ---- the object ---- */

static const char *const texts[] = { "displayName", "flags", "versionNumber",
	"gPCFunctionalityVersion", "gPCFileSysPath", "gPCMachineExtensionNames",
	"gPCUserExtensionNames", "gPCWQLFilter", NULL };

static void put_text(struct ad_list *l, struct ad_entry *e, const char *attr, const char *key)
{
	char *text = ad_entry_text(e, attr);

	ad_list_put(l, key, text);
	free(text);
}

static void put_acl(struct ad_list *l, struct ad_entry *e)
{
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sd *sd = NULL;
	struct ad_value v;

	if (ad_entry_first(e, "nTSecurityDescriptor", &v) &&
		ad_sd_decode(&sd, v.data, v.len, NULL)) {
		ad_sddl_format(&text, sd, NULL);
		ad_list_put(l, "acl", ad_buf_text(&text));
	}
	ad_sd_free(sd);
	ad_buf_clear(&text);
}

static void describe(struct ad_list *l, struct ad_entry *e)
{
	put_text(l, e, "cn", "name");
	for (const char *const *attr = texts; *attr; attr++)
		put_text(l, e, *attr, *attr);
	put_acl(l, e);
}

static bool fill_acl(struct ad_whole_add *a, const char *text, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *sd;
	bool ok;

	if (!ad_sddl_parse(&sd, text, NULL, err))
		return false;
	ok = ad_sd_encode(sd, &bytes, err);
	if (ok)
		ad_whole_put(a, "nTSecurityDescriptor",
			&(struct ad_value){ (const char *)bytes.data, bytes.len }, 1);
	ad_sd_free(sd);
	ad_buf_clear(&bytes);
	return ok;
}

static bool fill(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_list *is = &ad_change_find(c, POLICY)->after;
	char *acl = ad_list_value(is, "acl");
	bool ok = !acl || fill_acl(a, acl, err);

	for (const char *const *attr = texts; *attr; attr++) {
		char *text = ad_list_value(is, *attr);

		ad_whole_put_text(a, *attr, text);
		free(text);
	}
	free(acl);
	return ok;
}

static const struct ad_whole policy = {
	.existence = POLICY,
	.noun = "group policy object",
	.object_class = "groupPolicyContainer",
	.who = "Domain Admins and Group Policy Creator Owners have this right",
	.attrs = (const char *const[]){ "cn", "displayName", "flags", "versionNumber",
		"gPCFunctionalityVersion", "gPCFileSysPath", "gPCMachineExtensionNames",
		"gPCUserExtensionNames", "gPCWQLFilter", "nTSecurityDescriptor", "objectGUID",
		NULL },
	.kept = (const char *const[]){ "objectGUID", NULL },
	.describe = describe,
	.fill = fill,
};

extern const struct ad_kind ad_kind_policy; /* rows of shell/plan/kind.c */
const struct ad_kind ad_kind_policy = {
	.name = "policy",
	.attributes = (const struct ad_kind_attribute[]){ { POLICY, AD_MERGE_TEXT },
		{ NULL, AD_MERGE_EXACT } },
	.in_directory = true,
	.existence = POLICY,
	.whole = &policy,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = ad_group_policy_judge_whole,
};

/* ---- containers in it ---- */

static void describe_container(struct ad_list *l, struct ad_entry *e)
{
	put_text(l, e, "cn", "name");
}

static bool fill_container(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	(void)a, (void)c, (void)err;
	return true;
}

static const struct ad_whole container = {
	.existence = "container",
	.noun = "container",
	.object_class = "container",
	.attrs = (const char *const[]){ "cn", "objectGUID", NULL },
	.kept = (const char *const[]){ "objectGUID", NULL },
	.describe = describe_container,
	.fill = fill_container,
};

extern const struct ad_kind ad_kind_container;
const struct ad_kind ad_kind_container = {
	.name = "container",
	.attributes = (const struct ad_kind_attribute[]){ { "container", AD_MERGE_EXACT },
		{ NULL, AD_MERGE_EXACT } },
	.in_directory = true,
	.existence = "container",
	.whole = &container,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = ad_group_policy_judge_whole,
};

static void explain(struct ad_err *err, const struct ad_change *c)
{
	if (err->code != AD_LDAP_INSUFFICIENT_ACCESS)
		return;
	if (ad_change_find(c, AD_GROUP_POLICY_LINK))
		ad_err_hint(err,
			"this requires the right to write gPLink of %s, which can be delegated: 'Manage Group Policy links'",
			c->dn);
	else
		ad_err_hint(err,
			"this requires the right to edit the policy: its owner and Domain Admins have it");
}

extern const struct ad_kind ad_kind_policy_attributes;
const struct ad_kind ad_kind_policy_attributes = {
	.name = "policy-attributes",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ AD_GROUP_POLICY_LINK, AD_MERGE_EXACT },
			{ AD_GROUP_POLICY_OPTIONS, AD_MERGE_EXACT },
			{ "versionNumber", AD_MERGE_EXACT },
			{ "flags", AD_MERGE_EXACT },
			{ "displayName", AD_MERGE_EXACT },
			{ "gPCMachineExtensionNames", AD_MERGE_EXACT },
			{ "gPCUserExtensionNames", AD_MERGE_EXACT },
			{ NULL, AD_MERGE_EXACT },
		},
	.in_directory = true,
	.judge = ad_group_policy_judge_edits,
	.explain = explain,
};
