/*
 * Single search requests: their controls, waiting for what comes back, reading it.
 */
#include "net/ldap_query.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"
#include "net/ldap_priv.h"

#include <lber.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_SD_FLAGS "1.2.840.113556.1.4.801"
#define OID_SHOW_DELETED "1.2.840.113556.1.4.417"

/* --- sending ---------------------------------------------------------------------------- */

static LDAPControl control(const char *oid, BerElement *value)
{
	LDAPControl c = { .ldctl_oid = (char *)oid, .ldctl_iscritical = 1 };

	if (value)
		ber_flatten2(value, &c.ldctl_value, 0);
	return c;
}

bool ad_query_send(struct ad_query *q, const char *base, int scope, char **attrs, int page_size,
	struct berval *cookie, int *msgid, struct ad_err *err)
{
	BerElement *flags = ber_alloc_t(LBER_USE_DER), *page = ber_alloc_t(LBER_USE_DER);
	LDAPControl have[3], *use[4] = { NULL };
	struct timeval limit = { 0, 0 };
	long long left = q->deadline ? q->deadline - ad_clock_ms() : 0;
	int rc = LDAP_SERVER_DOWN, n = 0;

	if (q->sd_flags) {
		ber_printf(flags, "{i}", q->sd_flags);
		have[n] = control(OID_SD_FLAGS, flags), use[n] = &have[n], n++;
	}
	if (q->show_deleted)
		have[n] = control(OID_SHOW_DELETED, NULL), use[n] = &have[n], n++;
	if (page_size) {
		ber_printf(page, "{iO}", page_size, cookie);
		have[n] = control(LDAP_CONTROL_PAGEDRESULTS, page), use[n] = &have[n], n++;
	}
	if (left > 0)
		limit.tv_sec = left / 1000 + 1;
	if (ad_ldap_handle(q->ld))
		rc = ldap_search_ext(ad_ldap_handle(q->ld), base, scope, q->filter, attrs, 0, use,
			NULL, left > 0 ? &limit : NULL, 0, msgid);
	ber_free(flags, 1);
	ber_free(page, 1);
	q->requests++;
	if (rc == LDAP_SUCCESS)
		return true;
	ad_ldap_local_err(err, q->ld, rc, "search");
	return ad_err_where(err, NULL, base);
}

/* --- receiving -------------------------------------------------------------------------- */

static bool timed_out(struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_TIMEOUT,
		"the time limit of the search (timeout) was reached");
	return ad_err_where(err, "search", NULL);
}

int ad_query_receive(struct ad_query *q, int msgid, bool block, LDAPMessage **m, struct ad_err *err)
{
	long long until = 0;

	if (!block)
		return ad_ldap_poll(q->ld, msgid, 0, m, err);
	if (q->deadline) {
		until = ad_clock_ms();
		if (until >= q->deadline)
			return timed_out(err), -1;
		until += ad_ldap_timeout(q->ld);
		if (until > q->deadline)
			until = q->deadline;
	}
	return ad_ldap_wait_until(q->ld, msgid, false, until, m, err);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void note_referrals(struct ad_query *q, char **urls)
{
	for (size_t i = 0; urls && urls[i]; i++) {
		size_t n = q->n_referrals;

		if (tfind(urls[i], &q->seen, compare))
			continue;
		if ((n & (n - 1)) == 0) /* room for twice as many */
			q->referrals = ad_realloc(q->referrals, 2 * n + 2, sizeof *q->referrals);
		q->referrals[n] = ad_strdup(urls[i]);
		q->referrals[n + 1] = NULL;
		q->n_referrals++;
		tsearch(q->referrals[n], &q->seen, compare);
	}
}

void ad_query_reference(struct ad_query *q, LDAPMessage *m)
{
	char **urls = NULL;

	if (ldap_parse_reference(ad_ldap_handle(q->ld), m, &urls, NULL, 0) == LDAP_SUCCESS)
		note_referrals(q, urls);
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

bool ad_query_result(struct ad_query *q, LDAPMessage *m, const char *base, LDAPControl ***controls,
	struct ad_err *err)
{
	char *diagnostic = NULL, **urls = NULL;
	int code, rc;
	bool ok = false;

	rc = ldap_parse_result(
		ad_ldap_handle(q->ld), m, &code, NULL, &diagnostic, &urls, controls, 0);
	if (rc != LDAP_SUCCESS) {
		ad_ldap_local_err(err, q->ld, rc, "search");
	} else {
		note_referrals(q, urls);
		if (code == LDAP_REFERRAL)
			referred(urls, base, err);
		else if (code == LDAP_SUCCESS)
			ok = true;
		else
			ad_ldap_err(err, code, diagnostic, "search", base);
	}
	ldap_memfree(diagnostic);
	ldap_memvfree((void **)urls);
	return ok;
}

bool ad_query_cookie(
	struct ad_query *q, LDAPControl **controls, struct berval *cookie, struct ad_err *err)
{
	LDAPControl *c = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	struct berval got = { 0, NULL };
	ber_int_t estimate;

	if (!c || ldap_parse_pageresponse_control(ad_ldap_handle(q->ld), c, &estimate, &got) !=
			  LDAP_SUCCESS)
		return ad_err_set(err, AD_ERR_FAILED, "ldap", 0,
			"the server did not report whether there are more pages");
	ber_memfree(cookie->bv_val);
	*cookie = got;
	return true;
}

bool ad_query_overtaken(const char *base, struct ad_err *err)
{
	ad_ldap_err(err, LDAP_SERVER_DOWN, NULL, "search", base);
	if (err)
		snprintf(err->message, sizeof err->message,
			"the connection was lost and reopened during the search");
	return false;
}

bool ad_query_entry(struct ad_query *q, LDAPMessage *m, struct ad_entry **out, struct ad_err *err)
{
	BerElement *ber = NULL;
	struct berval dn, first = { 0, NULL };
	ber_len_t left = 0;
	bool ok;

	if (!ad_ldap_handle(q->ld))
		return ad_ldap_local_err(err, q->ld, LDAP_SERVER_DOWN, "search");
	ok = ldap_get_dn_ber(ad_ldap_handle(q->ld), m, &ber, &dn) == LDAP_SUCCESS &&
	     ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &left) == LBER_OPT_SUCCESS &&
	     (!left || ber_skip_raw(ber, &first) != LBER_ERROR);
	if (ok)
		ok = ad_entry_decode(
			out, dn.bv_val, dn.bv_len, (const unsigned char *)first.bv_val, left, err);
	else
		ad_err_set(err, AD_ERR_FAILED, "ldap", 0, "the server sent a malformed entry");
	ber_free(ber, 0);
	return ok;
}

static bool no_end(const char *dn, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_TIMEOUT,
		"the server did not finish its answer in time");
	return ad_err_where(err, "search", dn);
}

bool ad_query_object(
	struct ad_query *q, const char *dn, char **attrs, struct ad_entry **out, struct ad_err *err)
{
	long long until = ad_clock_ms() + ad_ldap_timeout(q->ld);
	struct ad_entry *e = NULL;
	LDAPMessage *m;
	int msgid = -1, type = 0;
	bool ok = ad_query_send(q, dn, LDAP_SCOPE_BASE, attrs, 0, NULL, &msgid, err);

	while (ok && type != LDAP_RES_SEARCH_RESULT) {
		type = ad_query_receive(q, msgid, true, &m, err);
		if (type < 0) {
			ok = false;
			break;
		}
		if (type == LDAP_RES_SEARCH_RESULT)
			ok = ad_query_result(q, m, dn, NULL, err);
		else if (type == LDAP_RES_SEARCH_ENTRY && !e)
			ok = ad_query_entry(q, m, &e, err) && ad_query_asked(dn, e, err);
		ldap_msgfree(m);
		if (ok && type != LDAP_RES_SEARCH_RESULT && ad_clock_ms() >= until)
			ok = no_end(dn, err);
	}
	if (!ok) {
		if (type != LDAP_RES_SEARCH_RESULT && msgid >= 0 && ad_ldap_alive(q->ld))
			ldap_abandon_ext(ad_ldap_handle(q->ld), msgid, NULL, NULL);
		ad_entry_free(e);
		return false;
	}
	*out = e;
	return true;
}

void ad_query_clear(struct ad_query *q)
{
	size_t i;

	for (i = 0; i < q->n_referrals; i++) {
		tdelete(q->referrals[i], &q->seen, compare);
		free(q->referrals[i]);
	}
	free(q->referrals);
	free(q->filter);
	ad_ldap_free(q->ld);
}
