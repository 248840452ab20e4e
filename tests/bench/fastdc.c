/*
 * fastdc: a make-believe directory server that answers as fast as a socket can be filled, so
 * that a client's own speed can be measured (a real server is always the slower side). It knows
 * just enough: every bind and write succeeds, the rootDSE looks like that of a DC, any other
 * search yields COUNT computers, in pages when asked. It never looks at filters, attribute lists
 * or authority. A measuring instrument, not a test double: no test of behaviour runs against it.
 *
 *   fastdc [-n COUNT] [-d DELAY_US] [-s SPLIT] [-l LOG] [-a] [-t N] [-o WORD]... SOCKET
 *
 * -d: an answer leaves DELAY_US after its request came in (a server far away)
 * -s: at most SPLIT bytes at a time, so that messages arrive in pieces
 * -a: the computers have what accounts have besides: times, a system, a category
 * -t: every Nth computer also has a service principal name of the one before it
 * -o: only a search that holds all these words yields the computers, others nothing
 * -l: writes one line with the number of searches and of writes at the end of each connection
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DISTINCT 65536
#define PAGED "1.2.840.113556.1.4.319"
#define WHO_AM_I "1.3.6.1.4.1.4203.1.11.3"
#define BASE "DC=bench,DC=test"

static struct {
	size_t off, len;
} entry_at[DISTINCT];
static unsigned char *pool;
static int count = 200000, delay_us, split, accounts, twice, n_words;
static const char *words[8];
static const char *log_file;

/* --- messages, written backwards from the end of a buffer --------------------------------- */

struct back {
	unsigned char bytes[4096], *w;
};

static void back_start(struct back *b)
{
	b->w = b->bytes + sizeof b->bytes;
}

static size_t back_len(const struct back *b)
{
	return (size_t)(b->bytes + sizeof b->bytes - b->w);
}

static void put(struct back *b, const void *p, size_t n)
{
	b->w -= n;
	memcpy(b->w, p, n);
}

static void head(struct back *b, int tag, size_t n)
{
	unsigned char h[4] = { (unsigned char)tag, 0x82, (unsigned char)(n >> 8),
		(unsigned char)n };

	if (n < 128)
		h[1] = (unsigned char)n;
	put(b, h, n < 128 ? 2 : 4);
}

static void octets(struct back *b, int tag, const void *p, size_t n)
{
	put(b, p, n);
	head(b, tag, n);
}

static void attribute(
	struct back *b, const char *name, const char *const *v, const size_t *len, int n)
{
	size_t start = back_len(b);

	while (n--)
		octets(b, 4, v[n], len ? len[n] : strlen(v[n]));
	head(b, 0x31, back_len(b) - start);
	octets(b, 4, name, strlen(name));
	head(b, 0x30, back_len(b) - start);
}

static void text(struct back *b, const char *name, const char *value)
{
	attribute(b, name, &value, NULL, 1);
}

/* Message ids are INTEGERs of four bytes, so that they can be set later. */
static void envelope(struct back *b, int tag)
{
	head(b, tag, back_len(b));
	put(b, "\2\4\0\0\0\0", 6);
	head(b, 0x30, back_len(b));
}

static void entry_end(struct back *b, const char *dn)
{
	head(b, 0x30, back_len(b));
	octets(b, 4, dn, strlen(dn));
	envelope(b, 0x64);
}

/* five attributes, eight values: what an inventory of computers asks for */
static void make_computer(struct back *b, int i)
{
	char name[32], sam[34], fqdn[64], spn[4][128], dn[128];
	unsigned char sid[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11, 12 };
	const char *v[4], *one = (char *)sid;
	size_t len = sizeof sid;
	int k;

	snprintf(name, sizeof name, "PC%06d", i);
	snprintf(sam, sizeof sam, "%s$", name);
	snprintf(fqdn, sizeof fqdn, "pc%06d.bench.test", i);
	snprintf(dn, sizeof dn, "CN=%s,OU=Computers," BASE, name);
	for (k = 0; k < 4; k++) {
		snprintf(spn[k], sizeof spn[k], "%s/%s", k < 2 ? "HOST" : "RestrictedKrbHost",
			k % 2 ? fqdn : name);
		v[k] = spn[k];
	}
	if (twice && i % twice == twice - 1)
		snprintf(spn[1], sizeof spn[1], "host/PC%06d.bench.test", i - 1);
	memcpy(sid + 24, &i, 4);
	back_start(b);
	attribute(b, "objectSid", &one, &len, 1);
	text(b, "userAccountControl", "4096");
	if (accounts) {
		text(b, "pwdLastSet", "134401860558569152");
		text(b, "whenCreated", "20240101000000.0Z");
		text(b, "operatingSystem", "Windows Server 2022 Datacenter");
		text(b, "objectCategory", "CN=Computer,CN=Schema,CN=Configuration," BASE);
	}
	attribute(b, "servicePrincipalName", v, NULL, 4);
	text(b, "sAMAccountName", sam);
	text(b, "cn", name);
	entry_end(b, dn);
}

static void make_root(struct back *b)
{
	back_start(b);
	text(b, "dnsHostName", "fastdc.bench.test");
	text(b, "domainFunctionality", "7");
	text(b, "forestFunctionality", "7");
	text(b, "isSynchronized", "TRUE");
	text(b, "supportedControl", PAGED);
	text(b, "supportedLDAPVersion", "3");
	text(b, "schemaNamingContext", "CN=Schema,CN=Configuration," BASE);
	text(b, "configurationNamingContext", "CN=Configuration," BASE);
	text(b, "rootDomainNamingContext", BASE);
	text(b, "defaultNamingContext", BASE);
	entry_end(b, "");
}

static void make_head(struct back *b)
{
	unsigned char sid[24] = { 1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11, 12 };
	const char *one = (char *)sid;
	size_t len = sizeof sid;

	back_start(b);
	attribute(b, "objectSid", &one, &len, 1);
	entry_end(b, BASE);
}

static void build_pool(void)
{
	struct back b;
	size_t used = 0;
	int i;

	pool = malloc(DISTINCT * 900UL);
	for (i = 0; pool && i < DISTINCT; i++) {
		make_computer(&b, i);
		entry_at[i].off = used;
		entry_at[i].len = back_len(&b);
		memcpy(pool + used, b.w, back_len(&b));
		used += back_len(&b);
	}
}

/* --- a connection ------------------------------------------------------------------------- */

/* bytes that wait for their time */
struct answer {
	struct answer *next;
	struct timespec due;
	size_t n, cap;
	unsigned char *bytes;
};

struct conn {
	int fd;
	struct answer *first, **last;
	unsigned long searches, writes;
};

static void set_id(unsigned char *m, unsigned id)
{
	m += m[1] == 0x82 ? 6 : m[1] == 0x81 ? 5 : 4;
	m[0] = (unsigned char)(id >> 24), m[1] = (unsigned char)(id >> 16);
	m[2] = (unsigned char)(id >> 8), m[3] = (unsigned char)id;
}

static void add(struct answer *a, const unsigned char *m, size_t n, unsigned id)
{
	if (a->n + n > a->cap) {
		a->cap = (a->n + n) * 2;
		a->bytes = realloc(a->bytes, a->cap);
		if (!a->bytes)
			exit(1);
	}
	memcpy(a->bytes + a->n, m, n);
	set_id(a->bytes + a->n, id);
	a->n += n;
}

/* cookie: 0 the last page, -1 no page control at all */
static void add_result(struct answer *a, unsigned id, int tag, int cookie, const char *who)
{
	struct back b, c;
	char next[16];

	back_start(&b);
	if (who)
		octets(&b, 0x8b, who, strlen(who));
	put(&b, "\x0a\1\0\4\0\4\0", 7);
	if (cookie < 0) {
		envelope(&b, tag);
		add(a, b.w, back_len(&b), id);
		return;
	}
	back_start(&c);
	snprintf(next, sizeof next, "%d", cookie);
	octets(&c, 4, next, cookie ? strlen(next) : 0);
	put(&c, "\2\1\0", 3);
	head(&c, 0x30, back_len(&c));
	head(&c, 4, back_len(&c));
	octets(&c, 4, PAGED, strlen(PAGED));
	head(&c, 0x30, back_len(&c));
	head(&c, 0xa0, back_len(&c));
	head(&b, tag, back_len(&b));
	put(&c, b.w, back_len(&b));
	put(&c, "\2\4\0\0\0\0", 6);
	head(&c, 0x30, back_len(&c));
	add(a, c.w, back_len(&c), id);
}

static int is_wanted(const unsigned char *m, size_t n)
{
	for (int i = 0; i < n_words; i++)
		if (!memmem(m, n, words[i], strlen(words[i])))
			return 0;
	return 1;
}

static void add_search(struct answer *a, unsigned id, const unsigned char *m, size_t n)
{
	const unsigned char *c = memmem(m, n, PAGED, strlen(PAGED)), *q;
	int start = 0, all = is_wanted(m, n) ? count : 0, end = all, size = 0, i;
	struct back b;

	q = memmem(m, n, "\x0a\1", 2);
	if (q && q[2] == 0) { /* base scope */
		(q[-1] == 0 ? make_root : make_head)(&b);
		if (q[-1] == 0 || accounts) /* of the empty name */
			add(a, b.w, back_len(&b), id);
		add_result(a, id, 0x65, -1, NULL);
		return;
	}
	if (c) {
		q = c + strlen(PAGED);
		if (q[0] == 1) /* criticality */
			q += 3;
		q += 4; /* OCTET STRING, SEQUENCE */
		for (i = 0; i < q[1]; i++)
			size = size << 8 | q[2 + i];
		q += 2 + q[1];
		for (i = 0; i < q[1]; i++)
			start = start * 10 + q[2 + i] - '0';
		if (end > start + size)
			end = start + size;
	}
	for (i = start; i < end; i++)
		add(a, pool + entry_at[i % DISTINCT].off, entry_at[i % DISTINCT].len, id);
	add_result(a, id, 0x65, !c ? -1 : end < all ? end : 0, NULL);
}

static struct answer *new_answer(void)
{
	struct answer *a = calloc(1, sizeof *a);

	if (!a)
		exit(1);
	clock_gettime(CLOCK_MONOTONIC, &a->due);
	a->due.tv_nsec += delay_us % 1000000 * 1000L;
	a->due.tv_sec += delay_us / 1000000 + a->due.tv_nsec / 1000000000;
	a->due.tv_nsec %= 1000000000;
	return a;
}

/* One request of n bytes; false: unbind. */
static int handle(struct conn *c, const unsigned char *m, const unsigned char *op, size_t n,
	unsigned id, struct answer *a)
{
	switch (*op) {
	case 0x42: return 0;
	case 0x50: return 1;
	case 0x63:
		c->searches++;
		add_search(a, id, m, n);
		return 1;
	case 0x77:
		add_result(a, id, 0x78, -1,
			memmem(m, n, WHO_AM_I, strlen(WHO_AM_I)) ? "u:BENCH\\nobody" : NULL);
		return 1;
	case 0x4a:
		c->writes++;
		add_result(a, id, 0x6b, -1, NULL);
		return 1;
	default: /* bind, modify, add, rename, compare: the answer's tag is the next one */
		c->writes += *op != 0x60;
		add_result(a, id, *op + 1, -1, NULL);
		return 1;
	}
}

/* All whole requests in the have bytes at in; returns how many bytes they are, -1: the end. */
static ssize_t handle_all(struct conn *c, const unsigned char *in, size_t have)
{
	const unsigned char *p = in, *end = in + have, *q;
	struct answer *a = new_answer();
	size_t h, len, i;
	unsigned id;

	for (; end - p >= 2; p += h + len) {
		h = 2, len = p[1];
		if (len & 0x80) {
			h += len & 0x7f;
			if ((size_t)(end - p) < h)
				break;
			for (len = 0, i = 2; i < h; i++)
				len = len << 8 | p[i];
		}
		if ((size_t)(end - p) < h + len)
			break;
		q = p + h;
		for (id = 0, i = 0; i < q[1]; i++)
			id = id << 8 | q[2 + i];
		if (!handle(c, p, q + 2 + q[1], h + len, id, a))
			return -1;
	}
	*c->last = a;
	c->last = &a->next;
	return p - in;
}

static int flush(int fd, const struct answer *a)
{
	size_t at, n;
	ssize_t k;

	for (at = 0; at < a->n; at += (size_t)k) {
		n = a->n - at;
		if (split && (size_t)split < n)
			n = (size_t)split;
		if ((k = write(fd, a->bytes + at, n)) <= 0)
			return -1;
	}
	return 0;
}

/* Sends what is due; the time until the next is in *wait, NULL when there is none. */
static int send_due(struct conn *c, struct timespec *wait, struct timespec **until)
{
	struct timespec now;
	struct answer *a;
	long long left;

	while ((a = c->first)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (a->due.tv_sec - now.tv_sec) * 1000000000LL + a->due.tv_nsec - now.tv_nsec;
		if (left > 0) {
			wait->tv_sec = left / 1000000000;
			wait->tv_nsec = left % 1000000000;
			*until = wait;
			return 0;
		}
		if (flush(c->fd, a) < 0)
			return -1;
		c->first = a->next;
		if (!c->first)
			c->last = &c->first;
		free(a->bytes);
		free(a);
	}
	*until = NULL;
	return 0;
}

static void *serve(void *arg)
{
	struct conn c = { .fd = (int)(long)arg };
	unsigned char in[1 << 16];
	struct timespec wait, *until;
	size_t have = 0;
	ssize_t k;
	FILE *f;

	c.last = &c.first;
	while (send_due(&c, &wait, &until) == 0) {
		struct pollfd p = { c.fd, POLLIN, 0 };

		if (ppoll(&p, 1, until, NULL) <= 0)
			continue;
		if ((k = read(c.fd, in + have, sizeof in - have)) <= 0)
			break;
		have += (size_t)k;
		if ((k = handle_all(&c, in, have)) < 0)
			break;
		have -= (size_t)k;
		memmove(in, in + k, have);
	}
	if (log_file && (f = fopen(log_file, "a"))) {
		fprintf(f, "searches=%lu writes=%lu\n", c.searches, c.writes);
		fclose(f);
	}
	close(c.fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int c, s;

	while ((c = getopt(argc, argv, "n:d:s:l:at:o:")) != -1)
		switch (c) {
		case 'n': count = atoi(optarg); break;
		case 'd': delay_us = atoi(optarg); break;
		case 's': split = atoi(optarg); break;
		case 'a': accounts = 1; break;
		case 't': twice = atoi(optarg); break;
		case 'o':
			if (n_words < (int)(sizeof words / sizeof *words))
				words[n_words++] = optarg;
			break;
		case 'l': log_file = optarg; break;
		default: return 2;
		}
	if (optind + 1 != argc || strlen(argv[optind]) >= sizeof a.sun_path)
		return fprintf(stderr, "usage: see the top of fastdc.c\n"), 2;
	signal(SIGPIPE, SIG_IGN);
	build_pool();
	strcpy(a.sun_path, argv[optind]);
	unlink(a.sun_path);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 64) < 0)
		return perror("fastdc"), 1;
	for (;;) {
		pthread_t t;
		int fd = accept(s, NULL, NULL);

		if (fd >= 0 && !pthread_create(&t, NULL, serve, (void *)(long)fd))
			pthread_detach(t);
	}
}
