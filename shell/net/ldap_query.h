/* What the files of searching share; nobody else's: single requests and what comes back. */
#ifndef AD_LDAP_QUERY_H
#define AD_LDAP_QUERY_H

#include "net/ldap.h"
#include "net/ldap_entry.h"

#include <ldap.h>

/* what all requests of a search have in common, and what they met */
struct ad_query {
	struct ad_ldap *ld;
	char *filter;
	int sd_flags; /* 0: no control */
	bool show_deleted;
	long long deadline; /* as ad_clock_ms says it, or 0 */
	size_t requests;
	char **referrals; /* ends with NULL; NULL when there are none */
	size_t n_referrals;
	void *seen; /* the same as a tree (tsearch) */
};

/* Sends a request; page_size 0: without the page control, cookie is NULL then. */
bool ad_query_send(struct ad_query *q, const char *base, int scope, char **attrs, int page_size,
	struct berval *cookie, int *msgid, struct ad_err *err);

/* The next message of a request: its type, -1: err, 0 (unless block): nothing there yet. */
int ad_query_receive(
	struct ad_query *q, int msgid, bool block, LDAPMessage **m, struct ad_err *err);

/* Reads a result message, which stays the caller's: true when it says success. Its controls are
 * the caller's to free; NULL: not wanted. */
bool ad_query_result(struct ad_query *q, LDAPMessage *m, const char *base, LDAPControl ***controls,
	struct ad_err *err);
/* The cookie of the page control in them replaces *cookie. */
bool ad_query_cookie(
	struct ad_query *q, LDAPControl **controls, struct berval *cookie, struct ad_err *err);
/* The error of a request whose connection was made again. */
bool ad_query_overtaken(const char *base, struct ad_err *err);
void ad_query_reference(struct ad_query *q, LDAPMessage *m);
bool ad_query_entry(struct ad_query *q, LDAPMessage *m, struct ad_entry **out, struct ad_err *err);

/* Reads one object while others are under way; *out is NULL when it is not there (any more). */
bool ad_query_object(struct ad_query *q, const char *dn, char **attrs, struct ad_entry **out,
	struct ad_err *err);

/* ldap_asked.c: whether the entry that a base search brought is the one that was asked for, by the
 * name or by the <GUID=...> or <SID=...> in its place. */
bool ad_query_asked(const char *asked, const struct ad_entry *e, struct ad_err *err);

void ad_query_clear(struct ad_query *q);

/* ldap_range.c: completes every attribute that came in part; replaces *e. */
bool ad_range_complete(struct ad_query *q, struct ad_entry **e, struct ad_err *err);

#endif
