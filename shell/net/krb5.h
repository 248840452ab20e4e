/*
 * One Kerberos identity (RFC 4120, MS-KILE): where its tickets are and who it is. Made from an
 * existing credential cache, from a keytab, or from a password; the last two live in a MEMORY:
 * cache of their own, so several identities can be used side by side and nothing is left behind.
 *
 * Every error names the remedy: no ticket, expired ticket, clock skew, unknown principal, wrong
 * password, wrong realm, no KDC found, key not in the keytab, revoked account.
 */
#ifndef AD_KRB5_H
#define AD_KRB5_H

#include "base/err.h"
#include "base/secret.h"

#include <stddef.h>

struct ad_krb5;

struct ad_krb5_options {
	const char *user; /* NAME, NAME@REALM, UPN or DOMAIN\NAME; NULL: who the ccache is of, or
			   * the keytab's first account (one without a slash, if there is any);
			   * of several in a collection or keytab one of the realm, if any */
	const char *realm; /* used when user names none; NULL: the keytab's, krb5.conf's default */
	const char *host; /* without a realm: that of this server's DNS name goes before others */
	const struct ad_secret *password; /* not NULL: log in with it */
	const char *keytab; /* not NULL: log in with its key */
	const char *ccache; /* otherwise this cache; NULL: the environment's default */
	int timeout_ms; /* longest wait for a KDC; 0: 15 s */
	bool expired; /* a ccache without a valid ticket will do, to look at it */
};

/* A usable identity (a ticket-granting ticket, or at least one service ticket, that is not
 * expired), or an error of domain "krb5" and kind AD_ERR_CONNECT. References are counted. */
bool ad_krb5_open(struct ad_krb5 **out, const struct ad_krb5_options *o, struct ad_err *err);
struct ad_krb5 *ad_krb5_ref(struct ad_krb5 *k);
void ad_krb5_free(struct ad_krb5 *k); /* NULL is fine */

const char *ad_krb5_principal(const struct ad_krb5 *k); /* "Administrator@ALPHA.TEST" */
const char *ad_krb5_realm(const struct ad_krb5 *k); /* "ALPHA.TEST" */
const char *ad_krb5_ccache(const struct ad_krb5 *k); /* "FILE:/tmp/krb5cc_0" */

/* The realm a default login would have (that of the default ccache, else krb5.conf's), without
 * any network traffic; allocated. */
bool ad_krb5_default_realm(char **out, const char *ccache, struct ad_err *err);

/* The first cache of a collection (NULL: the environment's) whose owner is of this realm, by its
 * full name; NULL when there is none. Nothing is sent. Allocated. */
char *ad_krb5_cache_of(const char *realm, const char *collection);

/* The account in a keytab (with user not NULL: that one) that is of this realm; NULL when there is
 * none. Allocated. */
char *ad_krb5_keytab_of(const char *keytab, const char *realm, const char *user);

/* A GSS initiator credential of this identity, for SASL (LDAP_OPT_X_SASL_GSS_CREDS) and SMB: a
 * gss_cred_id_t that lives as long as k. */
bool ad_krb5_gss_cred(struct ad_krb5 *k, void **gss_cred_id, struct ad_err *err);

struct ad_krb5_service {
	char *principal; /* "ldap/dc1.alpha.test@ALPHA.TEST", allocated */
	long long end; /* of the ticket, in seconds since 1970 */
};

/* Fetches (or finds in the cache) a ticket for a service such as "ldap/dc1.alpha.test" within
 * timeout_ms, so that a later GSSAPI bind need not talk to a KDC; Ctrl-C ends it. One in the cache
 * that ends within a minute is replaced where a longer one can be had. No DNS answer changes the
 * name. out may be NULL. */
bool ad_krb5_get_ticket(struct ad_krb5 *k, const char *service, int timeout_ms,
	struct ad_krb5_service *out, struct ad_err *err);

/* Gets a new ticket-granting ticket (keytab, password) or renews it (ccache) when less than
 * a third of its life is left, or less than 5 minutes of one that is not new. True also when
 * nothing had to be done. */
bool ad_krb5_refresh(struct ad_krb5 *k, struct ad_err *err);

struct ad_krb5_ticket {
	char *client, *server;
	long long start, end, renew_till; /* seconds since 1970, 0 when not set */
	unsigned flags; /* TKT_FLG_ of krb5.h */
	char enctype[64]; /* "aes256-cts-hmac-sha1-96" */
};

/* The tickets of the cache. *out is freed with ad_krb5_tickets_free. */
bool ad_krb5_tickets(struct ad_krb5 *k, struct ad_krb5_ticket **out, size_t *n, struct ad_err *err);
void ad_krb5_tickets_free(struct ad_krb5_ticket *t, size_t n);
const char *ad_krb5_flag_letters(unsigned flags, char out[24]); /* as klist -f: "FRAT" */

/* Destroys the tickets of this identity's cache. */
bool ad_krb5_logout(struct ad_krb5 *k, struct ad_err *err);

/* Words for a krb5 or GSS failure: fills err (kind, name, message, hint). context may be NULL. */
struct _krb5_context;
bool ad_krb5_err(struct ad_err *err, struct _krb5_context *context, long code, const char *op);
bool ad_krb5_gss_err(struct ad_err *err, unsigned major, unsigned minor, const char *op);
/* The same when only the library's text is left, as after SASL: true when text has the message of
 * a failure that has words, and err is filled. */
bool ad_krb5_text_err(struct ad_err *err, const char *text, const char *op);

/* Adds the NTSTATUS of a KDC's refusal (win32) and its finer words to an err of ad_krb5_err;
 * returns false. 0 changes nothing. */
bool ad_krb5_err_status(struct ad_err *err, unsigned long status);

#endif
