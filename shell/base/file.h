/*
 * Files that are believed, and files that we make. Who can write a file, or put another one in its
 * place, decides what it says. So a file is believed only when it is a plain file, not a link, of
 * an owner we accept, and when nobody else can write to it or to a directory on the way to it
 * (with the sticky bit others may have files of their own there). Who owns / is root to us.
 */
#ifndef AD_FILE_H
#define AD_FILE_H

#include "base/err.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Who may own what is believed. Without a flag: us, or root. */
enum ad_file_flag {
	AD_FILE_ROOT = 1, /* root alone */
	AD_FILE_ANYBODY = 2, /* the caller looks at st_uid, and asks */
	AD_FILE_SECRET = 4 /* besides, others cannot read it. The group can where root lets it: a
			      service gets its keytab as root:service 0640 */
};

/* Opens for reading what is believed; `what` begins the messages ("the keytab"). Errors:
 * AD_ERR_NOTFOUND, AD_ERR_REFUSED when it is not to be believed, AD_ERR_FAILED. st may be NULL. */
bool ad_file_open(int *fd, struct stat *st, const char *path, const char *what, unsigned flags,
	struct ad_err *err);
/* The whole of it, allocated; larger than `most` is AD_ERR_REFUSED. */
bool ad_file_read(char **out, size_t *n, const char *path, const char *what, unsigned flags,
	size_t most, struct ad_err *err);
/* The same judgement of a directory, before files are made in it or missed in it. */
bool ad_file_check_directory(
	const char *path, const char *what, unsigned flags, struct ad_err *err);

/* Opens for writing, as open(2) with O_NOFOLLOW and oflags (O_APPEND, O_RDWR ...), made 0600 with
 * O_CREAT; one that is there has to be a plain file of ours or root's with no second name, and not
 * for everybody to write. */
bool ad_file_open_own(int *fd, const char *path, const char *what, int oflags, struct ad_err *err);
bool ad_file_write(int fd, const void *p, size_t n); /* all of it; false with errno */
bool ad_file_append(
	const char *path, const char *what, const void *p, size_t n, struct ad_err *err);

/* A file of ours, 0600, in place of what was there, whose owner and mode it does not keep. It is
 * on the disk, whole, or the old one is still there. A link or a device is not replaced. */
bool ad_file_replace(
	const char *path, const char *what, const void *p, size_t n, struct ad_err *err);
/* The same of what fill writes; when it gives false, with errno, the old one is still there. */
bool ad_file_replace_by(const char *path, const char *what, bool (*fill)(void *arg, int fd),
	void *arg, struct ad_err *err);

/* mkdir -p; new ones are 0700. False with errno. */
bool ad_file_make_directories(const char *path);
void ad_file_sync_directory(const char *path); /* its entries are on the disk then */

/* Where we keep something: $XDG_STATE_HOME/adsh/NAME, or ~/.local/state/adsh/NAME, or
 * /var/lib/adsh/NAME for root without a home; allocated. NULL: there is no such place. */
char *ad_file_state(const char *name);

char *ad_file_user(uid_t uid); /* "alice", or "uid 1234"; allocated */

#endif
