/* The table of kinds. See kind.h. */
#include "plan/kind.h"
#include "base/text.h"

#include <string.h>

extern const struct ad_kind ad_kind_account, ad_kind_container, ad_kind_file, ad_kind_folder,
	ad_kind_policy, ad_kind_policy_attributes, ad_kind_group, ad_kind_share;

static const struct ad_kind *const kinds[] = {
	&ad_kind_attributes,
	&ad_kind_account,
	&ad_kind_group,
	&ad_kind_share,
	&ad_kind_folder,
	&ad_kind_file,
	&ad_kind_policy,
	&ad_kind_container,
	&ad_kind_policy_attributes,
};

const struct ad_kind *ad_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

bool ad_kind_merge(enum ad_merge *out, const struct ad_kind *k, const char *attr)
{
	for (const struct ad_kind_attribute *a = k->attributes; a->name; a++)
		if (ad_caseeq(a->name, attr)) {
			*out = a->merge;
			return true;
		}
	return false;
}
