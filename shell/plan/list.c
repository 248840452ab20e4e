/* Lists of attribute values. See list.h. */
#include "plan/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "plan/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const merge_names[] = {
	[AD_MERGE_SET] = "set",
	[AD_MERGE_BITS] = "bits",
	[AD_MERGE_SD] = "sd",
	[AD_MERGE_EXACT] = "exact",
	[AD_MERGE_TEXT] = "text",
};

const char *ad_merge_name(enum ad_merge m)
{
	return merge_names[m];
}

bool ad_merge_parse(enum ad_merge *out, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof merge_names / sizeof merge_names[0]; i++)
		if (strcmp(name, merge_names[i]) == 0) {
			*out = (enum ad_merge)i;
			return true;
		}
	return false;
}

/* A list of n values has room for so many at least: its growth is by an eighth. */
static size_t room(size_t n)
{
	size_t step = 1;

	while (16 * step < n)
		step *= 2;
	return (n + step - 1) / step * step;
}

static void reserve(struct ad_list *l, size_t n)
{
	if (n && room(n) != room(l->n))
		l->v = ad_realloc(l->v, room(n), sizeof *l->v);
}

/* Takes the text over. There is room. */
static void append(struct ad_list *l, const char *text, size_t n)
{
	l->v[l->n++] = (struct ad_value){ text, n };
}

void ad_list_add(struct ad_list *l, const void *data, size_t n)
{
	reserve(l, l->n + 1);
	append(l, ad_shared_get(data, n), n);
}

void ad_list_remove(struct ad_list *l, size_t i)
{
	ad_shared_drop(l->v[i].data);
	memmove(l->v + i, l->v + i + 1, (l->n - i - 1) * sizeof *l->v);
	l->n--;
}

void ad_list_replace(struct ad_list *l, size_t i, const void *data, size_t n)
{
	const char *old = l->v[i].data;

	l->v[i] = (struct ad_value){ ad_shared_get(data, n), n };
	ad_shared_drop(old);
}

void ad_list_copy(struct ad_list *to, const struct ad_list *src)
{
	*to = (struct ad_list){ NULL, 0 };
	reserve(to, src->n);
	for (size_t i = 0; i < src->n; i++)
		append(to, ad_shared_get(src->v[i].data, src->v[i].len), src->v[i].len);
}

void ad_list_share(struct ad_list *to, const struct ad_list *src)
{
	*to = (struct ad_list){ NULL, 0 };
	reserve(to, src->n);
	for (size_t i = 0; i < src->n; i++)
		append(to, ad_shared_again(src->v[i].data), src->v[i].len);
}

void ad_list_clear(struct ad_list *l)
{
	while (l->n)
		ad_shared_drop(l->v[--l->n].data);
	free(l->v);
	l->v = NULL;
}

void ad_list_read(struct ad_list *to, struct ad_entry *e, const char *attr)
{
	struct ad_list all = ad_list_borrow(e, attr);

	ad_list_copy(to, &all);
}

struct ad_list ad_list_borrow(struct ad_entry *e, const char *attr)
{
	struct ad_list all = { NULL, 0 };

	all.n = ad_entry_values(e, attr, (const struct ad_value **)&all.v);
	return all;
}

static void add_element(struct ad_buf *b, unsigned char tag, const void *p, size_t n)
{
	ad_buf_addc(b, tag);
	ad_buf_addc(b, 0x84);
	for (int shift = 24; shift >= 0; shift -= 8)
		ad_buf_addc(b, n >> shift & 0xff);
	ad_buf_add(b, p, n);
}

void ad_list_encode(const struct ad_list *l, const char *attr, struct ad_buf *out)
{
	struct ad_buf set = AD_BUF_INIT, one = AD_BUF_INIT;

	if (l->n == 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		add_element(&set, 0x04, l->v[i].data, l->v[i].len);
	add_element(&one, 0x04, attr, strlen(attr));
	add_element(&one, 0x31, set.data, set.len);
	add_element(out, 0x30, one.data, one.len);
	ad_buf_clear(&set);
	ad_buf_clear(&one);
}

void ad_list_put(struct ad_list *l, const char *key, const char *value)
{
	char *text;

	if (!value || !*value)
		return;
	text = ad_format("%s=%s", key, value);
	ad_list_add(l, text, strlen(text));
	free(text);
}

char *ad_list_value(const struct ad_list *l, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].len > n && memcmp(l->v[i].data, key, n) == 0 && l->v[i].data[n] == '=')
			return ad_strndup(l->v[i].data + n + 1, l->v[i].len - n - 1);
	return NULL;
}

static int compare(enum ad_merge merge, const struct ad_value *a, const struct ad_value *b)
{
	int d;

	if (a->data == b->data && a->len == b->len)
		return 0;
	if (merge == AD_MERGE_SET)
		return ad_casecmp(a->data, a->len, b->data, b->len);
	d = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
	return d ? d : (a->len > b->len) - (a->len < b->len);
}

static int compare_nocase(const void *a, const void *b)
{
	return compare(AD_MERGE_SET, a, b);
}

static int compare_exact(const void *a, const void *b)
{
	return compare(AD_MERGE_EXACT, a, b);
}

static int (*order(enum ad_merge merge))(const void *, const void *)
{
	return merge == AD_MERGE_SET ? compare_nocase : compare_exact;
}

long ad_list_find(const struct ad_list *l, enum ad_merge merge, const void *data, size_t n)
{
	struct ad_value v = { data, n };
	size_t i;

	for (i = 0; i < l->n; i++)
		if (compare(merge, &l->v[i], &v) == 0)
			return (long)i;
	return -1;
}

/* Most lists come sorted, out of another one: a look is cheaper than qsort. True: it has seen that
 * no value is there twice. */
static bool sort(struct ad_value *v, size_t n, enum ad_merge merge)
{
	bool once = true;
	size_t i;

	for (i = 1; i < n; i++) {
		int d = compare(merge, &v[i - 1], &v[i]);

		once &= d != 0;
		if (d > 0)
			break;
	}
	if (i < n)
		qsort(v, n, sizeof *v, order(merge));
	return once && i >= n;
}

/* A sorted copy of the array (not of the bytes). once: NULL, or what sort gives. */
static struct ad_value *sorted(const struct ad_value *v, size_t n, enum ad_merge merge, bool *once)
{
	struct ad_value *s = ad_realloc(NULL, n, sizeof *s);
	bool is = true;

	if (n) {
		memcpy(s, v, n * sizeof *s);
		is = sort(s, n, merge);
	}
	if (once)
		*once = is;
	return s;
}

/* Moves to the front of v, which is sorted, each value once; returns their number. */
static size_t drop_twice(struct ad_value *v, size_t n, enum ad_merge merge)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (kept == 0 || compare(merge, &v[i], &v[kept - 1]) != 0)
			v[kept++] = v[i];
	return kept;
}

/* Moves to the front of want what have lacks, both being sorted; returns their number. */
static size_t find_new(struct ad_value *want, size_t n, const struct ad_value *have, size_t had,
	enum ad_merge merge)
{
	size_t i, k = 0, found = 0;

	for (i = 0; i < n; i++) {
		int d = -1;

		while (k < had && (d = compare(merge, &want[i], &have[k])) > 0)
			k++;
		if (k == had || d < 0)
			want[found++] = want[i];
	}
	return found;
}

size_t ad_list_unite(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n)
{
	bool once;
	struct ad_value *have = sorted(l->v, l->n, merge, NULL), *want = sorted(v, n, merge, &once);
	size_t i, added;

	n = once ? n : drop_twice(want, n, merge);
	added = find_new(want, n, have, l->n, merge);
	reserve(l, l->n + added);
	for (i = 0; i < added; i++)
		append(l, ad_shared_get(want[i].data, want[i].len), want[i].len);
	free(have);
	free(want);
	return added;
}

size_t ad_list_subtract(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n)
{
	struct ad_value *drop;
	size_t i, kept = 0, had = l->n;

	if (n == 0 || had == 0)
		return 0;
	drop = sorted(v, n, merge, NULL);
	for (i = 0; i < had; i++) {
		if (bsearch(&l->v[i], drop, n, sizeof *drop, order(merge)))
			ad_shared_drop(l->v[i].data);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
	free(drop);
	return had - kept;
}

static bool equal(const struct ad_value *v, const struct ad_value *w, size_t n, enum ad_merge merge)
{
	size_t i = 0;

	while (i < n && compare(merge, &v[i], &w[i]) == 0)
		i++;
	return i == n;
}

bool ad_list_equal(const struct ad_list *a, const struct ad_list *b, enum ad_merge merge)
{
	struct ad_value *v, *w;
	bool is;

	if (a->n != b->n || equal(a->v, b->v, a->n, merge))
		return a->n == b->n;
	v = sorted(a->v, a->n, merge, NULL);
	w = sorted(b->v, b->n, merge, NULL);
	is = equal(v, w, a->n, merge);
	free(v);
	free(w);
	return is;
}

void ad_list_sort(struct ad_list *l, enum ad_merge merge)
{
	sort(l->v, l->n, merge);
}

bool ad_list_number(uint32_t *out, const struct ad_list *l)
{
	char plain[24];
	long long n;
	int len;

	if (l->n != 1 || l->v[0].len == 0 || l->v[0].len >= sizeof plain)
		return false;
	n = strtoll(l->v[0].data, NULL, 10);
	len = snprintf(plain, sizeof plain, "%lld", n);
	if (n < INT32_MIN || n > UINT32_MAX || (size_t)len != l->v[0].len ||
		memcmp(plain, l->v[0].data, l->v[0].len) != 0)
		return false;
	*out = (uint32_t)n;
	return true;
}
