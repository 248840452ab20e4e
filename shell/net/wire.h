/*
 * The socket below libldap. Connecting, the TLS handshake and every write wait in slices, so
 * that Ctrl-C and time limits hold where libldap itself would block for good; reads never block
 * once the handshake is over (libldap's own poll waits for them).
 */
#ifndef AD_WIRE_H
#define AD_WIRE_H

#include "base/err.h"

#include <stddef.h>

struct ad_wire {
	int fd; /* -1: none */
	long long patient_until; /* reads wait until then (ad_clock_ms); 0: they never wait */
	int stall_ms; /* a write that moves nothing for so long fails */
	unsigned long long received; /* bytes, to see progress */
	int error; /* errno of the last failure, 0: none */
};

/* The addresses of host, for port and SOCK_STREAM or SOCK_DGRAM, until deadline (ad_clock_ms); for
 * freeaddrinfo. AD_ERR_CONNECT of domain "dns". */
struct addrinfo;
bool ad_wire_resolve(struct addrinfo **out, const char *host, unsigned port, int type,
	long long deadline, struct ad_err *err);

/* TCP to host:port, every address in turn (those of known, where they were looked up before; else
 * NULL), until deadline (ad_clock_ms). Sets *fd: non-blocking,
 * close-on-exec, with keep-alive. AD_ERR_CONNECT of domain "dns" (no such name) or "system". */
bool ad_wire_connect(int *fd, const char *host, const struct addrinfo *known, unsigned port,
	long long deadline, struct ad_err *err);

/* The same for a local socket. */
bool ad_wire_connect_path(int *fd, const char *path, long long deadline, struct ad_err *err);

/* Waits for events (POLLIN, POLLOUT) on fd until deadline; false: errno is ETIMEDOUT or, when
 * told to stop, ECANCELED. */
bool ad_wire_poll(int fd, short events, long long deadline);

/* Puts w below the handle; w must live as long as the handle, which closes w->fd. */
struct sockbuf;
bool ad_wire_install(struct ad_wire *w, struct sockbuf *sb);

#endif
