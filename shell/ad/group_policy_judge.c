/* Who obeys group policies, and what a change means for them. See group_policy.h. */
#include "ad/group_policy.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#define LINK AD_GROUP_POLICY_LINK
#define LINK_DISABLED 1
#define DC_FILTER "(&(objectCategory=computer)(|(primaryGroupID=516)(primaryGroupID=521)))"

/* ---- what is below a container ---- */

/* Whether there is something below base; the filter says what. */
static bool has_below(
	bool *out, struct ad_ldap *ld, const char *base, const char *filter, struct ad_err *err)
{
	static const char *const attrs[] = { "cn", NULL };
	struct ad_search_options o = { .base = base,
		.scope = AD_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = attrs,
		.limit = 1 };
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = ad_search_open(&s, ld, &o, err) ? ad_search_next(s, &e, err) : -1;

	*out = got == 1;
	if (got == 1)
		ad_entry_free(e);
	ad_search_close(s);
	return got >= 0;
}

/* Domain controllers that obey, or obeyed, what is linked to dn. */
static bool judge_controllers(
	struct ad_verdict *v, struct ad_ldap *ld, const char *dn, struct ad_err *err)
{
	bool dcs = false, site = ad_dn_under(dn, ad_ldap_info(ld)->config_base);

	if (!site && !has_below(&dcs, ld, dn, DC_FILTER, err))
		return false;
	if (dcs)
		ad_verdict_touches(v, "domain controllers are below %s", dn);
	else if (site)
		ad_verdict_touches(v, "%s is a site, which may hold domain controllers", dn);
	return true;
}

/* A policy gets to what is below dn, or does something else there. */
static bool judge_reach(struct ad_verdict *v, struct ad_ldap *ld, const char *dn, const char *what,
	struct ad_err *err)
{
	ad_verdict_widens(v, "all objects below %s are subject to %s", dn, what);
	return judge_controllers(v, ld, dn, err);
}

/* ---- policies by name ---- */

/* What the plan calls the policy that it makes at dn, allocated; NULL: it makes none. */
static char *coming_name(const struct ad_judging *j, const char *dn)
{
	for (size_t i = 0; i < ad_plan_count(j->plan); i++) {
		const struct ad_change *c = ad_plan_at(j->plan, i);
		const struct ad_edit *e = ad_change_find(c, "policy");

		if (e && e->after.n && ad_dn_equal(c->dn, dn))
			return ad_list_value(&e->after, "displayName");
	}
	return NULL;
}

static char *present_name(struct ad_ldap *ld, const char *dn)
{
	static const char *const attrs[] = { "displayName", NULL };
	struct ad_entry *e = NULL;
	char *name = ad_search_base(&e, ld, dn, attrs, NULL) ? ad_entry_text(e, attrs[0]) : NULL;

	ad_entry_free(e);
	return name;
}

/* "the policy 'NAME'", or what the link says, allocated. */
static char *policy_name(const struct ad_judging *j, struct ad_ldap *ld, const char *dn)
{
	char *name = ad_dn_valid(dn) ? coming_name(j, dn) : NULL, *words;

	if (!name && ad_dn_valid(dn))
		name = present_name(ld, dn);
	words = ad_format(name ? "the policy '%s'" : "the policy %s", name ? name : dn);
	free(name);
	return words;
}

/* ---- links ---- */

/* The next "[LDAP://DN;OPTIONS]": its text from *p on, of *n bytes; false: there is none. */
static bool next_link(const char **p, size_t *n)
{
	const char *start = strchr(*p, '['), *end = start ? strchr(start, ']') : NULL;

	if (!end)
		return false;
	*p = start;
	*n = (size_t)(end + 1 - start);
	return true;
}

/* Where the same link stands in links; NULL: nowhere. */
static const char *find_link(const char *links, const char *link, size_t n)
{
	size_t k;

	for (; next_link(&links, &k); links += k)
		if (ad_casecmp(links, k, link, n) == 0)
			return links;
	return NULL;
}

static bool is_disabled(const char *link, size_t n)
{
	while (n-- > 0)
		if (link[n] == ';')
			return strtoul(link + n + 1, NULL, 10) & LINK_DISABLED;
	return false;
}

/* The DN in a link, allocated: what is between "[LDAP://" and the last ";". */
static char *link_dn(const char *link, size_t n)
{
	static const char scheme[] = "[LDAP://";
	size_t start = strlen(scheme), end = n;

	while (end > start && link[end - 1] != ';')
		end--;
	if (end <= start || ad_casecmp(link, start, scheme, start) != 0)
		return ad_strndup(link, n);
	return ad_strndup(link + start, end - 1 - start);
}

/* Whether links has an enabled one to this policy. */
static bool is_obeyed(const char *links, const char *dn)
{
	size_t n;

	for (; next_link(&links, &n); links += n) {
		char *other = link_dn(links, n);
		bool same =
			!is_disabled(links, n) && (ad_caseeq(other, dn) || ad_dn_equal(other, dn));

		free(other);
		if (same)
			return true;
	}
	return false;
}

/* One that is not there before, or says something else. */
static bool judge_gain(const struct ad_judging *j, struct ad_verdict *v, const struct ad_change *c,
	const char *link, size_t n, struct ad_err *err)
{
	char *dn = link_dn(link, n), *name = policy_name(j, c->ld, dn);
	bool ok = judge_reach(v, c->ld, c->dn, name, err);

	free(name);
	free(dn);
	return ok;
}

static bool judge_gains(const struct ad_judging *j, struct ad_verdict *v, const struct ad_change *c,
	const char *before, const char *after, struct ad_err *err)
{
	bool ok = true;
	size_t n;

	for (; ok && next_link(&after, &n); after += n)
		if (!is_disabled(after, n) && !find_link(before, after, n))
			ok = judge_gain(j, v, c, after, n, err);
	return ok;
}

/* Nobody is trusted more because of that; but what domain controllers obey is not a matter of
 * course. */
static bool judge_losses(struct ad_verdict *v, const struct ad_change *c, const char *before,
	const char *after, struct ad_err *err)
{
	size_t n;

	for (; next_link(&before, &n); before += n) {
		char *dn = link_dn(before, n);
		bool lost = !is_disabled(before, n) && !is_obeyed(after, dn);

		free(dn);
		if (lost)
			return judge_controllers(v, c->ld, c->dn, err);
	}
	return true;
}

/* The last one wins: so those that stay, in another order, are obeyed in another way. */
static bool has_moved(const char *before, const char *after)
{
	const char *last = before;
	size_t n;

	for (; next_link(&after, &n); after += n) {
		const char *at = is_disabled(after, n) ? NULL : find_link(before, after, n);

		if (at && at < last)
			return true;
		last = at ? at : last;
	}
	return false;
}

static char *one_text(const struct ad_list *l)
{
	return l->n ? ad_strndup(l->v[0].data, l->v[0].len) : ad_strdup("");
}

static bool judge_links(const struct ad_judging *j, struct ad_verdict *v, const struct ad_change *c,
	const struct ad_edit *e, struct ad_err *err)
{
	char *before = one_text(&e->before), *after = one_text(&e->after);
	bool ok = judge_gains(j, v, c, before, after, err) &&
		  judge_losses(v, c, before, after, err) &&
		  (!has_moved(before, after) ||
			  judge_reach(v, c->ld, c->dn, "its policies in another order", err));

	free(before);
	free(after);
	return ok;
}

/* ---- where a policy is linked ---- */

/* What becomes of those who have a link to a policy. */
struct linked {
	struct ad_verdict *v;
	struct ad_ldap *ld;
	const char *says; /* what is obeyed there from now on; NULL: nothing, any more */
};

static bool judge_container(const struct linked *l, struct ad_entry *e, struct ad_err *err)
{
	return l->says ? judge_reach(l->v, l->ld, ad_entry_dn(e), l->says, err)
		       : judge_controllers(l->v, l->ld, ad_entry_dn(e), err);
}

static bool judge_below(
	const struct linked *l, const char *base, const char *filter, struct ad_err *err)
{
	static const char *const attrs[] = { LINK, NULL };
	struct ad_search_options o = { .base = base,
		.scope = AD_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = attrs,
		.whole = true };
	struct ad_search *s = NULL;
	struct ad_entry *e;
	bool ok = ad_search_open(&s, l->ld, &o, err);
	int got = 0;

	while (ok && (got = ad_search_next(s, &e, err)) == 1) {
		ok = judge_container(l, e, err);
		ad_entry_free(e);
	}
	ad_search_close(s);
	return ok && got == 0;
}

/* dn: of the policy. */
static bool judge_linked(const struct linked *l, const char *dn, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT, name = AD_BUF_INIT;
	const struct ad_ldap_info *info = ad_ldap_info(l->ld);
	bool ok = true;

	if (ad_dn_rdn_value(&name, dn)) {
		ad_buf_puts(&filter, "(" LINK "=*");
		ad_filter_escape(&filter, name.data, name.len);
		ad_buf_puts(&filter, "*)");
		ok = judge_below(l, info->base, ad_buf_text(&filter), err) &&
		     judge_below(l, info->config_base, ad_buf_text(&filter), err);
	}
	ad_buf_clear(&filter);
	ad_buf_clear(&name);
	return ok;
}

/* ---- the kinds ---- */

/* The part of dn that is the policy: right below the container of the policies; NULL: dn is no part
 * of one. */
static const char *policy_of(const struct ad_ldap *ld, const char *dn)
{
	char *policies = ad_format("CN=Policies,CN=System,%s", ad_ldap_info(ld)->base);
	const char *above = ad_dn_parent(dn);

	while (above && !ad_dn_equal(above, policies)) {
		dn = above;
		above = ad_dn_parent(dn);
	}
	free(policies);
	return above ? dn : NULL;
}

/* Elsewhere in the directory nothing comes or goes by these kinds unasked. */
static const char *check_place(struct ad_verdict *v, const struct ad_change *c)
{
	const char *dn = policy_of(c->ld, c->dn);

	if (!dn)
		ad_verdict_touches(v, "it is not a part of a group policy");
	return dn;
}

/* Until it is linked nobody obeys it, and when it goes its links have gone before: where that is
 * not so, those who have the link do, or no longer. */
bool ad_group_policy_judge_whole(const struct ad_judging *j, const struct ad_change *c,
	struct ad_entry *now, struct ad_verdict *v, struct ad_err *err)
{
	struct linked l = { v, c->ld, ad_change_removes(c) ? NULL : "a policy that is created" };
	const char *dn = check_place(v, c);

	return ad_protected_judge_object(v, c->ld, now, err) &&
	       ad_group_policy_judge_acl(j, c, v, err) && (!dn || judge_linked(&l, dn, err));
}

static bool is_of_container(const char *attr)
{
	return ad_caseeq(attr, LINK) || ad_caseeq(attr, AD_GROUP_POLICY_OPTIONS);
}

static bool judge_policy(const struct ad_judging *j, struct ad_verdict *v,
	const struct ad_change *c, struct ad_err *err)
{
	const char *dn = check_place(v, c);
	char *name = dn ? policy_name(j, c->ld, dn) : NULL;
	char *says = ad_format("other settings of %s", name ? name : "it");
	struct linked l = { v, c->ld, says };
	bool ok = !dn || judge_linked(&l, dn, err);

	free(says);
	free(name);
	return ok;
}

/* Each edit by itself: one of them does not stand for another. */
bool ad_group_policy_judge_edits(const struct ad_judging *j, const struct ad_change *c,
	struct ad_entry *now, struct ad_verdict *v, struct ad_err *err)
{
	const struct ad_edit *links = ad_change_find(c, LINK);
	bool says = false;

	for (size_t i = 0; i < c->n; i++)
		says |= !is_of_container(c->edits[i].attr);
	return ad_protected_judge_object(v, c->ld, now, err) &&
	       (!links || judge_links(j, v, c, links, err)) &&
	       (!ad_change_find(c, AD_GROUP_POLICY_OPTIONS) ||
		       judge_reach(v, c->ld, c->dn, "another inheritance of policies", err)) &&
	       (!says || judge_policy(j, v, c, err));
}
