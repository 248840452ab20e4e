/*
 * One failure as a value. A function that can fail returns false and fills the struct ad_err
 * its caller passed last, once, at the place where the library's own text is at hand. It is
 * plain memory: nothing to free, copied by assignment.
 */
#ifndef AD_ERR_H
#define AD_ERR_H

#include <stdbool.h>
#include <stdarg.h>

/* What the caller can do about it; each kind has its exit status (see ad_err_exit). */
enum ad_err_kind {
	AD_ERR_NONE = 0,
	AD_ERR_FAILED, /* the world said no: nothing was written */
	AD_ERR_USAGE, /* wrong words: command line, argument, identity that is ambiguous */
	AD_ERR_PARTIAL, /* some of a batch is written, some is not */
	AD_ERR_CONNECT, /* no connection, no ticket, no authentication */
	AD_ERR_REFUSED, /* a guard of ours, or the object changed under us */
	AD_ERR_LOCKED, /* another run holds the lock */
	AD_ERR_INTERRUPTED, /* Ctrl-C, SIGTERM or the time limit of the run */
	AD_ERR_NOTFOUND, /* no such object, value or name */
	AD_ERR_CONFLICT /* compare-and-swap failed: somebody else wrote first */
};

struct ad_err {
	enum ad_err_kind kind;
	const char *domain; /* "ldap", "krb5", "tls", "dns", "system", "usage", "guard": static */
	long code; /* in the numbering of the domain; 0 when there is none */
	unsigned long win32; /* Windows error out of the server's diagnostic, or 0 */
	char name[64]; /* standard name of the code: "insufficientAccessRights" */
	char op[64]; /* what was being done: "modify", "bind" */
	char dn[512]; /* the object, or empty */
	char message[1024]; /* one sentence, plain words */
	char diagnostic[512]; /* the server's own words, verbatim, or empty */
	char hint[768]; /* what to do now, or empty */
};

/* Overwrites err and returns false, so that "return ad_err_set(...)" reads well.
 * err may be NULL. Over-long texts are cut at a character border, with "..." in the end. */
bool ad_err_set(struct ad_err *err, enum ad_err_kind kind, const char *domain, long code,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The same from errno; the text of errno is added after a colon. */
bool ad_err_errno(struct ad_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add to an err that is already filled; each returns false. */
bool ad_err_hint(struct ad_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool ad_err_where(struct ad_err *err, const char *op, const char *dn); /* NULL: leave as it is */

/* The text a person reads: "op dn: message (diagnostic)\n  hint". Returns the length that it
 * has or would have, like snprintf. */
int ad_err_format(const struct ad_err *err, char *out, unsigned long size);

/* The program's exit status for this kind (adsh(1), EXIT STATUS). */
int ad_err_exit(enum ad_err_kind kind);

/* "failed", "usage", ...: the kind's name, for Lua and JSON. */
const char *ad_err_kind_name(enum ad_err_kind kind);

#endif
