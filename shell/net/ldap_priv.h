/* What the files of the connection (ldap*.c) share; nobody else's. */
#ifndef AD_LDAP_PRIV_H
#define AD_LDAP_PRIV_H

#include "codec/guid.h"
#include "net/ldap.h"
#include "net/ldap_entry.h"
#include "net/wire.h"

#include <ldap.h>

/* Where to connect: one DC, or a socket of this machine. */
struct ad_place {
	char *host; /* or the path of the socket */
	unsigned port;
	enum ad_tls tls;
	bool local;
	bool read_only; /* it said so when it was asked who it is, see cldap.h */
	char *domain; /* of which the DNS lists it as a DC; NULL: its user named it */
	char *next; /* the DC that is tried when this one does not answer, or NULL */
	const struct addrinfo *addresses; /* found with it, only while it is opened; or NULL */
};

struct ad_ldap {
	int refs;
	LDAP *h; /* NULL: closed, or a snapshot */
	struct ad_stored *stored; /* see stored.h */
	size_t stored_domain;
	bool lost, closed; /* closed: by its user, for good */
	struct ad_wire *wire;
	struct ad_ldap_info info;
	struct ad_krb5 *krb5;
	char *user, *cacert; /* for a second connection like this one */
	struct ad_secret *password; /* of a simple bind */
	bool simple;
	struct ad_place place;
	int connect_ms, operation_ms;
	bool catalog; /* the DC serves the global catalog too */
	bool pinned; /* the server was named: no other one will do */
	bool remember; /* see struct ad_ldap_options */
	char invocation[AD_GUID_TEXT]; /* of the database behind it; "": not asked yet */

	/* ldap_revive.c */
	unsigned generation; /* how often it was connected again */
	struct ad_search *searches; /* open ones */
	bool stays; /* on this DC, for the time being */
	long long ticket_end; /* of the login, in seconds since 1970; 0: without a ticket */
	long long renew_at; /* ad_clock_ms: when the login should be made again; 0: never */
	long long gave_up; /* ad_clock_ms: when the DC was last found dead */
	char **retired; /* texts of info that somebody may still hold */
	size_t n_retired;
};

/* As ad_ldap_wait, but with a time limit of its own (ad_clock_ms; 0: the operation's). */
int ad_ldap_wait_until(struct ad_ldap *ld, int msgid, bool all, long long deadline,
	LDAPMessage **out, struct ad_err *err);
/* Parses and frees a result message; false when it is not a success. */
bool ad_ldap_check_result(
	struct ad_ldap *ld, LDAPMessage *msg, const char *op, const char *dn, struct ad_err *err);

/* ldap.c: everything from TCP to the rootDSE, to ld->place. */
bool ad_ldap_connect(struct ad_ldap *ld, struct ad_err *err);
bool ad_ldap_dial(struct ad_ldap *ld, long long deadline, struct ad_err *err); /* no TLS yet */

/* ldap_open.c: the options that would open a connection like this one; and opening one, at a place
 * or at any DC of the domain but this one (NULL: any). */
void ad_ldap_like(struct ad_ldap_options *o, const struct ad_ldap *ld);
bool ad_ldap_try(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_krb5 *krb5,
	const struct ad_place *p, struct ad_err *err);
bool ad_ldap_try_all(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_krb5 *krb5,
	const char *domain, const char *except, struct ad_err *err);
/* Is it the DC's fault, so that another try or another DC may do better? */
bool ad_ldap_next_may_help(const struct ad_err *err);

/* ldap_bind.c: the service that the DC at ld->place has to be; allocated. */
char *ad_ldap_service(const struct ad_ldap *ld);

/* ldap.c */
void ad_ldap_clear_info(struct ad_ldap_info *i);
/* ldap_revive.c: the login is good until then (seconds since 1970). */
void ad_ldap_ticket_ends(struct ad_ldap *ld, long long end);

/* ldap_root.c: one search of the rootDSE fills the rest of ld->info. */
bool ad_ldap_read_root(struct ad_ldap *ld, long long deadline, struct ad_err *err);
/* The same from an entry that is there already. True: base, config_base, schema_base and root_base
 * are DNs, domain is a DNS name, dns_host is one or NULL. AD_ERR_CONNECT. */
bool ad_ldap_take_root(struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err);

/* "DC=alpha,DC=test" is the domain "alpha.test"; allocated. */
char *ad_ldap_domain_of(const char *base);

/* ldap_bind.c. Protection is settled before anything is sent; fills mechanism, principal, ssf and
 * channel_binding of ld->info. */
void ad_ldap_init_sasl(void); /* before libldap does it */
bool ad_ldap_bind(struct ad_ldap *ld, long long deadline, struct ad_err *err);

/* ldap_tls.c: StartTLS when that was asked for, then the handshake with a verified certificate. */
bool ad_ldap_start_tls(struct ad_ldap *ld, long long deadline, struct ad_err *err);
int ad_ldap_tls_bits(struct ad_ldap *ld); /* strength of the cipher */

#endif
