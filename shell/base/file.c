/* Files that are believed, and files that we make. See file.h. */
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS 40 /* as many as the kernel follows */
#define READING (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define MODE(st) ((unsigned)((st)->st_mode & 07777))

char *ad_file_user(uid_t uid)
{
	struct passwd *pw = getpwuid(uid);

	return pw ? ad_strdup(pw->pw_name) : ad_format("uid %lu", (unsigned long)uid);
}

/* ---- is it to be believed? ---- */

struct judged {
	const char *path, *what;
	unsigned flags;
	uid_t owner; /* of the file, for AD_FILE_ANYBODY */
};

static bool refuse(const struct judged *f, const char *why, struct ad_err *err)
{
	return ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s %s", f->what, f->path, why);
}

static bool refuse_owner(const struct judged *f, uid_t uid, struct ad_err *err)
{
	char *user = ad_file_user(uid);

	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		f->flags & AD_FILE_ROOT ? "%s %s does not belong to root but to %s"
					: "%s %s belongs to %s, not to you",
		f->what, f->path, user);
	free(user);
	return false;
}

static bool is_accepted(const struct judged *f, uid_t uid)
{
	return uid == 0 || (!(f->flags & AD_FILE_ROOT) && uid == geteuid()) ||
	       ((f->flags & AD_FILE_ANYBODY) && uid == f->owner);
}

static bool refuse_mode(
	const struct judged *f, const char *why, const struct stat *st, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s can be %s by others (mode %03o)",
		f->what, f->path, why, MODE(st));
	return ad_err_hint(
		err, "%s %s", f->flags & AD_FILE_SECRET ? "chmod 600" : "chmod go-w", f->path);
}

static bool check_file(struct judged *f, const struct stat *st, struct ad_err *err)
{
	mode_t readable = st->st_uid == geteuid() ? S_IRGRP | S_IROTH : S_IROTH;

	f->owner = st->st_uid;
	if (!S_ISREG(st->st_mode))
		return refuse(f, "is not a plain file", err);
	if (!is_accepted(f, st->st_uid))
		return refuse_owner(f, st->st_uid, err);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse_mode(f, "written", st, err);
	if ((f->flags & AD_FILE_SECRET) && (st->st_mode & readable))
		return refuse_mode(f, "read", st, err);
	return true;
}

static bool refuse_directory(
	const struct judged *f, const char *dir, const char *why, struct ad_err *err)
{
	if (strcmp(f->path, dir) == 0)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s %s", f->what, dir, why);
	return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%s %s could have been replaced: its directory %s %s", f->what, f->path, dir, why);
}

static bool check_directory(
	const struct judged *f, const char *dir, const struct stat *st, struct ad_err *err)
{
	char why[300], *user;
	struct stat root;

	if (!is_accepted(f, st->st_uid) && (lstat("/", &root) != 0 || st->st_uid != root.st_uid)) {
		user = ad_file_user(st->st_uid);
		snprintf(why, sizeof why, "belongs to %s", user);
		free(user);
		return refuse_directory(f, dir, why, err);
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX)) {
		snprintf(why, sizeof why, "can be written by others (mode %03o)", MODE(st));
		refuse_directory(f, dir, why, err);
		return ad_err_hint(err, "chmod go-w %s, or chmod +t where it is shared", dir);
	}
	return true;
}

static bool fail(const struct judged *f, struct ad_err *err)
{
	int code = errno;

	if (code == ELOOP)
		return refuse(f, "is a symbolic link", err);
	ad_err_errno(err, "cannot open %s %s", f->what, f->path);
	if (err && (code == ENOENT || code == ENOTDIR))
		err->kind = AD_ERR_NOTFOUND;
	return false;
}

struct way {
	char *path; /* absolute */
	size_t at; /* behind the part that is judged */
	int links; /* followed so far */
};

/* Puts the place that a link, the path's first n bytes, leads to in place of it. */
static bool follow(struct way *w, size_t n)
{
	char target[PATH_MAX], *link = ad_strndup(w->path, n), *path;
	ssize_t got = readlink(link, target, sizeof target - 1);
	size_t parent = n;

	free(link);
	if (got < 0)
		return false;
	if (++w->links > LINKS) {
		errno = EMLINK;
		return false;
	}
	target[got] = 0;
	while (w->path[parent - 1] != '/')
		parent--;
	path = ad_format(
		"%.*s%s%s", *target == '/' ? 0 : (int)parent, w->path, target, w->path + n);
	free(w->path);
	w->path = path;
	w->at = 1;
	return true;
}

/* Judges the directory that is the path's first n bytes. */
static bool check_step(const struct judged *f, struct way *w, size_t n, struct ad_err *err)
{
	struct stat st;
	bool ok;

	w->path[n] = 0;
	ok = lstat(w->path, &st) == 0;
	if (ok && !S_ISLNK(st.st_mode)) {
		ok = check_directory(f, w->path, &st, err);
		w->path[n] = '/';
		w->at = n + 1;
		return ok;
	}
	w->path[n] = '/';
	return (ok && follow(w, n)) || fail(f, err);
}

/* Every directory on the way, also on the ways of links; a path that ends in a slash is one itself.
 * From the top: who cannot write above cannot change what was judged. */
static bool check_way(const struct judged *f, const char *name, struct ad_err *err)
{
	char *cwd = *name == '/' ? ad_strdup("") : getcwd(NULL, 0), *end;
	struct way w = { NULL, 1, 0 };
	bool ok = true;

	if (!cwd)
		return fail(f, err);
	w.path = ad_format("%s%s%s", cwd, *name == '/' ? "" : "/", name);
	free(cwd);
	while (ok && (end = strchr(w.path + w.at, '/')))
		ok = check_step(f, &w, (size_t)(end - w.path), err);
	free(w.path);
	return ok;
}

bool ad_file_check_directory(const char *path, const char *what, unsigned flags, struct ad_err *err)
{
	struct judged f = { path, what, flags, 0 };
	char *dir = ad_format("%s/", path);
	bool ok = check_way(&f, dir, err);

	free(dir);
	return ok;
}

/* ---- reading ---- */

bool ad_file_open(int *out, struct stat *st, const char *path, const char *what, unsigned flags,
	struct ad_err *err)
{
	struct judged f = { path, what, flags, 0 };
	int fd = open(path, READING);
	struct stat own;

	st = st ? st : &own;
	if (fd < 0)
		return fail(&f, err);
	if (fstat(fd, st) != 0 ? fail(&f, err)
			       : check_file(&f, st, err) && check_way(&f, path, err)) {
		*out = fd;
		return true;
	}
	close(fd);
	return false;
}

/* As many bytes as it had when it was opened. */
static bool read_all(char *text, size_t *n, int fd, size_t size)
{
	ssize_t got;

	for (*n = 0; *n < size; *n += (size_t)got) {
		got = read(fd, text + *n, size - *n);
		if (got < 0)
			return false;
		if (got == 0)
			break;
	}
	return true;
}

bool ad_file_read(char **out, size_t *n, const char *path, const char *what, unsigned flags,
	size_t most, struct ad_err *err)
{
	struct stat st;
	char *text;
	bool ok;
	int fd;

	if (!ad_file_open(&fd, &st, path, what, flags, err))
		return false;
	if ((size_t)st.st_size > most) {
		close(fd);
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s is larger than %zu KiB",
			what, path, most / 1024);
	}
	text = ad_alloc((size_t)st.st_size + 1);
	ok = read_all(text, n, fd, (size_t)st.st_size) ||
	     ad_err_errno(err, "cannot read %s %s", what, path);
	close(fd);
	if (ok)
		*out = text;
	else
		free(text);
	return ok;
}

/* ---- writing ---- */

static bool check_own(struct judged *f, const struct stat *st, struct ad_err *err)
{
	if (!S_ISREG(st->st_mode))
		return refuse(f, "is not a plain file", err);
	if (!is_accepted(f, st->st_uid))
		return refuse_owner(f, st->st_uid, err);
	if (st->st_nlink > 1)
		return refuse(f, "has a second link: it could be any of your files", err);
	if (st->st_mode & S_IWOTH)
		return refuse_mode(f, "written", st, err);
	return true;
}

bool ad_file_open_own(int *out, const char *path, const char *what, int oflags, struct ad_err *err)
{
	struct judged f = { path, what, 0, 0 };
	int fd = open(path, oflags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return fail(&f, err);
	if (fstat(fd, &st) != 0 ? fail(&f, err) : check_own(&f, &st, err)) {
		*out = fd;
		return true;
	}
	close(fd);
	return false;
}

bool ad_file_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

bool ad_file_append(const char *path, const char *what, const void *p, size_t n, struct ad_err *err)
{
	bool ok;
	int fd;

	if (!ad_file_open_own(&fd, path, what, O_WRONLY | O_APPEND | O_CREAT, err))
		return false;
	ok = ad_file_write(fd, p, n) || ad_err_errno(err, "cannot write %s %s", what, path);
	if (close(fd) != 0 && ok)
		ok = ad_err_errno(err, "cannot write %s %s", what, path);
	return ok;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ad_strdup(".");
	return slash == path ? ad_strdup("/") : ad_strndup(path, (size_t)(slash - path));
}

void ad_file_sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static bool write_new(int fd, bool (*fill)(void *arg, int fd), void *arg)
{
	bool ok = fchmod(fd, 0600) == 0 && fill(arg, fd) && fsync(fd) == 0;
	int code = errno;

	if (close(fd) != 0 && ok)
		return false;
	errno = code;
	return ok;
}

bool ad_file_replace_by(const char *path, const char *what, bool (*fill)(void *arg, int fd),
	void *arg, struct ad_err *err)
{
	struct judged f = { path, what, 0, 0 };
	char *dir = directory_of(path), *name = ad_format("%s/.adsh-XXXXXX", dir);
	struct stat st;
	bool ok = false;
	int fd = -1;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		refuse(&f, S_ISLNK(st.st_mode) ? "is a symbolic link" : "is not a plain file", err);
	} else if ((fd = mkostemp(name, O_CLOEXEC)) < 0) {
		ad_err_errno(err, "cannot write %s %s", what, path);
	} else {
		ok = write_new(fd, fill, arg) && rename(name, path) == 0;
		if (!ok) {
			ad_err_errno(err, "cannot write %s %s", what, path);
			unlink(name);
		}
		ad_file_sync_directory(dir);
	}
	free(name);
	free(dir);
	return ok;
}

struct bytes {
	const void *p;
	size_t n;
};

static bool write_bytes(void *arg, int fd)
{
	const struct bytes *b = arg;

	return ad_file_write(fd, b->p, b->n);
}

bool ad_file_replace(
	const char *path, const char *what, const void *p, size_t n, struct ad_err *err)
{
	struct bytes b = { p, n };

	return ad_file_replace_by(path, what, write_bytes, &b, err);
}

bool ad_file_make_directories(const char *path)
{
	char *p, *copy = ad_strdup(path);
	struct stat st;
	bool ok = true;

	for (p = copy + 1; ok && p[-1]; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = 0;
		ok = mkdir(copy, 0700) == 0 || errno == EEXIST;
		*p = c;
	}
	free(copy);
	if (ok && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))) {
		errno = ENOTDIR;
		ok = false;
	}
	return ok;
}

/* ---- where we keep things ---- */

static char *home(void)
{
	const char *h = getenv("HOME");
	struct passwd *pw;

	if (h && *h == '/')
		return ad_strdup(h);
	pw = getpwuid(getuid());
	return pw && pw->pw_dir && *pw->pw_dir == '/' ? ad_strdup(pw->pw_dir) : NULL;
}

char *ad_file_state(const char *name)
{
	const char *state = getenv("XDG_STATE_HOME");
	char *h, *path = NULL;

	if (state && *state == '/')
		return ad_format("%s/adsh/%s", state, name);
	if ((h = home()))
		path = ad_format("%s/.local/state/adsh/%s", h, name);
	else if (getuid() == 0)
		path = ad_format("/var/lib/adsh/%s", name);
	free(h);
	return path;
}
