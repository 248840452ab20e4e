/* A connection to a KDC that is kept: RFC 4120 7.2.2, four bytes of length, the highest first. The
 * KDC here is a thread that answers each request with its bytes turned round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/stop.h"
#include "net/kdc.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE 5000 /* ms */

enum manner { KEEPS, CLOSES, DRIPS, SAYS_NOTHING, BREAKS_OFF, LIES };

struct kdc {
	_Atomic enum manner manner;
	_Atomic int connections;
	int fd;
	pthread_t thread;
	struct addrinfo *at;
	atomic_bool stop;
};

static bool get(int fd, unsigned char *p, size_t n)
{
	return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

static void answer(
	int fd, const unsigned char *head, const unsigned char *body, size_t n, enum manner manner)
{
	static const unsigned char huge[] = { 0x7f, 0xff, 0xff, 0xff, 0 };

	if (manner == LIES) {
		send(fd, huge, sizeof huge, MSG_NOSIGNAL);
		return;
	}
	send(fd, head, 4, MSG_NOSIGNAL);
	for (size_t i = n; i-- > 0;) {
		if (manner == BREAKS_OFF && i == 0)
			return;
		send(fd, body + i, 1, MSG_NOSIGNAL);
		if (manner == DRIPS && i == n / 2)
			usleep(20000);
	}
}

/* True: the connection goes on. */
static bool serve_one(struct kdc *k, int fd)
{
	unsigned char head[4], *body;
	size_t n;

	if (!get(fd, head, sizeof head))
		return false;
	n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	body = malloc(n + 1);
	if (get(fd, body, n) && k->manner != SAYS_NOTHING)
		answer(fd, head, body, n, k->manner);
	free(body);
	return k->manner == KEEPS || k->manner == DRIPS || k->manner == SAYS_NOTHING;
}

static void *serve(void *p)
{
	struct kdc *k = p;
	int fd;

	while ((fd = accept(k->fd, NULL, NULL)) >= 0) {
		k->connections++;
		while (serve_one(k, fd))
			;
		close(fd);
	}
	return NULL;
}

static void begin(struct kdc *k, enum manner manner)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	socklen_t n = sizeof sa;
	char port[8];

	memset(k, 0, sizeof *k);
	k->manner = manner;
	atomic_init(&k->stop, false);
	k->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(k->fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(listen(k->fd, 4), 0);
	getsockname(k->fd, (struct sockaddr *)&sa, &n);
	snprintf(port, sizeof port, "%u", ntohs(sa.sin_port));
	assert_int_equal(getaddrinfo("127.0.0.1", port, &hints, &k->at), 0);
	assert_int_equal(pthread_create(&k->thread, NULL, serve, k), 0);
}

static void end(struct kdc *k, int fd)
{
	if (fd >= 0)
		close(fd);
	shutdown(k->fd, SHUT_RDWR);
	close(k->fd);
	pthread_join(k->thread, NULL);
	freeaddrinfo(k->at);
}

static bool ask(struct kdc *k, int *fd, const char *text, int patience)
{
	void *reply = NULL;
	size_t n = 0;
	bool ok = ad_kdc_ask(
		fd, k->at, text, strlen(text), &reply, &n, ad_clock_ms() + patience, &k->stop);

	if (!ok) {
		assert_int_equal(*fd, -1);
		return false;
	}
	assert_int_equal(n, strlen(text));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(((char *)reply)[i], text[n - 1 - i]);
	free(reply);
	return true;
}

static void one_connection_for_many(void **state)
{
	struct kdc k;
	int fd = -1;

	(void)state;
	begin(&k, KEEPS);
	for (int i = 0; i < 20; i++)
		assert_true(ask(&k, &fd, "a request", PATIENCE));
	end(&k, fd);
	assert_int_equal(k.connections, 1);
}

static void connects_again_where_a_kdc_hangs_up(void **state)
{
	struct kdc k;
	int fd = -1;

	(void)state;
	begin(&k, CLOSES);
	for (int i = 0; i < 3; i++)
		assert_true(ask(&k, &fd, "a request", PATIENCE));
	end(&k, fd);
	assert_int_equal(k.connections, 3);
}

static void waits_for_all_of_a_reply(void **state)
{
	struct kdc k;
	int fd = -1;
	char *big = malloc(300001);

	(void)state;
	memset(big, 'x', 300000);
	big[0] = 'y';
	big[300000] = 0;
	begin(&k, DRIPS);
	assert_true(ask(&k, &fd, "abcdefgh", PATIENCE));
	k.manner = KEEPS;
	assert_true(ask(&k, &fd, big, PATIENCE));
	end(&k, fd);
	free(big);
}

static void gives_up(void **state)
{
	static const enum manner all[] = { BREAKS_OFF, LIES };
	struct kdc k;
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		begin(&k, all[i]);
		assert_false(ask(&k, &fd, "a request", PATIENCE));
		end(&k, fd);
	}
	begin(&k, KEEPS);
	assert_true(ask(&k, &fd, "a request", PATIENCE));
	k.manner = SAYS_NOTHING;
	assert_false(ask(&k, &fd, "a request", 50));
	assert_int_equal(k.connections, 1); /* no second one for who is only slow */
	atomic_store(&k.stop, true);
	assert_false(ask(&k, &fd, "a request", PATIENCE));
	end(&k, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_connection_for_many),
		cmocka_unit_test(connects_again_where_a_kdc_hangs_up),
		cmocka_unit_test(waits_for_all_of_a_reply),
		cmocka_unit_test(gives_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
