/* The kind of change by which a group comes or goes. See group.h and whole.h. */
#include "ad/group.h"
#include "ad/protected.h"
#include "ad/whole.h"
#include "base/mem.h"
#include "plan/object.h"

#include <stdio.h>
#include <stdlib.h>

/* What people fill in: as long as all of it is as it was made, nobody else has taken it over. */
static const char *const told[] = { "description", "displayName", "info", "mail", "managedBy" };

#define TOLD (sizeof told / sizeof *told)

static void add_scope(struct ad_list *l, uint32_t type)
{
	char *text = ad_format(
		"%s%s", ad_group_scope_name(type), type & AD_GROUP_SECURITY ? "" : " distribution");

	ad_list_put(l, "scope", text);
	free(text);
}

static void describe(struct ad_list *l, struct ad_entry *e)
{
	const struct ad_value *v;
	char *text = ad_entry_text(e, "sAMAccountName");

	ad_list_put(l, "name", text);
	free(text);
	if (ad_entry_values(e, "groupType", NULL)) {
		add_scope(l, (uint32_t)ad_entry_number(e, "groupType", 0));
	} else {
		text = ad_object_class(e);
		ad_list_put(l, "class", text);
		free(text);
	}
	for (size_t i = 0; i < TOLD; i++)
		for (size_t k = 0, n = ad_entry_values(e, told[i], &v); k < n; k++) {
			text = ad_strndup(v[k].data, v[k].len);
			ad_list_put(l, told[i], text);
			free(text);
		}
}

/* AD writes 32 bits with a sign. */
static bool parse_type(char out[16], const struct ad_list *is, struct ad_err *err)
{
	char *text = ad_list_value(is, "scope");
	enum ad_group_scope scope = AD_GROUP_SCOPE_GLOBAL;
	bool ok = ad_group_scope_parse(&scope, text ? text : "", err);

	free(text);
	snprintf(out, 16, "%ld", (long)(int32_t)ad_group_type(scope));
	return ok;
}

static bool fill(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_edit *is = ad_change_find(c, AD_GROUP),
			     *edit = ad_change_find(c, AD_MEMBER);
	char *name = ad_list_value(&is->after, "name"), type[16];
	char *text = ad_list_value(&is->after, "description");
	struct ad_list members = { NULL, 0 };
	bool ok = name ? parse_type(type, &is->after, err)
		       : ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a group needs a name");

	if (edit)
		ad_list_copy(&members, &edit->after);
	ad_group_wire(AD_MEMBER, &members);
	if (ok) {
		ad_whole_put_text(a, "sAMAccountName", name);
		ad_whole_put_text(a, "groupType", type);
		ad_whole_put_text(a, "description", text);
		ad_whole_put(a, AD_MEMBER, members.v, members.n);
	}
	ad_list_clear(&members);
	free(name);
	free(text);
	return ok;
}

static const struct ad_whole whole = {
	.existence = AD_GROUP,
	.noun = "group",
	.object_class = "group",
	.attrs = (const char *const[]){ "objectClass", "objectGUID", "objectSid", "groupType",
		"sAMAccountName", "description", "displayName", "info", "mail", "managedBy",
		AD_MEMBER, "memberOf", NULL },
	.kept = (const char *const[]){ AD_MEMBER, "memberOf", "objectGUID", "objectSid", NULL },
	.describe = describe,
	.fill = fill,
};

bool ad_group_read(struct ad_entry **out, struct ad_ldap *ld, const char *dn, struct ad_err *err)
{
	return ad_whole_at(out, &whole, ld, dn, err);
}

/* ---- the kind ---- */

/* A new group is nobody's yet: its members are. One that goes is what it is. */
static bool kind_judge(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, AD_MEMBER);
	struct ad_list added = { NULL, 0 }, removed = { NULL, 0 };
	bool ok = ad_protected_judge_object(v, c->ld, now, err);

	if (ok && e) {
		ad_edit_difference(e, &added, &removed);
		ok = ad_protected_judge_members(v, j, c->ld, added.v, added.n, err);
	}
	ad_list_clear(&added);
	ad_list_clear(&removed);
	return ok;
}

const struct ad_kind ad_kind_group = {
	.name = "group",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ AD_GROUP, AD_MERGE_EXACT },
			{ AD_MEMBER, AD_MERGE_SET },
			{ NULL, AD_MERGE_SET },
		},
	.in_directory = true,
	.existence = AD_GROUP,
	.whole = &whole,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = kind_judge,
};
