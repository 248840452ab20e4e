/* The inside of struct ad_krb5, for the files that implement krb5.h. */
#ifndef AD_KRB5_IDENTITY_H
#define AD_KRB5_IDENTITY_H

#include "net/krb5.h"
#include "net/krb5_login.h"
#include "net/krb5_name.h"

#include <gssapi/gssapi.h>
#include <krb5.h>

struct ad_krb5 {
	int refs;
	int timeout_ms;
	krb5_context context; /* of the caller's thread: reads the cache, never asks a KDC */
	char *principal, *realm, *ccache;
	bool own; /* the cache is ours, in memory */
	struct ad_krb5_login login; /* how to log in again; all NULL for a ccache */
	long long retry_at; /* ad_clock_ms: a refresh that failed is not tried again before */
	gss_cred_id_t gss;
};

/* ad_krb5_err with the identity as the object. */
bool ad_krb5_fail(
	const struct ad_krb5 *k, struct ad_err *err, krb5_error_code code, const char *op);

/* Who is meant, with realm (may be NULL), krb5.conf's default and its other realms as known ones.
 */
bool ad_krb5_parse_user(struct ad_krb5_name *out, krb5_context context, const char *user,
	const char *realm, struct ad_err *err);

/* The domain has the account under another name, or the realm is only a suffix of names: try it as
 * a user principal name. */
bool ad_krb5_name_unknown(const struct ad_err *err);

/* The clocks here and at the server are too far apart. */
bool ad_krb5_clocks_differ(const struct ad_err *err);
/* A service has said so of our ticket, in a KRB-ERROR instead of its proof: no failure to read that
 * proof has one of these codes. */
bool ad_krb5_ticket_refused(const struct ad_err *err);

/* How well a realm fits the wanted one, or when none is, the host's name: it itself best, then the
 * nearest above it; 0 not at all. want and host may be NULL. */
size_t ad_krb5_realm_fits(const char *realm, const char *want, const char *host);

/* Exchanges *cc, the context's default cache, for another one of its collection that fits better.
 */
void ad_krb5_collection_choose(
	krb5_context context, krb5_ccache *cc, const char *realm, const char *host);

/* krb5_unparse_name, allocated as ours. */
char *ad_krb5_name_text(krb5_context context, krb5_const_principal p);

/* What the cache holds, in seconds since 1970. */
struct ad_krb5_survey {
	long long latest; /* end of the ticket that lives longest; 0: there is none */
	long long start, end, renew_till; /* of the own realm's ticket-granting ticket; 0: none */
};
bool ad_krb5_survey(struct ad_krb5 *k, struct ad_krb5_survey *out, struct ad_err *err);

#endif
