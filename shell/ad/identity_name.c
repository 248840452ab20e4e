/* What an object is, and what it is called. See identity.h. */
#include "ad/identity.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"

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
	object_class = ad_identity_class(e);
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is a %s (%s); %s is needed here", name,
		object_class, ad_entry_dn(e), wanted[want].words);
	free(object_class);
	if (want != AD_WANT_GROUP && ad_entry_first(e, "sAMAccountName", &account))
		ad_err_hint(err, "a computer of that name would be '%.*s$'", (int)account.len,
			account.data);
	return false;
}

bool ad_identity_sid(struct ad_sid *out, struct ad_entry *e)
{
	struct ad_value v;

	return ad_entry_first(e, "objectSid", &v) && ad_sid_decode(out, v.data, v.len, NULL);
}

char *ad_identity_label(struct ad_entry *e)
{
	char *name = ad_entry_text(e, "sAMAccountName");
	struct ad_buf rdn = AD_BUF_INIT;

	if (name)
		return name;
	if (!ad_dn_rdn_value(&rdn, ad_entry_dn(e)))
		ad_buf_puts(&rdn, ad_entry_dn(e));
	return ad_buf_steal(&rdn);
}

char *ad_identity_class(struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "objectClass", &v);

	return n ? ad_strndup(v[n - 1].data, v[n - 1].len) : ad_strdup("object");
}

void ad_identity_host_names(struct ad_entry *e, char **short_name, char **fqdn)
{
	char *name = ad_identity_label(e);
	size_t n = strlen(name);

	if (n && name[n - 1] == '$')
		name[n - 1] = 0;
	*short_name = name;
	*fqdn = ad_entry_text(e, "dNSHostName");
}
