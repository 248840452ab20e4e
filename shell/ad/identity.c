/* Finding the object that a person means. See identity.h. */
#include "ad/identity.h"
#include "ad/identity_form.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/ldap_codes.h"

#include <stdlib.h>
#include <string.h>

#define TITLES_TRIED 20
#define CHUNK 100 /* names in one search: three clauses each, far from any server's limit */

const char *const ad_account_attrs[] = { "objectClass", "objectGUID", "objectSid", "sAMAccountName",
	"userPrincipalName", "dNSHostName", "userAccountControl", "servicePrincipalName",
	"msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity", "operatingSystem",
	"memberOf", "primaryGroupID", NULL };

/* What choosing among the found objects needs. */
static const char *const rank_attrs[] = { "objectClass", "objectGUID", "objectSid",
	"sAMAccountName", "userPrincipalName", "dNSHostName", "servicePrincipalName", NULL };

/* ---- helpers ---- */

static bool list_has(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (ad_caseeq(*list, name))
			return true;
	return false;
}

/* attrs and what ranking needs. The array is the caller's, the strings are not. */
static const char **with_rank_attrs(const char *const *attrs)
{
	size_t n = 0, i;
	const char **all;

	while (attrs[n])
		n++;
	all = ad_alloc((n + sizeof rank_attrs / sizeof *rank_attrs) * sizeof *all);
	memcpy(all, attrs, n * sizeof *all);
	for (i = 0; rank_attrs[i]; i++)
		if (!list_has(attrs, rank_attrs[i]) && !list_has(attrs, "*"))
			all[n++] = rank_attrs[i];
	return all;
}

static void free_entries(struct ad_entry **e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ad_entry_free(e[i]);
}

/* ---- domains ---- */

static bool foreign_domain(struct ad_ldap *ld, const struct ad_name *name, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0,
		"'%s': %.*s is not the domain of this directory (%s)", name->text,
		(int)name->domain_len, name->domain, ad_ldap_info(ld)->domain);
	if (!memchr(name->domain, '.', name->domain_len))
		return ad_err_hint(err, "connect to that domain first, by its DNS name");
	return ad_err_hint(err, "connect to that domain first: connect \"%.*s\"",
		(int)name->domain_len, name->domain);
}

bool ad_identity_netbios(char **out, struct ad_ldap *ld, struct ad_err *err)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);
	struct ad_search_options o = { .base = info->config_base, .page_size = -1 };
	static const char *const attrs[] = { "nETBIOSName", NULL };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e = NULL;
	int got = -1;

	ad_buf_puts(&filter, "(&(objectClass=crossRef)");
	ad_filter_equal(&filter, "nCName", info->base, strlen(info->base));
	ad_buf_addc(&filter, ')');
	o.scope = AD_SCOPE_SUBTREE;
	o.filter = ad_buf_text(&filter);
	o.attrs = attrs;
	if (ad_search_open(&s, ld, &o, err))
		got = ad_search_next(s, &e, err);
	if (got >= 0)
		*out = got ? ad_entry_text(e, "nETBIOSName") : NULL;
	ad_entry_free(e);
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got >= 0;
}

bool ad_identity_own_domain(
	bool *own, struct ad_ldap *ld, const char *domain, size_t n, struct ad_err *err)
{
	const char *dns = ad_ldap_info(ld)->domain;
	char *netbios = NULL;

	if (ad_casecmp(dns, strlen(dns), domain, n) == 0) {
		*own = true;
		return true;
	}
	if (!memchr(domain, '.', n) && !ad_identity_netbios(&netbios, ld, err))
		return false;
	*own = netbios && ad_casecmp(netbios, strlen(netbios), domain, n) == 0;
	free(netbios);
	return true;
}

/* DOMAIN\name must be ours; name@suffix may be, and is then also a sAMAccountName. */
static bool check_domain(struct ad_ldap *ld, struct ad_name *name, struct ad_err *err)
{
	if (!name->domain)
		return true;
	if (!ad_identity_own_domain(&name->own_domain, ld, name->domain, name->domain_len, err))
		return false;
	if (name->form == AD_FORM_DOMAIN_NAME && !name->own_domain)
		return foreign_domain(ld, name, err);
	return true;
}

/* ---- choosing ---- */

/* May it be what people call something? */
static bool has_title(const struct ad_name *name)
{
	return name->form != AD_FORM_DN && name->form != AD_FORM_GUID && name->form != AD_FORM_UPN;
}

/* False names those for which nothing was found; the hint tells how the first was looked for. */
static bool all_found(struct ad_ldap *ld, const struct ad_name *names, struct ad_entry *const *e,
	size_t n, struct ad_err *err)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);
	struct ad_buf list = AD_BUF_INIT, forms = AD_BUF_INIT;
	const struct ad_name *first = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (!e[i]) {
			ad_buf_printf(&list, "%s'%s'", first ? ", " : "", names[i].text);
			first = first ? first : &names[i];
		}
	if (!first)
		return true;
	ad_name_describe(&forms, first);
	ad_err_set(err, AD_ERR_NOTFOUND, "ldap", 0, "no object %s in %s", ad_buf_text(&list),
		info->domain);
	if (first->form == AD_FORM_UPN && !first->own_domain)
		ad_err_hint(err,
			"looked for the userPrincipalName below %s; an account of the domain %.*s is found after connect \"%.*s\"",
			info->base, (int)first->domain_len, first->domain, (int)first->domain_len,
			first->domain);
	else
		ad_err_hint(err, "looked for the %s%s below %s", ad_buf_text(&forms),
			has_title(first) ? ", then for the displayName and name," : "",
			info->is_gc ? "the whole forest" : info->base);
	ad_buf_clear(&forms);
	ad_buf_clear(&list);
	return false;
}

/* 0: not meant. alone: everything found was searched for by this name only, so what does not
 * seem to fit was matched by rules that the server knows better. */
static int rank_of(
	struct ad_entry *e, const struct ad_name *name, enum ad_identity_want want, bool alone)
{
	int rank = ad_name_rank(e, name);

	if (rank == 0 && alone)
		rank = 1;
	if (rank && want == AD_WANT_COMPUTER && ad_identity_check(e, want, name->text, NULL))
		rank += 10;
	return rank;
}

static bool ambiguous(const struct ad_name *name, const char *candidates, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is ambiguous: %s", name->text, candidates);
	return ad_err_hint(err, "name one of them by its DN");
}

/* One of found, borrowed; NULL when none of them is meant. */
static bool choose(struct ad_entry **out, const struct ad_name *name, enum ad_identity_want want,
	struct ad_entry *const *found, size_t n, bool alone, struct ad_err *err)
{
	struct ad_buf candidates = AD_BUF_INIT;
	struct ad_entry *best = NULL;
	int best_rank = 0, same = 0;
	bool ok = true;
	size_t i;

	for (i = 0; i < n; i++) {
		int rank = rank_of(found[i], name, want, alone);
		char *object_class;

		if (rank == 0 || rank < best_rank)
			continue;
		if (rank > best_rank) {
			same = 0;
			ad_buf_clear(&candidates);
		}
		object_class = ad_object_class(found[i]);
		ad_buf_printf(&candidates, "%s%s (%s)", same++ ? "; " : "", ad_entry_dn(found[i]),
			object_class);
		free(object_class);
		best_rank = rank;
		best = found[i];
	}
	if (same > 1)
		ok = ambiguous(name, ad_buf_text(&candidates), err);
	else
		*out = best;
	ad_buf_clear(&candidates);
	return ok;
}

/* ---- searching ---- */

struct found {
	struct ad_entry **e;
	size_t n;
};

static bool search_all(struct found *found, struct ad_ldap *ld, const char *filter,
	const char *const *attrs, struct ad_err *err)
{
	struct ad_search_options o = {
		.scope = AD_SCOPE_SUBTREE, .filter = filter, .attrs = attrs
	};
	struct ad_search *s;
	struct ad_entry *e;
	int got;

	if (ad_ldap_info(ld)->is_gc)
		o.base = "";
	if (!ad_search_open(&s, ld, &o, err))
		return false;
	while ((got = ad_search_next(s, &e, err)) == 1) {
		found->e = ad_realloc(found->e, found->n + 1, sizeof *found->e);
		found->e[found->n++] = e;
	}
	ad_search_close(s);
	return got == 0;
}

static bool find_chunk(struct ad_entry **out, struct ad_ldap *ld, const struct ad_name *names,
	size_t n, enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct found found = { NULL, 0 };
	size_t i = 0;
	bool ok;

	ad_buf_puts(&filter, "(|");
	for (i = 0; i < n; i++)
		ad_name_filter(&filter, &names[i]);
	ad_buf_addc(&filter, ')');
	ok = search_all(&found, ld, ad_buf_text(&filter), attrs, err);
	for (i = 0; ok && i < n; i++) {
		struct ad_entry *e = NULL;

		ok = choose(&e, &names[i], want, found.e, found.n, n == 1, err) &&
		     (!e || ad_identity_check(e, want, names[i].text, err));
		if (ok && e)
			out[i] = ad_entry_ref(e);
	}
	if (!ok) {
		free_entries(out, n);
		memset(out, 0, n * sizeof *out);
	}
	free_entries(found.e, found.n);
	free(found.e);
	ad_buf_clear(&filter);
	return ok;
}

/* The rest, by what people call them. A long list of names that nobody has is a wrong list. */
static bool find_titles(struct ad_entry **e, struct ad_ldap *ld, const struct ad_name *names,
	size_t n, enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	size_t tried = 0;

	for (size_t i = 0; i < n; i++) {
		if (e[i] || !has_title(&names[i]))
			continue;
		if (tried++ == TITLES_TRIED)
			return true;
		if (!ad_identity_by_title(&e[i], ld, &names[i], want, attrs, err))
			return false;
	}
	return true;
}

/* By DN, SID or GUID, NULL when there is none: also outside of the domain's naming context. */
static bool find_base(struct ad_entry **out, struct ad_ldap *ld, const struct ad_name *name,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	char sid[AD_SID_TEXT], guid[AD_GUID_TEXT], *dn = NULL;
	struct ad_buf plain = AD_BUF_INIT;
	struct ad_entry *e = NULL;
	struct ad_err why;
	bool ok;

	if (name->form == AD_FORM_SID) {
		ad_sid_format(&name->sid, sid);
		dn = ad_format("<SID=%s>", sid);
	} else if (name->form == AD_FORM_GUID) {
		ad_guid_format(name->guid, guid);
		dn = ad_format("<GUID=%s>", guid);
	}
	ok = ad_search_base(&e, ld, dn ? dn : name->text, attrs, &why);
	if (!ok && why.code == AD_LDAP_INVALID_DN_SYNTAX && ad_dn_normalise(&plain, name->text))
		ok = ad_search_base(&e, ld, ad_buf_text(&plain), attrs, &why); /* without blanks */
	ad_buf_clear(&plain);
	free(dn);
	if (!ok && why.kind == AD_ERR_NOTFOUND)
		return true;
	if (!ok && err)
		*err = why;
	if (!ok || !ad_identity_check(e, want, name->text, err)) {
		ad_entry_free(e);
		return false;
	}
	*out = e;
	return true;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static size_t chunk_at(const struct ad_name *names, size_t n)
{
	size_t k = 0;

	if (!is_ascii(names[0].text))
		return 1; /* on its own, see choose */
	while (k < n && k < CHUNK && is_ascii(names[k].text))
		k++;
	return k;
}

bool ad_identity_find_many(struct ad_entry **out, struct ad_ldap *ld, const char *const *identities,
	size_t n, enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	struct ad_name *names = ad_alloc((n + 1) * sizeof *names);
	struct ad_entry **e = ad_alloc((n + 1) * sizeof *e);
	const char **all = with_rank_attrs(attrs ? attrs : ad_account_attrs);
	size_t i, k;
	bool ok = true;

	for (i = 0; ok && i < n; i++)
		ok = ad_name_parse(&names[i], identities[i], err) &&
		     check_domain(ld, &names[i], err);
	for (i = 0; ok && i < n; i += k) {
		k = chunk_at(names + i, n - i);
		if (k == 1 && n == 1 && names[i].form <= AD_FORM_GUID)
			ok = find_base(e + i, ld, &names[i], want, all, err);
		else
			ok = find_chunk(e + i, ld, names + i, k, want, all, err);
	}
	ok = ok && find_titles(e, ld, names, n, want, all, err) && all_found(ld, names, e, n, err);
	if (ok)
		memcpy(out, e, n * sizeof *e);
	else
		free_entries(e, n);
	free(all);
	free(e);
	free(names);
	return ok;
}

bool ad_identity_find(struct ad_entry **out, struct ad_ldap *ld, const char *identity,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	return ad_identity_find_many(out, ld, &identity, 1, want, attrs, err);
}

bool ad_identity_by_sids(struct ad_entry **out, struct ad_ldap *ld, const struct ad_sid *sids,
	size_t n, const char *const *attrs, struct ad_err *err)
{
	const char **all = with_rank_attrs(attrs ? attrs : ad_account_attrs);
	struct found found = { NULL, 0 };
	struct ad_buf filter = AD_BUF_INIT;
	size_t i, j, k;
	bool ok = true;

	for (i = 0; ok && i < n; i += k) {
		struct ad_name name = { .form = AD_FORM_SID };

		ad_buf_puts(&filter, "(|");
		for (k = 0; k < CHUNK && i + k < n; k++) {
			name.sid = sids[i + k];
			ad_name_filter(&filter, &name);
		}
		ad_buf_addc(&filter, ')');
		ok = search_all(&found, ld, ad_buf_text(&filter), all, err);
		ad_buf_clear(&filter);
	}
	for (i = 0; ok && i < n; i++) {
		struct ad_name name = { .form = AD_FORM_SID, .sid = sids[i] };

		out[i] = NULL;
		for (j = 0; j < found.n && !out[i]; j++)
			if (ad_name_rank(found.e[j], &name))
				out[i] = ad_entry_ref(found.e[j]);
	}
	free_entries(found.e, found.n);
	free(found.e);
	free(all);
	return ok;
}
