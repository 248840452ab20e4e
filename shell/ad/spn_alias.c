/* Service classes that others stand for. See spn_alias.h. */
#include "ad/spn_alias.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct ad_spn_aliases {
	char **text; /* the values */
	size_t n;
};

struct ad_spn_aliases *ad_spn_aliases_new(const struct ad_value *v, size_t n)
{
	struct ad_spn_aliases *a = ad_alloc(sizeof *a);
	size_t i;

	a->text = ad_alloc((n + 1) * sizeof *a->text);
	for (i = 0; i < n; i++)
		if (memchr(v[i].data, '=', v[i].len))
			a->text[a->n++] = ad_strndup(v[i].data, v[i].len);
	return a;
}

void ad_spn_aliases_free(struct ad_spn_aliases *a)
{
	if (!a)
		return;
	while (a->n)
		free(a->text[--a->n]);
	free(a->text);
	free(a);
}

/* Is name one of the comma-separated words of list? */
static bool has_word(const char *list, const char *name, size_t n)
{
	while (*list) {
		size_t len;

		list += strspn(list, " ,");
		len = strcspn(list, " ,");
		if (len && ad_casecmp(list, len, name, n) == 0)
			return true;
		list += len;
	}
	return false;
}

bool ad_spn_alias(struct ad_buf *out, const struct ad_spn_aliases *a, const char *spn, size_t n)
{
	const char *slash = memchr(spn, '/', n);
	size_t i;

	for (i = 0; slash && i < a->n; i++) {
		size_t length = strcspn(a->text[i], "=");

		if (!has_word(a->text[i] + length + 1, spn, (size_t)(slash - spn)))
			continue;
		while (length && a->text[i][length - 1] == ' ')
			length--;
		ad_buf_add(out, a->text[i], length);
		ad_buf_add(out, slash, n - (size_t)(slash - spn));
		return true;
	}
	return false;
}
