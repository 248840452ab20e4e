/*
 * Streaming search. Messages are drained into a queue; the moment a page's result is read the
 * next page is asked for, and only then are the entries of the queue handed out, so that the
 * server works while the caller does. The first page is handed out as it comes, so that the
 * first entry is not late; of later pages the whole is waited for. As long as nothing is handed
 * out, a search whose connection is lost begins again. A DC that has lost its place in a paged
 * search (MaxResultSetsPerConn, MS-ADTS 3.1.1.3.4.6) is asked once more from the first page on,
 * and what was handed out before is left out: as many entries, which have to be the same ones.
 */
#include "net/ldap_search.h"

#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "codec/filter.h"
#include "net/ldap_query.h"
#include "net/stored.h"

#include <lber.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE_SIZE 1000
#define QUEUE 1024
#define DRAIN 50000
#define SD_ALL 7 /* owner, group and DACL: all but the SACL, which needs a privilege */

struct ad_search {
	struct ad_query q;
	char *base, **attrs;
	int scope, page_size;
	bool whole;
	bool own_ranges; /* asked for by the caller: left as they come */
	long limit;

	int msgid; /* of the request whose answers are awaited; -1: none */
	unsigned generation; /* of the connection that it was sent on */
	struct ad_retry retry;
	size_t pages; /* whose results are read */
	struct berval cookie;
	bool resumed; /* from the first page on, after the DC lost its place */
	size_t before, skip; /* entries of the queue from before that; known ones to come then */
	uint64_t sum; /* of the hashes of what was handed out, less those skipped */
	LDAPMessage **queue; /* entries from head to tail */
	size_t head, tail, room;
	struct ad_search *next; /* another one of the same connection */
	struct ad_stored_search
		*stored; /* of a snapshot; then nothing above is used but base and scope */

	size_t count; /* entries handed out */
	long long began; /* ad_clock_ms: when the first one came */
	bool failed;
	struct ad_err failure; /* told when the queue is used up */
};

/* --- sending ---------------------------------------------------------------------------- */

/* Entries that the caller has or is going to get of what has come. */
static size_t got(const struct ad_search *s)
{
	return s->count + (s->tail - s->head) - s->skip;
}

static int page(const struct ad_search *s)
{
	long left = s->limit ? s->limit - (long)got(s) : 0;

	return left && left < s->page_size ? (int)left : s->page_size;
}

static void await(struct ad_search *s, int msgid)
{
	s->msgid = msgid;
	s->generation = ad_ldap_generation(s->q.ld);
}

static bool request_page(struct ad_search *s, struct ad_err *err)
{
	int size = s->page_size > 0 ? page(s) : 0, msgid;

	if (!ad_query_send(&s->q, s->base, s->scope, s->attrs, size, &s->cookie, &msgid, err))
		return false;
	await(s, msgid);
	return true;
}

static bool is_current(const struct ad_search *s)
{
	return s->generation == ad_ldap_generation(s->q.ld);
}

/* --- receiving -------------------------------------------------------------------------- */

static bool wants_more(const struct ad_search *s)
{
	return !s->limit || got(s) < (size_t)s->limit;
}

static void drop_cookie(struct ad_search *s)
{
	ber_memfree(s->cookie.bv_val);
	s->cookie = (struct berval){ 0, NULL };
}

/* Windows answers 12 with ERROR_INVALID_PARAMETER, others as RFC 2696 wants it. */
static bool is_place_lost(const struct ad_search *s, const struct ad_err *err)
{
	if (!s->cookie.bv_len || s->resumed)
		return false;
	return err->code == LDAP_UNWILLING_TO_PERFORM ||
	       (err->code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION && err->win32 == 0x57);
}

static bool resume(struct ad_search *s, struct ad_err *err)
{
	drop_cookie(s);
	s->resumed = true;
	s->before = s->tail - s->head;
	s->skip = s->count + s->before;
	return request_page(s, err);
}

/* The result of a page: asks for the next one, if there is one. */
static bool end_page(struct ad_search *s, LDAPMessage *m, struct ad_err *err)
{
	LDAPControl **controls = NULL;
	bool ok = ad_query_result(&s->q, m, s->base, &controls, err);

	await(s, -1);
	if (!ok && is_place_lost(s, err))
		return ldap_controls_free(controls), resume(s, err);
	s->pages++;
	if (ok && s->page_size > 0)
		ok = ad_query_cookie(&s->q, controls, &s->cookie, err);
	ldap_controls_free(controls);
	if (ok && s->cookie.bv_len && wants_more(s))
		ok = request_page(s, err);
	return ok;
}

static bool dispatch(struct ad_search *s, int type, LDAPMessage *m, struct ad_err *err)
{
	bool ok = true;

	if (type == LDAP_RES_SEARCH_ENTRY) {
		if (s->tail == s->room)
			s->queue = ad_realloc(s->queue, s->room += QUEUE, sizeof *s->queue);
		s->queue[s->tail++] = m;
		s->began = s->began ? s->began : ad_clock_ms();
		ad_notice_count("entries", got(s), s->began);
		return true;
	}
	if (type == LDAP_RES_SEARCH_REFERENCE)
		ad_query_reference(&s->q, m);
	else if (type == LDAP_RES_SEARCH_RESULT)
		ok = end_page(s, m, err);
	ldap_msgfree(m);
	return ok;
}

/* A DC may go on with pages in which nothing is; until is renewed by each entry. */
static bool is_idle(struct ad_search *s, size_t *tail, long long *until, struct ad_err *err)
{
	int limit = ad_ldap_timeout(s->q.ld);
	long long now = ad_clock_ms();

	if (s->tail != *tail || !*until)
		*until = now + limit;
	*tail = s->tail;
	if (now < *until)
		return false;
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_TIMEOUT,
		"%s keeps answering, but has sent no entry for %d second%s",
		ad_ldap_info(s->q.ld)->host, limit / 1000, limit / 1000 == 1 ? "" : "s");
	ad_err_where(err, "search", s->base);
	return true;
}

/* Fills the empty queue: all of a page; of the first page, what has come. */
static bool fill(struct ad_search *s, struct ad_err *err)
{
	size_t pages = s->pages, tail = 0;
	LDAPMessage *m = NULL;
	long long until = 0;
	int type;

	s->head = s->tail = 0;
	if (!is_current(s))
		return ad_query_overtaken(s->base, err);
	while (s->msgid >= 0 && s->tail < QUEUE && (s->pages == pages || !s->tail || s->whole)) {
		type = ad_query_receive(&s->q, s->msgid, !s->tail || pages || s->whole, &m, err);
		if (type == 0)
			break;
		if (type < 0 || !dispatch(s, type, m, err) || is_idle(s, &tail, &until, err))
			return false;
	}
	return true;
}

/* Takes in all that is still to come: at most DRAIN entries in all. */
static void drain(struct ad_search *s)
{
	size_t tail = s->tail;
	LDAPMessage *m = NULL;
	long long until = 0;
	int type;

	while (s->msgid >= 0 && !s->failed && s->tail < DRAIN && is_current(s)) {
		type = ad_query_receive(&s->q, s->msgid, true, &m, &s->failure);
		s->failed = type < 0 || !dispatch(s, type, m, &s->failure) ||
			    is_idle(s, &tail, &until, &s->failure);
	}
}

bool ad_search_drain(struct ad_ldap *ld)
{
	struct ad_search *s;
	bool all = true;

	for (s = *ad_ldap_searches(ld); s; s = s->next) {
		drain(s);
		all = all && (s->msgid < 0 || s->failed);
	}
	return all;
}

/* --- the search ------------------------------------------------------------------------- */

static char **copy_attrs(const char *const *attrs)
{
	char **copy;
	size_t n = 0;

	if (!attrs)
		return NULL;
	while (attrs[n])
		n++;
	copy = ad_alloc((n + 1) * sizeof *copy);
	while (n--)
		copy[n] = ad_strdup(attrs[n]);
	return copy;
}

/* What the attribute list tells about: descriptors, and ranges the caller handles himself. */
static void look_at_attrs(struct ad_search *s)
{
	size_t i;

	for (i = 0; s->attrs && s->attrs[i]; i++) {
		if (!strcasecmp(s->attrs[i], "nTSecurityDescriptor") && !s->q.sd_flags)
			s->q.sd_flags = SD_ALL;
		if (strcasestr(s->attrs[i], ";range="))
			s->own_ranges = true;
	}
}

static const char *default_base(struct ad_ldap *ld)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);

	return info->is_gc || !info->base ? "" : info->base;
}

static void drop_queue(struct ad_search *s)
{
	while (s->head < s->tail)
		ldap_msgfree(s->queue[s->head++]);
}

/* From the beginning: nobody has seen anything yet. */
static bool begin(struct ad_search *s, struct ad_err *err)
{
	struct ad_err own;

	err = err ? err : &own;
	do {
		drop_queue(s);
		await(s, -1);
		drop_cookie(s);
		s->before = s->skip = s->sum = 0;
		s->pages = 0;
		if (request_page(s, err))
			return true;
	} while (ad_ldap_again(s->q.ld, &s->retry, err));
	return false;
}

/* After a failure, which stays when there is no way. */
static bool begin_again(struct ad_search *s)
{
	return s->count == 0 && (!s->q.deadline || ad_clock_ms() < s->q.deadline) &&
	       ad_ldap_again(s->q.ld, &s->retry, &s->failure) && begin(s, &s->failure);
}

/* A DC that is sent more ends the connection without a word: MaxReceiveBuffer (MS-ADTS
 * 3.1.1.3.4.6), with Samba "ldap max search request size" (smb.conf(5)), unless they are set. */
static bool check_size(
	const struct ad_ldap *ld, const char *base, const char *filter, struct ad_err *err)
{
	size_t most = ad_ldap_info(ld)->samba ? 256000 : 10485760;

	if (strlen(base) + strlen(filter) <= most)
		return true;
	return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
		"the search is larger than the %zu bytes that a domain controller accepts", most);
}

/* A snapshot has no requests that could be lost. */
static bool open_stored(struct ad_search **out, struct ad_ldap *ld,
	const struct ad_search_options *o, struct ad_err *err)
{
	struct ad_stored_search *stored;
	struct ad_search *s;

	if (!ad_ldap_fresh(ld, err) || !ad_stored_search_open(&stored, ld, o, err))
		return false;
	s = ad_alloc(sizeof *s);
	s->stored = stored;
	s->q.ld = ad_ldap_ref(ld);
	s->limit = o->limit;
	s->msgid = -1;
	s->next = *ad_ldap_searches(ld);
	*ad_ldap_searches(ld) = s;
	*out = s;
	return true;
}

bool ad_search_open(struct ad_search **out, struct ad_ldap *ld, const struct ad_search_options *o,
	struct ad_err *err)
{
	static const int scopes[] = { LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE };
	const char *filter = o->filter ? o->filter : "(objectClass=*)";
	struct ad_search *s;

	if (ad_ldap_stored(ld))
		return open_stored(out, ld, o, err);
	if (!check_size(ld, o->base ? o->base : "", filter, err) || !ad_filter_check(filter, err))
		return false;
	s = ad_alloc(sizeof *s);
	s->q.ld = ad_ldap_ref(ld);
	s->base = ad_strdup(o->base ? o->base : default_base(ld));
	s->q.filter = ad_strdup(filter);
	s->attrs = copy_attrs(o->attrs);
	s->scope = scopes[o->scope];
	s->page_size = o->scope == AD_SCOPE_BASE ? -1 : o->page_size ? o->page_size : PAGE_SIZE;
	s->q.sd_flags = o->sd_flags;
	s->q.show_deleted = o->show_deleted;
	s->limit = o->limit;
	s->whole = o->whole;
	s->q.deadline = o->timeout_ms ? ad_clock_ms() + o->timeout_ms : 0;
	look_at_attrs(s);
	s->msgid = -1;
	s->next = *ad_ldap_searches(ld);
	*ad_ldap_searches(ld) = s;
	if (!ad_ldap_fresh(ld, err) || !begin(s, err)) {
		ad_search_close(s);
		return false;
	}
	*out = s;
	return true;
}

/* FNV-1a. */
static uint64_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

static bool is_known(struct ad_search *s, const struct ad_entry *e)
{
	if (s->before || !s->skip) {
		s->before -= s->before > 0;
		s->sum += hash(ad_entry_dn(e));
		return false;
	}
	s->skip--;
	s->sum -= hash(ad_entry_dn(e));
	return true;
}

static bool check_skipped(const struct ad_search *s, struct ad_err *err)
{
	if (s->skip || s->sum == 0)
		return true;
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_UNAVAILABLE_CRITICAL_EXTENSION,
		"the domain controller lost its position in the search, and returned different entries when the search was repeated");
	ad_err_hint(err, "search again, with fewer searches at a time");
	return ad_err_where(err, "search", s->base);
}

/* Takes the first entry out of the queue; *out is NULL when it was handed out before. */
static bool take(struct ad_search *s, struct ad_entry **out, struct ad_err *err)
{
	LDAPMessage *m = s->queue[s->head++];
	struct ad_entry *e = NULL;
	bool ok = ad_query_entry(&s->q, m, &e, err);

	ldap_msgfree(m);
	if (ok && s->scope == LDAP_SCOPE_BASE)
		ok = ad_query_asked(s->base, e, err);
	if (ok && is_known(s, e)) {
		ok = check_skipped(s, err);
		ad_entry_free(e);
		e = NULL;
	}
	if (ok && e && !s->own_ranges)
		ok = ad_range_complete(&s->q, &e, err);
	if (!ok) {
		ad_entry_free(e);
		return false;
	}
	*out = e;
	return true;
}

static int tell_failure(const struct ad_search *s, struct ad_err *err)
{
	size_t len = strlen(s->failure.message);

	if (!err)
		return -1;
	*err = s->failure;
	if (s->scope == LDAP_SCOPE_BASE || !s->count)
		return -1;
	snprintf(err->message + len, sizeof err->message - len,
		s->count == 1 ? ", after %zu entry" : ", after %zu entries", s->count);
	return -1;
}

/* Fills the queue until there is something in it: 1, 0 at the end, -1 with s->failure. */
static int refill(struct ad_search *s)
{
	while (s->head == s->tail) {
		if (s->failed)
			return -1;
		if (s->msgid < 0)
			return 0;
		s->failed = !fill(s, &s->failure) && !begin_again(s);
	}
	return 1;
}

static int next_stored(struct ad_search *s, struct ad_entry **out, struct ad_err *err)
{
	int rc = s->failed ? 0 : ad_stored_search_next(s->stored, out, err);

	s->count += rc == 1;
	return rc;
}

int ad_search_next(struct ad_search *s, struct ad_entry **out, struct ad_err *err)
{
	int rc;

	if (s->limit && s->count >= (size_t)s->limit)
		return 0;
	if (s->stored)
		return next_stored(s, out, err);
	ad_ldap_keep(s->q.ld);
	while ((rc = refill(s)) > 0) {
		if (!take(s, out, &s->failure)) {
			drop_queue(s);
			s->failed = !begin_again(s);
		} else if (*out) {
			s->count++;
			return 1;
		}
	}
	return rc < 0 ? tell_failure(s, err) : 0;
}

bool ad_search_ready(struct ad_search *s)
{
	LDAPMessage *m = NULL;
	int type;

	if (s->stored || s->head < s->tail)
		return true;
	s->head = s->tail = 0;
	while (!s->failed && s->msgid >= 0 && is_current(s) && s->tail < QUEUE) {
		type = ad_query_receive(&s->q, s->msgid, false, &m, &s->failure);
		if (type == 0)
			return s->tail > 0;
		s->failed = type < 0 || !dispatch(s, type, m, &s->failure);
	}
	return true;
}

const char *const *ad_search_referrals(const struct ad_search *s, size_t *n)
{
	static const char *const none[] = { NULL };

	if (n)
		*n = s->q.n_referrals;
	return s->q.referrals ? (const char *const *)s->q.referrals : none;
}

size_t ad_search_requests(const struct ad_search *s)
{
	return s->q.requests;
}

size_t ad_search_count(const struct ad_search *s)
{
	return s->count;
}

void ad_search_stop(struct ad_search *s)
{
	drop_queue(s);
	if (s->msgid >= 0 && is_current(s) && ad_ldap_alive(s->q.ld))
		ldap_abandon_ext(ad_ldap_handle(s->q.ld), s->msgid, NULL, NULL);
	await(s, -1);
	s->failed = s->stored != NULL; /* nothing comes any more */
}

void ad_search_close(struct ad_search *s)
{
	struct ad_search **at;
	size_t i;

	if (!s)
		return;
	for (at = ad_ldap_searches(s->q.ld); *at != s; at = &(*at)->next)
		continue;
	*at = s->next;
	ad_search_stop(s);
	ad_stored_search_close(s->stored);
	free(s->queue);
	drop_cookie(s);
	for (i = 0; s->attrs && s->attrs[i]; i++)
		free(s->attrs[i]);
	free(s->attrs);
	free(s->base);
	ad_query_clear(&s->q);
	free(s);
}

bool ad_search_base(struct ad_entry **out, struct ad_ldap *ld, const char *dn,
	const char *const *attrs, struct ad_err *err)
{
	struct ad_search_options o = { .base = dn, .scope = AD_SCOPE_BASE, .attrs = attrs };
	struct ad_search *s;
	int rc;

	if (!ad_search_open(&s, ld, &o, err))
		return false;
	rc = ad_search_next(s, out, err);
	ad_search_close(s);
	if (rc == 0) {
		ad_err_set(err, AD_ERR_NOTFOUND, "ldap", LDAP_NO_SUCH_OBJECT,
			"no such object, or you may not read it");
		ad_err_where(err, "search", dn);
	}
	return rc == 1;
}
