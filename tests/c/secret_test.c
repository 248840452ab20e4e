/* Passwords out of a pipe, in what editors of Windows make of a text file. */
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static bool read_from(const void *bytes, size_t n, struct ad_secret **out, char *rest)
{
	char path[32];
	int ends[2];
	ssize_t left;
	bool ok;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], bytes, n), n);
	close(ends[1]);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	ok = ad_secret_read(out, path, NULL);
	left = read(ends[0], rest, 15);
	rest[left > 0 ? left : 0] = 0;
	close(ends[0]);
	return ok;
}

static void gives(const void *bytes, size_t n, const char *password, const char *behind)
{
	struct ad_secret *s;
	char rest[16];
	size_t len;

	assert_true(read_from(bytes, n, &s, rest));
	assert_string_equal(ad_secret_text(s, &len), password);
	assert_int_equal(len, strlen(password));
	assert_string_equal(rest, behind);
	ad_secret_free(s);
}

static void reads_a_line(void **state)
{
	(void)state;
	gives("pw\nnext", 7, "pw", "next");
	gives("pw\r\nnext", 8, "pw", "next");
	gives("pw", 2, "pw", "");
	gives("p\n", 2, "p", "");
	gives("M\xfcller\n", 7, "M\xfcller", ""); /* no UTF-8: as it is */
}

static void reads_files_of_windows(void **state)
{
	(void)state;
	gives("\xef\xbb\xbfpw\r\nnext", 11, "pw", "next");
	gives("\xff\xfep\0w\0\r\0\n\0next", 14, "pw", "next");
	gives("\xfe\xff\0p\0w\0\r\0\nnext", 14, "pw", "next");
	gives("p\0w\0\n\0", 6, "pw", "");
	/* U+010A and U+0A01 hold the byte of a newline */
	gives("\xff\xfe\x0a\x01\x01\x0a\n\0", 8, "\xc4\x8a\xe0\xa8\x81", "");
}

static void refuses_none_and_long_ones(void **state)
{
	static char bytes[4096];
	struct ad_secret *s = NULL;
	char rest[16];

	(void)state;
	assert_false(read_from("\n", 1, &s, rest));
	assert_false(read_from("\xef\xbb\xbf\r\n", 5, &s, rest));
	assert_false(read_from("\xff\xfe\r\0\n\0", 6, &s, rest));
	memset(bytes, 'x', sizeof bytes);
	assert_false(read_from(bytes, 1025, &s, rest));
	assert_false(read_from(bytes, sizeof bytes, &s, rest));
	assert_true(read_from(bytes, 1024, &s, rest));
	ad_secret_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_line),
		cmocka_unit_test(reads_files_of_windows),
		cmocka_unit_test(refuses_none_and_long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
