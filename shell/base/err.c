/* Errors as values. See err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int status;
} kinds[] = {
	[AD_ERR_NONE] = { "none", 0 },
	[AD_ERR_FAILED] = { "failed", 1 },
	[AD_ERR_USAGE] = { "usage", 2 },
	[AD_ERR_PARTIAL] = { "partial", 3 },
	[AD_ERR_CONNECT] = { "connect", 5 },
	[AD_ERR_REFUSED] = { "refused", 6 },
	[AD_ERR_LOCKED] = { "locked", 7 },
	[AD_ERR_INTERRUPTED] = { "interrupted", 1 },
	[AD_ERR_NOTFOUND] = { "notfound", 1 },
	[AD_ERR_CONFLICT] = { "conflict", 6 },
};

/* Cuts text that did not fit so that no half UTF-8 sequence is left. */
static void mark_cut(char *s, size_t size)
{
	size_t n = size - 4;

	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(s + n, "...", 4);
}

static void format(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	if (n >= 0 && (size_t)n >= size)
		mark_cut(out, size);
}

static void copy(char *out, size_t size, const char *s)
{
	size_t n = strlen(s);

	if (n < size) {
		memcpy(out, s, n + 1);
		return;
	}
	memcpy(out, s, size);
	mark_cut(out, size);
}

bool ad_err_set(struct ad_err *err, enum ad_err_kind kind, const char *domain, long code,
	const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return false;
	memset(err, 0, sizeof *err);
	err->kind = kind;
	err->domain = domain;
	err->code = code;
	va_start(ap, fmt);
	format(err->message, sizeof err->message, fmt, ap);
	va_end(ap);
	return false;
}

bool ad_err_errno(struct ad_err *err, const char *fmt, ...)
{
	int e = errno;
	va_list ap;
	size_t n;

	if (!err)
		return false;
	ad_err_set(err, AD_ERR_FAILED, "system", e, "%s", "");
	va_start(ap, fmt);
	format(err->message, sizeof err->message, fmt, ap);
	va_end(ap);
	n = strlen(err->message);
	if (n + 3 < sizeof err->message) {
		memcpy(err->message + n, ": ", 3);
		copy(err->message + n + 2, sizeof err->message - n - 2, strerror(e));
	}
	errno = e;
	return false;
}

bool ad_err_hint(struct ad_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return false;
	va_start(ap, fmt);
	format(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	return false;
}

bool ad_err_where(struct ad_err *err, const char *op, const char *dn)
{
	if (!err)
		return false;
	if (op)
		copy(err->op, sizeof err->op, op);
	if (dn)
		copy(err->dn, sizeof err->dn, dn);
	return false;
}

int ad_err_format(const struct ad_err *err, char *out, unsigned long size)
{
	const char *op = err->op, *dn = err->dn, *diag = err->diagnostic, *hint = err->hint;

	return snprintf(out, size, "%s%s%s%s%s%s%s%s%s", op, *op && *dn ? " " : "", dn,
		*op || *dn ? ": " : "", err->message, *diag ? "\n  server: " : "", diag,
		*hint ? "\n  hint: " : "", hint);
}

int ad_err_exit(enum ad_err_kind kind)
{
	return kinds[kind].status;
}

const char *ad_err_kind_name(enum ad_err_kind kind)
{
	return kinds[kind].name;
}
