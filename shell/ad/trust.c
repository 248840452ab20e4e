/* Trusts. See trust.h. */
#include "ad/trust.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/flags.h"

#include <stdlib.h>
#include <string.h>

#define WITHIN_FOREST AD_TRUST_WITHIN_FOREST

const char *ad_trust_kind_name(enum ad_trust_kind k)
{
	static const char *const names[] = {
		[AD_TRUST_PARENT] = "parent",
		[AD_TRUST_CHILD] = "child",
		[AD_TRUST_TREE_ROOT] = "tree root",
		[AD_TRUST_SHORTCUT] = "shortcut",
		[AD_TRUST_FOREST] = "forest",
		[AD_TRUST_EXTERNAL] = "external",
		[AD_TRUST_REALM] = "realm",
	};

	return names[k];
}

const char *ad_trust_filter_words(enum ad_trust_filter f)
{
	static const char *const words[] = {
		[AD_TRUST_FILTER_NONE] = "none",
		[AD_TRUST_FILTER_FOREST] = "only SIDs of the partner's forest",
		[AD_TRUST_FILTER_RELAXED] = "relaxed: treated as external, SID history passes",
		[AD_TRUST_FILTER_QUARANTINE] =
			"quarantined: only SIDs of the partner domain itself",
	};

	return words[f];
}

const char *ad_trust_tgt_words(enum ad_trust_tgt t)
{
	static const char *const words[] = {
		[AD_TRUST_TGT_ON] = "enabled",
		[AD_TRUST_TGT_OFF] = "off: not enabled on this trust, the default since July 2019",
		[AD_TRUST_TGT_FORBIDDEN] = "forbidden: NO_TGT_DELEGATION is set",
		[AD_TRUST_TGT_QUARANTINED] = "forbidden: the trust is quarantined",
		[AD_TRUST_TGT_OUTBOUND] = "none: the partner does not trust this domain",
	};

	return words[t];
}

enum ad_trust_filter ad_trust_filter(const struct ad_trust *t)
{
	if (t->attributes & AD_TRUST_QUARANTINED)
		return AD_TRUST_FILTER_QUARANTINE;
	if (t->kind != AD_TRUST_FOREST)
		return AD_TRUST_FILTER_NONE;
	return t->attributes & AD_TRUST_TREAT_AS_EXTERNAL ? AD_TRUST_FILTER_RELAXED
							  : AD_TRUST_FILTER_FOREST;
}

enum ad_trust_tgt ad_trust_tgt(const struct ad_trust *t)
{
	if (!(t->direction & AD_TRUST_INBOUND))
		return AD_TRUST_TGT_OUTBOUND;
	if (t->attributes & AD_TRUST_QUARANTINED)
		return AD_TRUST_TGT_QUARANTINED;
	if (t->attributes & AD_TRUST_NO_TGT_DELEGATION)
		return AD_TRUST_TGT_FORBIDDEN;
	if (t->attributes & (AD_TRUST_ENABLE_TGT_DELEGATION | WITHIN_FOREST) ||
		t->kind <= AD_TRUST_SHORTCUT)
		return AD_TRUST_TGT_ON;
	return AD_TRUST_TGT_OFF;
}

/* ---- what kind of trust ---- */

static bool is_parent(const struct ad_domain *child, const struct ad_domain *parent)
{
	return child->parent && ad_dn_equal(child->parent, parent->dn);
}

static enum ad_trust_kind kind_within(const struct ad_domain *own, const struct ad_domain *partner)
{
	if (!own || !partner)
		return AD_TRUST_SHORTCUT;
	if (is_parent(own, partner))
		return AD_TRUST_PARENT;
	if (is_parent(partner, own))
		return AD_TRUST_CHILD;
	return own->parent || partner->parent ? AD_TRUST_SHORTCUT : AD_TRUST_TREE_ROOT;
}

/* Trusts that Windows 2000 made inside a forest lack the bit: then the forest's own list of
 * domains tells. */
void ad_trust_classify(struct ad_trust *t, const char *own, const struct ad_domain *d, size_t n)
{
	const struct ad_domain *partner = ad_domains_find(d, n, t->partner);

	if (t->type == AD_TRUST_TYPE_MIT)
		t->kind = AD_TRUST_REALM;
	else if (t->attributes & WITHIN_FOREST ||
		 (partner && !(t->attributes & AD_TRUST_FOREST_TRANSITIVE)))
		t->kind = kind_within(ad_domains_find(d, n, own), partner);
	else
		t->kind = t->attributes & AD_TRUST_FOREST_TRANSITIVE ? AD_TRUST_FOREST
								     : AD_TRUST_EXTERNAL;
	t->transitive = t->kind != AD_TRUST_EXTERNAL && !(t->attributes & AD_TRUST_NON_TRANSITIVE);
}

/* ---- reading ---- */

void ad_trusts_free(struct ad_trust *t, size_t n)
{
	while (n) {
		free(t[--n].partner);
		free(t[n].netbios);
	}
	free(t);
}

static bool read_trust(struct ad_trust *t, struct ad_entry *e, struct ad_err *err)
{
	struct ad_value v;

	memset(t, 0, sizeof *t);
	if (ad_entry_first(e, "securityIdentifier", &v) &&
		!ad_sid_decode(&t->sid, v.data, v.len, err)) {
		ad_err_where(err, "read securityIdentifier", ad_entry_dn(e));
		return false;
	}
	t->partner = ad_entry_text(e, "trustPartner");
	t->netbios = ad_entry_text(e, "flatName");
	if (!t->partner)
		t->partner = ad_strdup(t->netbios ? t->netbios : ad_entry_dn(e));
	t->direction = (uint32_t)ad_entry_number(e, "trustDirection", 0);
	t->type = (uint32_t)ad_entry_number(e, "trustType", 0);
	t->attributes = (uint32_t)ad_entry_number(e, "trustAttributes", 0);
	t->has_enctypes = ad_entry_values(e, "msDS-SupportedEncryptionTypes", NULL) > 0;
	t->enctypes = (uint32_t)ad_entry_number(e, "msDS-SupportedEncryptionTypes", 0);
	return true;
}

static int by_partner(const void *a, const void *b)
{
	const struct ad_trust *x = a, *y = b;

	return ad_casecmp(x->partner, strlen(x->partner), y->partner, strlen(y->partner));
}

/* All of them, not yet classified. */
static bool read_all(struct ad_trust **t, size_t *n, struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "trustPartner", "flatName", "securityIdentifier",
		"trustDirection", "trustType", "trustAttributes", "msDS-SupportedEncryptionTypes",
		NULL };
	struct ad_search_options o = {
		.scope = AD_SCOPE_ONE, .filter = "(objectClass=trustedDomain)", .attrs = attrs
	};
	char *base = ad_format("CN=System,%s", ad_ldap_info(ld)->base);
	struct ad_search *s = NULL;
	struct ad_entry *e = NULL;
	int got = -1;
	bool ok = true;

	o.base = base;
	if (ad_search_open(&s, ld, &o, err))
		while (ok && (got = ad_search_next(s, &e, err)) == 1) {
			*t = ad_realloc(*t, *n + 1, sizeof **t);
			ok = read_trust(&(*t)[*n], e, err);
			*n += ok;
			ad_entry_free(e);
		}
	ad_search_close(s);
	free(base);
	return ok && got == 0;
}

bool ad_trust_list(struct ad_trust **out, size_t *n, struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_domain *d = NULL;
	struct ad_trust *t = NULL;
	size_t n_domains = 0, count = 0, i;

	if (!ad_forest_domains(&d, &n_domains, ld, err))
		return false;
	if (!read_all(&t, &count, ld, err)) {
		ad_trusts_free(t, count);
		ad_domains_free(d, n_domains);
		return false;
	}
	for (i = 0; i < count; i++)
		ad_trust_classify(&t[i], ad_ldap_info(ld)->domain, d, n_domains);
	ad_domains_free(d, n_domains);
	if (count)
		qsort(t, count, sizeof *t, by_partner);
	*out = t;
	*n = count;
	return true;
}
