/* Accounts that need a second thought. See protected.h. */
#include "ad/protected.h"
#include "ad/identity.h"

#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/uac.h"

#include <stdlib.h>
#include <string.h>

/* MS-DTYP 2.4.2.4 */
#define RID_KRBTGT 502
#define RID_DOMAIN_USERS 513
#define RID_DOMAIN_GUESTS 514
#define RID_DOMAIN_COMPUTERS 515
#define RID_CONTROLLERS 516
#define RID_READ_ONLY_CONTROLLERS 521
#define RID_ENTERPRISE_READ_ONLY_CONTROLLERS 498
#define RID_PROTECTED_USERS 525

#define KEPT_MS 10000
#define KEPT_DOMAINS 8

bool (*ad_protect_home)(struct ad_ldap **out, const struct ad_sid *sid, struct ad_err *err);

bool ad_is_domain_controller(struct ad_entry *e)
{
	return ad_entry_number(e, "userAccountControl", 0) &
	       (AD_UAC_SERVER_TRUST_ACCOUNT | AD_UAC_PARTIAL_SECRETS_ACCOUNT);
}

static bool sid_of(struct ad_sid *out, struct ad_entry *e)
{
	struct ad_value v;

	return ad_entry_first(e, "objectSid", &v) && ad_sid_decode(out, v.data, v.len, NULL);
}

bool ad_is_krbtgt(struct ad_entry *e)
{
	struct ad_sid sid;
	struct ad_value v;

	if (sid_of(&sid, e) && ad_sid_rid(&sid) == RID_KRBTGT)
		return true;
	/* a read-only DC's is krbtgt_NNNNN */
	return ad_entry_first(e, "sAMAccountName", &v) && v.len > 7 &&
	       ad_casecmp(v.data, 7, "krbtgt_", 7) == 0;
}

/* ---- Protected Users ---- */

/* The group and all groups within it, for some domains. Kept for a moment: a recipe asks this of
 * every host. */
static struct groups {
	char *base; /* of which domain */
	long long until;
	char **dns;
	size_t n;
} kept[KEPT_DOMAINS];

static void forget_groups(struct groups *g)
{
	while (g->n)
		free(g->dns[--g->n]);
	free(g->dns);
	free(g->base);
	memset(g, 0, sizeof *g);
}

/* Those of this domain, else the place of the oldest. */
static struct groups *place_of(const char *base)
{
	struct groups *oldest = &kept[0];
	size_t i;

	for (i = 0; i < KEPT_DOMAINS; i++) {
		if (kept[i].base && ad_caseeq(kept[i].base, base))
			return &kept[i];
		if (kept[i].until < oldest->until)
			oldest = &kept[i];
	}
	return oldest;
}

static void add_group(struct groups *g, const char *dn)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (ad_dn_equal(g->dns[i], dn))
			return;
	g->dns = ad_realloc(g->dns, g->n + 1, sizeof *g->dns);
	g->dns[g->n++] = ad_strdup(dn);
}

/* Adds the groups that are members of those from first on, in one search; with group also the
 * one of this SID: *actual is its DN, NULL when there is none. (Level by level, because the rule
 * for whole chains makes a server look at every group of the domain.) */
static bool search_groups(struct groups *g, char **actual, struct ad_ldap *ld,
	const struct ad_sid *group, size_t first, struct ad_err *err)
{
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE };
	static const char *const attrs[] = { "objectSid", NULL };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	struct ad_sid sid;
	int got = -1;

	ad_buf_puts(&filter, "(&(objectClass=group)(|");
	if (group) {
		ad_buf_puts(&filter, "(objectSid=");
		ad_filter_escape_bytes(&filter, group->bytes, group->len);
		ad_buf_addc(&filter, ')');
		*actual = NULL;
	}
	for (; first < g->n; first++)
		ad_filter_equal(&filter, "memberOf", g->dns[first], strlen(g->dns[first]));
	ad_buf_puts(&filter, "))");
	o.filter = ad_buf_text(&filter);
	o.attrs = attrs;
	if (ad_search_open(&s, ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			if (group && !*actual && sid_of(&sid, e) && ad_sid_equal(&sid, group))
				*actual = ad_strdup(ad_entry_dn(e));
			add_group(g, ad_entry_dn(e));
			ad_entry_free(e);
		}
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got == 0;
}

/* The group is looked for where AD makes it; only when somebody moved it there is a second search.
 * Then one for each level of nesting. */
static bool find_groups(
	struct groups *g, struct ad_ldap *ld, const struct ad_sid *group, struct ad_err *err)
{
	const char *base = ad_ldap_info(ld)->base;
	char *guess, *actual = NULL;
	size_t done, level;
	bool ok;

	if (g->base && ad_caseeq(g->base, base) && ad_clock_ms() < g->until)
		return true;
	forget_groups(g);
	guess = ad_format("CN=Protected Users,CN=Users,%s", base);
	add_group(g, guess);
	ok = search_groups(g, &actual, ld, group, 0, err);
	if (ok && actual && !ad_dn_equal(actual, guess)) {
		forget_groups(g);
		add_group(g, actual);
		ok = search_groups(g, NULL, ld, NULL, 0, err);
	}
	free(guess);
	free(actual);
	for (done = 1; ok && done < g->n; done = level) {
		level = g->n;
		ok = search_groups(g, NULL, ld, NULL, done, err);
	}
	if (!ok) {
		forget_groups(g);
		return false;
	}
	g->base = ad_strdup(base);
	g->until = ad_clock_ms() + KEPT_MS;
	return true;
}

static bool is_in_groups(const struct groups *g, struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "memberOf", &v), i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < g->n; k++)
			if (ad_casecmp(v[i].data, v[i].len, g->dns[k], strlen(g->dns[k])) == 0)
				return true;
	return false;
}

bool ad_is_protected_user(bool *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_sid sid, domain, group;
	struct groups *g;

	*out = ad_entry_number(e, "primaryGroupID", 0) == RID_PROTECTED_USERS;
	if (*out || ad_entry_values(e, "memberOf", NULL) == 0 || !sid_of(&sid, e) ||
		!ad_sid_domain(&domain, &sid) || !ad_sid_make(&group, &domain, RID_PROTECTED_USERS))
		return true;
	g = place_of(ad_ldap_info(ld)->base);
	if (!find_groups(g, ld, &group, err))
		return false;
	*out = is_in_groups(g, e);
	return true;
}

/* ---- marking changes ---- */

/* What e is, in words, or NULL when it is an account like others. */
static bool why_protected(
	const char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	bool member = false;

	*why = ad_is_domain_controller(e) ? "a domain controller"
	       : ad_is_krbtgt(e)          ? "the KDC's own account"
					  : NULL;
	if (*why)
		return true;
	if (!ad_is_protected_user(&member, ld, e, err))
		return false;
	if (member)
		*why = "a member of Protected Users";
	return true;
}

bool ad_protect_source(
	struct ad_change *c, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	const char *why;
	char *label, *text;

	if (!why_protected(&why, ld, e, err))
		return false;
	if (!why)
		return true;
	if (ad_dn_equal(c->dn, ad_entry_dn(e))) {
		ad_change_protected(c, why);
		return true;
	}
	label = ad_identity_label(e);
	text = c->ld == ld ? ad_format("%s is %s", label, why)
			   : ad_format("%s of %s is %s", label, ad_ldap_info(ld)->domain, why);
	ad_change_protected(c, text);
	free(text);
	free(label);
	return true;
}

bool ad_is_everybody(const struct ad_sid *sid)
{
	static const char *const fixed[] = { "S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-32-545",
		"S-1-5-32-546" };
	char text[AD_SID_TEXT];
	uint32_t rid = ad_sid_rid(sid);
	size_t i;

	ad_sid_format(sid, text);
	for (i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strcmp(text, fixed[i]) == 0)
			return true;
	return strncmp(text, "S-1-5-21-", 9) == 0 &&
	       (rid == RID_DOMAIN_USERS || rid == RID_DOMAIN_GUESTS || rid == RID_DOMAIN_COMPUTERS);
}

/* The groups of domain controllers, of a domain or of the forest. */
static bool holds_controllers(const struct ad_sid *sid)
{
	uint32_t rid = ad_sid_rid(sid);
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	return strcmp(text, "S-1-5-9") == 0 ||
	       (strncmp(text, "S-1-5-21-", 9) == 0 &&
		       (rid == RID_CONTROLLERS || rid == RID_READ_ONLY_CONTROLLERS ||
			       rid == RID_ENTERPRISE_READ_ONLY_CONTROLLERS));
}

/* e: the group's object, or NULL */
static void mark_group(struct ad_change *c, const struct ad_sid *sid, struct ad_entry *e)
{
	const char *known = ad_sid_wellknown_name(sid);
	char text[AD_SID_TEXT], *label = e ? ad_identity_label(e) : NULL, *why;

	ad_sid_format(sid, text);
	if (ad_is_everybody(sid)) {
		why = ad_format("every account in %s could act as any user here", known   ? known
										  : label ? label
											  : text);
		ad_change_widens(c, why);
		free(why);
	}
	if (holds_controllers(sid)) {
		why = ad_format("%s holds domain controllers", known   ? known
							       : label ? label
								       : text);
		ad_change_protected(c, why);
		free(why);
	}
	free(label);
}

/* Sources that are looked up in one directory. */
static bool protect_in(struct ad_change *c, struct ad_ldap *ld, const struct ad_sid *sources,
	size_t n, struct ad_err *err)
{
	struct ad_entry **e = ad_alloc((n + 1) * sizeof *e);
	bool ok = ad_identity_by_sids(e, ld, sources, n, NULL, err);
	size_t i;

	for (i = 0; i < n; i++) {
		mark_group(c, &sources[i], e[i]);
		if (ok && e[i])
			ok = ad_protect_source(c, ld, e[i], err);
		ad_entry_free(e[i]);
	}
	free(e);
	return ok;
}

/* Sources of one other domain. What cannot be asked may be a domain controller. */
static bool protect_abroad(
	struct ad_change *c, const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_ldap *home = NULL;
	char sid[AD_SID_TEXT], *why;
	struct ad_err silent;

	if (ad_protect_home && !ad_protect_home(&home, &sources[0], &silent)) {
		ad_sid_format(&sources[0], sid);
		why = ad_format("nobody can tell whether %s is a domain controller: %s", sid,
			silent.message);
		ad_change_protected(c, why);
		free(why);
	}
	return protect_in(c, home ? home : c->ld, sources, n, err);
}

/* The domain that a SID belongs to; empty for what is of none, as BUILTIN's groups. */
static struct ad_sid domain_of(const struct ad_sid *sid)
{
	struct ad_sid domain = { 0 };
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	if (strncmp(text, "S-1-5-21-", 9) == 0)
		ad_sid_domain(&domain, sid);
	return domain;
}

/* Moves the sources of the domain of the first that is left to the front; returns their number. */
static size_t gather(struct ad_sid *sources, size_t n, const struct ad_sid *domain)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		struct ad_sid sid = sources[i], own = domain_of(&sid);

		if (ad_sid_equal(&own, domain)) {
			sources[i] = sources[found];
			sources[found++] = sid;
		}
	}
	return found;
}

bool ad_protect_sources(struct ad_change *c, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_sid *left = ad_memdup(sources, n * sizeof *left);
	struct ad_sid domain = { 0 }, own = { 0 };
	size_t at, found;
	bool ok = true;

	if (sid_of(&domain, target))
		own = domain_of(&domain);
	if (ad_is_domain_controller(target))
		ad_change_protected(c, "the target is a domain controller");
	if (ad_is_krbtgt(target))
		ad_change_protected(c, "the target is the KDC's own account");
	for (at = 0; at < n && ok; at += found) {
		domain = domain_of(&left[at]);
		found = gather(left + at, n - at, &domain);
		ok = domain.len == 0 || ad_sid_equal(&domain, &own)
			     ? protect_in(c, ld, left + at, found, err)
			     : protect_abroad(c, left + at, found, err);
	}
	free(left);
	return ok;
}
