/*
 * A conversation with one domain controller: connected, protected and authenticated, or refused.
 *
 * Protection (MS-ADTS 5.1.1.1, 5.1.2.2): on port 389 GSS-SPNEGO/GSSAPI with signing and sealing;
 * over LDAPS or StartTLS with verified certificates GSSAPI without a layer of its own but with
 * channel binding (tls-server-end-point); simple bind only inside TLS; ldapi:// (a socket of
 * this machine) without a credential. Anything weaker is refused before a credential is sent.
 */
#ifndef AD_LDAP_H
#define AD_LDAP_H

#include "base/err.h"
#include "net/krb5.h"

#include <stddef.h>

struct ad_ldap; /* one connection; references are counted */

enum ad_tls { AD_TLS_NONE, AD_TLS_STARTTLS, AD_TLS_LDAPS };

struct ad_ldap_options {
	const char *domain; /* DNS name; NULL: that of the ticket or of krb5.conf */
	const char *server; /* HOST, HOST:PORT, ldap://, ldaps:// or ldapi:// URI; NULL: locate */
	const char *user; /* see struct ad_krb5_options; with simple: DN, UPN or DOMAIN\NAME */
	const struct ad_secret *password;
	const char *keytab, *ccache;
	struct ad_krb5
		*krb5; /* an identity that is there already; then the four above are unused */
	bool simple; /* simple bind: needs TLS and a password */
	bool gc; /* the global catalog's port (3268, 3269) */
	const char *prefer; /* names of DCs with spaces between them: the first of these that DNS
			       lists is tried first */
	bool remember; /* then the one of the last connection to this domain, see last_dc.h; which
			  one it is now is kept */
	bool writable; /* a read-only DC is passed over, where DNS lists the DCs */
	enum ad_tls tls;
	const char *cacert; /* PEM file; NULL: the system's store */
	int connect_timeout_ms; /* for each DC: TCP + TLS + bind; 0: 10 s */
	int operation_timeout_ms; /* no answer for this long is an error; 0: 60 s */
};

/* Tries the DCs one after the other; wrong credentials end the search at once, an unreachable or
 * broken DC does not. AD_ERR_CONNECT errors of domain "ldap", "krb5", "tls" or "dns". */
bool ad_ldap_open(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_err *err);
/* A second connection with the same identity and options, to the same DC. */
bool ad_ldap_reopen(struct ad_ldap **out, struct ad_ldap *ld, bool gc, struct ad_err *err);

/*
 * Connects again in place: every holder of ld keeps it, texts of ad_ldap_info stay valid. The
 * identity is refreshed first. False: ld is as it was. Searches in the middle are lost: they are
 * started again when they have handed nothing out yet, else they fail.
 */
bool ad_ldap_revive(struct ad_ldap *ld, struct ad_err *err); /* the same DC */
/* Another DC of the domain; not when the server was named, or ld is to stay. */
bool ad_ldap_move(struct ad_ldap *ld, struct ad_err *err);
/* While a run writes, all that it does is done on one DC: no move but by ad_ldap_move(). */
void ad_ldap_stay(struct ad_ldap *ld, bool stay);

/* To be called where operations begin; costs a look at the clock when all is well. Revives when the
 * connection is lost, and ahead of time when the ticket of the login is about to end. False: no
 * connection, after some tries. */
bool ad_ldap_fresh(struct ad_ldap *ld, struct ad_err *err);
/* Only the latter, from time to time in the middle of operations. */
void ad_ldap_keep(struct ad_ldap *ld);

/*
 * May the operation that failed with *err be tried again? Waits a little when the DC was busy,
 * revives when the connection was lost or no longer logged in, moves when the DC is dead; the whole
 * is bounded in number and by the time limit of an operation. Never for refusals. False: *err
 * stays, with what came of connecting again. *r is zero before the first call.
 */
struct ad_retry {
	int tries, moves;
	long long since; /* ad_clock_ms */
};
bool ad_ldap_again(struct ad_ldap *ld, struct ad_retry *r, struct ad_err *err);
/* Was it the connection or the DC that failed, and no refusal? */
bool ad_ldap_trouble(const struct ad_ldap *ld, const struct ad_err *err);

/* How often ld was connected again: what was under way before is lost. */
unsigned ad_ldap_generation(const struct ad_ldap *ld);
/* The open searches of ld: a list for ldap_search.c. */
struct ad_search;
struct ad_search **ad_ldap_searches(struct ad_ldap *ld);

/* Told when a connection was made again, with a sentence for the user: lost when it had been lost,
 * else because its ticket was about to end; details: as whom and how. NULL: nobody is told. */
extern void (*ad_ldap_note)(bool lost, const char *text, const char *details);

struct ad_ldap *ad_ldap_ref(struct ad_ldap *ld);
void ad_ldap_free(struct ad_ldap *ld); /* drops a reference; the last one unbinds */
void ad_ldap_close(struct ad_ldap *ld); /* unbinds now; later calls fail with a clear error */
bool ad_ldap_alive(const struct ad_ldap *ld); /* not closed, and not seen lost */

struct ad_ldap_info {
	char *uri; /* "ldap://dc1.alpha.test:389" */
	char *host; /* "dc1.alpha.test" */
	char *mechanism; /* "GSS-SPNEGO", "GSSAPI", "simple", "local socket" */
	char *principal; /* "Administrator@ALPHA.TEST" or the simple bind's name */
	int ssf; /* bits of protection: of the SASL layer or of TLS */
	bool tls, channel_binding;
	char *domain; /* "alpha.test", from defaultNamingContext */
	char *base; /* defaultNamingContext: "DC=alpha,DC=test" */
	char *config_base, *schema_base, *root_base; /* naming contexts of the forest */
	char *dns_host; /* dnsHostName of the rootDSE */
	int domain_level, forest_level; /* functional levels (MS-ADTS 6.1.4) */
	bool is_gc; /* the connection is to the catalog's port */
	bool read_only; /* a read-only DC: it takes no writes */
	bool samba; /* vendorName of the rootDSE: its database has no limit of values in a record */
	char *snapshot; /* the file that stands for the domain controller; NULL: it is one */
	char *taken; /* then: when, "2026-01-02T03:04:05Z" */
};
const struct ad_ldap_info *ad_ldap_info(const struct ad_ldap *ld);
long long ad_ldap_ticket_end(const struct ad_ldap *ld); /* of the login, since 1970; 0: no ticket */
struct ad_krb5 *ad_ldap_krb5(const struct ad_ldap *ld); /* NULL with a simple bind */

/* Who the server says we are: "ALPHA\Administrator". From "Who am I?" (RFC 4532), else from the
 * rootDSE's tokenGroups; allocated. */
bool ad_ldap_whoami(struct ad_ldap *ld, char **out, struct ad_err *err);

/* The libldap handle and the time-out of an operation, for ldap_search.c and ldap_write.c only. */
struct ldap *ad_ldap_handle(struct ad_ldap *ld);
int ad_ldap_timeout(const struct ad_ldap *ld);
/* The connection is given up: ad_ldap_alive says no from now on, and what was sent but has not
 * arrived will not arrive any more. */
void ad_ldap_lost(struct ad_ldap *ld);

/*
 * Waits for a message of msgid (LDAP_RES_ANY: any) in slices, so that Ctrl-C and time limits work;
 * all: collect the whole result (LDAP_MSG_ALL). Returns the message's type, or -1 with err.
 */
struct ldapmsg;
int ad_ldap_wait(struct ad_ldap *ld, int msgid, bool all, struct ldapmsg **out, struct ad_err *err);

/* One look for a single message, for at most wait_ms (0: only what is here already), whatever the
 * stop flag says: its type, 0 when nothing came, -1 with err when the connection broke. */
int ad_ldap_poll(
	struct ad_ldap *ld, int msgid, int wait_ms, struct ldapmsg **out, struct ad_err *err);

/*
 * Words for an LDAP result: fills err from a code, the server's diagnostic and, when present, the
 * Windows error in front of it ("00002098: ..."): kind, name, message in plain language, hint.
 */
bool ad_ldap_err(
	struct ad_err *err, int code, const char *diagnostic, const char *op, const char *dn);
/* The same for the last local failure of the handle (connection lost, encoding, ...). */
bool ad_ldap_local_err(struct ad_err *err, struct ad_ldap *ld, int code, const char *op);

#endif
