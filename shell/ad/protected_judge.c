/* Judging by whom a change names: sources and targets. See protected.h. */
#include "ad/identity.h"
#include "ad/protected.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/crowd.h"
#include "codec/filter.h"
#include "codec/spn.h"
#include "codec/uac.h"
#include "plan/shared.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MS 10000

/* ---- what accounts are: kept for a moment, since a recipe asks it for every target ---- */

struct verdict {
	struct ad_sid sid; /* len 0: a free place */
	char *dn, *label; /* NULL: there is no such object */
	char *why; /* what is protected about it, or NULL */
	struct ad_held held; /* of a group: who is in it */
};

static struct {
	struct verdict *slots;
	size_t size, used; /* size: a power of two */
	long long until;
} kept;

static void forget(void)
{
	while (kept.size-- > 0) {
		free(kept.slots[kept.size].dn);
		free(kept.slots[kept.size].label);
		free(kept.slots[kept.size].why);
		ad_held_clear(&kept.slots[kept.size].held);
	}
	free(kept.slots);
	memset(&kept, 0, sizeof kept);
}

/* Its place, or the free one where it belongs. */
static struct verdict *place_of(const struct ad_sid *sid)
{
	size_t i = ad_sid_rid(sid) & (kept.size - 1);

	while (kept.slots[i].sid.len && !ad_sid_equal(&kept.slots[i].sid, sid))
		i = (i + 1) & (kept.size - 1);
	return &kept.slots[i];
}

/* Room for n more, at most half of it in use. */
static void make_room(size_t n)
{
	struct verdict *old = kept.slots;
	size_t i, size = kept.size, wanted = size ? size : 64;

	while (wanted < 2 * (kept.used + n))
		wanted *= 2;
	if (wanted == size)
		return;
	kept.slots = ad_alloc(wanted * sizeof *kept.slots);
	kept.size = wanted;
	for (i = 0; i < size; i++)
		if (old[i].sid.len)
			*place_of(&old[i].sid) = old[i];
	free(old);
}

/* e: NULL when there is no such object. */
static bool learn_one(
	struct ad_ldap *ld, const struct ad_sid *sid, struct ad_entry *e, struct ad_err *err)
{
	struct verdict *v = place_of(sid);
	struct ad_held held = { .crowd = NULL };
	char *why = NULL;

	if (v->sid.len)
		return true; /* named twice */
	if (e && (!ad_protected_held(&held, ld, e, err) || !ad_protected_why(&why, ld, e, err))) {
		ad_held_clear(&held);
		return false;
	}
	v->sid = *sid;
	v->why = why;
	v->held = held;
	v->dn = e ? ad_strdup(ad_entry_dn(e)) : NULL;
	v->label = e ? ad_object_label(e) : NULL;
	kept.used++;
	return true;
}

static bool look_up(struct ad_ldap *ld, const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct ad_entry **e = ad_alloc((n + 1) * sizeof *e);
	bool ok = ad_identity_by_sids(e, ld, sids, n, ad_protected_attrs, err);
	size_t i;

	make_room(n);
	for (i = 0; i < n; i++) {
		ok = ok && learn_one(ld, &sids[i], e[i], err);
		ad_entry_free(e[i]);
	}
	free(e);
	return ok;
}

/* After it, place_of finds each of them. */
static bool learn(struct ad_ldap *ld, const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct ad_sid *unknown = ad_alloc((n + 1) * sizeof *unknown);
	size_t i, found = 0;
	bool ok;

	if (ad_clock_ms() >= kept.until) {
		forget();
		kept.until = ad_clock_ms() + KEPT_MS;
	}
	make_room(1);
	for (i = 0; i < n; i++)
		if (!place_of(&sids[i])->sid.len)
			unknown[found++] = sids[i];
	ok = found == 0 || look_up(ld, unknown, found, err);
	free(unknown);
	return ok;
}

/* ---- sources ---- */

/* The groups of domain controllers, of a domain or of the forest. */
static bool holds_controllers(const struct ad_sid *sid)
{
	static const struct ad_sid enterprise = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 9 } }; /* S-1-5-9 */
	uint32_t rid = ad_sid_rid(sid);
	struct ad_sid domain;

	return ad_sid_equal(sid, &enterprise) ||
	       (ad_homes_domain(&domain, sid) &&
		       (rid == AD_RID_DOMAIN_CONTROLLERS ||
			       rid == AD_RID_READ_ONLY_DOMAIN_CONTROLLERS ||
			       rid == AD_RID_ENTERPRISE_READ_ONLY_DOMAIN_CONTROLLERS));
}

/* label: the group's name where it is known, or NULL */
static void judge_group(struct ad_verdict *v, const struct ad_sid *sid, const char *label,
	const struct ad_held *held)
{
	const char *known = ad_sid_wellknown_name(sid);
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	label = known ? known : label ? label : text;
	if (ad_sid_is_crowd(sid))
		ad_verdict_widens(v, "every account in %s could act as any user here", label);
	if (holds_controllers(sid))
		ad_verdict_touches(v, "%s holds domain controllers", label);
	else if (held && held->why)
		ad_verdict_touches(v, "%s holds %s", label, held->why);
	if (held && held->crowd)
		ad_verdict_widens(v, "every account in %s, through %s, could act as any user here",
			held->crowd, label);
}

/* Sources that are looked up in one directory; abroad: its name is said. */
static bool judge_in(struct ad_verdict *v, struct ad_ldap *ld, bool abroad,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	if (!learn(ld, sources, n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct verdict *k = place_of(&sources[i]);

		judge_group(v, &sources[i], k->label, &k->held);
		if (k->why && !ad_sid_is_crowd(&sources[i]))
			ad_verdict_touches(v, "%s%s%s is %s", k->label, abroad ? " of " : "",
				abroad ? ad_ldap_info(ld)->domain : "", k->why);
	}
	return true;
}

/* The directory of a domain, if it is that of this domain: who says where it is may be wrong. */
static bool is_home(bool *is, const struct ad_home *home, struct ad_err *err)
{
	struct ad_sid own;

	*is = false;
	if (!home || !home->ld)
		return true;
	if (!ad_protected_domain(&own, home->ld, err))
		return false;
	*is = ad_sid_equal(&own, &home->domain);
	return true;
}

/* Those of another domain that are in a group of this one: its own domain does not know. */
static bool judge_here(struct ad_verdict *v, struct ad_ldap *ld, struct ad_ldap *home,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	const char *name;

	for (size_t i = 0; i < n; i++) {
		const struct verdict *k = place_of(&sources[i]);

		if (!ad_protected_guest(&name, ld, home, &sources[i], k->dn, err))
			return false;
		if (name)
			ad_verdict_touches(v, "%s of %s is a member of %s of %s", k->label,
				ad_ldap_info(home)->domain, name, ad_ldap_info(ld)->domain);
	}
	return true;
}

/* Sources of one other domain. What cannot be asked may be a domain controller. */
static bool judge_abroad(struct ad_verdict *v, const struct ad_homes *homes, struct ad_ldap *ld,
	const struct ad_sid *domain, const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	const struct ad_home *home = ad_homes_find(homes, domain);
	char sid[AD_SID_TEXT];
	bool known;

	if (!is_home(&known, home, err))
		return false;
	if (known)
		return judge_in(v, home->ld, true, sources, n, err) &&
		       judge_here(v, ld, home->ld, sources, n, err);
	ad_sid_format(&sources[0], sid);
	ad_verdict_touches(v, "cannot tell whether %s is a domain controller: %s", sid,
		home && home->why ? home->why : "its domain is not known");
	while (n-- > 0)
		judge_group(v, &sources[n], NULL, NULL);
	return true;
}

/* Moves the sources of this domain to the front; returns their number. */
static size_t gather(struct ad_sid *sources, size_t n, const struct ad_sid *domain)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		struct ad_sid sid = sources[i], own = { 0 };

		ad_homes_domain(&own, &sid);
		if (ad_sid_equal(&own, domain)) {
			sources[i] = sources[found];
			sources[found++] = sid;
		}
	}
	return found;
}

bool ad_protected_judge_sources(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_sid *left = ad_memdup(sources, n * sizeof *left), own;
	size_t at, found;
	bool ok = n == 0 || ad_protected_domain(&own, ld, err);

	for (at = 0; at < n && ok; at += found) {
		struct ad_sid domain = { 0 };

		ad_homes_domain(&domain, &left[at]);
		found = gather(left + at, n - at, &domain);
		ok = domain.len == 0 || ad_sid_equal(&domain, &own)
			     ? judge_in(v, ld, false, left + at, found, err)
			     : judge_abroad(v, j->homes, ld, &domain, left + at, found, err);
	}
	free(left);
	return ok;
}

/* ---- trustees of shares and folders ---- */

static bool is_known(const struct ad_sid *sid)
{
	return kept.size && ad_clock_ms() < kept.until && place_of(sid)->sid.len;
}

/* Asks the directory of its own domain; what nobody knows stays unknown. */
static bool get_to_know(const struct ad_judging *j, struct ad_ldap *ld, const struct ad_sid *sid,
	struct ad_err *err)
{
	struct ad_sid own, domain;
	const struct ad_home *home;
	bool known;

	if (!ad_homes_domain(&domain, sid))
		return true;
	if (!ad_protected_domain(&own, ld, err))
		return false;
	if (ad_sid_equal(&own, &domain))
		return learn(ld, sid, 1, err);
	home = ad_homes_find(j->homes, &domain);
	return is_home(&known, home, err) && (!known || learn(home->ld, sid, 1, err));
}

bool ad_protected_crowd(const struct ad_sid **crowd, const char **label, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_sid *sid, struct ad_err *err)
{
	const struct verdict *k;

	*crowd = NULL;
	if (!is_known(sid) && !get_to_know(j, ld, sid, err))
		return false;
	k = is_known(sid) ? place_of(sid) : NULL;
	if (k && k->held.crowd) {
		*crowd = &k->held.sid;
		*label = k->label;
	}
	return true;
}

/* ---- targets ---- */

/* The service principal names of the accounts that are protected in this domain. */
static struct {
	char *base;
	long long until;
	struct guarded {
		char *dn, *label, *why;
		bool computer; /* all services of its hosts are its own: HOST/ stands for many */
		struct ad_list names; /* its hosts, for a computer; else its SPNs */
	} * v;
	size_t n;
	uint32_t mark; /* of the names that are theirs not */
} guarded;

static void forget_guarded(void)
{
	while (guarded.n) {
		struct guarded *g = &guarded.v[--guarded.n];

		free(g->dn);
		free(g->label);
		free(g->why);
		ad_list_clear(&g->names);
	}
	free(guarded.v);
	free(guarded.base);
	memset(&guarded, 0, sizeof guarded);
}

/* The host part of a name; without one all of it. */
static struct ad_value host_of(const struct ad_value *spn)
{
	struct ad_spn parts;

	if (ad_spn_parse(&parts, spn->data, spn->len, NULL))
		return (struct ad_value){ parts.host, parts.host_len };
	return *spn;
}

static void add_names(struct guarded *g, struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "servicePrincipalName", &v);
	char *name = NULL, *fqdn = NULL;

	for (size_t i = 0; i < n; i++) {
		struct ad_value one = g->computer ? host_of(&v[i]) : v[i];

		ad_list_unite(&g->names, AD_MERGE_SET, &one, 1);
	}
	if (!g->computer)
		return;
	ad_identity_host_names(e, &name, &fqdn);
	ad_list_add(&g->names, name, strlen(name));
	if (fqdn)
		ad_list_add(&g->names, fqdn, strlen(fqdn));
	free(name);
	free(fqdn);
}

static bool add_guarded(struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct guarded g = { .dn = NULL };

	if (!ad_protected_why(&g.why, ld, e, err))
		return false;
	if (!g.why)
		return true;
	g.dn = ad_strdup(ad_entry_dn(e));
	g.label = ad_object_label(e);
	g.computer = ad_is_domain_controller(e) || ad_object_is(e, "computer");
	add_names(&g, e);
	ad_list_sort(&g.names, AD_MERGE_SET);
	guarded.v = ad_realloc(guarded.v, guarded.n + 1, sizeof *guarded.v);
	guarded.v[guarded.n++] = g;
	return true;
}

/* Domain controllers, the KDC, and whoever else is protected and has service principal names:
 * AdminSDHolder marks them up to an hour later, so their groups are asked for, too. */
static bool guarded_filter(struct ad_buf *filter, struct ad_ldap *ld, struct ad_err *err)
{
	struct ad_known_groups *g;
	struct ad_sid domain;

	if (!ad_protected_domain(&domain, ld, err) || !ad_known_groups(&g, ld, &domain, err))
		return false;
	ad_buf_puts(filter, "(|(primaryGroupID=516)(primaryGroupID=521)(sAMAccountName=krbtgt*)"
			    "(&(servicePrincipalName=*)(|(adminCount=1)");
	ad_known_groups_filter(g, filter);
	ad_buf_puts(filter, ")))");
	return true;
}

static bool read_guarded(struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "objectSid", "objectClass", "sAMAccountName",
		"dNSHostName", "userAccountControl", "memberOf", "primaryGroupID", "adminCount",
		"servicePrincipalName", NULL };
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .attrs = attrs, .whole = true };
	const char *base = ad_ldap_info(ld)->base;
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	if (guarded.base && ad_caseeq(guarded.base, base) && ad_clock_ms() < guarded.until)
		return true;
	forget_guarded();
	if (guarded_filter(&filter, ld, err)) {
		o.filter = ad_buf_text(&filter);
		ad_search_open(&s, ld, &o, err);
	}
	while (s && (got = ad_search_next(s, &e, err)) == 1) {
		bool ok = add_guarded(ld, e, err);

		ad_entry_free(e);
		if (!ok) {
			got = -1;
			break;
		}
	}
	ad_search_close(s);
	ad_buf_clear(&filter);
	if (got != 0)
		return false;
	guarded.base = ad_strdup(base);
	guarded.mark = ad_shared_mark();
	guarded.until = ad_clock_ms() + KEPT_MS;
	return true;
}

static bool names_it(const struct guarded *g, const struct ad_value *spn)
{
	struct ad_value v = g->computer ? host_of(spn) : *spn;

	return ad_list_find(&g->names, AD_MERGE_SET, v.data, v.len) >= 0;
}

/* A name of nobody who is protected is marked: the next account gets the same ones. */
static void judge_target(struct ad_verdict *v, const struct ad_value *spn)
{
	bool found = false;

	for (size_t k = 0; k < guarded.n; k++)
		if (names_it(&guarded.v[k], spn)) {
			found = true;
			ad_verdict_touches(
				v, "the target %s is %s", guarded.v[k].label, guarded.v[k].why);
		}
	if (!found)
		ad_shared_set(spn->data, guarded.mark);
}

bool ad_protected_judge_targets(
	struct ad_verdict *v, struct ad_ldap *ld, const struct ad_list *spns, struct ad_err *err)
{
	if (spns->n && !read_guarded(ld, err))
		return false;
	for (size_t i = 0; i < spns->n; i++)
		if (!ad_shared_has(spns->v[i].data, guarded.mark))
			judge_target(v, &spns->v[i]);
	return true;
}
