/* What is believed and what is not, by owner, mode, links and directories; and what is made. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#define OTHER 65533 /* somebody else's uid */

static char place[] = "/tmp/adsh-file-XXXXXX";

static const char *in(const char *name)
{
	static char paths[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(paths[i], sizeof paths[i], "%s/%s", place, name);
	return paths[i];
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(in(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(in(name), mode), 0);
}

static void check_text(const char *name, const char *wanted)
{
	char text[100] = "";
	FILE *f = fopen(in(name), "r");

	assert_non_null(f);
	assert_true(fread(text, 1, sizeof text - 1, f) < sizeof text);
	fclose(f);
	assert_string_equal(text, wanted);
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(in(name), &st), 0);
	return (unsigned)st.st_mode & 07777;
}

static int start(void **state)
{
	(void)state;
	strcpy(place + strlen(place) - 6, "XXXXXX");
	return mkdtemp(place) ? 0 : -1;
}

static int end(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", place);
	return system(command);
}

static void believes(const char *name, unsigned flags, const char *wanted)
{
	struct ad_err err = { 0 };
	char *text = NULL;
	size_t n = 0;

	if (!ad_file_read(&text, &n, in(name), "the file", flags, 1024, &err))
		fail_msg("%s", err.message);
	assert_int_equal(n, strlen(wanted));
	assert_string_equal(text, wanted);
	free(text);
}

static void refuses(const char *name, unsigned flags, enum ad_err_kind kind, const char *why)
{
	struct ad_err err = { 0 };
	char *text = NULL;
	size_t n = 0;

	assert_false(ad_file_read(&text, &n, in(name), "the file", flags, 1024, &err));
	assert_null(text);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.message, why))
		fail_msg("'%s' is not in: %s", why, err.message);
}

static void only_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* ---- reading ---- */

static void reads_ours(void **state)
{
	(void)state;
	put("a", "text", 0600);
	believes("a", 0, "text");
	believes("a", AD_FILE_SECRET, "text");
	put("a", "text", 0644);
	believes("a", 0, "text");
	put("empty", "", 0600);
	believes("empty", 0, "");
}

static void one_that_is_missing_is_not_found(void **state)
{
	(void)state;
	refuses("a", 0, AD_ERR_NOTFOUND, "cannot open the file");
	put("a", "", 0600);
	refuses("a/b", 0, AD_ERR_NOTFOUND, "cannot open the file");
}

static void follows_no_link(void **state)
{
	(void)state;
	put("a", "text", 0600);
	assert_int_equal(symlink("a", in("link")), 0);
	refuses("link", 0, AD_ERR_REFUSED, "is a symbolic link");
}

static void reads_plain_files_only(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in("dir"), 0700), 0);
	refuses("dir", 0, AD_ERR_REFUSED, "is not a plain file");
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	refuses("fifo", 0, AD_ERR_REFUSED, "is not a plain file");
}

static void what_others_can_write_is_refused(void **state)
{
	(void)state;
	put("a", "text", 0620);
	refuses("a", 0, AD_ERR_REFUSED, "can be written by others (mode 620)");
	put("a", "text", 0602);
	refuses("a", 0, AD_ERR_REFUSED, "can be written by others (mode 602)");
	refuses("a", AD_FILE_ANYBODY, AD_ERR_REFUSED, "can be written by others");
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
	(void)state;
	put("a", "text", 0604);
	refuses("a", AD_FILE_SECRET, AD_ERR_REFUSED, "can be read by others (mode 604)");
	put("a", "text", 0640);
	refuses("a", AD_FILE_SECRET, AD_ERR_REFUSED, "can be read by others (mode 640)");
	believes("a", 0, "text");
}

static void a_secret_of_root_may_be_for_a_group(void **state)
{
	(void)state;
	only_root();
	assert_int_equal(chmod(place, 0711), 0);
	put("a", "text", 0640);
	assert_int_equal(chown(in("a"), 0, 12345), 0);
	put("b", "text", 0644);
	assert_int_equal(setegid(12345), 0);
	assert_int_equal(seteuid(12345), 0);
	believes("a", AD_FILE_SECRET, "text");
	refuses("b", AD_FILE_SECRET, AD_ERR_REFUSED, "can be read by others");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
}

static void the_owner_counts(void **state)
{
	struct ad_err err;
	struct stat st;
	int fd;

	(void)state;
	only_root();
	put("a", "text", 0600);
	assert_int_equal(chown(in("a"), OTHER, 0), 0);
	refuses("a", 0, AD_ERR_REFUSED, "belongs to uid 65533, not to you");
	refuses("a", AD_FILE_ROOT, AD_ERR_REFUSED, "does not belong to root but to uid 65533");
	assert_true(ad_file_open(&fd, &st, in("a"), "the file", AD_FILE_ANYBODY, &err));
	assert_int_equal(st.st_uid, OTHER);
	close(fd);
}

static void root_is_believed_by_everybody(void **state)
{
	(void)state;
	only_root();
	assert_int_equal(chmod(place, 0711), 0);
	put("a", "text", 0644);
	assert_int_equal(seteuid(OTHER), 0);
	believes("a", 0, "text");
	believes("a", AD_FILE_ROOT, "text");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(place, OTHER, 0), 0);
	assert_int_equal(chown(in("a"), OTHER, 0), 0);
	assert_int_equal(seteuid(OTHER), 0);
	believes("a", 0, "text");
	refuses("a", AD_FILE_ROOT, AD_ERR_REFUSED, "does not belong to root");
	assert_int_equal(seteuid(0), 0);
}

static void what_is_too_large_is_refused(void **state)
{
	char text[1026];

	(void)state;
	memset(text, 'x', 1025);
	text[1025] = 0;
	put("a", text, 0600);
	refuses("a", 0, AD_ERR_REFUSED, "is larger than 1 KiB");
	text[1024] = 0;
	put("a", text, 0600);
	believes("a", 0, text);
}

/* ---- the way to a file ---- */

static void directories_of_others_are_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in("d"), 0700), 0);
	assert_int_equal(mkdir(in("d/e"), 0700), 0);
	put("d/e/a", "text", 0600);
	believes("d/e/a", 0, "text");
	assert_int_equal(chmod(in("d"), 0777), 0);
	refuses("d/e/a", 0, AD_ERR_REFUSED, "could have been replaced");
	assert_int_equal(chmod(in("d"), 0770), 0);
	refuses("d/e/a", 0, AD_ERR_REFUSED, "can be written by others (mode 770)");
	assert_int_equal(chmod(in("d"), 01777), 0);
	believes("d/e/a", 0, "text");
	only_root();
	assert_int_equal(chown(in("d"), OTHER, 0), 0);
	refuses("d/e/a", 0, AD_ERR_REFUSED, "belongs to uid 65533");
	assert_int_equal(chown(in("d"), 0, 0), 0);
	believes("d/e/a", AD_FILE_ROOT, "text");
}

static void somebody_s_own_file_may_be_in_his_directory(void **state)
{
	(void)state;
	only_root();
	assert_int_equal(mkdir(in("d"), 0755), 0);
	put("d/a", "text", 0644);
	assert_int_equal(chown(in("d"), OTHER, 0), 0);
	refuses("d/a", AD_FILE_ANYBODY, AD_ERR_REFUSED, "belongs to uid 65533");
	assert_int_equal(chown(in("d/a"), OTHER, 0), 0);
	believes("d/a", AD_FILE_ANYBODY, "text");
	assert_int_equal(chown(in("d/a"), OTHER - 1, 0), 0);
	refuses("d/a", AD_FILE_ANYBODY, AD_ERR_REFUSED, "belongs to uid 65533");
}

/* /place/a-long-way -> open/back, /place/open/back -> ../d, and open is for everybody to write */
static void ways_of_links_are_judged(void **state)
{
	char cwd[256];

	(void)state;
	assert_int_equal(mkdir(in("d"), 0700), 0);
	assert_int_equal(mkdir(in("open"), 0700), 0);
	put("d/a", "text", 0600);
	assert_int_equal(symlink("../d", in("open/back")), 0);
	assert_int_equal(symlink("open/back", in("a-long-way")), 0);
	believes("a-long-way/a", 0, "text");
	assert_int_equal(chmod(in("open"), 0777), 0);
	believes("d/a", 0, "text");
	refuses("a-long-way/a", 0, AD_ERR_REFUSED, "open can be written by others");
	assert_int_equal(symlink("loop", in("loop")), 0);
	refuses("loop/a", 0, AD_ERR_REFUSED, "symbolic link");
	assert_non_null(getcwd(cwd, sizeof cwd));
	assert_int_equal(chdir(in("open")), 0);
	assert_false(ad_file_open(&(int){ 0 }, NULL, "../open/../d/a", "the file", 0, NULL));
	assert_int_equal(chdir(cwd), 0);
}

static void a_directory_is_judged_by_itself(void **state)
{
	struct ad_err err;

	(void)state;
	assert_true(ad_file_check_directory(place, "the directory", 0, &err));
	assert_false(ad_file_check_directory(in("none"), "the directory", 0, &err));
	assert_int_equal(err.kind, AD_ERR_NOTFOUND);
	assert_int_equal(mkdir(in("d"), 0700), 0);
	assert_int_equal(chmod(in("d"), 0775), 0);
	assert_false(ad_file_check_directory(in("d"), "the directory", 0, &err));
	assert_non_null(strstr(err.message, "d can be written by others (mode 775)"));
}

/* ---- writing ---- */

static void appends_to_ours(void **state)
{
	struct ad_err err;

	(void)state;
	assert_true(ad_file_append(in("log"), "the log", "one\n", 4, &err));
	assert_true(ad_file_append(in("log"), "the log", "two\n", 4, &err));
	check_text("log", "one\ntwo\n");
	assert_int_equal(mode_of("log"), 0600);
}

static void appends_to_no_other(const char *name, const char *why)
{
	struct ad_err err;

	assert_false(ad_file_append(in(name), "the log", "x", 1, &err));
	assert_int_equal(err.kind, AD_ERR_REFUSED);
	if (!strstr(err.message, why))
		fail_msg("'%s' is not in: %s", why, err.message);
	check_text("a", "text");
}

static void appends_through_no_link(void **state)
{
	(void)state;
	put("a", "text", 0600);
	assert_int_equal(symlink("a", in("s")), 0);
	appends_to_no_other("s", "is a symbolic link");
	assert_int_equal(link(in("a"), in("h")), 0);
	appends_to_no_other("h", "has a second link");
	assert_int_equal(unlink(in("h")), 0);
	assert_int_equal(chmod(in("a"), 0602), 0);
	appends_to_no_other("a", "can be written by others");
	only_root();
	assert_int_equal(chmod(in("a"), 0600), 0);
	assert_int_equal(chown(in("a"), OTHER, 0), 0);
	appends_to_no_other("a", "belongs to uid 65533");
}

static void replaces_the_file_and_not_its_text(void **state)
{
	struct stat st;
	struct ad_err err;

	(void)state;
	put("a", "old", 0666);
	assert_int_equal(link(in("a"), in("other")), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(in("a"), OTHER, OTHER), 0);
	assert_true(ad_file_replace(in("a"), "the plan", "new", 3, &err));
	check_text("a", "new");
	check_text("other", "old");
	assert_int_equal(mode_of("a"), 0600);
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_gid, getegid());
}

static void replaces_plain_files_only(void **state)
{
	struct ad_err err;

	(void)state;
	put("a", "text", 0600);
	assert_int_equal(symlink("a", in("s")), 0);
	assert_false(ad_file_replace(in("s"), "the plan", "new", 3, &err));
	assert_non_null(strstr(err.message, "is a symbolic link"));
	/* not /dev/null: when this is broken by hand, that is lost */
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	assert_false(ad_file_replace(in("fifo"), "the plan", "new", 3, &err));
	assert_non_null(strstr(err.message, "is not a plain file"));
	check_text("a", "text");
	assert_false(ad_file_replace(in("none/a"), "the plan", "new", 3, &err));
	assert_int_equal(err.kind, AD_ERR_FAILED);
}

static void nothing_is_left_of_a_write_that_fails(void **state)
{
	char command[300];
	struct ad_err err;

	(void)state;
	assert_int_equal(mkdir(in("d"), 0700), 0);
	assert_false(ad_file_replace(in("d"), "the plan", "new", 3, &err));
	snprintf(command, sizeof command, "test \"$(ls -A %s)\" = d", place);
	assert_int_equal(system(command), 0);
}

static void makes_directories_for_us_alone(void **state)
{
	(void)state;
	assert_true(ad_file_make_directories(in("x/y/z")));
	assert_int_equal(mode_of("x"), 0700);
	assert_int_equal(mode_of("x/y/z"), 0700);
	assert_true(ad_file_make_directories(in("x/y/z/")));
	put("a", "", 0600);
	assert_false(ad_file_make_directories(in("a")));
	assert_false(ad_file_make_directories(in("a/b")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_ours),
		TEST(one_that_is_missing_is_not_found),
		TEST(follows_no_link),
		TEST(reads_plain_files_only),
		TEST(what_others_can_write_is_refused),
		TEST(a_secret_that_others_can_read_is_refused),
		TEST(a_secret_of_root_may_be_for_a_group),
		TEST(the_owner_counts),
		TEST(root_is_believed_by_everybody),
		TEST(what_is_too_large_is_refused),
		TEST(directories_of_others_are_refused),
		TEST(somebody_s_own_file_may_be_in_his_directory),
		TEST(ways_of_links_are_judged),
		TEST(a_directory_is_judged_by_itself),
		TEST(appends_to_ours),
		TEST(appends_through_no_link),
		TEST(replaces_the_file_and_not_its_text),
		TEST(replaces_plain_files_only),
		TEST(nothing_is_left_of_a_write_that_fails),
		TEST(makes_directories_for_us_alone),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
