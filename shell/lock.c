/* A lock is a file that is flocked while the process lives. See lock.h. */
#include "lock.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* /run is root's own; in the others everybody may make files, so the owner is checked there. (Not
 * every container has /run/lock, and not every systemd leaves it open to all.) */
static bool open_file(int *out, const char *name, struct ad_err *err)
{
	const char *shared = access("/run/lock", W_OK) == 0 ? "/run/lock" : "/tmp";
	uid_t uid = geteuid();
	char path[256];

	if (uid == 0)
		snprintf(path, sizeof path, "/run/adsh-%s.lock", name);
	else
		snprintf(
			path, sizeof path, "%s/adsh-%lu-%s.lock", shared, (unsigned long)uid, name);
	return ad_file_open_own(out, path, "the lock file", O_RDWR | O_CREAT, err);
}

static bool say_holder(int fd, const char *name, struct ad_err *err)
{
	char who[128];
	ssize_t n = pread(fd, who, sizeof who - 1, 0);

	who[n > 0 ? n : 0] = 0;
	return ad_err_set(err, AD_ERR_LOCKED, "system", 0, "the lock '%s' is held by %s", name,
		*who ? who : "another run");
}

bool ad_lock_take(const char *name, struct ad_err *err)
{
	time_t now = time(NULL);
	char since[32], who[128];
	int fd = -1, n;

	if (strspn(name, LETTERS) != strlen(name) || strlen(name) > 100)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"--lock must be a short name of letters, digits, '.', '_' and '-', not '%s'",
			name);
	if (!open_file(&fd, name, err))
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			say_holder(fd, name, err);
		else
			ad_err_errno(err, "cannot take the lock '%s'", name);
		close(fd);
		return false;
	}
	strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S %z", localtime(&now));
	n = snprintf(who, sizeof who, "process %ld since %s", (long)getpid(), since);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, who, (size_t)n, 0) != n) {
		ad_err_errno(err, "cannot write the lock file of '%s'", name);
		close(fd);
		return false;
	}
	return true; /* fd stays open: that is the lock */
}
