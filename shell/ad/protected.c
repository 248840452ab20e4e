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

#define KEPT_MS 10000
#define KEPT_DOMAINS 8

bool ad_is_domain_controller(struct ad_entry *e)
{
	return ad_entry_number(e, "userAccountControl", 0) &
	       (AD_UAC_SERVER_TRUST_ACCOUNT | AD_UAC_PARTIAL_SECRETS_ACCOUNT);
}

bool ad_is_krbtgt(struct ad_entry *e)
{
	struct ad_sid sid;
	struct ad_value v;

	if (ad_identity_sid(&sid, e) && ad_sid_rid(&sid) == AD_RID_KRBTGT)
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
			if (group && !*actual && ad_identity_sid(&sid, e) &&
				ad_sid_equal(&sid, group))
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

	*out = ad_entry_number(e, "primaryGroupID", 0) == AD_RID_PROTECTED_USERS;
	if (*out || ad_entry_values(e, "memberOf", NULL) == 0 || !ad_identity_sid(&sid, e) ||
		!ad_sid_domain(&domain, &sid) ||
		!ad_sid_make(&group, &domain, AD_RID_PROTECTED_USERS))
		return true;
	g = place_of(ad_ldap_info(ld)->base);
	if (!find_groups(g, ld, &group, err))
		return false;
	*out = is_in_groups(g, e);
	return true;
}

/* ---- marking changes ---- */

bool ad_protect_why(const char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
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

void ad_protect_mark(
	struct ad_change *c, struct ad_ldap *ld, const char *dn, const char *label, const char *why)
{
	char *text;

	if (ad_dn_equal(c->dn, dn)) {
		ad_change_protected(c, why);
		return;
	}
	text = c->ld == ld ? ad_format("%s is %s", label, why)
			   : ad_format("%s of %s is %s", label, ad_ldap_info(ld)->domain, why);
	ad_change_protected(c, text);
	free(text);
}

bool ad_protect_source(
	struct ad_change *c, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	const char *why;
	char *label;

	if (!ad_protect_why(&why, ld, e, err))
		return false;
	if (why) {
		label = ad_identity_label(e);
		ad_protect_mark(c, ld, ad_entry_dn(e), label, why);
		free(label);
	}
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
	       (rid == AD_RID_DOMAIN_USERS || rid == AD_RID_DOMAIN_GUESTS ||
		       rid == AD_RID_DOMAIN_COMPUTERS);
}
