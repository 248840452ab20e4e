/* Judging by who is in a group: those that become members, and groups as sources. See
 * protected.h. */
#include "ad/identity.h"
#include "ad/members.h"
#include "ad/protected.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/crowd.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/ldap_codes.h"
#include "plan/object.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 100 /* objects in one search */

/* ---- who is in a group ---- */

void ad_held_clear(struct ad_held *h)
{
	free(h->crowd);
	free(h->why);
	*h = (struct ad_held){ .crowd = NULL };
}

static const struct ad_sid *crowd_of(const struct ad_members *m, const struct ad_sid *self)
{
	const struct ad_sid *sid;
	size_t i;

	for (i = 0; i < m->n_groups + m->n_foreign; i++) {
		sid = i < m->n_groups ? &m->groups[i].sid : &m->foreign[i - m->n_groups];
		if (!ad_sid_equal(sid, self) && ad_sid_is_crowd(sid))
			return sid;
	}
	return NULL;
}

/* Those who may be protected: what ad_protected_why looks at. */
static void suspects(struct ad_buf *filter, const struct ad_known_groups *g)
{
	ad_buf_puts(filter,
		"(|(primaryGroupID=516)(primaryGroupID=521)(adminCount=*)(sAMAccountName=krbtgt*)"
		"(userAccountControl:1.2.840.113556.1.4.804:=67117056)");
	ad_known_groups_filter(g, filter);
	ad_buf_addc(filter, ')');
}

/* The first of these members that is protected, in words. */
static bool find_protected(char **why, struct ad_ldap *ld, const char *filter, struct ad_err *err)
{
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = ad_protected_attrs,
		.whole = true };
	struct ad_search *s = NULL;
	char *what = NULL, *label;
	struct ad_entry *e;
	int got = -1;

	if (ad_search_open(&s, ld, &o, err))
		while (!what && (got = ad_search_next(s, &e, err)) == 1) {
			bool ok = ad_protected_why(&what, ld, e, err);

			label = ad_object_label(e);
			if (what)
				*why = ad_format("%s, %s", label, what);
			free(label);
			ad_entry_free(e);
			if (!ok) {
				got = -1;
				break;
			}
		}
	free(what);
	ad_search_close(s);
	return got >= 0;
}

static bool hold_protected(
	struct ad_held *h, struct ad_ldap *ld, const struct ad_members *m, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_known_groups *g;
	struct ad_sid domain;
	bool ok = ad_protected_domain(&domain, ld, err) && ad_known_groups(&g, ld, &domain, err);

	for (size_t i = 0; ok && !h->why && i < m->n_groups; i += CHUNK) {
		ad_buf_puts(&filter, "(&(|");
		for (size_t k = i; k < i + CHUNK && k < m->n_groups; k++)
			ad_members_filter(&filter, m->groups[k].dn, &m->groups[k].sid);
		ad_buf_addc(&filter, ')');
		suspects(&filter, g);
		ad_buf_addc(&filter, ')');
		ok = find_protected(&h->why, ld, ad_buf_text(&filter), err);
		ad_buf_clear(&filter);
	}
	return ok;
}

bool ad_protected_held(
	struct ad_held *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_held h = { .crowd = NULL };
	const char *dn = ad_entry_dn(e);
	const struct ad_sid *crowd;
	struct ad_members m;
	struct ad_sid sid;
	bool ok;

	if (ad_object_is(e, "group") && ad_object_sid(&sid, e) && !ad_sid_is_crowd(&sid)) {
		if (!ad_members_expand(&m, ld, &dn, 1, true, err))
			return false;
		crowd = crowd_of(&m, &sid);
		if (crowd) {
			h.crowd = ad_strdup(ad_crowd_name(crowd));
			h.sid = *crowd;
		}
		ok = h.crowd || hold_protected(&h, ld, &m, err);
		ad_members_clear(&m);
		if (!ok)
			return false;
	}
	*out = h;
	return true;
}

/* ---- accounts of other domains in groups of this one ---- */

static const char *known_name(const struct ad_known_groups *g, const struct ad_sid *sid)
{
	const char *name = ad_known_group_sid(g, AD_GROUP_PROTECTED_USERS, sid);

	return name ? name : ad_known_group_sid(g, AD_GROUP_ADMINISTERS, sid);
}

bool ad_protected_guest(const char **group, struct ad_ldap *ld, struct ad_ldap *home,
	const struct ad_sid *sid, const char *dn, struct ad_err *err)
{
	struct ad_known_groups *g;
	struct ad_sid domain, *token = NULL;
	const char *name;
	size_t n = 0;

	*group = NULL;
	if (!ad_protected_domain(&domain, ld, err) || !ad_known_groups(&g, ld, &domain, err))
		return false;
	if (!ad_known_groups_has_guests(g))
		return true;
	name = known_name(g, sid);
	if (!name && dn && !ad_members_token(&token, &n, home, dn, err))
		return false;
	while (n > 0 && !name)
		name = known_name(g, &token[--n]);
	free(token);
	*group = name;
	return true;
}

/* ---- members ---- */

static bool rdn_is(const char *dn, const char *value)
{
	struct ad_buf rdn = AD_BUF_INIT;
	bool is = dn && ad_dn_rdn_value(&rdn, dn) && ad_caseeq(ad_buf_text(&rdn), value);

	ad_buf_clear(&rdn);
	return is;
}

/* "CN=S-1-...,CN=ForeignSecurityPrincipals,...", in any spelling; elsewhere that is what somebody
 * called an object. */
static bool is_place_holder(struct ad_sid *out, const char *dn)
{
	struct ad_buf rdn = AD_BUF_INIT;
	bool is = rdn_is(ad_dn_parent(dn), "ForeignSecurityPrincipals") &&
		  ad_dn_rdn_value(&rdn, dn) && ad_sid_parse(out, ad_buf_text(&rdn), NULL);

	ad_buf_clear(&rdn);
	return is;
}

/* The n hex digits of a SID's bytes. */
static bool hex_sid(struct ad_sid *out, const char *s, size_t n)
{
	unsigned char bytes[AD_SID_MAX];

	if (n % 2 || n / 2 > sizeof bytes)
		return false;
	for (size_t i = 0; i < n / 2; i++) {
		int high = ad_hexdigit(s[2 * i]), low = ad_hexdigit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return ad_sid_decode(out, bytes, n / 2, NULL);
}

/* Of one that is named by its SID, "<SID=S-1-...>", "<SID=0105...>" or as a place-holder: there
 * need not be an object of that name yet. */
bool ad_protected_member_sid(struct ad_sid *out, const struct ad_value *dn)
{
	static const char head[] = "<SID=";
	const char *sid = dn->data + sizeof head - 1;
	size_t n;

	if (dn->len < sizeof head || ad_casecmp(dn->data, sizeof head - 1, head, sizeof head - 1))
		return is_place_holder(out, dn->data);
	n = dn->len - sizeof head; /* without the last character */
	return n > 0 && sid[n] == '>' && (ad_sid_scan(out, sid) == n || hex_sid(out, sid, n));
}

static bool judge_member(
	struct ad_verdict *v, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_held held = { .crowd = NULL };
	char *why = NULL, *label;
	struct ad_sid sid;

	if (ad_object_sid(&sid, e) && ad_sid_is_crowd(&sid)) {
		ad_verdict_widens(v, "every account in %s becomes a member", ad_crowd_name(&sid));
		return true;
	}
	if (!ad_protected_held(&held, ld, e, err))
		return false;
	if (!ad_protected_why(&why, ld, e, err)) {
		ad_held_clear(&held);
		return false;
	}
	label = ad_object_label(e);
	if (why)
		ad_verdict_touches(v, "the member %s is %s", label, why);
	else if (held.why)
		ad_verdict_touches(v, "the member %s holds %s", label, held.why);
	if (held.crowd)
		ad_verdict_widens(
			v, "every account in %s becomes a member, through %s", held.crowd, label);
	ad_held_clear(&held);
	free(label);
	free(why);
	return true;
}

/* The directory of the domain that a DN ends with, as far as it is known. */
static struct ad_ldap *home_of_dn(const struct ad_homes *homes, const char *dn)
{
	struct ad_ldap *found = NULL;

	for (size_t i = 0; i < homes->n; i++) {
		struct ad_ldap *ld = homes->v[i].ld;

		if (ld && ad_dn_under(dn, ad_ldap_info(ld)->base) &&
			(!found ||
				strlen(ad_ldap_info(ld)->base) > strlen(ad_ldap_info(found)->base)))
			found = ld;
	}
	return found;
}

/* One that the search did not find: it is outside of the domain, or written in another way, which
 * the server takes nevertheless. What is not there cannot become a member. */
static bool judge_elsewhere(struct ad_verdict *v, const struct ad_judging *j, struct ad_ldap *ld,
	const char *dn, struct ad_err *err)
{
	struct ad_ldap *home = home_of_dn(j->homes, dn);
	struct ad_entry *e;
	struct ad_err why;
	bool ok;

	if (ad_search_base(&e, home ? home : ld, dn, ad_protected_attrs, &why)) {
		ok = judge_member(v, home ? home : ld, e, err);
		ad_entry_free(e);
		return ok;
	}
	if (why.code == AD_LDAP_REFERRAL)
		ad_verdict_touches(
			v, "cannot tell what the member %s is: its domain was not queried", dn);
	if (why.code == AD_LDAP_REFERRAL || why.kind == AD_ERR_NOTFOUND)
		return true;
	if (why.kind == AD_ERR_FAILED) /* nobody can tell what it is */
		why.kind = AD_ERR_REFUSED;
	if (err)
		*err = why;
	return false;
}

/* Many in one search; those that it finds leave the list. */
static bool judge_found(
	struct ad_verdict *v, struct ad_ldap *ld, struct ad_list *dns, struct ad_err *err)
{
	struct ad_search_options o = {
		.scope = AD_SCOPE_SUBTREE, .attrs = ad_protected_attrs, .whole = true
	};
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	ad_buf_puts(&filter, "(|");
	for (size_t i = 0; i < dns->n; i++)
		ad_filter_equal(&filter, "distinguishedName", dns->v[i].data, dns->v[i].len);
	ad_buf_addc(&filter, ')');
	o.filter = ad_buf_text(&filter);
	if (ad_search_open(&s, ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			struct ad_value dn = { ad_entry_dn(e), strlen(ad_entry_dn(e)) };

			ad_list_subtract(dns, AD_MERGE_SET, &dn, 1);
			got = judge_member(v, ld, e, err) ? 1 : -1;
			ad_entry_free(e);
			if (got < 0)
				break;
		}
	ad_search_close(s);
	ad_buf_clear(&filter);
	return got == 0;
}

/* At most CHUNK; dns is used up. */
static bool judge_some(struct ad_verdict *v, const struct ad_judging *j, struct ad_ldap *ld,
	struct ad_list *dns, struct ad_err *err)
{
	bool ok = dns->n <= 1 || judge_found(v, ld, dns, err);

	for (size_t i = 0; ok && i < dns->n; i++)
		ok = judge_elsewhere(v, j, ld, dns->v[i].data, err);
	ad_list_clear(dns);
	return ok;
}

bool ad_protected_judge_members(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_value *dns, size_t n, struct ad_err *err)
{
	struct ad_sid *sids = ad_alloc((n + 1) * sizeof *sids);
	struct ad_list named = { NULL, 0 };
	size_t foreign = 0;
	bool ok = true;

	for (size_t i = 0; i < n && ok; i++) {
		struct ad_sid *sid = &sids[foreign];

		if (!ad_protected_member_sid(sid, &dns[i]))
			ad_list_add(&named, dns[i].data, dns[i].len);
		else if (ad_sid_is_crowd(sid))
			ad_verdict_widens(
				v, "every account in %s becomes a member", ad_crowd_name(sid));
		else
			foreign++;
		if (named.n == CHUNK || i + 1 == n)
			ok = judge_some(v, j, ld, &named, err);
	}
	ok = ok && ad_protected_judge_sources(v, j, ld, sids, foreign, err);
	ad_list_clear(&named);
	free(sids);
	return ok;
}
