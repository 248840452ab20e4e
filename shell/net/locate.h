/*
 * Finding domain controllers: DNS SRV (RFC 2782) of _ldap._tcp.dc._msdcs.DOMAIN, in the order of
 * priority and weight, those of the client's own site first (MS-ADTS 6.3.6).
 */
#ifndef AD_LOCATE_H
#define AD_LOCATE_H

#include "base/err.h"

#include <stddef.h>

struct addrinfo;
struct ad_dc {
	char *host;
	unsigned port;
	unsigned priority, weight;
	bool in_site; /* of the client's own site */
	bool read_only; /* it has said that it takes no writes */
	struct addrinfo *addresses; /* those that were asked; NULL: not looked up yet */
};

enum ad_locate_kind { AD_LOCATE_DC, AD_LOCATE_GC, AD_LOCATE_PDC, AD_LOCATE_KDC };

/* The controllers of a DNS domain in the order to be tried; for AD_LOCATE_GC the name of the
 * forest's root domain. At least one, or AD_ERR_CONNECT "no domain controller found" with what
 * was asked. Freed with ad_locate_free. */
bool ad_locate(struct ad_dc **out, size_t *n, const char *domain, enum ad_locate_kind kind,
	int timeout_ms, struct ad_err *err);
/* The controllers that DNS has under prefix.domain ("_kerberos._tcp.dc._msdcs"), as it answers;
 * errors as of ad_locate, code HOST_NOT_FOUND or NO_DATA (netdb.h): there are none. */
bool ad_locate_records(struct ad_dc **out, size_t *n, const char *prefix, const char *domain,
	int timeout_ms, struct ad_err *err);
/* Puts them in the order of RFC 2782: the lowest priority first; those of the same priority at
 * random, by weight. */
void ad_locate_order(struct ad_dc *list, size_t n);
/* How far back one that was asked stands: 0 for those of our site, then those that answered and
 * take writes, then others that answered, then the silent ones. Pure. */
struct ad_cldap_reply;
int ad_locate_rank(const struct ad_dc *dc, const struct ad_cldap_reply *reply);
/* The first of the list that is one of these names, with spaces between them, comes first; not when
 * it is read-only. What was looked for is told by DNS alone: who is not in its list is not taken.
 * Pure. */
void ad_locate_put_first(struct ad_dc *list, size_t n, const char *names);
void ad_locate_free(struct ad_dc *list, size_t n);

/* Can a TCP connection to host:port be had within timeout_ms? Ctrl-C ends the wait. */
bool ad_locate_reachable(const char *host, unsigned port, int timeout_ms, struct ad_err *err);

/* The SRV records (RFC 2782) in the answer section of a DNS message; what is malformed is left out.
 * Pure. Freed with ad_locate_free. */
void ad_locate_decode(struct ad_dc **out, size_t *n, const unsigned char *p, size_t len);

#endif
