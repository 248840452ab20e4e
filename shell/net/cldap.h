/*
 * The LDAP ping (MS-ADTS 6.3.3): a small question by UDP to several domain controllers at once,
 * which tells who is there and which site we and they are in. The answers are not protected in
 * any way: they may decide the order in which DCs are tried, and which one is not written to,
 * nothing more.
 */
#ifndef AD_CLDAP_H
#define AD_CLDAP_H

#include <stdbool.h>
#include <stddef.h>

enum { AD_CLDAP_LDAP = 0x8, AD_CLDAP_KDC = 0x20, AD_CLDAP_WRITABLE = 0x100 };

struct ad_cldap_reply {
	bool answered;
	unsigned flags; /* DS_FLAG of MS-ADTS 6.3.1.2: the enum above */
	char host[256], domain[256], forest[256];
	char netbios_domain[64];
	char dc_site[128], client_site[128]; /* empty when not known */
};

/* NETLOGON_SAM_LOGON_RESPONSE_EX (MS-ADTS 6.3.1.9). False when it is malformed or another one. */
bool ad_cldap_decode(struct ad_cldap_reply *out, const unsigned char *p, size_t n);

/* It has answered, and not as a DC that takes writes. */
bool ad_cldap_read_only(const struct ad_cldap_reply *r);

struct addrinfo;
struct ad_cldap_host {
	const char *name;
	struct addrinfo **addresses; /* looked up where it is NULL; for freeaddrinfo */
};

/* Asks the hosts at once; fills n replies. Returns when a writable DC of our site has answered,
 * shortly after any other answer, or after timeout_ms; Ctrl-C ends it too. */
void ad_cldap_ping(struct ad_cldap_reply *replies, const struct ad_cldap_host *hosts, size_t n,
	const char *domain, int timeout_ms);

#endif
