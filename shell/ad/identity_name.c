/* What an object is, and what it is called. See identity.h. */
#include "ad/identity.h"

#include "base/mem.h"
#include "base/text.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

static bool has_class(struct ad_entry *e, const char *object_class)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "objectClass", &v), i;

	for (i = 0; i < n; i++)
		if (ad_casecmp(v[i].data, v[i].len, object_class, strlen(object_class)) == 0)
			return true;
	return false;
}

bool ad_identity_check(
	struct ad_entry *e, enum ad_identity_want want, const char *name, struct ad_err *err)
{
	static const struct {
		const char *object_class, *words;
	} wanted[] = {
		[AD_WANT_ANY] = { "top", "an object" },
		[AD_WANT_ACCOUNT] = { "user", "a user, a computer or a service account" },
		[AD_WANT_COMPUTER] = { "computer", "a computer" },
		[AD_WANT_GROUP] = { "group", "a group" },
	};
	struct ad_value account;
	char *object_class;

	if (want == AD_WANT_ANY || has_class(e, wanted[want].object_class))
		return true;
	object_class = ad_object_class(e);
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is a %s (%s); %s is required here", name,
		object_class, ad_entry_dn(e), wanted[want].words);
	free(object_class);
	if (want != AD_WANT_GROUP && ad_entry_first(e, "sAMAccountName", &account))
		ad_err_hint(err, "the computer of that name is '%.*s$'", (int)account.len,
			account.data);
	return false;
}

void ad_identity_host_names(struct ad_entry *e, char **short_name, char **fqdn)
{
	char *name = ad_object_label(e);
	size_t n = strlen(name);

	if (n && name[n - 1] == '$')
		name[n - 1] = 0;
	*short_name = name;
	*fqdn = ad_entry_text(e, "dNSHostName");
}
