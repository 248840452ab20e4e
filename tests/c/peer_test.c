/* What a machine shows without a login, on this machine. */
#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

/* A listening socket on the loopback address; its port. */
static int listening(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void ports(void **state)
{
	struct ad_peer_port list[300];
	struct ad_err err;
	unsigned port;
	int fd = listening(&port);
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) { /* more than are tried at once */
		strcpy(list[i].address, "127.0.0.1");
		list[i].port = port;
	}
	close(fd);
	fd = listening(&list[299].port);
	assert_true(ad_peer_ports(list, 300, 1000, &err));
	assert_int_equal(list[0].state, AD_PEER_REFUSED);
	assert_int_equal(list[298].state, AD_PEER_REFUSED);
	assert_int_equal(list[299].state, AD_PEER_OPEN);
	close(fd);
	strcpy(list[1].address, "no address");
	assert_false(ad_peer_ports(list, 2, 1000, &err));
	assert_int_equal(err.kind, AD_ERR_USAGE);
}

static void names(void **state)
{
	char list[AD_PEER_ADDRESSES][AD_PEER_ADDRESS], name[AD_PEER_NAME];
	struct ad_err err;
	size_t n;

	(void)state;
	assert_true(ad_peer_addresses(list, &n, "127.0.0.7", 1000, &err));
	assert_int_equal(n, 1);
	assert_string_equal(list[0], "127.0.0.7");
	assert_false(ad_peer_name(name, "300.1.1.1", 1000, &err));
	assert_int_equal(err.kind, AD_ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ports), cmocka_unit_test(names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
