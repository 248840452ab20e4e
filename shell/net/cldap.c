/* The LDAP ping. See cldap.h. */
#include "net/cldap.h"
#include "base/buf.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/wire.h"

#include <errno.h>
#include <lber.h>
#include <ldap.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 389
#define MOST 16 /* hosts asked at once */
#define GRACE_MS 100 /* for better answers after the first one */
#define OPCODE_RESPONSE_EX 23
#define OPCODE_USER_UNKNOWN_EX 25
#define NT_VERSION "\x06\0\0" /* NETLOGON_NT_VERSION_5 | 5EX, four bytes with the last zero */

/* ---- bytes ---- */

/* A name as in DNS (RFC 1035 4.1.4), its pointers counted from the start of the message; but the
 * labels are UTF-8, sites have spaces in their names. Pointers go backwards only, so that it ends.
 */
static bool decode_name(
	char *out, size_t size, const unsigned char *start, size_t n, const unsigned char **p)
{
	const unsigned char *at = *p, *end = start + n, *limit = at;
	size_t used = 0;
	bool jumped = false;

	for (;;) {
		if (at >= end)
			return false;
		if ((*at & 0xc0) == 0xc0) {
			if (at + 1 >= end)
				return false;
			if (!jumped)
				*p = at + 2;
			jumped = true;
			at = start + ((*at & 0x3f) << 8 | at[1]);
			if (at >= limit)
				return false;
			limit = at;
			continue;
		}
		if (*at == 0)
			break;
		if (*at > 63 || end - at <= *at || used + *at + 2 > size)
			return false;
		if (used)
			out[used++] = '.';
		memcpy(out + used, at + 1, *at);
		used += *at;
		at += *at + 1;
	}
	if (!jumped)
		*p = at + 1;
	out[used] = 0;
	return true;
}

bool ad_cldap_decode(struct ad_cldap_reply *out, const unsigned char *p, size_t n)
{
	const unsigned char *at = p + 24; /* opcode, zero, flags, GUID of the domain */
	struct ad_cldap_reply r = { 0 };
	char skipped[256];
	unsigned opcode;

	if (n < 24)
		return false;
	opcode = ad_get_u16(p);
	if (opcode != OPCODE_RESPONSE_EX && opcode != OPCODE_USER_UNKNOWN_EX)
		return false;
	r.flags = ad_get_u32(p + 4);
	if (!decode_name(r.forest, sizeof r.forest, p, n, &at) ||
		!decode_name(r.domain, sizeof r.domain, p, n, &at) ||
		!decode_name(r.host, sizeof r.host, p, n, &at) ||
		!decode_name(r.netbios_domain, sizeof r.netbios_domain, p, n, &at) ||
		!decode_name(skipped, sizeof skipped, p, n, &at) || /* NetBIOS name of the DC */
		!decode_name(skipped, sizeof skipped, p, n, &at) || /* user */
		!decode_name(r.dc_site, sizeof r.dc_site, p, n, &at) ||
		!decode_name(r.client_site, sizeof r.client_site, p, n, &at))
		return false;
	r.answered = true;
	*out = r;
	return true;
}

bool ad_cldap_read_only(const struct ad_cldap_reply *r)
{
	return r->answered && !(r->flags & AD_CLDAP_WRITABLE);
}

/* (&(DnsDomain=domain)(NtVer=6)), attribute Netlogon, of the rootDSE. */
static struct berval *encode_question(const char *domain, int id)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval *out = NULL;

	if (ber_printf(ber, "{it{seeiibt{t{so}t{so}}{s}}}", id, LDAP_REQ_SEARCH, "",
		    LDAP_SCOPE_BASE, LDAP_DEREF_NEVER, 0, 0, 0, LDAP_FILTER_AND,
		    LDAP_FILTER_EQUALITY, "DnsDomain", domain, (ber_len_t)strlen(domain),
		    LDAP_FILTER_EQUALITY, "NtVer", NT_VERSION, (ber_len_t)4, "Netlogon") >= 0)
		ber_flatten(ber, &out);
	ber_free(ber, 1);
	return out;
}

/* The value of the one attribute of the SearchResultEntry that the answer begins with. */
static bool decode_answer(struct ad_cldap_reply *out, char *bytes, size_t n)
{
	struct berval all = { n, bytes }, dn, attr, value;
	BerElement *ber = ber_init(&all);
	ber_tag_t tag = 0;
	ber_int_t id;
	bool ok;

	if (!ber)
		return false;
	ok = ber_scanf(ber, "{it{m{{m[m", &id, &tag, &dn, &attr, &value) != LBER_ERROR &&
	     tag == LDAP_RES_SEARCH_ENTRY &&
	     ad_cldap_decode(out, (unsigned char *)value.bv_val, value.bv_len);
	ber_free(ber, 1);
	return ok;
}

/* ---- asking ---- */

static int ask(const struct ad_cldap_host *host, const struct berval *question, long long deadline)
{
	const struct addrinfo *a;
	int fd;

	if (!*host->addresses &&
		!ad_wire_resolve(host->addresses, host->name, PORT, SOCK_DGRAM, deadline, NULL))
		return -1;
	a = *host->addresses;
	fd = socket(a->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, a->ai_addr, a->ai_addrlen) < 0 ||
			       send(fd, question->bv_val, question->bv_len, 0) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool good_enough(const struct ad_cldap_reply *r)
{
	return (r->flags & AD_CLDAP_WRITABLE) && *r->client_site &&
	       ad_caseeq(r->client_site, r->dc_site);
}

/* Takes what has come in. Returns how many are still to come; *best: a good answer is there. */
static size_t collect(struct ad_cldap_reply *replies, struct pollfd *p, size_t n, bool *best)
{
	size_t open = 0;
	char buf[4096];

	for (size_t i = 0; i < n; i++) {
		ssize_t got;

		if (p[i].fd < 0)
			continue;
		got = p[i].revents ? recv(p[i].fd, buf, sizeof buf, 0) : -1;
		if (p[i].revents && (got >= 0 || errno != EAGAIN)) {
			if (got > 0 && decode_answer(&replies[i], buf, (size_t)got))
				*best = *best || good_enough(&replies[i]);
			close(p[i].fd); /* an ICMP error ends it, too */
			p[i].fd = -1;
			continue;
		}
		open++;
	}
	return open;
}

static bool any_answer(const struct ad_cldap_reply *replies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (replies[i].answered)
			return true;
	return false;
}

void ad_cldap_ping(struct ad_cldap_reply *replies, const struct ad_cldap_host *hosts, size_t n,
	const char *domain, int timeout_ms)
{
	long long end = ad_clock_ms() + timeout_ms, now;
	struct berval *question = encode_question(domain, 1);
	struct pollfd p[MOST];
	bool best = false, graced = false;
	size_t open = 0;

	memset(replies, 0, n * sizeof *replies);
	n = n < MOST ? n : MOST;
	for (size_t i = 0; i < n; i++) {
		p[i] = (struct pollfd){ question ? ask(&hosts[i], question, end) : -1, POLLIN, 0 };
		open += p[i].fd >= 0;
	}
	ber_bvfree(question);
	while (open && !best && ad_stop_check(NULL) && (now = ad_clock_ms()) < end) {
		int slice = end - now < AD_STOP_SLICE ? (int)(end - now) : AD_STOP_SLICE;

		if (poll(p, n, slice) > 0)
			open = collect(replies, p, n, &best);
		if (!graced && any_answer(replies, n)) {
			graced = true;
			end = now + GRACE_MS < end ? now + GRACE_MS : end;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
}
