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

/* The next of comma-separated words; 0: there is none. */
static size_t next_word(const char **list)
{
	*list += strspn(*list, " ,");
	return strcspn(*list, " ,");
}

static bool has_word(const char *list, const char *name, size_t n)
{
	for (size_t len; (len = next_word(&list)); list += len)
		if (ad_casecmp(list, len, name, n) == 0)
			return true;
	return false;
}

/* One value: the class left of the '=', and the list right of it. */
static struct ad_value class_of(const char *mapping, const char **list)
{
	size_t n = strcspn(mapping, "=");

	*list = mapping + n + 1;
	while (n && mapping[n - 1] == ' ')
		n--;
	return (struct ad_value){ mapping, n };
}

bool ad_spn_alias(struct ad_buf *out, const struct ad_spn_aliases *a, const char *spn, size_t n)
{
	const char *slash = memchr(spn, '/', n), *list;
	size_t i;

	for (i = 0; slash && i < a->n; i++) {
		struct ad_value service = class_of(a->text[i], &list);

		if (!has_word(list, spn, (size_t)(slash - spn)))
			continue;
		ad_buf_add(out, service.data, service.len);
		ad_buf_add(out, slash, n - (size_t)(slash - spn));
		return true;
	}
	return false;
}

void ad_spn_covered(const struct ad_spn_aliases *a, const char *spn, size_t n,
	void (*each)(void *arg, const char *spn, size_t n), void *arg)
{
	const char *slash = memchr(spn, '/', n), *list;

	for (size_t i = 0; slash && i < a->n; i++) {
		struct ad_value service = class_of(a->text[i], &list);

		if (ad_casecmp(service.data, service.len, spn, (size_t)(slash - spn)) != 0)
			continue;
		for (size_t len; (len = next_word(&list)); list += len) {
			struct ad_buf one = AD_BUF_INIT;

			ad_buf_add(&one, list, len);
			ad_buf_add(&one, slash, n - (size_t)(slash - spn));
			each(arg, ad_buf_text(&one), one.len);
			ad_buf_clear(&one);
		}
	}
}

/* Does one class stand for the other? */
static bool covers(const struct ad_spn_aliases *a, const struct ad_value *service,
	const struct ad_value *other)
{
	const char *list;

	for (size_t i = 0; i < a->n; i++) {
		struct ad_value left = class_of(a->text[i], &list);

		if (ad_casecmp(left.data, left.len, service->data, service->len) == 0 &&
			has_word(list, other->data, other->len))
			return true;
	}
	return false;
}

/* Splits "class/rest"; false without a slash. */
static bool split(const struct ad_value *spn, struct ad_value *service, struct ad_value *rest)
{
	const char *s = spn->data, *slash = memchr(s, '/', spn->len);

	if (!slash)
		return false;
	*service = (struct ad_value){ s, (size_t)(slash - s) };
	*rest = (struct ad_value){ slash, spn->len - service->len };
	return true;
}

enum ad_spn_relation ad_spn_relate(
	const struct ad_spn_aliases *a, const struct ad_value *spn, const struct ad_value *other)
{
	struct ad_value service, rest, other_service, other_rest;

	if (ad_casecmp(spn->data, spn->len, other->data, other->len) == 0)
		return AD_SPN_SAME;
	if (!a || !split(spn, &service, &rest) || !split(other, &other_service, &other_rest) ||
		ad_casecmp(rest.data, rest.len, other_rest.data, other_rest.len) != 0)
		return AD_SPN_UNRELATED;
	if (covers(a, &service, &other_service))
		return AD_SPN_COVERS;
	return covers(a, &other_service, &service) ? AD_SPN_COVERED : AD_SPN_UNRELATED;
}
