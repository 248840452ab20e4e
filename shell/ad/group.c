/* Members of groups. See group.h. */
#include "ad/group.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/ldap_codes.h"
#include "codec/sid.h"

#include <stdlib.h>
#include <string.h>

static const struct scope {
	const char *name;
	uint32_t bit;
} scopes[] = {
	[AD_GROUP_SCOPE_GLOBAL] = { "global", AD_GROUP_GLOBAL },
	[AD_GROUP_SCOPE_DOMAIN_LOCAL] = { "domain local", AD_GROUP_DOMAIN_LOCAL },
	[AD_GROUP_SCOPE_UNIVERSAL] = { "universal", AD_GROUP_UNIVERSAL },
};

#define SCOPES (sizeof scopes / sizeof *scopes)

uint32_t ad_group_type(enum ad_group_scope scope)
{
	return scopes[scope].bit | AD_GROUP_SECURITY;
}

const char *ad_group_scope_name(uint32_t type)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (type & scopes[i].bit)
			return scopes[i].name;
	return "strange";
}

bool ad_group_scope_parse(enum ad_group_scope *out, const char *text, struct ad_err *err)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (ad_caseeq(text, scopes[i].name) ||
			(i == AD_GROUP_SCOPE_DOMAIN_LOCAL && ad_caseeq(text, "domainlocal"))) {
			*out = (enum ad_group_scope)i;
			return true;
		}
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is not a group scope", text);
	return ad_err_hint(err, "the scopes are global, domainlocal and universal");
}

/* ---- members ---- */

static bool read_group(struct ad_entry **e, struct ad_ldap *ld, const char *dn, struct ad_err *err)
{
	static const char *const attrs[] = { "objectGUID", "objectSid", "sAMAccountName",
		"adminCount", AD_MEMBER, NULL };

	return ad_search_base(e, ld, dn, attrs, err) || ad_err_where(err, "read the group", dn);
}

static struct ad_edit *begin(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e)
{
	struct ad_change *c = ad_plan_change(p, ld, e);

	return ad_change_edit(c, e, AD_MEMBER);
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

void ad_group_wire(const char *attr, struct ad_list *values)
{
	static const char place[] = ",CN=ForeignSecurityPrincipals,";
	char text[AD_SID_TEXT];
	struct ad_sid sid;

	for (size_t i = 0; ad_caseeq(attr, AD_MEMBER) && i < values->n; i++) {
		const struct ad_value *v = &values->v[i];
		char *name;
		size_t n = v->len > 3 && ad_casecmp(v->data, 3, "CN=", 3) == 0
				   ? ad_sid_scan(&sid, v->data + 3)
				   : 0;

		if (n == 0 ||
			ad_casecmp(v->data + 3 + n, strnlen(v->data + 3 + n, sizeof place - 1),
				place, sizeof place - 1) != 0)
			continue;
		ad_sid_format(&sid, text);
		name = ad_format("<SID=%s>", text);
		ad_list_replace(values, i, name, strlen(name));
		free(name);
	}
}

bool ad_group_is_clash(const struct ad_change *c, const struct ad_err *err)
{
	return (err->code == AD_LDAP_ALREADY_EXISTS || err->code == AD_LDAP_UNWILLING_TO_PERFORM) &&
	       ad_change_find(c, AD_MEMBER);
}
