/* Expanding groups. See members.h. */
#include "ad/members.h"

#include "ad/forest.h"
#include "ad/group.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "plan/homes.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 50 /* groups in one search */

void ad_members_clear(struct ad_members *m)
{
	while (m->n_groups)
		free(m->groups[--m->n_groups].dn);
	free(m->groups);
	free(m->foreign);
	free(m->slots);
	ad_list_clear(&m->abroad);
	memset(m, 0, sizeof *m);
}

/* ---- the set of groups ---- */

/* Its slot, or the free one where it belongs. */
static size_t *slot_of(const struct ad_members *m, const struct ad_sid *sid)
{
	size_t i = ad_sid_rid(sid) & (m->n_slots - 1);

	while (m->slots[i] && !ad_sid_equal(&m->groups[m->slots[i] - 1].sid, sid))
		i = (i + 1) & (m->n_slots - 1);
	return &m->slots[i];
}

/* At most half of the slots are used. */
static void make_room(struct ad_members *m)
{
	if (2 * (m->n_groups + 1) <= m->n_slots)
		return;
	m->n_slots = m->n_slots ? 2 * m->n_slots : 64;
	free(m->slots);
	m->slots = ad_alloc(m->n_slots * sizeof *m->slots);
	for (size_t i = 0; i < m->n_groups; i++)
		*slot_of(m, &m->groups[i].sid) = i + 1;
}

static void add_group(struct ad_members *m, const char *dn, const struct ad_sid *sid)
{
	size_t *slot;

	make_room(m);
	slot = slot_of(m, sid);
	if (*slot)
		return; /* in two groups, or in a circle */
	m->groups = ad_realloc(m->groups, m->n_groups + 1, sizeof *m->groups);
	m->groups[m->n_groups] = (struct ad_member_group){ ad_strdup(dn), *sid };
	*slot = ++m->n_groups;
}

static void add_foreign(struct ad_members *m, const struct ad_sid *sid)
{
	m->foreign = ad_realloc(m->foreign, m->n_foreign + 1, sizeof *m->foreign);
	m->foreign[m->n_foreign++] = *sid;
}

static int by_bytes(const void *a, const void *b)
{
	const struct ad_sid *x = a, *y = b;

	return x->len != y->len ? x->len - y->len : memcmp(x->bytes, y->bytes, x->len);
}

/* Each once: one may be in several groups. */
static void sort_foreign(struct ad_members *m)
{
	size_t kept = 0;

	if (m->n_foreign)
		qsort(m->foreign, m->n_foreign, sizeof *m->foreign, by_bytes);
	for (size_t i = 0; i < m->n_foreign; i++)
		if (!kept || !ad_sid_equal(&m->foreign[kept - 1], &m->foreign[i]))
			m->foreign[kept++] = m->foreign[i];
	m->n_foreign = kept;
}

/* ---- searching ---- */

struct expansion {
	struct ad_members *m;
	struct ad_ldap *ld;
	bool secured;
};

typedef void (*visitor)(struct expansion *x, struct ad_entry *e);

static bool search(struct expansion *x, const char *filter, const char *const *attrs, visitor f,
	struct ad_err *err)
{
	struct ad_search_options o = {
		.scope = AD_SCOPE_SUBTREE, .filter = filter, .attrs = attrs
	};
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	if (ad_search_open(&s, x->ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			f(x, e);
			ad_entry_free(e);
		}
	ad_search_close(s);
	return got == 0;
}

/* What a search of groups and place-holders finds. */
static void visit_group(struct expansion *x, struct ad_entry *e)
{
	long long type = ad_entry_number(e, "groupType", 0);
	struct ad_sid sid;

	if (!ad_object_sid(&sid, e))
		;
	else if (ad_object_is(e, "foreignSecurityPrincipal"))
		add_foreign(x->m, &sid);
	else if (!x->secured || (uint32_t)type & AD_GROUP_SECURITY)
		add_group(x->m, ad_entry_dn(e), &sid);
}

static bool search_groups(struct expansion *x, const char *filter, struct ad_err *err)
{
	static const char *const attrs[] = { "objectClass", "objectSid", "groupType", NULL };

	return search(x, filter, attrs, visit_group, err);
}

static void add_sid(struct ad_buf *filter, const struct ad_sid *sid)
{
	ad_buf_puts(filter, "(objectSid=");
	ad_filter_escape_bytes(filter, sid->bytes, sid->len);
	ad_buf_addc(filter, ')');
}

static bool search_seeds(
	struct expansion *x, const char *const *names, size_t n, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_sid sid;
	bool ok = true;

	for (size_t i = 0, k; ok && i < n; i += k) {
		ad_buf_puts(&filter, "(&(objectClass=group)(|");
		for (k = 0; k < CHUNK && i + k < n; k++)
			if (ad_sid_parse(&sid, names[i + k], NULL))
				add_sid(&filter, &sid);
			else
				ad_filter_equal(&filter, "distinguishedName", names[i + k],
					strlen(names[i + k]));
		ad_buf_puts(&filter, "))");
		ok = search_groups(x, ad_buf_text(&filter), err);
		ad_buf_clear(&filter);
	}
	return ok;
}

/* Groups in those from first on, level by level: the rule for whole chains makes a server look at
 * every object of the domain, and knows no primary groups. */
static bool search_levels(struct expansion *x, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_members *m = x->m;
	bool ok = true;

	for (size_t i = 0, k; ok && i < m->n_groups; i += k) {
		ad_buf_puts(&filter, "(&(|(objectClass=group)(objectClass=foreignSecurity"
				     "Principal))(|");
		for (k = 0; k < CHUNK && i + k < m->n_groups; k++)
			ad_filter_equal(&filter, "memberOf", m->groups[i + k].dn,
				strlen(m->groups[i + k].dn));
		ad_buf_puts(&filter, "))");
		ok = search_groups(x, ad_buf_text(&filter), err);
		ad_buf_clear(&filter);
	}
	return ok;
}

/* ---- members in other domains of the forest ---- */

static void visit_members(struct expansion *x, struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, AD_MEMBER, &v);

	for (size_t i = 0; i < n; i++) {
		char *dn = ad_format("%.*s", (int)v[i].len, v[i].data);
		struct ad_buf dns = AD_BUF_INIT;

		if (ad_dn_to_dns(&dns, dn) &&
			!ad_caseeq(ad_buf_text(&dns), ad_ldap_info(x->ld)->domain))
			ad_list_add(&x->m->abroad, v[i].data, v[i].len);
		ad_buf_clear(&dns);
		free(dn);
	}
}

/* They have no memberOf where the group is: its own list is read. */
static bool search_abroad(struct expansion *x, struct ad_err *err)
{
	static const char *const attrs[] = { AD_MEMBER, NULL };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_members *m = x->m;
	struct ad_domain *domains;
	size_t n;
	bool ok = true;

	if (!ad_forest_domains(&domains, &n, x->ld, err))
		return false;
	ad_domains_free(domains, n);
	for (size_t i = 0, k; ok && n > 1 && i < m->n_groups; i += k) {
		ad_buf_puts(&filter, "(|");
		for (k = 0; k < CHUNK && i + k < m->n_groups; k++)
			add_sid(&filter, &m->groups[i + k].sid);
		ad_buf_addc(&filter, ')');
		ok = search(x, ad_buf_text(&filter), attrs, visit_members, err);
		ad_buf_clear(&filter);
	}
	ad_list_sort(&m->abroad, AD_MERGE_SET);
	return ok;
}

bool ad_members_expand(struct ad_members *out, struct ad_ldap *ld, const char *const *names,
	size_t n, bool secured, struct ad_err *err)
{
	struct ad_members m = { .groups = NULL };
	struct expansion x = { &m, ld, secured };

	if (!search_seeds(&x, names, n, err) || !search_levels(&x, err) ||
		!search_abroad(&x, err)) {
		ad_members_clear(&m);
		return ad_err_where(err, "find out who is in a group", n ? names[0] : NULL);
	}
	sort_foreign(&m);
	*out = m;
	return true;
}

/* (A primary group is one of the domain's own: its number is the end of the group's SID.) */
void ad_members_filter(struct ad_buf *filter, const char *dn, const struct ad_sid *sid)
{
	struct ad_sid domain;

	ad_filter_equal(filter, "memberOf", dn, strlen(dn));
	if (ad_homes_domain(&domain, sid))
		ad_buf_printf(filter, "(primaryGroupID=%lu)", (unsigned long)ad_sid_rid(sid));
}

bool ad_members_token(
	struct ad_sid **out, size_t *n, struct ad_ldap *ld, const char *dn, struct ad_err *err)
{
	static const char *const attrs[] = { "tokenGroups", NULL };
	const struct ad_value *v;
	struct ad_sid *sids;
	struct ad_entry *e;
	size_t count, found = 0;

	if (!ad_search_base(&e, ld, dn, attrs, err))
		return false;
	count = ad_entry_values(e, "tokenGroups", &v);
	sids = ad_alloc((count + 1) * sizeof *sids);
	for (size_t i = 0; i < count; i++)
		found += ad_sid_decode(&sids[found], v[i].data, v[i].len, NULL);
	ad_entry_free(e);
	*out = sids;
	*n = found;
	return true;
}
