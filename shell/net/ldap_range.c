/* Attributes that came in part (MS-ADTS 3.1.1.3.1.3.3): the rest is asked for. */
#include "net/ldap_query.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"

#include <stdint.h>
#include <stdlib.h>

static bool bad_range(const char *dn, const struct ad_value *name, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_FAILED, "ldap", 0, "the values of %.*s changed while they were read",
		(int)name->len, name->data);
	ad_err_hint(err, "try again");
	return ad_err_where(err, "search", dn);
}

/* Asks for the values from *next on and adds them to all; moves *next, SIZE_MAX: no more. */
static bool read_part(struct ad_query *q, const char *dn, const struct ad_value *name, size_t *next,
	struct ad_buf *all, struct ad_err *err)
{
	char *ask = ad_format("%.*s;range=%zu-*", (int)name->len, name->data, *next);
	char *attrs[] = { ask, NULL };
	struct ad_entry *e = NULL;
	struct ad_entry_walk w;
	struct ad_range r;
	bool ok = ad_query_object(q, dn, attrs, &e, err);

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

/* Each part is an answer in time; there is no end to what a server may say. */
static bool check_time(
	const struct ad_entry *e, const struct ad_value *name, long long until, struct ad_err *err)
{
	if (ad_clock_ms() < until)
		return true;
	ad_err_set(err, AD_ERR_FAILED, "ldap", LDAP_TIMEOUT,
		"reading the values of %.*s did not finish in time", (int)name->len, name->data);
	ad_err_hint(err, "allow more time for an operation: connect{timeout=SECONDS}");
	return ad_err_where(err, "search", ad_entry_dn(e));
}

bool ad_range_complete(struct ad_query *q, struct ad_entry **e, struct ad_err *err)
{
	struct ad_entry_walk w;
	struct ad_entry *whole;
	struct ad_buf all = AD_BUF_INIT;
	struct ad_range r;
	long long until;
	size_t next;
	bool ok = true;

	while (ok && ad_entry_range(*e, NULL, &r, &w)) {
		if (r.first)
			return bad_range(ad_entry_dn(*e), &r.name, err);
		next = r.complete ? SIZE_MAX : r.last + 1;
		until = ad_clock_ms() + ad_ldap_timeout(q->ld);
		ad_buf_add(&all, w.v, (size_t)(w.vend - w.v));
		while (ok && next != SIZE_MAX)
			ok = check_time(*e, &r.name, until, err) &&
			     read_part(q, ad_entry_dn(*e), &r.name, &next, &all, err);
		if (ok) {
			whole = ad_entry_with(*e, &r.name, all.data, all.len);
			ad_entry_free(*e);
			*e = whole;
		}
		ad_buf_clear(&all);
	}
	return ok;
}
