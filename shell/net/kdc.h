/*
 * A TCP connection to a KDC that is kept for many requests (RFC 4120 7.2.2); libkrb5 makes one for
 * each. It looks at nothing that threads share, so each may have one.
 */
#ifndef AD_KDC_H
#define AD_KDC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define AD_KDC_PORT 88

struct addrinfo;

/* Sends a request to the first of these addresses that takes it, and waits for the reply until
 * deadline (ad_clock_ms) or until *stop. *fd is the connection, -1: none yet; one that the KDC has
 * closed is made again, once. The reply is the caller's to free. False: *fd is -1. */
bool ad_kdc_ask(int *fd, const struct addrinfo *at, const void *request, size_t n, void **reply,
	size_t *reply_n, long long deadline, const atomic_bool *stop);

#endif
