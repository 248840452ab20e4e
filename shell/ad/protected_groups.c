/* The groups that make their members protected, and those that are crowds, of one domain. Kept for
 * a moment: a recipe asks about every host. See protected.h. */
#include "ad/members.h"
#include "ad/protected.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "codec/crowd.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MS 10000
#define KEPT_DOMAINS 8

struct known {
	char *dn;
	struct ad_sid sid;
	enum ad_group_sort sort;
	char *name; /* of the well-known group that it is, or is in */
	bool has_members, is_guest; /* a member of another forest, by its SID */
};

struct ad_known_groups {
	char *base; /* of which domain; NULL: free */
	long long until;
	struct known *v;
	size_t n;
};

/* Relative to the domain, and to BUILTIN (MS-DTYP 2.4.2.4). Crowds are told by their SIDs. */
static const uint32_t own_rids[] = { AD_RID_DOMAIN_ADMINS, AD_RID_DOMAIN_CONTROLLERS,
	AD_RID_SCHEMA_ADMINS, AD_RID_ENTERPRISE_ADMINS, AD_RID_GROUP_POLICY_CREATOR_OWNERS,
	AD_RID_READ_ONLY_DOMAIN_CONTROLLERS, AD_RID_PROTECTED_USERS, AD_RID_KEY_ADMINS,
	AD_RID_ENTERPRISE_KEY_ADMINS, AD_RID_DOMAIN_USERS, AD_RID_DOMAIN_GUESTS,
	AD_RID_DOMAIN_COMPUTERS };
/* Administrators; Account, Server, Print and Backup Operators; Replicator; Users, Guests,
 * Pre-Windows 2000 Compatible Access */
static const uint32_t builtin_rids[] = { 544, 548, 549, 550, 551, 552, 545, 546, 554 };

static void forget(struct ad_known_groups *g)
{
	while (g->n) {
		struct known *k = &g->v[--g->n];

		free(k->dn);
		free(k->name);
	}
	free(g->v);
	free(g->base);
	memset(g, 0, sizeof *g);
}

/* Those of this domain, else the place of the oldest. */
static struct ad_known_groups *place_of(const char *base)
{
	static struct ad_known_groups kept[KEPT_DOMAINS];
	struct ad_known_groups *oldest = &kept[0];
	size_t i;

	for (i = 0; i < KEPT_DOMAINS; i++) {
		if (kept[i].base && ad_caseeq(kept[i].base, base))
			return &kept[i];
		if (kept[i].until < oldest->until)
			oldest = &kept[i];
	}
	return oldest;
}

/* The domain of the directory itself, from its head. */
bool ad_protected_domain(struct ad_sid *out, struct ad_ldap *ld, struct ad_err *err)
{
	static const char *const attrs[] = { "objectSid", NULL };
	static char *base;
	static struct ad_sid sid;
	const char *wanted = ad_ldap_info(ld)->base;
	struct ad_entry *e;

	if (!base || !ad_caseeq(base, wanted)) {
		if (!ad_search_base(&e, ld, wanted, attrs, err))
			return false;
		free(base);
		base = ad_object_sid(&sid, e) ? ad_strdup(wanted) : NULL;
		ad_entry_free(e);
		if (!base)
			return ad_err_set(err, AD_ERR_FAILED, "guard", 0,
				"the domain's own SID cannot be read");
	}
	*out = sid;
	return true;
}

/* ---- reading ---- */

static const struct known *find_dn(const struct ad_known_groups *g, const char *dn, size_t n)
{
	for (size_t i = 0; i < g->n; i++)
		if (ad_casecmp(g->v[i].dn, strlen(g->v[i].dn), dn, n) == 0)
			return &g->v[i];
	return NULL;
}

static enum ad_group_sort sort_of(const struct ad_sid *sid)
{
	if (ad_sid_is_crowd(sid))
		return AD_GROUP_IS_CROWD;
	return ad_sid_rid(sid) == AD_RID_PROTECTED_USERS ? AD_GROUP_PROTECTED_USERS
							 : AD_GROUP_ADMINISTERS;
}

/* The group that brought us to e: by it e is protected. NULL: e is well-known itself. */
static const struct known *parent_of(const struct ad_known_groups *g, struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "memberOf", &v);
	const struct known *k, *found = NULL;

	for (size_t i = 0; i < n; i++) {
		k = find_dn(g, v[i].data, v[i].len);
		if (k && k->sort != AD_GROUP_IS_CROWD &&
			(!found || k->sort == AD_GROUP_PROTECTED_USERS))
			found = k;
	}
	return found;
}

static void add(struct ad_known_groups *g, struct ad_entry *e, bool root)
{
	const struct known *parent = root ? NULL : parent_of(g, e);
	struct known k = { .dn = NULL };

	if (find_dn(g, ad_entry_dn(e), strlen(ad_entry_dn(e))) || !ad_object_sid(&k.sid, e) ||
		(!root && !parent))
		return;
	k.dn = ad_strdup(ad_entry_dn(e));
	k.sort = parent ? parent->sort : sort_of(&k.sid);
	k.name = parent ? ad_strdup(parent->name) : ad_object_label(e);
	k.has_members = ad_entry_values(e, "member", NULL) > 0;
	k.is_guest = ad_object_is(e, "foreignSecurityPrincipal");
	g->v = ad_realloc(g->v, g->n + 1, sizeof *g->v);
	g->v[g->n++] = k;
}

static bool search(struct ad_known_groups *g, struct ad_ldap *ld, struct ad_buf *filter, bool root,
	struct ad_err *err)
{
	static const char *const attrs[] = { "objectClass", "objectSid", "sAMAccountName",
		"memberOf", "member", NULL };
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .attrs = attrs, .whole = true };
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	o.filter = ad_buf_text(filter);
	if (ad_search_open(&s, ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			add(g, e, root);
			ad_entry_free(e);
		}
	ad_search_close(s);
	return got == 0;
}

static void add_sid(struct ad_buf *filter, const struct ad_sid *domain, uint32_t rid)
{
	struct ad_sid sid;

	if (!ad_sid_make(&sid, domain, rid))
		return;
	ad_buf_puts(filter, "(objectSid=");
	ad_filter_escape_bytes(filter, sid.bytes, sid.len);
	ad_buf_addc(filter, ')');
}

static bool search_roots(struct ad_known_groups *g, struct ad_ldap *ld, const struct ad_sid *domain,
	struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_sid builtin;
	size_t i;
	bool ok = ad_sid_parse(&builtin, "S-1-5-32", err);

	ad_buf_puts(&filter, "(|");
	for (i = 0; i < sizeof own_rids / sizeof *own_rids; i++)
		add_sid(&filter, domain, own_rids[i]);
	for (i = 0; i < sizeof builtin_rids / sizeof *builtin_rids; i++)
		add_sid(&filter, &builtin, builtin_rids[i]);
	ad_buf_addc(&filter, ')');
	ok = ok && search(g, ld, &filter, true, err);
	ad_buf_clear(&filter);
	return ok;
}

/* Groups and guests in those from first on. (Level by level, because the rule for whole chains
 * makes a server look at every group of the domain.) */
static bool search_level(
	struct ad_known_groups *g, struct ad_ldap *ld, size_t first, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	bool any = false, ok = true;

	ad_buf_puts(&filter, "(&(|(objectClass=group)(objectClass=foreignSecurityPrincipal))(|");
	for (; first < g->n; first++)
		if (g->v[first].sort != AD_GROUP_IS_CROWD && g->v[first].has_members) {
			ad_filter_equal(
				&filter, "memberOf", g->v[first].dn, strlen(g->v[first].dn));
			any = true;
		}
	ad_buf_puts(&filter, "))");
	if (any)
		ok = search(g, ld, &filter, false, err);
	ad_buf_clear(&filter);
	return ok;
}

bool ad_known_groups(struct ad_known_groups **out, struct ad_ldap *ld, const struct ad_sid *domain,
	struct ad_err *err)
{
	const char *base = ad_ldap_info(ld)->base;
	struct ad_known_groups *g = place_of(base);
	size_t done, level;
	bool ok;

	*out = g;
	if (g->base && ad_caseeq(g->base, base) && ad_clock_ms() < g->until)
		return true;
	forget(g);
	ok = search_roots(g, ld, domain, err);
	for (done = 0; ok && done < g->n; done = level) {
		level = g->n;
		ok = search_level(g, ld, done, err);
	}
	if (!ok) {
		forget(g);
		return false;
	}
	g->base = ad_strdup(base);
	g->until = ad_clock_ms() + KEPT_MS;
	return true;
}

/* ---- asking ---- */

const char *ad_known_group_dn(
	const struct ad_known_groups *g, enum ad_group_sort sort, const char *dn, size_t n)
{
	const struct known *k = find_dn(g, dn, n);

	return k && k->sort == sort ? k->name : NULL;
}

const char *ad_known_group_sid(
	const struct ad_known_groups *g, enum ad_group_sort sort, const struct ad_sid *sid)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].sort == sort && ad_sid_equal(&g->v[i].sid, sid))
			return g->v[i].name;
	return NULL;
}

bool ad_known_groups_has_guests(const struct ad_known_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].is_guest && g->v[i].sort != AD_GROUP_IS_CROWD)
			return true;
	return false;
}

void ad_known_groups_filter(const struct ad_known_groups *g, struct ad_buf *filter)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].sort != AD_GROUP_IS_CROWD && !g->v[i].is_guest)
			ad_members_filter(filter, g->v[i].dn, &g->v[i].sid);
}
