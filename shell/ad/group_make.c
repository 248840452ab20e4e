/* Groups that are to be there, into a plan. See group.h. */
#include "ad/group.h"
#include "ad/identity.h"
#include "ad/whole.h"
#include "plan/placeholder.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"

#include <stdlib.h>
#include <string.h>

#define CN_MAX 64 /* rangeUpper of cn, in UTF-16 units */
/* GUID_USERS_CONTAINER_W of wellKnownObjects: CN=Users, unless an administrator has redirected it
 */
#define USERS "A9D1CA15768811D1ADED00C04FD8D5CD"

/* ---- names ---- */

static bool refuse_name(const char *name, const char *why, struct ad_err *err)
{
	return ad_err_set(
		err, AD_ERR_USAGE, "usage", 0, "'%s' is not a valid group name: %s", name, why);
}

static size_t count_units(const char *name, size_t n)
{
	struct ad_buf wide = AD_BUF_INIT;
	size_t units;

	ad_utf8_to_utf16le(&wide, name, n);
	units = wide.len / 2;
	ad_buf_clear(&wide);
	return units;
}

bool ad_group_check_name(const char *name, struct ad_err *err)
{
	size_t n = strlen(name);
	struct ad_sid sid;

	if (ad_sid_wellknown(&sid, name))
		return refuse_name(name, "Windows uses this name itself", err);
	if (!ad_utf8_valid(name, n))
		return refuse_name(name, "it is not valid UTF-8", err);
	if (n == 0 || name[0] == ' ' || name[n - 1] == ' ')
		return refuse_name(name, "it is empty, or begins or ends with a space", err);
	if (name[n - 1] == '.')
		return refuse_name(name, "it ends with a full stop", err);
	if (count_units(name, n) > CN_MAX)
		return refuse_name(name, "it has more than 64 characters", err);
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || strchr("\"/\\[]:;|=,+*?<>@", *p))
			return refuse_name(name,
				"it contains one of \" / \\ [ ] : ; | = , + * ? < > @, or a control character",
				err);
	return true;
}

/* ---- one that is there ---- */

static bool find(struct ad_entry **out, struct ad_ldap *ld, const char *name, struct ad_err *err)
{
	static const char *const attrs[] = { "objectClass", "objectGUID", "objectSid", "groupType",
		"sAMAccountName", NULL };
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .attrs = attrs, .whole = true };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	int got = -1;

	ad_filter_equal(&filter, "sAMAccountName", name, strlen(name));
	o.filter = ad_buf_text(&filter);
	*out = NULL;
	if (ad_search_open(&s, ld, &o, err))
		got = ad_search_next(s, out, err);
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got >= 0;
}

static bool refuse(const char *dn, const char *name, const char *why, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_CONFLICT, "guard", 0, "%s %s", name, why);
	ad_err_where(err, "create the group", dn);
	return ad_err_hint(err, "use another name");
}

static bool check_kind(struct ad_entry *e, const struct ad_group_wish *w, struct ad_err *err)
{
	uint32_t type = (uint32_t)ad_entry_number(e, "groupType", 0);
	char *why;

	if (type & AD_GROUP_SECURITY && type & ad_group_type(w->scope) & ~AD_GROUP_SECURITY)
		return true;
	why = type ? ad_format("is not a %s security group but a %s %s group",
			     ad_group_scope_name(ad_group_type(w->scope)),
			     ad_group_scope_name(type),
			     type & AD_GROUP_SECURITY ? "security" : "distribution")
		   : ad_strdup("is the name of another object");
	refuse(ad_entry_dn(e), w->name, why, err);
	free(why);
	return false;
}

static bool reuse(struct ad_group_found *out, struct ad_plan *p, struct ad_ldap *ld,
	struct ad_entry *e, const struct ad_group_wish *w, struct ad_err *err)
{
	struct ad_value v;
	struct ad_sid sid;

	if (!check_kind(e, w, err) || (w->n && !ad_group_add(p, ld, e, w->members, w->n, err)))
		return false;
	if (!ad_entry_first(e, "objectSid", &v))
		return refuse(ad_entry_dn(e), w->name, "has no SID", err);
	if (!ad_sid_decode(&sid, v.data, v.len, err))
		return false;
	*out = (struct ad_group_found){ ad_strdup(ad_entry_dn(e)), sid, false };
	return true;
}

/* ---- one that is to come ---- */

static void describe(struct ad_list *l, const struct ad_group_wish *w)
{
	ad_list_put(l, "name", w->name);
	ad_list_put(l, "scope", ad_group_scope_name(ad_group_type(w->scope)));
	ad_list_put(l, "description", w->description);
}

/* Of one that the plan makes already; its place and description stay. */
static bool check_scope(const struct ad_change *c, const struct ad_edit *is,
	const struct ad_group_wish *w, struct ad_err *err)
{
	char *scope = ad_list_value(&is->after, "scope");
	bool ok = scope && strcmp(scope, ad_group_scope_name(ad_group_type(w->scope))) == 0;

	free(scope);
	return ok || refuse(c->dn, w->name, "is already in the plan with another scope", err);
}

static bool plan(struct ad_change **out, struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *e,
	const struct ad_group_wish *w, struct ad_err *err)
{
	struct ad_change *c = ad_plan_add(p, &ad_kind_group, ld, e, w->name);
	struct ad_edit *is = ad_change_edit(c, e, AD_GROUP), *members;

	if (is->after.n == 0)
		describe(&is->after, w);
	else if (!check_scope(c, is, w, err))
		return false;
	members = ad_change_edit(c, e, AD_MEMBER);
	for (size_t i = 0; i < w->n; i++)
		ad_list_unite(&members->after, AD_MERGE_SET,
			&(struct ad_value){ w->members[i], strlen(w->members[i]) }, 1);
	*out = c;
	return true;
}

static bool make(struct ad_group_found *out, struct ad_plan *p, struct ad_ldap *ld, char *dn,
	const struct ad_group_wish *w, struct ad_err *err)
{
	struct ad_change *c = NULL;
	struct ad_entry *e;
	bool ok;

	if (!ad_group_read(&e, ld, dn, err))
		return false;
	ok = ad_entry_count(e) == 0
		     ? plan(&c, p, ld, e, w, err)
		     : refuse(dn, w->name, "is the name of another object there", err);
	ad_entry_free(e);
	if (!ok)
		return false;
	ad_placeholder_make(&c->sid, dn);
	*out = (struct ad_group_found){ ad_strdup(dn), c->sid, true };
	return true;
}

bool ad_group_make(struct ad_group_found *out, struct ad_plan *p, struct ad_ldap *ld,
	const struct ad_group_wish *w, struct ad_err *err)
{
	char *container, *dn;
	struct ad_entry *e;
	bool ok;

	if (!find(&e, ld, w->name, err))
		return false;
	if (e) {
		ok = reuse(out, p, ld, e, w, err);
		ad_entry_free(e);
		return ok;
	}
	if (!ad_group_check_name(w->name, err) ||
		!ad_whole_container(&container, ld, w->container, USERS, err))
		return false;
	dn = ad_whole_dn(container, w->name);
	ok = make(out, p, ld, dn, w, err);
	free(dn);
	free(container);
	return ok;
}
