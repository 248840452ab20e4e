/* Connections that look after themselves: made again in place when they are lost or their ticket
 * ends, moved when the DC is dead, and the question whether an operation is worth another try. */
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/ldap_priv.h"
#include "net/ldap_search.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 3
#define MOVES 3
#define SOON_S 300 /* a login is made again so long before its ticket ends, ... */
#define PART 3 /* ... or with this part of a short ticket's life left */
#define POSTPONE_MS 5000 /* when that does not work yet */
#define DEAD_MS 10000 /* after a DC was found dead it gets one try, not all of them */

void (*ad_ldap_note)(bool lost, const char *text, const char *details);

/* --- what the present connection is worth ----------------------------------------------------- */

void ad_ldap_ticket_ends(struct ad_ldap *ld, long long end)
{
	long long left = end - time(NULL), margin = left / PART < SOON_S ? left / PART : SOON_S;

	ld->ticket_end = end;
	ld->renew_at = ad_clock_ms() + (left - margin) * 1000;
}

long long ad_ldap_ticket_end(const struct ad_ldap *ld)
{
	return ld->ticket_end;
}

unsigned ad_ldap_generation(const struct ad_ldap *ld)
{
	return ld->generation;
}

struct ad_search **ad_ldap_searches(struct ad_ldap *ld)
{
	return &ld->searches;
}

void ad_ldap_stay(struct ad_ldap *ld, bool stay)
{
	ld->stays = stay;
}

static bool is_movable(const struct ad_ldap *ld)
{
	return !ld->pinned && !ld->stays && !ld->place.local;
}

/* --- a new connection in the old one's place ----------------------------------------------------
 */

static void retire(struct ad_ldap *ld, char *text)
{
	if (!text)
		return;
	ld->retired = ad_realloc(ld->retired, ld->n_retired + 1, sizeof *ld->retired);
	ld->retired[ld->n_retired++] = text;
}

/* Callers hold texts of ld->info: what is the same keeps its place, what is not is kept. */
static void replace_info(struct ad_ldap *ld, struct ad_ldap *n)
{
	struct ad_ldap_info *a = &ld->info, *b = &n->info;
	char **const old[] = { &a->uri, &a->host, &a->mechanism, &a->principal, &a->domain,
		&a->base, &a->config_base, &a->schema_base, &a->root_base, &a->dns_host };
	char **const fresh[] = { &b->uri, &b->host, &b->mechanism, &b->principal, &b->domain,
		&b->base, &b->config_base, &b->schema_base, &b->root_base, &b->dns_host };

	for (size_t i = 0; i < sizeof old / sizeof *old; i++)
		if (*old[i] && *fresh[i] && strcmp(*old[i], *fresh[i]) == 0) {
			free(*fresh[i]);
			*fresh[i] = *old[i];
		} else {
			retire(ld, *old[i]);
		}
	*a = *b;
	memset(b, 0, sizeof *b);
}

/* Takes over the connection of n, which gets the old one and goes. */
static void take_over(struct ad_ldap *ld, struct ad_ldap *n)
{
	struct ad_place place = ld->place;
	struct ad_wire *wire = ld->wire;
	LDAP *h = ld->h;

	ld->h = n->h;
	ld->wire = n->wire;
	ld->place = n->place;
	ld->ticket_end = n->ticket_end;
	ld->renew_at = n->renew_at;
	ld->catalog = n->catalog;
	ld->lost = false;
	ld->gave_up = 0;
	ld->generation++;
	*ld->invocation = 0;
	replace_info(ld, n);
	n->h = h;
	n->wire = wire;
	n->place = place;
	ad_ldap_free(n);
}

static const char *name_of(const struct ad_ldap *ld)
{
	return ld->info.dns_host ? ld->info.dns_host : ld->info.host;
}

/* Takes over the connection of n, and says so. */
static void change_over(struct ad_ldap *ld, struct ad_ldap *n, const char *what)
{
	bool lost = !ad_ldap_alive(ld);
	char text[700], details[300];
	const char *old = name_of(ld); /* stays valid, see replace_info */

	take_over(ld, n);
	if (!ad_ldap_note)
		return;
	snprintf(text, sizeof text, "%s%s%s%s %s", lost ? "the connection to " : "",
		lost ? old : "", lost ? " was lost; " : "", what, name_of(ld));
	snprintf(details, sizeof details, " as %s (%s, %d bits)",
		ld->info.principal ? ld->info.principal : "nobody", ld->info.mechanism,
		ld->info.ssf);
	ad_ldap_note(lost, text, details);
}

bool ad_ldap_revive(struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_ldap_options o;
	struct ad_ldap *n;

	if (ld->closed)
		return ad_ldap_local_err(err, ld, LDAP_SERVER_DOWN, "connect");
	ad_ldap_like(&o, ld);
	if (ld->krb5) /* what is wrong the login will tell */
		ad_krb5_refresh(ld->krb5, NULL);
	if (!ad_ldap_try(&n, &o, ld->krb5, &ld->place, err))
		return false;
	change_over(ld, n, "reconnected to");
	return true;
}

bool ad_ldap_move(struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_ldap_options o;
	struct ad_ldap *n;
	char *domain;
	bool ok;

	if (ld->closed)
		return ad_ldap_local_err(err, ld, LDAP_SERVER_DOWN, "connect");
	if (!is_movable(ld))
		return ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_SERVER_DOWN,
			"the connection to %s may not move to another domain controller",
			ld->info.host);
	ad_ldap_like(&o, ld);
	o.writable = ld->stays;
	if (ld->krb5)
		ad_krb5_refresh(ld->krb5, NULL);
	domain = ad_ldap_domain_of(ld->info.is_gc ? ld->info.root_base : ld->info.base);
	ok = ad_ldap_try_all(&n, &o, ld->krb5, domain, ld->place.host, err);
	free(domain);
	if (!ok)
		return false;
	change_over(ld, n, "moved to");
	return true;
}

/* --- ahead of time ---------------------------------------------------------------------------- */

/* The new ticket first: what works is not given up for nothing. */
static void renew(struct ad_ldap *ld)
{
	char *service = ad_ldap_service(ld);
	struct ad_krb5_service server = { NULL, 0 };

	ld->renew_at = ad_clock_ms() + POSTPONE_MS;
	ad_krb5_refresh(ld->krb5, NULL);
	if (ad_krb5_get_ticket(ld->krb5, service, ld->connect_ms, &server, NULL) &&
		server.end > ld->ticket_end + 1 &&
		(ad_search_drain(ld) || time(NULL) >= ld->ticket_end))
		ad_ldap_revive(ld, NULL);
	free(server.principal);
	free(service);
}

void ad_ldap_keep(struct ad_ldap *ld)
{
	if (ld->renew_at && ad_clock_ms() >= ld->renew_at && ad_ldap_alive(ld))
		renew(ld);
}

bool ad_ldap_fresh(struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_retry r = { 0 };
	struct ad_err own;

	ad_ldap_keep(ld);
	if (ad_ldap_alive(ld))
		return true;
	ad_ldap_local_err(&own, ld, LDAP_SERVER_DOWN, "connect");
	if (ad_ldap_again(ld, &r, &own))
		return true;
	if (err)
		*err = own;
	return false;
}

/* --- another try --------------------------------------------------------------------------------
 */

enum trouble { NONE, BUSY, LOST, SILENT };

static enum trouble trouble_of(const struct ad_ldap *ld, const struct ad_err *err)
{
	if (ld->closed || err->kind == AD_ERR_INTERRUPTED || strcmp(err->domain, "ldap") != 0)
		return NONE;
	switch (err->code) {
	case LDAP_BUSY: return BUSY;
	case LDAP_UNAVAILABLE:
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR: return LOST;
	case LDAP_TIMEOUT: return err->kind == AD_ERR_CONNECT ? SILENT : NONE;
	default: return ld->lost ? LOST : NONE;
	}
}

bool ad_ldap_trouble(const struct ad_ldap *ld, const struct ad_err *err)
{
	return trouble_of(ld, err) != NONE;
}

static bool nap(int ms)
{
	long long until = ad_clock_ms() + ms, left;

	while ((left = until - ad_clock_ms()) > 0) {
		struct timespec t = { 0, (left < AD_STOP_SLICE ? left : AD_STOP_SLICE) * 1000000L };

		nanosleep(&t, NULL);
		if (!ad_stop_check(NULL))
			return false;
	}
	return ad_stop_check(NULL);
}

/* Nothing at all comes back: it is not only its LDAP server that starts again. */
static bool is_silent(const struct ad_err *err)
{
	return strcmp(err->domain, "system") == 0 && err->code == ETIMEDOUT;
}

/* The same DC, until the tries are used up. */
static bool same_again(
	struct ad_ldap *ld, struct ad_retry *r, enum trouble t, long long until, struct ad_err *err)
{
	static const int waits[TRIES] = { 200, 1000, 3000 };

	if (ld->gave_up && ad_clock_ms() - ld->gave_up < DEAD_MS && r->tries < TRIES) {
		r->tries = TRIES;
		return ad_ldap_revive(ld, err);
	}
	while (r->tries < TRIES && ad_clock_ms() < until) {
		if (!nap(waits[r->tries++]))
			return ad_stop_check(err);
		if ((t == BUSY && ad_ldap_alive(ld)) || ad_ldap_revive(ld, err))
			return true;
		if (!ad_ldap_next_may_help(err) || (is_silent(err) && is_movable(ld)))
			return false;
	}
	return false;
}

static bool moved(struct ad_ldap *ld, struct ad_retry *r, long long until, struct ad_err *err)
{
	while (r->moves < MOVES && ad_clock_ms() < until) {
		r->moves++;
		if (ad_ldap_move(ld, err)) {
			r->tries = 0;
			return true;
		}
		if (!ad_ldap_next_may_help(err) || !nap(200))
			return false;
	}
	return false;
}

static bool again(struct ad_ldap *ld, struct ad_retry *r, struct ad_err *err)
{
	enum trouble t = trouble_of(ld, err);
	long long now = ad_clock_ms(), until;
	struct ad_err why = { .kind = AD_ERR_NONE };
	size_t len = strlen(err->message);

	if (t == NONE || (t == SILENT && !is_movable(ld)))
		return false;
	if (t == LOST && err->code != LDAP_UNAVAILABLE && ad_ldap_alive(ld))
		return r->tries++ < TRIES; /* somebody else has made it again */
	r->since = r->since ? r->since : now;
	until = (t == SILENT ? now : r->since) + ld->operation_ms;
	if (t == SILENT)
		ad_ldap_lost(ld);
	else if (same_again(ld, r, t, until, &why))
		return true;
	if (!ad_ldap_alive(ld))
		ld->gave_up = ad_clock_ms();
	if (t != BUSY && is_movable(ld) && ad_stop_check(NULL) &&
		(why.kind == AD_ERR_NONE || ad_ldap_next_may_help(&why)) &&
		moved(ld, r, until, &why))
		return true;
	if (why.kind == AD_ERR_INTERRUPTED)
		*err = why;
	else if (why.kind != AD_ERR_NONE && len < sizeof err->message)
		snprintf(err->message + len, sizeof err->message - len,
			"; reconnecting failed: %.500s", why.message);
	return false;
}

bool ad_ldap_again(struct ad_ldap *ld, struct ad_retry *r, struct ad_err *err)
{
	const char *next = ad_notice_next(is_movable(ld) ? ld->place.next : NULL);
	const char *before = ad_notice_wait(ld->info.host);
	bool ok = again(ld, r, err);

	ad_notice_wait(before);
	ad_notice_next(next);
	return ok;
}
