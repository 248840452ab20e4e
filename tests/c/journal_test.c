/* What is on the disk, and when: fdatasync of this program tells how far the file was brought
 * there. */
#include "gate/journal.h"
#include "net/ldap_priv.h"
#include "plan/plan.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

extern const struct ad_kind ad_kind_attributes;

static struct ad_ldap home = { .refs = 1 };
static char dir[] = "/tmp/adsh-journal-XXXXXX";
static long long synced; /* bytes of the file */
static int refusal; /* what fdatasync answers */

/* In place of libc's. */
int fdatasync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	if (refusal == 0)
		synced = st.st_size;
	return refusal;
}

static char *path_of(const struct ad_journal *j)
{
	static char path[300];

	snprintf(path, sizeof path, "%s/%s.jsonl", dir, ad_journal_run(j));
	return path;
}

static long long size_of(const struct ad_journal *j)
{
	struct stat st;

	assert_int_equal(stat(path_of(j), &st), 0);
	return st.st_size;
}

static bool holds(const struct ad_journal *j, const char *text)
{
	char bytes[4096] = "";
	FILE *f = fopen(path_of(j), "r");

	assert_non_null(f);
	bytes[fread(bytes, 1, sizeof bytes - 1, f)] = 0;
	fclose(f);
	return strstr(bytes, text) != NULL;
}

static struct ad_journal *begin(void)
{
	struct ad_journal *j;
	struct ad_err err;

	synced = -1;
	refusal = 0;
	assert_true(ad_journal_new(&j, dir, "adsh -e 1", NULL, NULL, &err));
	return j;
}

static struct ad_plan *one_change(void)
{
	struct ad_plan *p = ad_plan_new();
	struct ad_change *c =
		ad_plan_restore(p, &ad_kind_attributes, &home, "CN=a,DC=alpha", NULL, "a");
	struct ad_edit *e = ad_change_restore(c, "servicePrincipalName", NULL);

	ad_list_add(&e->after, "cifs/a", 6);
	return p;
}

static void intents_are_on_the_disk(void **state)
{
	struct ad_journal *j = begin();
	struct ad_plan *p = one_change();

	(void)state;
	assert_true(ad_journal_intend(j, p, NULL));
	assert_true(holds(j, "{\"type\":\"intended\",\"n\":1}\n"));
	assert_int_equal(synced, size_of(j));
	assert_true(ad_journal_again(j, ad_plan_at(p, 0), NULL));
	assert_int_equal(synced, size_of(j));
	ad_plan_at(p, 0)->state = AD_CHANGE_DONE;
	assert_true(ad_journal_result(j, ad_plan_at(p, 0)));
	assert_true(synced < size_of(j));
	assert_true(ad_journal_sync(j, NULL));
	assert_int_equal(synced, size_of(j));
	ad_journal_discard(j);
	ad_plan_free(p);
}

static void what_is_not_on_the_disk_is_no_intent(void **state)
{
	struct ad_journal *j = begin();
	struct ad_plan *p = one_change();
	struct ad_err err;

	(void)state;
	refusal = -1;
	assert_false(ad_journal_intend(j, p, &err));
	assert_non_null(strstr(err.message, "could not be written"));
	assert_false(holds(j, "intent"));
	assert_int_equal(ad_plan_at(p, 0)->number, 0);
	ad_journal_discard(j);
	ad_plan_free(p);
}

static void a_run_is_one_process(void **state)
{
	struct ad_journal *j = begin(), *other;
	char run[64];
	struct ad_err err;

	(void)state;
	snprintf(run, sizeof run, "%s", ad_journal_run(j));
	assert_true(ad_journal_is_running(path_of(j)));
	assert_false(ad_journal_continue(&other, dir, run, &err));
	assert_int_equal(err.kind, AD_ERR_LOCKED);
	ad_journal_close(j, "partial");
	assert_true(ad_journal_continue(&j, dir, run, &err));
	assert_false(ad_journal_continue(&other, dir, run, &err));
	assert_int_equal(err.kind, AD_ERR_LOCKED);
	ad_journal_discard(j);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intents_are_on_the_disk),
		cmocka_unit_test(what_is_not_on_the_disk_is_no_intent),
		cmocka_unit_test(a_run_is_one_process),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
