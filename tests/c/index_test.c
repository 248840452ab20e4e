/* Finding changes by their names, against looking at each of them. */
#include "plan/index.h"
#include "base/mem.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MANY 3000

static int home, abroad; /* only their addresses: which directory */
#define HOME ((struct ad_ldap *)(void *)&home)
#define ABROAD ((struct ad_ldap *)(void *)&abroad)

static struct ad_change *change(struct ad_ldap *ld, char *dn)
{
	struct ad_change *c = ad_alloc(sizeof *c);

	c->ld = ld;
	c->dn = dn;
	return c;
}

/* Paths and DNs; each name comes twice: the first one counts. */
static void finds_the_first_of_each(void **state)
{
	static struct ad_change *all[MANY];
	struct ad_index x = { 0 };
	char dn[64];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		size_t name = i % (MANY / 2);

		all[i] = change(
			i % 2 ? HOME : ABROAD, i % 3 ? ad_format("\\\\fs1\\Data\\File %zu", name)
						     : ad_format("CN=%zu,DC=alpha", name));
	}
	for (size_t i = 0; i < MANY; i++) {
		struct ad_change *want = NULL;

		snprintf(dn, sizeof dn, "\\\\FS1\\data\\FILE %zu", i % (MANY / 2));
		for (size_t k = 0; k <= i && !want; k++)
			if (all[k]->ld == HOME && ad_caseeq(all[k]->dn, dn))
				want = all[k];
		/* one more is known each time */
		assert_ptr_equal(ad_index_find(&x, all, i + 1, NULL, HOME, dn), want);
	}
	assert_null(ad_index_find(&x, all, MANY, NULL, HOME, "\\\\fs1\\data\\none"));
	ad_index_clear(&x);
	assert_null(ad_index_find(&x, all, 0, NULL, HOME, dn));
	ad_index_clear(&x);
	for (size_t i = 0; i < MANY; i++) {
		free(all[i]->dn);
		free(all[i]);
	}
}

/* By GUID the last one counts, in whatever directory; not all have one. */
static void finds_the_last_of_a_guid(void **state)
{
	static struct ad_change *all[MANY];
	struct ad_index x = { .by_guid = true };
	char guid[64];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		all[i] = change(i % 2 ? HOME : ABROAD, NULL);
		all[i]->guid = i % 3 ? ad_format("guid-%zu", i % (MANY / 2)) : NULL;
	}
	for (size_t n = MANY / 2; n <= MANY; n += MANY / 2)
		for (size_t i = 0; i < MANY / 2; i++) {
			struct ad_change *want = NULL;

			snprintf(guid, sizeof guid, "guid-%zu", i);
			for (size_t k = 0; k < n; k++)
				if (all[k]->guid && strcmp(all[k]->guid, guid) == 0)
					want = all[k];
			assert_ptr_equal(ad_index_find(&x, all, n, NULL, HOME, guid), want);
		}
	ad_index_clear(&x);
	assert_true(x.by_guid);
	for (size_t i = 0; i < MANY; i++) {
		free(all[i]->guid);
		free(all[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_of_each),
		cmocka_unit_test(finds_the_last_of_a_guid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
