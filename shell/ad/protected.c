/* Objects that need a second thought. See protected.h. */
#include "ad/protected.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/uac.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_OWN_RID 1000 /* below are those that Windows makes, [MS-SAMR] 2.2.1.14 */

const char *const ad_protected_attrs[] = { "objectSid", "sAMAccountName", "objectClass",
	"userAccountControl", "memberOf", "primaryGroupID", "adminCount", NULL };

static bool is_in_primary(const struct ad_entry *e, uint32_t rid)
{
	return ad_entry_number(e, "primaryGroupID", 0) == (long long)rid;
}

static bool has_bit(const struct ad_entry *e, uint32_t bit)
{
	return ad_entry_number(e, "userAccountControl", 0) & bit;
}

static bool is_read_only_controller(const struct ad_entry *e)
{
	return has_bit(e, AD_UAC_PARTIAL_SECRETS_ACCOUNT) ||
	       is_in_primary(e, AD_RID_READ_ONLY_DOMAIN_CONTROLLERS);
}

bool ad_is_domain_controller(const struct ad_entry *e)
{
	return has_bit(e, AD_UAC_SERVER_TRUST_ACCOUNT) ||
	       is_in_primary(e, AD_RID_DOMAIN_CONTROLLERS) || is_read_only_controller(e);
}

bool ad_is_krbtgt(struct ad_entry *e)
{
	struct ad_sid sid, domain;
	struct ad_value v;

	if (ad_object_sid(&sid, e) && ad_homes_domain(&domain, &sid) &&
		ad_sid_rid(&sid) == AD_RID_KRBTGT)
		return true;
	/* a read-only DC's is krbtgt_NNNNN */
	return ad_entry_first(e, "sAMAccountName", &v) && v.len > 7 &&
	       ad_casecmp(v.data, 7, "krbtgt_", 7) == 0;
}

static bool has_admin_count(struct ad_entry *e)
{
	struct ad_value v;

	return ad_entry_first(e, "adminCount", &v) && !(v.len == 1 && v.data[0] == '0');
}

bool ad_is_administrative_group(struct ad_entry *e)
{
	struct ad_sid sid;

	return ad_object_is(e, "group") &&
	       (has_admin_count(e) || (ad_object_sid(&sid, e) && ad_sid_rid(&sid) < FIRST_OWN_RID));
}

/* ---- by membership ---- */

/* The known group of one of these sorts that e is in; *name stays NULL when there is none. */
static bool find_membership(const char **name, struct ad_ldap *ld, struct ad_entry *e,
	bool protected_users, struct ad_err *err)
{
	static const enum ad_group_sort sorts[] = { AD_GROUP_PROTECTED_USERS,
		AD_GROUP_ADMINISTERS };
	uint32_t primary_rid = (uint32_t)ad_entry_number(e, "primaryGroupID", 0);
	struct ad_sid sid, domain, primary;
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "memberOf", &v);
	struct ad_known_groups *g;

	*name = NULL;
	if (!ad_object_sid(&sid, e) || !ad_homes_domain(&domain, &sid) ||
		!ad_sid_make(&primary, &domain, primary_rid) ||
		(n == 0 && (primary_rid == 0 || primary_rid == AD_RID_DOMAIN_COMPUTERS ||
				   primary_rid == AD_RID_DOMAIN_USERS)))
		return true;
	if (!ad_known_groups(&g, ld, &domain, err))
		return false;
	for (size_t s = 0; s < (protected_users ? 1 : 2) && !*name; s++) {
		*name = ad_known_group_sid(g, sorts[s], &primary);
		for (size_t i = 0; i < n && !*name; i++)
			*name = ad_known_group_dn(g, sorts[s], v[i].data, v[i].len);
	}
	return true;
}

bool ad_is_protected_user(bool *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	const char *name;

	if (!find_membership(&name, ld, e, true, err))
		return false;
	*out = name != NULL;
	return true;
}

bool ad_protected_why(char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	const char *name;

	*why = is_read_only_controller(e)      ? ad_strdup("a read-only domain controller")
	       : ad_is_domain_controller(e)    ? ad_strdup("a domain controller")
	       : ad_is_krbtgt(e)               ? ad_strdup("the KDC's own account")
	       : ad_is_administrative_group(e) ? ad_strdup("a built-in or administrative group")
					       : NULL;
	if (*why)
		return true;
	if (!find_membership(&name, ld, e, false, err))
		return false;
	if (name)
		*why = ad_format("a member of %s", name);
	else if (has_admin_count(e))
		*why = ad_strdup("protected by AdminSDHolder: adminCount is set");
	return true;
}

bool ad_protected_judge_object(
	struct ad_verdict *v, struct ad_ldap *ld, struct ad_entry *now, struct ad_err *err)
{
	char *why = NULL;

	if (now && !ad_protected_why(&why, ld, now, err))
		return false;
	if (why)
		ad_verdict_touches(v, "%s", why);
	free(why);
	return true;
}
