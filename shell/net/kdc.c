/* See kdc.h. */
#include "net/kdc.h"
#include "base/mem.h"
#include "base/stop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 4 /* bytes of the length, the highest first; its top bit is reserved */
#define MOST (1u << 20)

struct patience {
	long long deadline;
	const atomic_bool *stop;
};

static bool wait_for(int fd, short events, const struct patience *p)
{
	for (;;) {
		struct pollfd one = { fd, events, 0 };
		long long left = p->deadline - ad_clock_ms();
		int n;

		if (left <= 0 || atomic_load(p->stop)) {
			errno = ETIMEDOUT;
			return false;
		}
		n = poll(&one, 1, left < AD_STOP_SLICE ? (int)left : AD_STOP_SLICE);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool is_connected(int fd, const struct addrinfo *at, const struct patience *p)
{
	socklen_t n = sizeof(int);
	int e = 0;

	if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
		return true;
	return errno == EINPROGRESS && wait_for(fd, POLLOUT, p) &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0 && e == 0;
}

static int open_line(const struct addrinfo *at, const struct patience *p)
{
	int on = 1;

	for (; at; at = at->ai_next) {
		int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd >= 0 && is_connected(fd, at, p)) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static bool put(int fd, const unsigned char *p, size_t n, const struct patience *patience)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && (errno != EAGAIN || !wait_for(fd, POLLOUT, patience)))
			return false;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

static bool take(int fd, unsigned char *p, size_t n, const struct patience *patience)
{
	while (n > 0) {
		ssize_t done = recv(fd, p, n, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done == 0)
			errno = ECONNRESET;
		if (done == 0 || (done < 0 && (errno != EAGAIN || !wait_for(fd, POLLIN, patience))))
			return false;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

static bool take_reply(int fd, void **reply, size_t *n, const struct patience *p)
{
	unsigned char head[HEAD];
	size_t len;

	if (!take(fd, head, sizeof head, p))
		return false;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (len == 0 || len > MOST) {
		errno = EPROTO;
		return false;
	}
	*reply = ad_alloc(len);
	*n = len;
	if (take(fd, *reply, len, p))
		return true;
	free(*reply);
	*reply = NULL;
	return false;
}

/* Length and request in one piece. */
static unsigned char *framed(const void *request, size_t n)
{
	unsigned char *p = ad_alloc(n + HEAD);

	for (int i = 0; i < HEAD; i++)
		p[i] = (unsigned char)(n >> 8 * (HEAD - 1 - i));
	memcpy(p + HEAD, request, n);
	return p;
}

bool ad_kdc_ask(int *fd, const struct addrinfo *at, const void *request, size_t n, void **reply,
	size_t *reply_n, long long deadline, const atomic_bool *stop)
{
	struct patience p = { deadline, stop };
	unsigned char *bytes;
	bool is_old, ok;

	if (n > MOST)
		return false;
	bytes = framed(request, n);
	do {
		is_old = *fd >= 0;
		if (!is_old)
			*fd = open_line(at, &p);
		ok = *fd >= 0 && put(*fd, bytes, n + HEAD, &p) &&
		     take_reply(*fd, reply, reply_n, &p);
		if (!ok && *fd >= 0) {
			close(*fd);
			*fd = -1;
		}
	} while (!ok && is_old && errno != ETIMEDOUT);
	free(bytes);
	return ok;
}
