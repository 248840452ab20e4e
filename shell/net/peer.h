/*
 * What a machine shows of itself without a login: its addresses and the name that DNS has for them,
 * and which TCP ports take a connection from here. Nothing of it is protected: it may tell a person
 * what is wrong, and decide nothing.
 */
#ifndef AD_PEER_H
#define AD_PEER_H

#include "base/err.h"

#include <stddef.h>

#define AD_PEER_ADDRESS 46 /* text of one, with its end */
#define AD_PEER_NAME 256
#define AD_PEER_ADDRESSES 16 /* of one host; more are not looked at */

/* The addresses of a host, as text, each once. AD_ERR_CONNECT of domain "dns": it has none. */
bool ad_peer_addresses(char out[][AD_PEER_ADDRESS], size_t *n, const char *host, int timeout_ms,
	struct ad_err *err);
/* The name of an address, without a dot at its end. AD_ERR_NOTFOUND: it has none. */
bool ad_peer_name(char out[AD_PEER_NAME], const char *address, int timeout_ms, struct ad_err *err);

enum ad_peer_state { AD_PEER_SILENT, AD_PEER_OPEN, AD_PEER_REFUSED };

struct ad_peer_port {
	char address[AD_PEER_ADDRESS];
	unsigned port;
	enum ad_peer_state state;
};
/* Tries all of them, many at a time, each for at most timeout_ms. False: told to stop, or an
 * address is none. */
bool ad_peer_ports(struct ad_peer_port *list, size_t n, int timeout_ms, struct ad_err *err);

#endif
