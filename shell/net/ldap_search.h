/*
 * Streaming search (RFC 4511 4.5): pages (RFC 2696, 1.2.840.113556.1.4.319), the next one asked for
 * before the last is used up; values that come in ranges (MS-ADTS 3.1.1.3.1.3.3) are completed; a
 * limit hit is an error, never a short result that looks whole; referrals are listed, not chased.
 */
#ifndef AD_LDAP_SEARCH_H
#define AD_LDAP_SEARCH_H

#include "net/ldap.h"
#include "net/ldap_entry.h"

enum ad_scope { AD_SCOPE_BASE, AD_SCOPE_ONE, AD_SCOPE_SUBTREE };

struct ad_search_options {
	const char *base; /* NULL: the domain's naming context; "" with a GC: the forest */
	enum ad_scope scope;
	const char *filter; /* RFC 4515; NULL: (objectClass=*) */
	const char *const *attrs; /* ends with NULL; NULL: all user attributes */
	int page_size; /* 0: 1000; -1: no paging */
	long limit; /* at most so many entries, then an end (not an error); 0: all */
	int sd_flags; /* LDAP_SERVER_SD_FLAGS_OID (.801) value; 0: 7 when
			 nTSecurityDescriptor is asked for by name, else none */
	bool show_deleted; /* LDAP_SERVER_SHOW_DELETED_OID (.417) */
	int timeout_ms; /* whole search; 0: none beyond the connection's */
	bool whole; /* of up to 1000 entries none is handed out before all have come: a search
		     * that lost its connection can start again until then */
};

struct ad_search;

/* Takes in what is still to come for every open search of ld, so that none is in the middle and the
 * connection can be made again. False: that is too much. */
bool ad_search_drain(struct ad_ldap *ld);

/* Sends the first request; what o points to is copied. The filter is checked first: AD_ERR_USAGE
 * tells the position. */
bool ad_search_open(struct ad_search **out, struct ad_ldap *ld, const struct ad_search_options *o,
	struct ad_err *err);

/* 1: *out is the next entry (the caller frees it), 0: the end, -1: err, which tells how many
 * entries came before; the end and an error stay what they are when asked again. */
int ad_search_next(struct ad_search *s, struct ad_entry **out, struct ad_err *err);

/* Takes in what has come, without waiting: true when ad_search_next will not wait for the server.
 */
bool ad_search_ready(struct ad_search *s);

/* Referrals and continuation references met so far: URLs that were not followed. */
const char *const *ad_search_referrals(const struct ad_search *s, size_t *n);
size_t ad_search_requests(const struct ad_search *s); /* LDAP requests sent, for benchmarks */
size_t ad_search_count(const struct ad_search *s); /* entries handed out */

/* Abandons what is outstanding: the next entry is the end. What was counted and the referrals
 * stay readable. */
void ad_search_stop(struct ad_search *s);

/* Stops and frees; NULL is fine. */
void ad_search_close(struct ad_search *s);

/* One object by DN (also "<GUID=...>" and "<SID=...>", MS-ADTS 3.1.1.3.1.2.4).
 * AD_ERR_NOTFOUND when there is none. */
bool ad_search_base(struct ad_entry **out, struct ad_ldap *ld, const char *dn,
	const char *const *attrs, struct ad_err *err);

#endif
