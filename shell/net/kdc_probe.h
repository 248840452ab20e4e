/*
 * What a KDC does, found out by asking it: whether an account has AES keys, and which encryption
 * types it takes for a ticket. Nothing is kept in the caches of others.
 */
#ifndef AD_KDC_PROBE_H
#define AD_KDC_PROBE_H

#include "base/err.h"
#include "net/krb5.h"

/* Asks for a ticket of the account as if to log in, with AES only and without a proof of its
 * password, which counts as no bad password; the first answer tells. principal:
 * "HOST01$@ALPHA.TEST". False: the KDC said something else (err.domain "krb5", err.code), or none
 * answered. */
bool ad_kdc_probe_aes(bool *has_aes, const char *principal, int timeout_ms, struct ad_err *err);

struct ad_kdc_ticket {
	char server[512]; /* as the ticket has it */
	char ticket[64]; /* the type of the service's key: "aes256-cts-hmac-sha1-96" */
	char session[64]; /* of the key that client and service share */
};

/* A new ticket for service ("cifs/host02.alpha.test@ALPHA.TEST") by the ticket-granting tickets of
 * k. enctype not NULL: the only one that the client offers. */
bool ad_kdc_probe_ticket(struct ad_kdc_ticket *out, struct ad_krb5 *k, const char *service,
	const char *enctype, int timeout_ms, struct ad_err *err);

#endif
