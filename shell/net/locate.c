/* Finding domain controllers. See locate.h. */
#include "net/locate.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/cldap.h"
#include "net/wire.h"
#include "net/worker.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define ASKED 8 /* DCs that get a ping */
#define PING_MS 600

void ad_locate_free(struct ad_dc *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].host);
		if (list[i].addresses)
			freeaddrinfo(list[i].addresses);
	}
	free(list);
}

/* ---- DNS ---- */

struct question {
	char *name;
	int len, failure; /* failure: as h_errno */
	unsigned char answer[NS_MAXMSG];
};

static void question_free(void *p)
{
	struct question *q = p;

	free(q->name);
	free(q);
}

static void query(void *p)
{
	struct question *q = p;
	struct __res_state rs;

	memset(&rs, 0, sizeof rs);
	q->failure = NO_RECOVERY;
	if (res_ninit(&rs) < 0)
		return;
	q->len = res_nquery(&rs, q->name, ns_c_in, ns_t_srv, q->answer, sizeof q->answer);
	q->failure = q->len < 0 ? rs.res_h_errno : 0;
	res_nclose(&rs);
}

/* SRV (RFC 2782): priority, weight, port, target. */
static bool decode_srv(struct ad_dc *dc, ns_msg *msg, ns_rr *rr)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	char name[NS_MAXDNAME];

	if (ns_rr_type(*rr) != ns_t_srv || ns_rr_rdlen(*rr) < 7 ||
		dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), p + 6, name, sizeof name) < 0 ||
		!*name || strcmp(name, ".") == 0)
		return false;
	*dc = (struct ad_dc){ .host = ad_strdup(name),
		.port = ns_get16(p + 4),
		.priority = ns_get16(p),
		.weight = ns_get16(p + 2) };
	return true;
}

void ad_locate_decode(struct ad_dc **out, size_t *n, const unsigned char *p, size_t len)
{
	int count, i;
	ns_msg msg;
	ns_rr rr;

	*out = NULL;
	*n = 0;
	if (len > NS_MAXMSG || ns_initparse(p, (int)len, &msg) < 0)
		return;
	count = ns_msg_count(msg, ns_s_an);
	*out = ad_alloc((size_t)(count + 1) * sizeof **out);
	for (i = 0; i < count; i++)
		if (ns_parserr(&msg, ns_s_an, i, &rr) == 0 && decode_srv(*out + *n, &msg, &rr))
			++*n;
}

static bool explain(struct ad_err *err, const struct question *q, const char *domain)
{
	if (q->len >= 0 || q->failure == HOST_NOT_FOUND || q->failure == NO_DATA) {
		ad_err_set(err, AD_ERR_CONNECT, "dns", q->failure,
			"no domain controller found for %s: DNS has no record %s", domain, q->name);
		return ad_err_hint(err,
			"check the domain's name, and that /etc/resolv.conf names the domain's DNS servers; or name a domain controller with --server HOST");
	}
	ad_err_set(err, AD_ERR_CONNECT, "dns", q->failure,
		"no domain controller found for %s: no DNS server answers the query for %s", domain,
		q->name);
	return ad_err_hint(err,
		"check the DNS servers in /etc/resolv.conf; or name a domain controller with --server HOST");
}

/* The records of one name; none is an error. */
static bool look_up(struct ad_dc **out, size_t *n, const char *prefix, const char *domain,
	long long deadline, struct ad_err *err)
{
	struct question *q = ad_alloc(sizeof *q);
	long long left = deadline - ad_clock_ms();
	const char *before;
	bool is_answered;

	q->name = ad_format("%s.%s", prefix, domain);
	before = ad_notice_wait("the DNS");
	is_answered = ad_worker_run(query, question_free, q, left > 1 ? (int)left : 1, err);
	ad_notice_wait(before);
	if (!is_answered) {
		if (err && err->kind == AD_ERR_CONNECT) {
			ad_err_set(err, AD_ERR_CONNECT, "dns", TRY_AGAIN,
				"no domain controller found for %s: no DNS server has answered in time",
				domain);
			ad_err_hint(err,
				"check the DNS servers in /etc/resolv.conf; or name a domain controller with --server HOST");
		}
		return false;
	}
	*n = 0;
	if (q->len >= 0)
		ad_locate_decode(out, n, q->answer, (size_t)q->len);
	if (*n == 0) {
		if (q->len >= 0)
			ad_locate_free(*out, 0);
		*out = NULL;
		explain(err, q, domain);
	}
	question_free(q);
	return *n > 0;
}

/* ---- order ---- */

static unsigned random_below(unsigned n)
{
	unsigned r = 0;

	if (getrandom(&r, sizeof r, 0) != sizeof r)
		r = (unsigned)ad_clock_ms();
	return r % n;
}

static void swap(struct ad_dc *a, struct ad_dc *b)
{
	struct ad_dc t = *a;

	*a = *b;
	*b = t;
}

void ad_locate_order(struct ad_dc *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned lowest = list[i].priority, sum = 0, pick;
		size_t j;

		for (j = i; j < n; j++)
			if (list[j].priority < lowest)
				lowest = list[j].priority;
		for (j = i; j < n; j++)
			if (list[j].priority == lowest)
				sum += list[j].weight + 1;
		pick = random_below(sum);
		for (j = i; j < n; j++) {
			if (list[j].priority != lowest)
				continue;
			if (pick < list[j].weight + 1)
				break;
			pick -= list[j].weight + 1;
		}
		swap(&list[i], &list[j]);
	}
}

int ad_locate_rank(const struct ad_dc *dc, const struct ad_cldap_reply *r)
{
	if (!r->answered)
		return 3;
	if (ad_cldap_read_only(r))
		return 2;
	return dc->in_site ? 0 : 1;
}

void ad_locate_put_first(struct ad_dc *list, size_t n, const char *names)
{
	for (size_t i = 0; names && i < n; i++) {
		struct ad_dc dc = list[i];

		if (dc.read_only || !ad_text_has_word(names, dc.host))
			continue;
		memmove(list + 1, list, i * sizeof *list);
		list[0] = dc;
		return;
	}
}

static void sort_by_rank(struct ad_dc *list, int *ranks, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && ranks[j] < ranks[j - 1]; j--) {
			int t = ranks[j];

			ranks[j] = ranks[j - 1];
			ranks[j - 1] = t;
			swap(&list[j], &list[j - 1]);
		}
}

/* Puts the DCs that the DNS lists for a site first; true when there are any. */
static bool prefer_site(
	struct ad_dc *list, size_t n, const char *site, const char *domain, long long deadline)
{
	char *prefix = ad_format("_ldap._tcp.%s._sites.dc._msdcs", site);
	struct ad_dc *local = NULL;
	size_t count = 0, first = 0, i, j;

	if (!look_up(&local, &count, prefix, domain, deadline, NULL))
		count = 0;
	for (i = 0; i < count; i++)
		for (j = first; j < n; j++)
			if (ad_caseeq(list[j].host, local[i].host)) {
				list[j].in_site = true;
				swap(&list[first++], &list[j]);
				break;
			}
	ad_locate_free(local, count);
	free(prefix);
	return first > 0;
}

/* Asks the first few who they are; returns our site's name when none of them belongs to it. */
static bool ping(struct ad_dc *list, size_t n, const char *domain, int timeout_ms, char site[128])
{
	struct ad_cldap_reply replies[ASKED];
	size_t asked = n < ASKED ? n : ASKED;
	struct ad_cldap_host hosts[ASKED] = { { NULL, NULL } };
	int ranks[ASKED];
	bool here = false;

	for (size_t i = 0; i < asked; i++)
		hosts[i] = (struct ad_cldap_host){ list[i].host, &list[i].addresses };
	ad_cldap_ping(replies, hosts, asked, domain, timeout_ms);
	*site = 0;
	for (size_t i = 0; i < asked; i++) {
		const struct ad_cldap_reply *r = &replies[i];

		if (r->answered && *r->client_site)
			memcpy(site, r->client_site, sizeof r->client_site);
		list[i].in_site =
			r->answered && *r->client_site && ad_caseeq(r->client_site, r->dc_site);
		list[i].read_only = ad_cldap_read_only(r);
		here = here || list[i].in_site;
		ranks[i] = ad_locate_rank(&list[i], r);
	}
	sort_by_rank(list, ranks, asked);
	return !here && *site;
}

static void arrange(struct ad_dc *list, size_t n, const char *domain, long long deadline)
{
	long long left = deadline - ad_clock_ms();
	char site[128];

	if (n < 2)
		return;
	if (ping(list, n, domain, left < PING_MS ? (int)left : PING_MS, site) && n > ASKED &&
		prefer_site(list, n, site, domain, deadline))
		ping(list, n, domain, PING_MS, site);
}

bool ad_locate(struct ad_dc **out, size_t *n, const char *domain, enum ad_locate_kind kind,
	int timeout_ms, struct ad_err *err)
{
	static const char *const prefixes[] = {
		[AD_LOCATE_DC] = "_ldap._tcp.dc._msdcs",
		[AD_LOCATE_GC] = "_gc._tcp",
		[AD_LOCATE_PDC] = "_ldap._tcp.pdc._msdcs",
		[AD_LOCATE_KDC] = "_kerberos._tcp.dc._msdcs",
	};
	long long deadline = ad_clock_ms() + timeout_ms;
	struct ad_dc *list;
	size_t count;

	if (!look_up(&list, &count, prefixes[kind], domain, deadline, err))
		return false;
	ad_locate_order(list, count);
	arrange(list, count, domain, deadline);
	if (!ad_stop_check(err)) {
		ad_locate_free(list, count);
		return false;
	}
	*out = list;
	*n = count;
	return true;
}

bool ad_locate_records(struct ad_dc **out, size_t *n, const char *prefix, const char *domain,
	int timeout_ms, struct ad_err *err)
{
	return look_up(out, n, prefix, domain, ad_clock_ms() + timeout_ms, err);
}

bool ad_locate_reachable(const char *host, unsigned port, int timeout_ms, struct ad_err *err)
{
	int fd;

	if (!ad_wire_connect(&fd, host, NULL, port, ad_clock_ms() + timeout_ms, err))
		return false;
	close(fd);
	return true;
}
