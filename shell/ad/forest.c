/* The domains of a forest. See forest.h. */
#include "ad/forest.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"

#include <stdlib.h>
#include <string.h>

/* crossRef objects whose systemFlags say: a naming context of this forest, and a domain's */
#define DOMAINS "(&(objectClass=crossRef)(systemFlags:1.2.840.113556.1.4.803:=3))"

static void clear(struct ad_domain *d)
{
	free(d->dn);
	free(d->base);
	free(d->dns);
	free(d->netbios);
	free(d->parent);
}

void ad_domains_free(struct ad_domain *d, size_t n)
{
	while (n)
		clear(&d[--n]);
	free(d);
}

static void read_domain(struct ad_domain *d, struct ad_entry *e)
{
	d->dn = ad_strdup(ad_entry_dn(e));
	d->base = ad_entry_text(e, "nCName");
	d->dns = ad_entry_text(e, "dnsRoot");
	d->netbios = ad_entry_text(e, "nETBIOSName");
	d->parent = ad_entry_text(e, "trustParent");
}

static void put_root_first(struct ad_domain *d, size_t n, const char *root)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (ad_dn_equal(d[i].base, root)) {
			struct ad_domain first = d[i];

			memmove(d + 1, d, i * sizeof *d);
			d[0] = first;
		}
}

bool ad_forest_domains(struct ad_domain **out, size_t *n, struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "nCName", "dnsRoot", "nETBIOSName", "trustParent",
		NULL };
	const struct ad_ldap_info *info = ad_ldap_info(ld);
	struct ad_search_options o = { .scope = AD_SCOPE_ONE, .filter = DOMAINS, .attrs = attrs };
	char *base = ad_format("CN=Partitions,%s", info->config_base);
	struct ad_domain *d = NULL;
	struct ad_search *s = NULL;
	struct ad_entry *e = NULL;
	size_t count = 0;
	int got = -1;

	o.base = base;
	if (ad_search_open(&s, ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			d = ad_realloc(d, count + 1, sizeof *d);
			read_domain(&d[count], e);
			if (d[count].base && d[count].dns)
				count++;
			else
				clear(&d[count]);
			ad_entry_free(e);
		}
	ad_search_close(s);
	free(base);
	if (got < 0) {
		ad_domains_free(d, count);
		return false;
	}
	put_root_first(d, count, info->root_base);
	*out = d;
	*n = count;
	return true;
}

const struct ad_domain *ad_domains_find(const struct ad_domain *d, size_t n, const char *name)
{
	for (; n--; d++)
		if (ad_caseeq(d->dns, name) || (d->netbios && ad_caseeq(d->netbios, name)))
			return d;
	return NULL;
}
