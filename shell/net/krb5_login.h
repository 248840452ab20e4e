/* Getting a first ticket (RFC 4120 3.1), by password or by keytab. */
#ifndef AD_KRB5_LOGIN_H
#define AD_KRB5_LOGIN_H

#include "base/err.h"
#include "base/secret.h"

#include <krb5.h>

struct ad_krb5_login {
	char *name; /* in krb5_parse_name's notation, with realm */
	bool enterprise; /* name is a user principal name */
	char *keytab; /* or NULL */
	struct ad_secret *password; /* or NULL */
};

void ad_krb5_login_clear(struct ad_krb5_login *l);

/* A keytab file that is a link, belongs to others, or can be read or written by them is
 * AD_ERR_REFUSED in both functions.
 *
 * Logs in within timeout_ms (0: 15 s) and stores the ticket, under the name the domain gives the
 * account, in the cache, which is emptied first. service not NULL: the login gives a ticket for
 * that service alone, which is added to the cache. */
bool ad_krb5_login(krb5_context context, const char *ccache, const struct ad_krb5_login *l,
	const char *service, int timeout_ms, struct ad_err *err);

/* Replaces *name by the name that the keytab has for it: any case, with or without a computer's
 * $. *name NULL: the first account in it (of the realm, or of that of the host; without a slash, if
 * there is any). Allocated. */
bool ad_krb5_keytab_name(krb5_context context, const char *keytab, char **name, const char *realm,
	const char *host, struct ad_err *err);

#endif
