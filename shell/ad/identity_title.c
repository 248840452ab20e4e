/* Objects by what people call them, when no account has the name. See identity_form.h. */
#include "ad/identity_form.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"

#include <stdlib.h>
#include <string.h>

#define MOST 20 /* candidates that are looked at and named */

void (*ad_identity_note)(const char *text);

/* In the order in which they are said. */
static const char *const titles[] = { "sAMAccountName", "displayName", "name" };

#define TITLES (sizeof titles / sizeof *titles)

struct found {
	struct ad_entry *e[MOST];
	size_t n;
};

/* "Administrators" is the name of a container, too: only what can log on or hold others is meant.
 * A SID that nobody has may be the name of host 21 of site S-1-5. */
static char *filter_of(const struct ad_name *name)
{
	struct ad_buf filter = AD_BUF_INIT;
	char *with_dollar = ad_format("%.*s$", (int)name->account_len, name->account);

	ad_buf_puts(&filter, "(&(sAMAccountName=*)(|");
	for (size_t i = name->form == AD_FORM_SID ? 0 : 1; i < TITLES; i++)
		ad_filter_equal(&filter, titles[i], name->account, name->account_len);
	if (name->form == AD_FORM_SID)
		ad_filter_equal(&filter, "sAMAccountName", with_dollar, strlen(with_dollar));
	ad_buf_puts(&filter, "))");
	free(with_dollar);
	return ad_buf_steal(&filter);
}

static const char **with_titles(const char *const *attrs)
{
	size_t n = 0;
	const char **all;

	while (attrs[n])
		n++;
	all = ad_alloc((n + TITLES + 1) * sizeof *all);
	memcpy(all, attrs, n * sizeof *all);
	memcpy(all + n, titles, sizeof titles);
	return all;
}

static bool search(struct found *found, struct ad_ldap *ld, const struct ad_name *name,
	const char *const *attrs, struct ad_err *err)
{
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .limit = MOST };
	const char **all = with_titles(attrs);
	char *filter = filter_of(name);
	struct ad_search *s = NULL;
	int got = -1;

	o.filter = filter;
	o.attrs = all;
	if (ad_search_open(&s, ld, &o, err))
		while (found->n < MOST && (got = ad_search_next(s, &found->e[found->n], err)) == 1)
			found->n++;
	ad_search_close(s);
	free(filter);
	free(all);
	return got >= 0;
}

/* Which of its attributes has the name. */
static const char *title_of(struct ad_entry *e, const struct ad_name *name)
{
	for (size_t i = 0; i + 1 < TITLES; i++) {
		char *value = ad_entry_text(e, titles[i]);
		size_t n = value ? strlen(value) : 0;
		bool same;

		if (i == 0 && n > 1 && value[n - 1] == '$')
			n--;
		same = value && ad_casecmp(value, n, name->account, name->account_len) == 0;
		free(value);
		if (same)
			return titles[i];
	}
	return titles[TITLES - 1];
}

static void tell(const struct ad_name *name, struct ad_entry *e)
{
	char *label = ad_object_label(e), *object_class = ad_object_class(e);
	char *text = ad_format("note: '%s' is taken to mean the %s %s (%s): it is its %s",
		name->text, object_class, label, ad_entry_dn(e), title_of(e, name));

	if (ad_identity_note)
		ad_identity_note(text);
	free(text);
	free(object_class);
	free(label);
}

static bool ambiguous(
	const struct ad_name *name, struct ad_entry *const *e, size_t n, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		char *object_class = ad_object_class(e[i]);

		ad_buf_printf(&list, "%s%s (%s, by its %s)", i ? "; " : "", ad_entry_dn(e[i]),
			object_class, title_of(e[i], name));
		free(object_class);
	}
	ad_err_set(err, AD_ERR_USAGE, "usage", 0,
		"'%s' is ambiguous: no account has that name, but %s", name->text,
		ad_buf_text(&list));
	ad_buf_clear(&list);
	return ad_err_hint(err, "name one of them by its DN");
}

/* Moves those that are what is wanted to the front; their number. */
static size_t sift(struct found *f, enum ad_identity_want want, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++)
		if (ad_identity_check(f->e[i], want, name, NULL)) {
			struct ad_entry *e = f->e[i];

			f->e[i] = f->e[kept];
			f->e[kept++] = e;
		}
	return kept;
}

bool ad_identity_by_title(struct ad_entry **out, struct ad_ldap *ld, const struct ad_name *name,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err)
{
	struct found f = { .n = 0 };
	bool ok = search(&f, ld, name, attrs, err);
	size_t fit = ok ? sift(&f, want, name->text) : 0;

	if (ok && fit > 1)
		ok = ambiguous(name, f.e, fit, err);
	else if (ok && f.n > 0 && fit == 0)
		ok = ad_identity_check(f.e[0], want, name->text, err);
	else if (ok && fit == 1) {
		tell(name, f.e[0]);
		*out = ad_entry_ref(f.e[0]);
	}
	while (f.n > 0)
		ad_entry_free(f.e[--f.n]);
	return ok;
}
