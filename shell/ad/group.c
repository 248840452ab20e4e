/* Members of groups. See group.h. */
#include "ad/group.h"
#include "base/mem.h"
#include "codec/sid.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4511 appendix A: what Samba answers when a member to be added is there, and when one to be
 * removed is not */
#define ALREADY_EXISTS 68
#define UNWILLING_TO_PERFORM 53

#define MEMBER "member"
#define OWN_RIDS 1000 /* below are those that Windows makes, [MS-SAMR] 2.2.1.14 */

static bool is_administrative(struct ad_entry *e)
{
	struct ad_value v;
	struct ad_sid sid;

	if (ad_entry_first(e, "adminCount", &v) && !(v.len == 1 && v.data[0] == '0'))
		return true;
	return ad_entry_first(e, "objectSid", &v) && ad_sid_decode(&sid, v.data, v.len, NULL) &&
	       ad_sid_rid(&sid) < OWN_RIDS;
}

static bool read_group(struct ad_entry **e, struct ad_ldap *ld, const char *dn, struct ad_err *err)
{
	static const char *const attrs[] = { "objectGUID", "objectSid", "sAMAccountName",
		"adminCount", MEMBER, NULL };

	return ad_search_base(e, ld, dn, attrs, err) || ad_err_where(err, "read the group", dn);
}

static struct ad_edit *begin(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e)
{
	struct ad_change *c = ad_plan_change(p, ld, e);

	if (is_administrative(e))
		ad_change_protected(c, "a built-in or administrative group");
	return ad_change_edit(c, e, MEMBER, AD_MERGE_SET);
}

static struct ad_value *as_values(const char *const *dns, size_t n)
{
	struct ad_value *v = ad_alloc((n + 1) * sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct ad_value){ dns[i], strlen(dns[i]) };
	return v;
}

static bool edit(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, bool add, struct ad_err *err)
{
	struct ad_value *v;
	struct ad_entry *e;
	struct ad_edit *m;

	if (!read_group(&e, ld, ad_entry_dn(group), err))
		return false;
	v = as_values(dns, n);
	m = begin(p, ld, e);
	if (add)
		ad_list_unite(&m->after, AD_MERGE_SET, v, n);
	else
		ad_list_subtract(&m->after, AD_MERGE_SET, v, n);
	free(v);
	ad_entry_free(e);
	return true;
}

bool ad_group_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err)
{
	return edit(p, ld, group, dns, n, true, err);
}

bool ad_group_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *group,
	const char *const *dns, size_t n, struct ad_err *err)
{
	return edit(p, ld, group, dns, n, false, err);
}

bool ad_group_is_clash(const struct ad_change *c, const struct ad_err *err)
{
	return (err->code == ALREADY_EXISTS || err->code == UNWILLING_TO_PERFORM) &&
	       ad_change_find(c, MEMBER);
}
