/* Who in the forest has a service principal name. See spn.h. */
#include "ad/spn.h"
#include "ad/spn_alias.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/spn.h"

#include <stdlib.h>
#include <string.h>

#define SPN "servicePrincipalName"
#define CHUNK 100 /* SPNs in one search */

static const char *const owner_attrs[] = { SPN, "sAMAccountName", NULL };

/* ---- lists of owners ---- */

struct owners {
	struct ad_spn_owner *o;
	size_t n;
};

static struct ad_spn_owner *add_owner(struct owners *list)
{
	if ((list->n & (list->n - 1)) == 0)
		list->o = ad_realloc(list->o, list->n ? 2 * list->n : 1, sizeof *list->o);
	memset(&list->o[list->n], 0, sizeof *list->o);
	return &list->o[list->n++];
}

void ad_spn_owners_free(struct ad_spn_owner *o, size_t n)
{
	while (n--) {
		free(o[n].spn);
		free(o[n].dn);
		free(o[n].account);
	}
	free(o);
}

/* ---- the forest ---- */

/* The global catalog, or the directory itself when none answers. */
static bool open_catalog(struct ad_ldap **out, bool *forest, struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_err why;

	*forest = true;
	if (ad_ldap_info(ld)->is_gc) {
		*out = ad_ldap_ref(ld);
		return true;
	}
	if (ad_ldap_reopen(out, ld, true, &why))
		return true;
	if (why.kind == AD_ERR_INTERRUPTED) {
		if (err)
			*err = why;
		return false;
	}
	*forest = false;
	*out = ad_ldap_ref(ld);
	return true;
}

static void catalog_options(struct ad_search_options *o, struct ad_ldap *catalog)
{
	memset(o, 0, sizeof *o);
	o->scope = AD_SCOPE_SUBTREE;
	o->base = ad_ldap_info(catalog)->is_gc ? "" : NULL;
	o->attrs = owner_attrs;
}

/* ---- who has these ---- */

/* What is looked for: the SPN as it was asked, and the one that covers it (NULL: none). */
struct wanted {
	const char *spn;
	char *cover;
};

static void wanted_filter(struct ad_buf *out, const struct wanted *w, size_t n)
{
	size_t i;

	ad_buf_puts(out, "(|");
	for (i = 0; i < n; i++) {
		ad_filter_equal(out, SPN, w[i].spn, strlen(w[i].spn));
		if (w[i].cover)
			ad_filter_equal(out, SPN, w[i].cover, strlen(w[i].cover));
	}
	ad_buf_addc(out, ')');
}

static bool same_text(const struct ad_value *v, const char *text)
{
	return text && ad_casecmp(v->data, v->len, text, strlen(text)) == 0;
}

/* Adds a row for each wanted SPN that e has; its own name counts before the one that covers it. */
static void match_entry(
	struct owners *list, struct ad_entry *e, const struct wanted *w, size_t first, size_t n)
{
	const struct ad_value *v;
	size_t n_values = ad_entry_values(e, SPN, &v), i, k;

	for (i = first; i < first + n; i++) {
		const struct ad_value *exact = NULL, *cover = NULL;
		struct ad_spn_owner *o;

		for (k = 0; k < n_values; k++) {
			if (same_text(&v[k], w[i].spn))
				exact = &v[k];
			else if (same_text(&v[k], w[i].cover))
				cover = &v[k];
		}
		if (!exact && !cover)
			continue;
		o = add_owner(list);
		o->asked = i;
		o->alias = !exact;
		exact = exact ? exact : cover;
		o->spn = ad_strndup(exact->data, exact->len);
		o->dn = ad_strdup(ad_entry_dn(e));
		o->account = ad_object_label(e);
	}
}

static bool find_chunk(struct owners *list, struct ad_ldap *catalog, const struct wanted *w,
	size_t first, size_t n, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search_options o;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	wanted_filter(&filter, w + first, n);
	catalog_options(&o, catalog);
	o.filter = ad_buf_text(&filter);
	if (ad_search_open(&s, catalog, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			match_entry(list, e, w, first, n);
			ad_entry_free(e);
		}
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got == 0;
}

/* Without sPNMappings (or without the right to read it) there are no aliases: no error. */
static bool read_aliases(struct ad_spn_aliases **out, struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "sPNMappings", NULL };
	char *dn = ad_format(
		"CN=Directory Service,CN=Windows NT,CN=Services,%s", ad_ldap_info(ld)->config_base);
	const struct ad_value *v = NULL;
	struct ad_entry *e = NULL;
	struct ad_err why;
	size_t n;
	bool ok = ad_search_base(&e, ld, dn, attrs, &why);

	free(dn);
	if (!ok && why.kind != AD_ERR_NOTFOUND) {
		if (err)
			*err = why;
		return false;
	}
	n = ok ? ad_entry_values(e, "sPNMappings", &v) : 0;
	*out = ad_spn_aliases_new(v, n);
	ad_entry_free(e);
	return true;
}

bool ad_spn_covers(
	char **out, struct ad_ldap *ld, const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_spn_aliases *a;
	size_t i;

	if (!read_aliases(&a, ld, err))
		return false;
	for (i = 0; i < n; i++) {
		struct ad_buf cover = AD_BUF_INIT;

		out[i] = ad_spn_alias(&cover, a, spns[i], strlen(spns[i])) ? ad_buf_steal(&cover)
									   : NULL;
	}
	ad_spn_aliases_free(a);
	return true;
}

static bool prepare(struct wanted *w, struct ad_ldap *ld, const char *const *spns, size_t n,
	bool aliases, struct ad_err *err)
{
	char **cover = ad_alloc((n + 1) * sizeof *cover);
	struct ad_spn spn;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < n; i++)
		ok = ad_spn_parse(&spn, spns[i], strlen(spns[i]), err);
	ok = ok && (!aliases || ad_spn_covers(cover, ld, spns, n, err));
	for (i = 0; ok && i < n; i++)
		w[i] = (struct wanted){ spns[i], cover[i] };
	free(cover);
	return ok;
}

bool ad_spn_find(struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld,
	const char *const *spns, size_t n_spns, bool aliases, struct ad_err *err)
{
	struct wanted *w = ad_alloc((n_spns + 1) * sizeof *w);
	struct owners list = { NULL, 0 };
	struct ad_ldap *catalog = NULL;
	size_t i;
	bool ok = prepare(w, ld, spns, n_spns, aliases, err) &&
		  open_catalog(&catalog, forest, ld, err);

	for (i = 0; ok && i < n_spns; i += CHUNK)
		ok = find_chunk(&list, catalog, w, i, n_spns - i < CHUNK ? n_spns - i : CHUNK, err);
	for (i = 0; i < n_spns; i++)
		free(w[i].cover);
	free(w);
	ad_ldap_free(catalog);
	if (!ok) {
		ad_spn_owners_free(list.o, list.n);
		return false;
	}
	*out = list.o;
	*n = list.n;
	return true;
}

/* ---- who has the same ---- */

static int by_spn(const void *a, const void *b)
{
	const struct ad_spn_owner *x = a, *y = b;
	int d = ad_casecmp(x->spn, strlen(x->spn), y->spn, strlen(y->spn));

	return d ? d : strcmp(x->dn, y->dn);
}

static void free_owner(struct ad_spn_owner *o)
{
	free(o->spn);
	free(o->dn);
	free(o->account);
}

/* Keeps the runs of one SPN that have more than one object in them. */
static size_t keep_conflicts(struct ad_spn_owner *o, size_t n)
{
	size_t i, j, k, kept = 0, groups = 0;

	for (i = 0; i < n; i = j) {
		bool conflict;

		for (j = i + 1; j < n && ad_caseeq(o[i].spn, o[j].spn); j++)
			continue;
		conflict = strcmp(o[i].dn, o[j - 1].dn) != 0 &&
			   !ad_caseeq(o[i].spn, "kadmin/changepw");
		for (k = i; k < j; k++) {
			if (!conflict) {
				free_owner(&o[k]);
				continue;
			}
			o[k].asked = groups;
			o[kept++] = o[k];
		}
		groups += conflict;
	}
	return kept;
}

bool ad_spn_duplicates(
	struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld, struct ad_err *err)
{
	struct owners list = { NULL, 0 };
	struct ad_search_options o;
	struct ad_search *s = NULL;
	struct ad_ldap *catalog;
	struct ad_entry *e;
	int got = -1;

	if (!open_catalog(&catalog, forest, ld, err))
		return false;
	catalog_options(&o, catalog);
	o.filter = "(" SPN "=*)";
	if (ad_search_open(&s, catalog, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			const struct ad_value *v;
			size_t i, k = ad_entry_values(e, SPN, &v);

			for (i = 0; i < k; i++) {
				struct ad_spn_owner *row = add_owner(&list);

				row->spn = ad_strndup(v[i].data, v[i].len);
				row->dn = ad_strdup(ad_entry_dn(e));
				row->account = ad_object_label(e);
			}
			ad_entry_free(e);
		}
	ad_search_close(s);
	ad_ldap_free(catalog);
	if (got != 0) {
		ad_spn_owners_free(list.o, list.n);
		return false;
	}
	if (list.n)
		qsort(list.o, list.n, sizeof *list.o, by_spn);
	*n = keep_conflicts(list.o, list.n);
	*out = list.o;
	return true;
}
