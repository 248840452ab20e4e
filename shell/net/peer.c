/* Addresses, names and open ports of other machines. See peer.h. */
#include "net/peer.h"

#include "base/mem.h"
#include "base/stop.h"
#include "net/wire.h"
#include "net/worker.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 128 /* connections */

/* ---- names and addresses ---- */

static bool has(char list[][AD_PEER_ADDRESS], size_t n, const char *address)
{
	while (n)
		if (strcmp(list[--n], address) == 0)
			return true;
	return false;
}

bool ad_peer_addresses(char out[][AD_PEER_ADDRESS], size_t *n, const char *host, int timeout_ms,
	struct ad_err *err)
{
	struct addrinfo *list, *a;
	char text[AD_PEER_ADDRESS];

	if (!ad_wire_resolve(&list, host, 0, SOCK_STREAM, ad_clock_ms() + timeout_ms, err))
		return false;
	*n = 0;
	for (a = list; a && *n < AD_PEER_ADDRESSES; a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0,
			    NI_NUMERICHOST) == 0 &&
			!has(out, *n, text))
			memcpy(out[(*n)++], text, sizeof text);
	}
	freeaddrinfo(list);
	return true;
}

static bool parse(struct sockaddr_storage *out, socklen_t *len, const char *address, unsigned port,
	struct ad_err *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM },
			*a;
	char service[16];

	snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(address, service, &hints, &a) != 0)
		return ad_err_set(
			err, AD_ERR_USAGE, "adsh", 0, "'%s' is not a valid address", address);
	memcpy(out, a->ai_addr, a->ai_addrlen);
	*len = a->ai_addrlen;
	freeaddrinfo(a);
	return true;
}

/* getnameinfo knows no time limit: it runs in a thread of its own. */
struct reverse {
	struct sockaddr_storage address;
	socklen_t len;
	char name[AD_PEER_NAME];
	int rc;
};

static void look_up(void *p)
{
	struct reverse *r = p;

	r->rc = getnameinfo((struct sockaddr *)&r->address, r->len, r->name, sizeof r->name, NULL,
		0, NI_NAMEREQD);
}

bool ad_peer_name(char out[AD_PEER_NAME], const char *address, int timeout_ms, struct ad_err *err)
{
	struct reverse *r = ad_alloc(sizeof *r);
	size_t n;
	bool ok;

	if (!parse(&r->address, &r->len, address, 0, err)) {
		free(r);
		return false;
	}
	if (!ad_worker_run(look_up, free, r, timeout_ms, err))
		return false;
	ok = r->rc == 0;
	n = strlen(r->name);
	if (ok && n && r->name[n - 1] == '.')
		r->name[n - 1] = '\0';
	if (ok)
		memcpy(out, r->name, sizeof r->name);
	else
		ad_err_set(err, AD_ERR_NOTFOUND, "dns", r->rc, "the address %s has no name: %s",
			address, gai_strerror(r->rc));
	free(r);
	return ok;
}

/* ---- ports ---- */

/* Starts a connection; -1: it has ended already, *state says how. */
static int start(const struct ad_peer_port *p, enum ad_peer_state *state, struct ad_err *err)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	if (!parse(&sa, &len, p->address, p->port, err))
		return -2;
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, len) == 0)
		*state = AD_PEER_OPEN;
	else if (errno == ECONNREFUSED)
		*state = AD_PEER_REFUSED;
	else if (errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static enum ad_peer_state outcome(int fd)
{
	int e = 0;
	socklen_t n = sizeof e;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0 && e == 0)
		return AD_PEER_OPEN;
	return e == ECONNREFUSED ? AD_PEER_REFUSED : AD_PEER_SILENT;
}

/* Waits for those that have been started; a socket that is done with is closed and -1. */
static bool wait_all(
	struct ad_peer_port *list, struct pollfd *fds, size_t n, int timeout_ms, struct ad_err *err)
{
	long long until = ad_clock_ms() + timeout_ms, left;
	size_t i, open = 1;

	while (open && (left = until - ad_clock_ms()) > 0) {
		if (!ad_stop_check(err))
			return false;
		poll(fds, n, left < AD_STOP_SLICE ? (int)left : AD_STOP_SLICE);
		for (i = open = 0; i < n; i++) {
			if (fds[i].fd >= 0 && fds[i].revents) {
				list[i].state = outcome(fds[i].fd);
				close(fds[i].fd);
				fds[i].fd = -1;
			}
			open += fds[i].fd >= 0;
		}
	}
	return true;
}

static bool try_some(struct ad_peer_port *list, size_t n, int timeout_ms, struct ad_err *err)
{
	struct pollfd fds[AT_ONCE];
	bool ok = true;
	size_t i, started;

	for (started = 0; ok && started < n; started++) {
		list[started].state = AD_PEER_SILENT;
		fds[started] = (struct pollfd){ .events = POLLOUT };
		fds[started].fd = start(&list[started], &list[started].state, err);
		ok = fds[started].fd != -2;
	}
	ok = ok && wait_all(list, fds, n, timeout_ms, err);
	for (i = 0; i < started; i++)
		if (fds[i].fd >= 0)
			close(fds[i].fd);
	return ok;
}

bool ad_peer_ports(struct ad_peer_port *list, size_t n, int timeout_ms, struct ad_err *err)
{
	size_t i, some;

	for (i = 0; i < n; i += some) {
		some = n - i < AT_ONCE ? n - i : AT_ONCE;
		if (!try_some(list + i, some, timeout_ms, err))
			return false;
	}
	return true;
}
