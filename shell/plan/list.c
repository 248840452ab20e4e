/* Lists of attribute values. See list.h. */
#include "plan/list.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const merge_names[] = {
	[AD_MERGE_SET] = "set",
	[AD_MERGE_BITS] = "bits",
	[AD_MERGE_SD] = "sd",
	[AD_MERGE_EXACT] = "exact",
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

void ad_list_add(struct ad_list *l, const void *data, size_t n)
{
	if ((l->n & (l->n - 1)) == 0) /* room for the next power of two */
		l->v = ad_realloc(l->v, l->n ? 2 * l->n : 1, sizeof *l->v);
	l->v[l->n].data = ad_memdup(data, n);
	l->v[l->n].len = n;
	l->n++;
}

void ad_list_remove(struct ad_list *l, size_t i)
{
	free((char *)l->v[i].data);
	l->n--;
	memmove(l->v + i, l->v + i + 1, (l->n - i) * sizeof *l->v);
}

void ad_list_copy(struct ad_list *to, const struct ad_list *src)
{
	size_t i;

	to->v = NULL;
	to->n = 0;
	for (i = 0; i < src->n; i++)
		ad_list_add(to, src->v[i].data, src->v[i].len);
}

void ad_list_clear(struct ad_list *l)
{
	while (l->n)
		free((char *)l->v[--l->n].data);
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

/* A sorted copy of the array (not of the bytes). */
static struct ad_value *sorted(const struct ad_value *v, size_t n, enum ad_merge merge)
{
	struct ad_value *s = ad_realloc(NULL, n, sizeof *s);

	if (n) {
		memcpy(s, v, n * sizeof *s);
		qsort(s, n, sizeof *s, order(merge));
	}
	return s;
}

size_t ad_list_unite(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n)
{
	struct ad_value *have = sorted(l->v, l->n, merge), *want = sorted(v, n, merge);
	size_t i, had = l->n, added = 0;

	for (i = 0; i < n; i++) {
		bool twice = i && compare(merge, &want[i], &want[i - 1]) == 0;

		if (!twice && !bsearch(&want[i], have, had, sizeof *have, order(merge))) {
			ad_list_add(l, want[i].data, want[i].len);
			added++;
		}
	}
	free(have);
	free(want);
	return added;
}

size_t ad_list_subtract(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n)
{
	struct ad_value *drop = sorted(v, n, merge);
	size_t i, kept = 0, had = l->n;

	for (i = 0; i < had; i++) {
		if (bsearch(&l->v[i], drop, n, sizeof *drop, order(merge)))
			free((char *)l->v[i].data);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
	free(drop);
	return had - kept;
}

bool ad_list_equal(const struct ad_list *a, const struct ad_list *b, enum ad_merge merge)
{
	struct ad_value *v, *w;
	size_t i;

	if (a->n != b->n)
		return false;
	v = sorted(a->v, a->n, merge);
	w = sorted(b->v, b->n, merge);
	for (i = 0; i < a->n && compare(merge, &v[i], &w[i]) == 0; i++)
		continue;
	free(v);
	free(w);
	return i == a->n;
}

void ad_list_sort(struct ad_list *l, enum ad_merge merge)
{
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, order(merge));
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
