/* The domain controller that was used last. See last_dc.h. */
#include "net/last_dc.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define WHAT "the last domain controller"
#define NAME_MAX_LEN 255 /* of a name in DNS */

/* What is not the name of a domain does not become the name of a file. */
static bool is_domain(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_");

	return n && !s[n] && n <= NAME_MAX_LEN && *s != '.';
}

static char *path_of(const char *domain)
{
	char *dir = is_domain(domain) ? ad_file_state("dc") : NULL;
	char *path = dir ? ad_format("%s/%s", dir, domain) : NULL;

	free(dir);
	return path;
}

static bool is_recent(int fd)
{
	time_t now = time(NULL);
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_mtime <= now && now - st.st_mtime < AD_LAST_DC_S;
}

static char *read_name(int fd)
{
	char text[NAME_MAX_LEN + 1];
	ssize_t n = read(fd, text, sizeof text - 1);

	if (n <= 0)
		return NULL;
	text[n] = 0;
	text[strcspn(text, " \n")] = 0;
	return *text ? ad_strdup(text) : NULL;
}

char *ad_last_dc_read(const char *domain)
{
	char *path = path_of(domain), *host = NULL;
	int fd;

	if (path && ad_file_open(&fd, NULL, path, WHAT, 0, NULL)) {
		host = is_recent(fd) ? read_name(fd) : NULL;
		close(fd);
	}
	free(path);
	return host;
}

static bool make_directory(char *path)
{
	char *slash = strrchr(path, '/');
	bool ok;

	*slash = 0;
	ok = ad_file_make_directories(path) && ad_file_check_directory(path, WHAT, 0, NULL);
	*slash = '/';
	return ok;
}

static bool wait_for_lock(int fd, long long until)
{
	struct timespec nap = { 0, 20000000 };

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (ad_clock_ms() >= until || !ad_stop_check(NULL))
			return false;
		nanosleep(&nap, NULL);
	}
	return true;
}

int ad_last_dc_hold(const char *domain, int patience_ms)
{
	char *dir = is_domain(domain) ? ad_file_state("dc") : NULL;
	char *path = dir ? ad_format("%s/.%s", dir, domain) : NULL; /* nor is this a domain */
	int fd = -1;

	if (path && make_directory(path) &&
		ad_file_open_own(&fd, path, WHAT, O_RDWR | O_CREAT, NULL) &&
		!wait_for_lock(fd, ad_clock_ms() + patience_ms)) {
		close(fd);
		fd = -1;
	}
	free(path);
	free(dir);
	return fd;
}

static void replace(char *path, const char *host)
{
	char *line = ad_format("%s\n", host);

	if (make_directory(path))
		ad_file_replace(path, WHAT, line, strlen(line), NULL);
	free(line);
}

void ad_last_dc_write(const char *domain, const char *host, const char *read)
{
	char *path = path_of(domain);

	if (path && host && read && ad_caseeq(host, read))
		utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
	else if (path && host)
		replace(path, host);
	else if (path && read)
		unlink(path);
	free(path);
}
