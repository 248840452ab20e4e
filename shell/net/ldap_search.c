/*
 * Streaming search. Messages are drained into a queue; the moment a page's result is read the
 * next page is asked for, and only then are the entries of the queue handed out, so that the
 * server works while the caller does. The first page is handed out as it comes, so that the
 * first entry is not late; of later pages the whole is waited for.
 */
#include "net/ldap_search.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"
#include "codec/filter.h"
#include "net/ldap_priv.h"

#include <lber.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OID_PAGED "1.2.840.113556.1.4.319"
#define OID_SD_FLAGS "1.2.840.113556.1.4.801"
#define OID_SHOW_DELETED "1.2.840.113556.1.4.417"
#define PAGE_SIZE 1000
#define QUEUE 1024
#define SD_ALL 7 /* owner, group and DACL: all but the SACL, which needs a privilege */

struct ad_search {
	struct ad_ldap *ld;
	char *base, *filter;
	char **attrs;
	int scope, page_size, sd_flags;
	bool show_deleted, own_ranges;
	long limit;
	long long deadline; /* as ad_clock_ms says it, or 0 */

	int msgid; /* of the request whose answers are awaited; -1: none */
	size_t pages; /* whose results are read */
	struct berval cookie;
	LDAPMessage *queue[QUEUE]; /* entries from head to tail */
	size_t head, tail;

	size_t requests, count;
	char **referrals;
	size_t n_referrals;
	bool failed;
	struct ad_err failure; /* told when the queue is used up */
};

/* --- sending ---------------------------------------------------------------------------- */

static LDAPControl control(const char *oid, BerElement *value)
{
	LDAPControl c = { .ldctl_oid = (char *)oid, .ldctl_iscritical = 1 };

	if (value)
		ber_flatten2(value, &c.ldctl_value, 0);
	return c;
}

static long page(const struct ad_search *s)
{
	long left = s->limit ? s->limit - (long)s->count - (long)(s->tail - s->head) : 0;

	return left && left < s->page_size ? left : s->page_size;
}

static bool is_open(const struct ad_search *s, struct ad_err *err)
{
	return ad_ldap_handle(s->ld) || ad_ldap_local_err(err, s->ld, LDAP_SERVER_DOWN, "search");
}

/* One request with the search's controls, from the page after s->cookie on when paged. */
static bool request(struct ad_search *s, const char *base, int scope, char **attrs, bool paged,
	int *msgid, struct ad_err *err)
{
	BerElement *flags = ber_alloc_t(LBER_USE_DER), *pages = ber_alloc_t(LBER_USE_DER);
	LDAPControl have[3], *use[4] = { NULL };
	struct timeval limit = { 0, 0 };
	long long left = s->deadline ? s->deadline - ad_clock_ms() : 0;
	int rc, n = 0;

	if (s->sd_flags) {
		ber_printf(flags, "{i}", s->sd_flags);
		have[n] = control(OID_SD_FLAGS, flags), use[n] = &have[n], n++;
	}
	if (s->show_deleted)
		have[n] = control(OID_SHOW_DELETED, NULL), use[n] = &have[n], n++;
	if (paged) {
		ber_printf(pages, "{iO}", (int)page(s), &s->cookie);
		have[n] = control(OID_PAGED, pages), use[n] = &have[n], n++;
	}
	if (left > 0)
		limit.tv_sec = left / 1000 + 1;
	rc = ldap_search_ext(ad_ldap_handle(s->ld), base, scope, s->filter, attrs, 0, use, NULL,
		left > 0 ? &limit : NULL, 0, msgid);
	ber_free(flags, 1);
	ber_free(pages, 1);
	s->requests++;
	if (rc == LDAP_SUCCESS)
		return true;
	ad_ldap_local_err(err, s->ld, rc, "search");
	return ad_err_where(err, NULL, base);
}

static bool request_page(struct ad_search *s, struct ad_err *err)
{
	return request(s, s->base, s->scope, s->attrs, s->page_size > 0, &s->msgid, err);
}

/* --- receiving -------------------------------------------------------------------------- */

static bool timed_out(struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_TIMEOUT,
		"the search's time limit (timeout) is up");
	return ad_err_where(err, "search", NULL);
}

/* The next message of a request: its type, -1: err, 0 (unless block): nothing there yet. */
static int receive(struct ad_search *s, int msgid, bool block, LDAPMessage **m, struct ad_err *err)
{
	long long until = 0;

	if (!block)
		return ad_ldap_poll(s->ld, msgid, 0, m, err);
	if (s->deadline) {
		until = ad_clock_ms();
		if (until >= s->deadline)
			return timed_out(err), -1;
		until += ad_ldap_timeout(s->ld);
		if (until > s->deadline)
			until = s->deadline;
	}
	return ad_ldap_wait_until(s->ld, msgid, false, until, m, err);
}

static void note_referrals(struct ad_search *s, char **urls)
{
	size_t i, k;

	for (i = 0; urls && urls[i]; i++) {
		for (k = 0; k < s->n_referrals && strcmp(s->referrals[k], urls[i]); k++)
			;
		if (k < s->n_referrals)
			continue;
		s->referrals = ad_realloc(s->referrals, k + 2, sizeof *s->referrals);
		s->referrals[k] = ad_strdup(urls[i]);
		s->referrals[k + 1] = NULL;
		s->n_referrals++;
	}
}

static void note_reference(struct ad_search *s, LDAPMessage *m)
{
	char **urls = NULL;

	if (ldap_parse_reference(ad_ldap_handle(s->ld), m, &urls, NULL, 0) == LDAP_SUCCESS)
		note_referrals(s, urls);
	ldap_memvfree((void **)urls);
}

static bool referred(char **urls, const char *base, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;
	size_t i;

	for (i = 0; urls && urls[i]; i++)
		ad_buf_printf(&list, "%s%s", i ? ", " : "", urls[i]);
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_REFERRAL,
		"this server does not hold the object and refers to %s",
		list.len ? ad_buf_text(&list) : "another one");
	ad_err_hint(err, "connect to that domain and search there");
	snprintf(err->name, sizeof err->name, "referral");
	ad_buf_clear(&list);
	return ad_err_where(err, "search", base);
}

/* The cookie of the page control, from the answer's controls. */
static bool take_cookie(struct ad_search *s, LDAPControl **controls, struct ad_err *err)
{
	LDAPControl *c = ldap_control_find(OID_PAGED, controls, NULL);
	struct berval cookie = { 0, NULL };
	ber_int_t estimate;

	if (!c || ldap_parse_pageresponse_control(ad_ldap_handle(s->ld), c, &estimate, &cookie) !=
			  LDAP_SUCCESS)
		return ad_err_set(err, AD_ERR_FAILED, "ldap", 0,
			"the server did not say whether there are more pages");
	ber_memfree(s->cookie.bv_val);
	s->cookie = cookie;
	return true;
}

/* Reads a result: true when it says success; controls (may be NULL) are the caller's. */
static bool check_result(struct ad_search *s, LDAPMessage *m, const char *base,
	LDAPControl ***controls, struct ad_err *err)
{
	char *matched = NULL, *diagnostic = NULL, **urls = NULL;
	int code, rc;
	bool ok = false;

	rc = ldap_parse_result(
		ad_ldap_handle(s->ld), m, &code, &matched, &diagnostic, &urls, controls, 0);
	if (rc != LDAP_SUCCESS) {
		ad_ldap_local_err(err, s->ld, rc, "search");
	} else {
		note_referrals(s, urls);
		if (code == LDAP_REFERRAL)
			referred(urls, base, err);
		else if (code == LDAP_SUCCESS)
			ok = true;
		else
			ad_ldap_err(err, code, diagnostic, "search", base);
	}
	ldap_memfree(matched);
	ldap_memfree(diagnostic);
	ldap_memvfree((void **)urls);
	return ok;
}

static bool wants_more(const struct ad_search *s)
{
	return !s->limit || s->count + (s->tail - s->head) < (size_t)s->limit;
}

/* The result of a page: asks for the next one, if there is one. */
static bool end_page(struct ad_search *s, LDAPMessage *m, struct ad_err *err)
{
	LDAPControl **controls = NULL;
	bool ok = check_result(s, m, s->base, &controls, err);

	s->msgid = -1;
	s->pages++;
	if (ok && s->page_size > 0)
		ok = take_cookie(s, controls, err);
	ldap_controls_free(controls);
	if (ok && s->cookie.bv_len && wants_more(s))
		ok = request_page(s, err);
	return ok;
}

static bool dispatch(struct ad_search *s, int type, LDAPMessage *m, struct ad_err *err)
{
	bool ok = true;

	if (type == LDAP_RES_SEARCH_ENTRY) {
		s->queue[s->tail++] = m;
		return true;
	}
	if (type == LDAP_RES_SEARCH_REFERENCE)
		note_reference(s, m);
	else if (type == LDAP_RES_SEARCH_RESULT)
		ok = end_page(s, m, err);
	ldap_msgfree(m);
	return ok;
}

/* Fills the empty queue: all of a page; of the first page, what has come. */
static bool fill(struct ad_search *s, struct ad_err *err)
{
	size_t pages = s->pages;
	LDAPMessage *m = NULL;
	int type;

	s->head = s->tail = 0;
	while (s->msgid >= 0 && s->tail < QUEUE && (s->pages == pages || !s->tail)) {
		type = receive(s, s->msgid, !s->tail || pages, &m, err);
		if (type == 0)
			break;
		if (type < 0 || !dispatch(s, type, m, err))
			return false;
	}
	return true;
}

/* --- entries ---------------------------------------------------------------------------- */

/* The entry that is in a message. */
static bool decode(struct ad_entry **out, LDAP *ld, LDAPMessage *m, struct ad_err *err)
{
	BerElement *ber = NULL;
	struct berval dn, first = { 0, NULL };
	ber_len_t left = 0;
	bool ok;

	ok = ldap_get_dn_ber(ld, m, &ber, &dn) == LDAP_SUCCESS &&
	     ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &left) == LBER_OPT_SUCCESS &&
	     (!left || ber_skip_raw(ber, &first) != LBER_ERROR);
	if (ok)
		ok = ad_entry_decode(
			out, dn.bv_val, dn.bv_len, (const unsigned char *)first.bv_val, left, err);
	else
		ad_err_set(err, AD_ERR_FAILED, "ldap", 0,
			"the server sent an entry that is malformed");
	ber_free(ber, 0);
	return ok;
}

/* Reads one object with a request of its own while others are under way. */
static bool read_object(struct ad_search *s, const char *dn, char **attrs, struct ad_entry **out,
	struct ad_err *err)
{
	struct ad_entry *e = NULL;
	LDAPMessage *m;
	int msgid, type;
	bool ok = request(s, dn, LDAP_SCOPE_BASE, attrs, false, &msgid, err);
	bool done = !ok;

	while (!done) {
		type = receive(s, msgid, true, &m, err);
		if (type < 0) {
			ldap_abandon_ext(ad_ldap_handle(s->ld), msgid, NULL, NULL);
			ok = false;
			break;
		}
		if (type == LDAP_RES_SEARCH_RESULT)
			done = true, ok = check_result(s, m, dn, NULL, err) && ok;
		else if (type == LDAP_RES_SEARCH_ENTRY && !e)
			ok = decode(&e, ad_ldap_handle(s->ld), m, err);
		ldap_msgfree(m);
	}
	if (!ok) {
		ad_entry_free(e);
		return false;
	}
	*out = e;
	return true;
}

static bool bad_range(const char *dn, const struct ad_value *name, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "ldap", 0, "the values of %.*s changed while they were read",
		(int)name->len, name->data);
	ad_err_hint(err, "try again");
	return ad_err_where(err, "search", dn);
}

/* Asks for the values from *next on and adds them to all; moves *next, SIZE_MAX: no more. */
static bool read_part(struct ad_search *s, const char *dn, const struct ad_value *name,
	size_t *next, struct ad_buf *all, struct ad_err *err)
{
	char *ask = ad_format("%.*s;range=%zu-*", (int)name->len, name->data, *next);
	char *attrs[] = { ask, NULL };
	struct ad_entry *e = NULL;
	struct ad_entry_walk w;
	struct ad_range r;
	bool ok = read_object(s, dn, attrs, &e, err);

	if (ok && (!e || !ad_entry_range(e, name, &r, &w) || r.first != *next))
		ok = bad_range(dn, name, err);
	if (ok) {
		ad_buf_add(all, w.v, (size_t)(w.vend - w.v));
		*next = r.complete ? SIZE_MAX : r.last + 1;
	}
	ad_entry_free(e);
	free(ask);
	return ok;
}

/* Completes every attribute that came in part. Replaces *e. */
static bool complete(struct ad_search *s, struct ad_entry **e, struct ad_err *err)
{
	struct ad_entry_walk w;
	struct ad_entry *whole;
	struct ad_buf all = AD_BUF_INIT;
	struct ad_range r;
	size_t next;
	bool ok = true;

	while (ok && ad_entry_range(*e, NULL, &r, &w)) {
		if (r.first)
			return bad_range(ad_entry_dn(*e), &r.name, err);
		next = r.complete ? SIZE_MAX : r.last + 1;
		ad_buf_add(&all, w.v, (size_t)(w.vend - w.v));
		while (ok && next != SIZE_MAX)
			ok = read_part(s, ad_entry_dn(*e), &r.name, &next, &all, err);
		if (ok) {
			whole = ad_entry_with(*e, &r.name, all.data, all.len);
			ad_entry_free(*e);
			*e = whole;
		}
		ad_buf_clear(&all);
	}
	return ok;
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
		if (!strcasecmp(s->attrs[i], "nTSecurityDescriptor") && !s->sd_flags)
			s->sd_flags = SD_ALL;
		if (strcasestr(s->attrs[i], ";range="))
			s->own_ranges = true;
	}
}

static const char *default_base(struct ad_ldap *ld)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);

	return info->is_gc || !info->base ? "" : info->base;
}

bool ad_search_open(struct ad_search **out, struct ad_ldap *ld, const struct ad_search_options *o,
	struct ad_err *err)
{
	static const int scopes[] = { LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE };
	const char *filter = o->filter ? o->filter : "(objectClass=*)";
	struct ad_search *s;

	if (!ad_filter_check(filter, err))
		return false;
	s = ad_alloc(sizeof *s);
	s->ld = ad_ldap_ref(ld);
	s->base = ad_strdup(o->base ? o->base : default_base(ld));
	s->filter = ad_strdup(filter);
	s->attrs = copy_attrs(o->attrs);
	s->scope = scopes[o->scope];
	s->page_size = o->scope == AD_SCOPE_BASE ? -1 : o->page_size ? o->page_size : PAGE_SIZE;
	s->sd_flags = o->sd_flags;
	s->show_deleted = o->show_deleted;
	s->limit = o->limit;
	s->deadline = o->timeout_ms ? ad_clock_ms() + o->timeout_ms : 0;
	look_at_attrs(s);
	s->msgid = -1;
	if (!is_open(s, err) || !request_page(s, err)) {
		ad_search_close(s);
		return false;
	}
	*out = s;
	return true;
}

/* Takes the first entry out of the queue. */
static bool take(struct ad_search *s, struct ad_entry **out, struct ad_err *err)
{
	LDAPMessage *m = s->queue[s->head++];
	struct ad_entry *e = NULL;
	bool ok = is_open(s, err) && decode(&e, ad_ldap_handle(s->ld), m, err);

	ldap_msgfree(m);
	if (ok && !s->own_ranges)
		ok = complete(s, &e, err);
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
	snprintf(err->message + len, sizeof err->message - len,
		s->count == 1 ? "; %zu entry came before" : "; %zu entries came before", s->count);
	return -1;
}

static void drop_queue(struct ad_search *s)
{
	while (s->head < s->tail)
		ldap_msgfree(s->queue[s->head++]);
}

int ad_search_next(struct ad_search *s, struct ad_entry **out, struct ad_err *err)
{
	if (s->limit && s->count >= (size_t)s->limit)
		return 0;
	while (s->head == s->tail) {
		if (s->failed)
			return tell_failure(s, err);
		if (s->msgid < 0)
			return 0;
		s->failed = !is_open(s, &s->failure) || !fill(s, &s->failure);
	}
	if (!take(s, out, &s->failure)) {
		drop_queue(s);
		s->failed = true;
		return tell_failure(s, err);
	}
	s->count++;
	return 1;
}

const char *const *ad_search_referrals(const struct ad_search *s, size_t *n)
{
	static const char *const none[] = { NULL };

	if (n)
		*n = s->n_referrals;
	return s->referrals ? (const char *const *)s->referrals : none;
}

size_t ad_search_requests(const struct ad_search *s)
{
	return s->requests;
}

size_t ad_search_count(const struct ad_search *s)
{
	return s->count;
}

static void free_strings(char **list)
{
	size_t i;

	for (i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void ad_search_stop(struct ad_search *s)
{
	drop_queue(s);
	if (s->msgid >= 0 && ad_ldap_alive(s->ld))
		ldap_abandon_ext(ad_ldap_handle(s->ld), s->msgid, NULL, NULL);
	s->msgid = -1;
	s->failed = false;
}

void ad_search_close(struct ad_search *s)
{
	if (!s)
		return;
	ad_search_stop(s);
	ber_memfree(s->cookie.bv_val);
	free(s->base);
	free(s->filter);
	free_strings(s->attrs);
	free_strings(s->referrals);
	ad_ldap_free(s->ld);
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
			"there is no such object, or it may not be read");
		ad_err_where(err, "search", dn);
	}
	return rc == 1;
}
