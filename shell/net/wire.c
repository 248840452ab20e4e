/* The socket below libldap. See wire.h. */
#include "net/wire.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/worker.h"

#include <errno.h>
#include <lber.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool ad_wire_poll(int fd, short events, long long deadline)
{
	for (;;) {
		struct pollfd p = { fd, events, 0 };
		long long left = deadline - ad_clock_ms();
		int n;

		if (left <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
		n = poll(&p, 1, left < AD_STOP_SLICE ? (int)left : AD_STOP_SLICE);
		if (n > 0)
			return true;
		if (!ad_stop_check(NULL)) {
			errno = ECANCELED;
			return false;
		}
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool connect_address(
	int *out, int family, const struct sockaddr *sa, socklen_t len, long long deadline)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), e = 0;
	socklen_t n = sizeof e;

	if (fd < 0)
		return false;
	if (connect(fd, sa, len) == 0) {
		*out = fd;
		return true;
	}
	if (errno != EINPROGRESS || !ad_wire_poll(fd, POLLOUT, deadline))
		e = errno;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		e = errno;
	if (e == 0) {
		*out = fd;
		return true;
	}
	close(fd);
	errno = e;
	return false;
}

/* A host whose kernel is silent is dead, and another one can be asked: a slow one acknowledges. */
static void set_keepalive(int fd)
{
	int on = 1, idle = 60, interval = 15, probes = 4;
	unsigned unacknowledged = 20000; /* ms */

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool connect_failed(struct ad_err *err, const char *where, int e)
{
	if (!ad_stop_check(err))
		return false;
	ad_err_set(err, AD_ERR_CONNECT, "system", e, "cannot connect to %s: %s", where,
		e == ETIMEDOUT ? "no answer" : strerror(e));
	if (e == ECONNREFUSED)
		return ad_err_hint(err,
			"nothing listens there: check that it is a domain controller, and that it runs");
	return ad_err_hint(err, "check that it is up, and that no firewall blocks this port");
}

/* A look-up in its own thread: getaddrinfo knows no time limit. */
struct look_up {
	char *host, service[16];
	struct addrinfo hints, *list;
	int rc, error;
};

static void look_up(void *p)
{
	struct look_up *l = p;

	l->rc = getaddrinfo(l->host, l->service, &l->hints, &l->list);
	l->error = errno;
}

static void look_up_free(void *p)
{
	struct look_up *l = p;

	if (l->list)
		freeaddrinfo(l->list);
	free(l->host);
	free(l);
}

static bool no_address(struct ad_err *err, const char *host, int rc, const char *why)
{
	ad_err_set(err, AD_ERR_CONNECT, "dns", rc, "the name %s has no address: %s", host, why);
	return ad_err_hint(
		err, "check the name, and that this machine uses the DNS servers of the domain");
}

bool ad_wire_resolve(struct addrinfo **out, const char *host, unsigned port, int type,
	long long deadline, struct ad_err *err)
{
	long long left = deadline - ad_clock_ms();
	struct look_up *l = ad_alloc(sizeof *l);
	bool ok;

	l->host = ad_strdup(host);
	snprintf(l->service, sizeof l->service, "%u", port);
	l->hints = (struct addrinfo){ .ai_socktype = type, .ai_flags = AI_NUMERICSERV };
	if (!ad_worker_run(look_up, look_up_free, l, left > 1 ? (int)left : 1, err))
		return err && err->kind == AD_ERR_CONNECT &&
		       no_address(err, host, EAI_AGAIN, "no DNS server has answered in time");
	ok = l->rc == 0;
	if (ok) {
		*out = l->list;
		l->list = NULL;
	} else {
		no_address(err, host, l->rc,
			l->rc == EAI_SYSTEM ? strerror(l->error) : gai_strerror(l->rc));
	}
	look_up_free(l);
	return ok;
}

static bool connect_to_port(int *fd, const struct addrinfo *a, unsigned port, long long deadline)
{
	struct sockaddr_storage sa = { 0 };

	memcpy(&sa, a->ai_addr, a->ai_addrlen);
	if (a->ai_family == AF_INET6)
		((struct sockaddr_in6 *)&sa)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)&sa)->sin_port = htons((uint16_t)port);
	return connect_address(fd, a->ai_family, (struct sockaddr *)&sa, a->ai_addrlen, deadline);
}

bool ad_wire_connect(int *fd, const char *host, const struct addrinfo *known, unsigned port,
	long long deadline, struct ad_err *err)
{
	struct addrinfo *list = NULL;
	const struct addrinfo *a;
	const char *before;
	char where[300];
	int e = 0;

	snprintf(where, sizeof where, "%s port %u", host, port);
	if (!known && !ad_wire_resolve(&list, host, port, SOCK_STREAM, deadline, err))
		return false;
	for (a = known ? known : list; a; a = a->ai_next) {
		long long now = ad_clock_ms(), until = deadline;

		if (a->ai_next) /* leave time for the other addresses */
			until = now + (deadline - now) / 2;
		before = ad_notice_wait(host);
		e = connect_to_port(fd, a, port, until) ? 0 : errno;
		ad_notice_wait(before);
		if (e == 0) {
			ad_notice_alive();
			break;
		}
		if (e == ECANCELED)
			break;
	}
	if (list)
		freeaddrinfo(list);
	if (!a || e == ECANCELED)
		return connect_failed(err, where, e);
	set_keepalive(*fd);
	return true;
}

bool ad_wire_connect_path(int *fd, const char *path, long long deadline, struct ad_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof sa.sun_path)
		return ad_err_set(
			err, AD_ERR_USAGE, "usage", 0, "the socket's path is too long: %s", path);
	strcpy(sa.sun_path, path);
	if (!connect_address(fd, AF_UNIX, (struct sockaddr *)&sa, sizeof sa, deadline))
		return connect_failed(err, path, errno);
	return true;
}

static int wire_setup(Sockbuf_IO_Desc *d, void *arg)
{
	d->sbiod_pvt = arg;
	return 0;
}

static int wire_ctrl(Sockbuf_IO_Desc *d, int opt, void *arg)
{
	(void)d, (void)opt, (void)arg;
	return 0;
}

static ber_slen_t wire_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct ad_wire *w = d->sbiod_pvt;
	ssize_t n;

	for (;;) {
		n = recv(w->fd, buf, len, 0);
		if (n > 0)
			w->received += (size_t)n;
		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			w->error = errno;
			return -1;
		}
		if (!w->patient_until)
			return -1;
		if (!ad_wire_poll(w->fd, POLLIN, w->patient_until)) {
			w->error = errno;
			return -1;
		}
	}
}

static ber_slen_t wire_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct ad_wire *w = d->sbiod_pvt;
	ssize_t n;

	for (;;) {
		n = send(w->fd, buf, len, MSG_NOSIGNAL);
		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || !ad_wire_poll(w->fd, POLLOUT, ad_clock_ms() + w->stall_ms)) {
			w->error = errno;
			return -1;
		}
	}
}

static int wire_close(Sockbuf_IO_Desc *d)
{
	struct ad_wire *w = d->sbiod_pvt;

	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	return 0;
}

static Sockbuf_IO wire_io = { wire_setup, NULL, wire_ctrl, wire_read, wire_write, wire_close };

bool ad_wire_install(struct ad_wire *w, struct sockbuf *sb)
{
	return ber_sockbuf_add_io(sb, &wire_io, LBER_SBIOD_LEVEL_PROVIDER, w) == 0;
}
