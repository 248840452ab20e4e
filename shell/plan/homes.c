/* Domains by SID. See homes.h. */
#include "plan/homes.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

bool ad_homes_domain(struct ad_sid *out, const struct ad_sid *sid)
{
	static const unsigned char head[] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0 };

	/* S-1-5-21-a-b-c-RID: five sub-authorities, the first of them 21 (MS-DTYP 2.4.2.4) */
	return sid->len > sizeof head && memcmp(sid->bytes, head, sizeof head) == 0 &&
	       ad_sid_domain(out, sid);
}

const struct ad_home *ad_homes_find(const struct ad_homes *h, const struct ad_sid *domain)
{
	for (size_t i = 0; h && i < h->n; i++)
		if (ad_sid_equal(&h->v[i].domain, domain))
			return &h->v[i];
	return NULL;
}

static void clear_home(struct ad_home *h)
{
	ad_ldap_free(h->ld);
	free(h->why);
	*h = (struct ad_home){ .ld = NULL };
}

void ad_homes_set(
	struct ad_homes *h, const struct ad_sid *domain, struct ad_ldap *ld, const char *why)
{
	struct ad_home *place = (struct ad_home *)ad_homes_find(h, domain);

	ld = ld ? ad_ldap_ref(ld) : NULL;
	if (place) {
		clear_home(place);
	} else {
		h->v = ad_realloc(h->v, h->n + 1, sizeof *h->v);
		place = &h->v[h->n++];
	}
	*place = (struct ad_home){ *domain, ld, why ? ad_strdup(why) : NULL };
}

void ad_homes_clear(struct ad_homes *h)
{
	while (h->n)
		clear_home(&h->v[--h->n]);
	free(h->v);
	h->v = NULL;
}
