/* Who in the forest has a service principal name. See spn.h. */
#include "ad/spn.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/spn.h"

#include <stdlib.h>
#include <string.h>

#define SPN "servicePrincipalName"
#define TERMS 200 /* of a filter: SPNs that one search asks for */

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

static void free_owner(struct ad_spn_owner *o)
{
	free(o->spn);
	free(o->dn);
	free(o->account);
}

static void drop_after(struct owners *list, size_t n)
{
	while (list->n > n)
		free_owner(&list->o[--list->n]);
}

void ad_spn_owners_free(struct ad_spn_owner *o, size_t n)
{
	struct owners list = { o, n };

	drop_after(&list, 0);
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

/* What is looked for. */
struct wanted {
	const char *const *spns;
	const struct ad_spn_aliases *aliases; /* NULL: only these names */
	bool below;
	struct ad_buf filter; /* for those from first on, as many as one search asks for */
	size_t first, n, terms;
};

static void add_term(void *arg, const char *spn, size_t n)
{
	struct wanted *w = arg;

	ad_filter_equal(&w->filter, SPN, spn, n);
	w->terms++;
}

static void add_terms(struct wanted *w, const char *spn)
{
	struct ad_buf cover = AD_BUF_INIT;
	size_t n = strlen(spn);

	add_term(w, spn, n);
	if (w->aliases && ad_spn_alias(&cover, w->aliases, spn, n))
		add_term(w, ad_buf_text(&cover), cover.len);
	if (w->aliases && w->below)
		ad_spn_covered(w->aliases, spn, n, add_term, w);
	ad_buf_clear(&cover);
}

/* The next ones; false: all have been asked for. */
static bool next_chunk(struct wanted *w, size_t n_spns)
{
	w->first += w->n;
	w->n = w->terms = 0;
	ad_buf_clear(&w->filter);
	ad_buf_puts(&w->filter, "(|");
	while (w->first + w->n < n_spns && w->terms < TERMS)
		add_terms(w, w->spns[w->first + w->n++]);
	ad_buf_addc(&w->filter, ')');
	return w->n > 0;
}

static void add_row(struct owners *list, size_t asked, struct ad_entry *e, const struct ad_value *v,
	enum ad_spn_relation relation)
{
	struct ad_spn_owner *o = add_owner(list);

	o->asked = asked;
	o->relation = relation;
	o->spn = ad_strndup(v->data, v->len);
	o->dn = ad_strdup(ad_entry_dn(e));
	o->account = ad_object_label(e);
}

/* Rows for one wanted SPN: one when e has it, or what covers it; else one for each that it covers.
 */
static void match_one(struct owners *list, const struct wanted *w, size_t asked, struct ad_entry *e)
{
	const struct ad_value *v, *cover = NULL;
	const char *spn = w->spns[asked];
	struct ad_value text = { spn, strlen(spn) };
	size_t n = ad_entry_values(e, SPN, &v), before = list->n;

	for (size_t k = 0; k < n; k++)
		switch (ad_spn_relate(w->aliases, &v[k], &text)) {
		case AD_SPN_SAME:
			drop_after(list, before);
			add_row(list, asked, e, &v[k], AD_SPN_SAME);
			return;
		case AD_SPN_COVERS: cover = &v[k]; break;
		case AD_SPN_COVERED:
			if (w->below)
				add_row(list, asked, e, &v[k], AD_SPN_COVERED);
			break;
		default: break;
		}
	if (cover)
		add_row(list, asked, e, cover, AD_SPN_COVERS);
}

static bool find_chunk(
	struct owners *list, struct ad_ldap *catalog, const struct wanted *w, struct ad_err *err)
{
	struct ad_search_options o;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	catalog_options(&o, catalog);
	o.filter = ad_buf_text(&w->filter);
	if (ad_search_open(&s, catalog, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			for (size_t i = w->first; i < w->first + w->n; i++)
				match_one(list, w, i, e);
			ad_entry_free(e);
		}
	ad_search_close(s);
	return got == 0;
}

bool ad_spn_aliases_read(struct ad_spn_aliases **out, struct ad_ldap *ld, struct ad_err *err)
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

	if (!ad_spn_aliases_read(&a, ld, err))
		return false;
	for (i = 0; i < n; i++) {
		struct ad_buf cover = AD_BUF_INIT;

		out[i] = ad_spn_alias(&cover, a, spns[i], strlen(spns[i])) ? ad_buf_steal(&cover)
									   : NULL;
	}
	ad_spn_aliases_free(a);
	return true;
}

static bool check_all(const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_spn spn;

	for (size_t i = 0; i < n; i++)
		if (!ad_spn_parse(&spn, spns[i], strlen(spns[i]), err))
			return false;
	return true;
}

bool ad_spn_find(struct ad_spn_owner **out, size_t *n, bool *forest, struct ad_ldap *ld,
	const char *const *spns, size_t n_spns, const struct ad_spn_aliases *aliases, bool below,
	struct ad_err *err)
{
	struct wanted w = { spns, aliases, below, AD_BUF_INIT, 0, 0, 0 };
	struct owners list = { NULL, 0 };
	struct ad_ldap *catalog = NULL;
	bool ok = check_all(spns, n_spns, err) && open_catalog(&catalog, forest, ld, err);

	while (ok && next_chunk(&w, n_spns))
		ok = find_chunk(&list, catalog, &w, err);
	ad_buf_clear(&w.filter);
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
