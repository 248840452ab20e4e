/* How far a domain controller's database has come. See ldap_update.h. */
#include "net/ldap_update.h"
#include "net/ldap_priv.h"
#include "net/ldap_search.h"

#include <stdlib.h>
#include <string.h>

static bool lacks(const struct ad_ldap *ld, const char *what, struct ad_err *err)
{
	return ad_err_set(
		err, AD_ERR_FAILED, "ldap", 0, "%s does not report %s", ld->info.host, what);
}

/* Of the NTDS Settings object, whose DN the rootDSE has. */
static bool read_invocation(struct ad_ldap *ld, const char *settings, struct ad_err *err)
{
	static const char *const attrs[] = { "invocationId", NULL };
	struct ad_value v = { NULL, 0 };
	struct ad_entry *e;

	if (!ad_search_base(&e, ld, settings, attrs, err))
		return false;
	if (ad_entry_first(e, attrs[0], &v) && v.len == AD_GUID_SIZE)
		ad_guid_format(v.data, ld->invocation);
	ad_entry_free(e);
	return v.len == AD_GUID_SIZE || lacks(ld, "its invocation id", err);
}

bool ad_ldap_update(struct ad_update *out, struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "dsServiceName", "highestCommittedUSN", NULL };
	struct ad_entry *e;
	char *settings;
	long long usn;
	bool ok;

	if (!ad_search_base(&e, ld, "", attrs, err))
		return false;
	usn = ad_entry_number(e, "highestCommittedUSN", -1);
	settings = ad_entry_text(e, "dsServiceName");
	ad_entry_free(e);
	if (usn < 0 || !settings)
		ok = lacks(ld, "its last update", err);
	else
		ok = *ld->invocation || read_invocation(ld, settings, err);
	free(settings);
	if (!ok)
		return false;
	memcpy(out->invocation, ld->invocation, sizeof out->invocation);
	out->usn = (uint64_t)usn;
	return true;
}
