/* UNC paths. See unc.h. */
#include "ad/unc.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool bad(struct ad_err *err, const char *text, const char *why)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid path of a file server: %s (%s)",
		text, why);
	return ad_err_hint(err,
		"write \\\\SERVER\\SHARE\\FOLDER or //SERVER/SHARE/FOLDER, with the server's DNS name");
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static size_t word(const char *s)
{
	return strcspn(s, "/\\");
}

/* Without a part that is empty (RFC 1035, 2.3.1). */
static bool is_host(const char *s)
{
	return *s && *s != '.' && !strstr(s, "..") && s[strlen(s) - 1] != '.';
}

/* HOST or HOST:PORT; what goes into a service's name has no odd characters. */
static bool take_host(
	struct ad_unc *u, const char *s, size_t n, const char *text, struct ad_err *err)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	if (len > n)
		len = n;
	if (len == 0 || (len < n && s[len] != ':'))
		return bad(err, text, "the server name");
	u->host = ad_strndup(s, len > 1 && s[len - 1] == '.' ? len - 1 : len);
	if (!is_host(u->host))
		return bad(err, text, "the server name");
	if (len < n) {
		char *end;
		long port = strtol(s + len + 1, &end, 10);

		if (end != s + n || port < 1 || port > 65535)
			return bad(err, text, "the port");
		u->port = (unsigned)port;
	}
	return true;
}

/* Without empty parts and without steps: what is named is where it is. */
static bool take_path(struct ad_unc *u, const char *s, const char *text, struct ad_err *err)
{
	size_t used = 0;

	u->path = ad_alloc(strlen(s) + 1);
	while (*s) {
		size_t n = word(s);

		if ((n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return bad(err, text, "it contains . or ..");
		if (n && used)
			u->path[used++] = '\\';
		memcpy(u->path + used, s, n);
		used += n;
		s += n + (s[n] != 0);
	}
	return true;
}

/* MS-FSCC 2.1.5 and 2.1.6 */
static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ')
			return true;
	return false;
}

static bool parse(struct ad_unc *u, const char *text, struct ad_err *err)
{
	const char *s = text;
	size_t n;

	if (!ad_utf8_valid(text, strlen(text)))
		return bad(err, text, "it is not UTF-8");
	if (has_control(text))
		return bad(err, text, "it contains a control character");
	while (is_slash(*s))
		s++;
	n = word(s);
	if (!take_host(u, s, n, text, err))
		return false;
	s += n;
	if (!*s)
		return true;
	n = word(++s);
	if (n == 0 || n > 80)
		return bad(err, text, "the share name");
	u->share = ad_strndup(s, n);
	s += n;
	return !*s || take_path(u, s + 1, text, err);
}

bool ad_unc_parse(struct ad_unc *out, const char *text, struct ad_err *err)
{
	struct ad_unc u = { 0 };

	if (!parse(&u, text, err)) {
		ad_unc_clear(&u);
		return false;
	}
	*out = u;
	return true;
}

void ad_unc_clear(struct ad_unc *u)
{
	free(u->host);
	free(u->share);
	free(u->path);
	memset(u, 0, sizeof *u);
}

char *ad_unc_format(const struct ad_unc *u)
{
	char port[16] = "";

	if (u->port)
		snprintf(port, sizeof port, ":%u", u->port);
	return ad_format("\\\\%s%s%s%s%s%s", u->host, port, u->share ? "\\" : "",
		u->share ? u->share : "", u->path ? "\\" : "", u->path ? u->path : "");
}
