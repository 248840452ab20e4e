/* A directory that is a snapshot: what it says about itself. See stored.h. */
#include "net/stored_priv.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct ad_stored *ad_ldap_stored(const struct ad_ldap *ld)
{
	return ld->stored;
}

size_t ad_ldap_stored_domain(const struct ad_ldap *ld)
{
	return ld->stored_domain;
}

bool ad_stored_refuse(const struct ad_ldap *ld, const char *what, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "snapshot", 0,
		"%s is a snapshot of %s of %s, which is read-only: %s", ld->info.snapshot,
		ld->info.domain, ld->info.taken ? ld->info.taken : "an unknown time", what);
	return ad_err_hint(err, "omit --from to query a domain controller");
}

/* Has the file every domain of the forest? It says so itself. */
static bool has_forest(const struct ad_stored *s, const char *root)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(s->head, "forests", &v);

	while (n-- > 0)
		if (ad_casecmp(v[n].data, v[n].len, root, strlen(root)) == 0)
			return true;
	return false;
}

static bool describe(struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_entry *root = ld->stored->domain[ld->stored_domain];
	struct ad_ldap_info *i = &ld->info;

	i->host = ad_entry_text(root, "dnsHostName");
	if (!i->host)
		i->host = ad_strdup("a domain controller");
	i->snapshot = ad_strdup(ld->stored->path);
	i->taken = ad_entry_text(ld->stored->head, "taken");
	i->uri = ad_format("snapshot:%s", ld->stored->path);
	i->mechanism = ad_strdup("snapshot");
	i->principal = ad_entry_text(ld->stored->head, "principal");
	return ad_ldap_take_root(ld, root, err);
}

static bool check_catalog(const struct ad_ldap *ld, struct ad_err *err)
{
	if (has_forest(ld->stored, ld->info.root_base))
		return true;
	ad_err_set(err, AD_ERR_CONNECT, "snapshot", 0,
		"the snapshot %s does not hold every domain of the forest of %s", ld->info.snapshot,
		ld->info.domain);
	return ad_err_hint(err, "adsh snapshot --forest FILE creates one that does");
}

bool ad_stored_directory(
	struct ad_ldap **out, struct ad_stored *s, size_t i, bool gc, struct ad_err *err)
{
	struct ad_ldap *ld = ad_alloc(sizeof *ld);

	ld->refs = 1;
	ld->wire = ad_alloc(sizeof *ld->wire);
	ld->wire->fd = -1;
	ld->pinned = true;
	ld->stored = ad_stored_ref(s);
	ld->stored_domain = i;
	if (!describe(ld, err) || (gc && !check_catalog(ld, err))) {
		ad_ldap_free(ld);
		return false;
	}
	ld->info.is_gc = gc;
	*out = ld;
	return true;
}
