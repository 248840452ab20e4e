/* Passwords. See secret.h. */
#include "base/secret.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define LONGEST 1024

struct ad_secret {
	size_t len;
	char text[2 * LONGEST +
		  5]; /* as it is read: UTF-16 with its mark and the end of the line */
};

/* A page of its own, so that it can be kept out of core dumps and swap. */
static struct ad_secret *make(void)
{
	struct ad_secret *s =
		mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return ad_realloc(NULL, (size_t)-1, 2);
	madvise(s, sizeof *s, MADV_DONTDUMP);
	mlock(s, sizeof *s); /* may be refused by a limit: then it can be swapped */
	return s;
}

struct ad_secret *ad_secret_new(const char *bytes, size_t n)
{
	struct ad_secret *s = make();

	s->len = n < LONGEST ? n : LONGEST;
	memcpy(s->text, bytes, s->len);
	return s;
}

struct ad_secret *ad_secret_dup(const struct ad_secret *s)
{
	return s ? ad_secret_new(s->text, s->len) : NULL;
}

void ad_secret_free(struct ad_secret *s)
{
	if (!s)
		return;
	explicit_bzero(s, sizeof *s);
	munmap(s, sizeof *s);
}

const char *ad_secret_text(const struct ad_secret *s, size_t *n)
{
	if (n)
		*n = s->len;
	return s->text;
}

static bool too_long(struct ad_err *err)
{
	return ad_err_set(
		err, AD_ERR_USAGE, "usage", 0, "the password is longer than %d bytes", LONGEST);
}

/* Does what was read end a line? If so, its end is taken off. */
static bool take_end(struct ad_secret *s)
{
	size_t low, size = 1;
	const char *end;

	if (ad_text_is_utf16(s->text, s->len, &low))
		size = 2;
	else
		low = 0;
	end = s->text + s->len - size;
	if (s->len < size || s->len % size || end[low] != '\n' || (size == 2 && end[1 - low]))
		return false;
	s->len -= size;
	return true;
}

/* One line from fd, byte by byte: what follows belongs to whoever reads next. */
static bool read_bytes(struct ad_secret *s, int fd, struct ad_err *err)
{
	do {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (!ad_stop_check(err))
			return false;
		if (poll(&p, 1, AD_STOP_SLICE) == 0)
			continue;
		if (s->len == sizeof s->text - 1)
			return too_long(err);
		n = read(fd, s->text + s->len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ad_err_errno(err, "cannot read the password");
		if (n == 0)
			break;
		s->len++;
	} while (!take_end(s));
	return true;
}

/* Windows puts a mark in front of UTF-8, or writes UTF-16. What is neither stays as it is. */
static void decode(struct ad_secret *s)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_buf_grow(&b, 2 * sizeof s->text); /* so that it is not copied elsewhere */
	b.len = 0;
	if (ad_text_decode(&b, s->text, s->len) && b.len < sizeof s->text) {
		memcpy(s->text, b.data, b.len);
		s->len = b.len;
	}
	explicit_bzero(b.data, 2 * sizeof s->text);
	ad_buf_clear(&b);
}

static bool read_line(struct ad_secret *s, int fd, struct ad_err *err)
{
	if (!read_bytes(s, fd, err))
		return false;
	decode(s);
	if (s->len && s->text[s->len - 1] == '\r')
		s->len--;
	s->text[s->len] = 0;
	if (s->len == 0)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "the password is empty");
	return s->len <= LONGEST || too_long(err);
}

/* "-", and what a shell makes of <(command): what is open already is its opener's own. */
static bool is_open_already(const char *path, int *fd)
{
	static const char *const places[] = { "/dev/fd/", "/proc/self/fd/" };
	const char *digits = NULL;
	size_t i;

	*fd = STDIN_FILENO;
	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0)
		return true;
	for (i = 0; !digits && i < sizeof places / sizeof *places; i++)
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			digits = path + strlen(places[i]);
	if (!digits || !*digits || strlen(digits) > 6 ||
		strspn(digits, "0123456789") != strlen(digits))
		return false;
	*fd = atoi(digits);
	return true;
}

bool ad_secret_read(struct ad_secret **out, const char *path, struct ad_err *err)
{
	struct ad_secret *s;
	bool is_theirs, ok;
	int fd;

	is_theirs = is_open_already(path, &fd);
	if (!is_theirs && !ad_file_open(&fd, NULL, path, "the password file", AD_FILE_SECRET, err))
		return false;
	s = make();
	ok = read_line(s, fd, err);
	if (!is_theirs)
		close(fd);
	if (ok)
		*out = s;
	else
		ad_secret_free(s);
	return ok;
}

static bool put_prompt(int fd, const char *prompt)
{
	struct ad_buf b = AD_BUF_INIT;
	bool ok;

	ad_text_escape(&b, prompt, strlen(prompt), false);
	ok = write(fd, ad_buf_text(&b), b.len) >= 0;
	ad_buf_clear(&b);
	return ok;
}

bool ad_secret_prompt(struct ad_secret **out, const char *prompt, struct ad_err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios old, quiet;
	struct ad_secret *s;
	bool ok;

	if (fd < 0 || tcgetattr(fd, &old) < 0) {
		if (fd >= 0)
			close(fd);
		ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"a password is required, but there is no terminal to prompt at");
		return ad_err_hint(err, "use --password-file FILE or --keytab FILE");
	}
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	s = make();
	ok = put_prompt(fd, prompt) && read_line(s, fd, err);
	tcsetattr(fd, TCSAFLUSH, &old);
	if (write(fd, "\n", 1) < 0)
		ok = ok && ad_err_errno(err, "cannot write to the terminal");
	close(fd);
	if (ok)
		*out = s;
	else
		ad_secret_free(s);
	return ok;
}
