/* Edits of service principal names. See spn.h. */
#include "ad/spn.h"

#include "base/mem.h"
#include "codec/dn.h"
#include "codec/spn.h"

#include <stdlib.h>
#include <string.h>

#define SPN "servicePrincipalName"

struct ad_value *ad_spn_values(const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_value *v = ad_alloc((n + 1) * sizeof *v);
	struct ad_spn spn;
	size_t i;

	for (i = 0; i < n; i++) {
		v[i] = (struct ad_value){ spns[i], strlen(spns[i]) };
		if (!ad_spn_parse(&spn, v[i].data, v[i].len, err)) {
			free(v);
			return NULL;
		}
	}
	return v;
}

bool ad_spn_subtract(struct ad_list *from, const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_value *v = ad_alloc((n + 1) * sizeof *v);
	struct ad_spn spn;
	bool ok = true;
	size_t i;

	for (i = 0; i < n && ok; i++) {
		v[i] = (struct ad_value){ spns[i], strlen(spns[i]) };
		ok = ad_list_find(from, AD_MERGE_SET, v[i].data, v[i].len) >= 0 ||
		     ad_spn_parse(&spn, v[i].data, v[i].len, err);
	}
	if (ok)
		ad_list_subtract(from, AD_MERGE_SET, v, n);
	free(v);
	return ok;
}

static bool pending_has(const struct ad_list *l, const char *spn)
{
	return ad_list_find(l, AD_MERGE_SET, spn, strlen(spn)) >= 0;
}

/* Does this plan take the SPN away from its owner? Then own gets it afterwards. */
static bool is_released(struct ad_plan *p, struct ad_change *own, const struct ad_spn_owner *o)
{
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);
		const struct ad_edit *e = ad_change_find(c, SPN);

		if (!e || !ad_dn_equal(c->dn, o->dn))
			continue;
		if (pending_has(&e->after, o->spn))
			return false;
		ad_change_wait(own, c);
		return true;
	}
	return false;
}

/* ---- whose it is already ---- */

/* What is to be added, and what is known of it. */
struct adding {
	struct ad_plan *plan;
	struct ad_ldap *ld;
	struct ad_change *own;
	struct ad_list add;
	struct ad_spn_aliases *aliases;
	bool covered; /* what others cover, or have below it, may be taken */
	struct ad_buf *warnings; /* or NULL */
};

/* Somebody who has the SPN, or one that is related to it. */
struct rival {
	const char *spn, *account, *dn;
	enum ad_spn_relation relation;
	bool planned; /* by this very plan */
};

static bool refuse(const char *spn, const struct rival *r, struct ad_err *err)
{
	const char *how = r->planned ? "is added by the same plan to" : "belongs to";

	if (r->relation == AD_SPN_SAME) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s %s (%s)", spn, how, r->account,
			r->dn);
		return ad_err_hint(err,
			"an SPN on two accounts breaks Kerberos for both; to move it: spn.move(\"%s\", target)",
			spn);
	}
	if (r->relation == AD_SPN_COVERS) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s is covered by %s, which %s %s (%s)",
			spn, r->spn, how, r->account, r->dn);
		return ad_err_hint(err,
			"clients already get tickets for %s without this name; to have another account answer instead: spn.add(account, \"%s\", { covered = true })",
			r->account, spn);
	}
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s covers %s, which %s %s (%s)", spn, r->spn,
		how, r->account, r->dn);
	return ad_err_hint(err,
		"clients of %s continue to get tickets for %s; if this is intended: spn.add(account, \"%s\", { covered = true }); if not, move it first: spn.move(\"%s\", account)",
		r->spn, r->account, spn, r->spn);
}

static void warn(struct adding *a, const char *spn, const struct rival *r)
{
	if (!a->warnings)
		return;
	if (r->relation == AD_SPN_COVERS)
		ad_buf_printf(a->warnings,
			"%s was covered by %s of %s; from now on its tickets are for %s\n", spn,
			r->spn, r->account, a->own->label);
	else
		ad_buf_printf(a->warnings, "%s covers %s, whose tickets remain those of %s\n", spn,
			r->spn, r->account);
}

static bool meet(struct adding *a, const char *spn, const struct rival *r, struct ad_err *err)
{
	if (r->relation == AD_SPN_SAME || !a->covered)
		return refuse(spn, r, err);
	warn(a, spn, r);
	return true;
}

/* Does the other change of the plan give its account something that is related to the SPN? */
static bool check_change(
	struct adding *a, const struct ad_change *c, const struct ad_value *spn, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, SPN);

	for (size_t i = 0; e && i < e->after.n; i++) {
		struct rival r = { e->after.v[i].data, c->label, c->dn,
			ad_spn_relate(a->aliases, &e->after.v[i], spn), true };

		if (r.relation != AD_SPN_UNRELATED && !pending_has(&e->before, r.spn) &&
			!meet(a, spn->data, &r, err))
			return false;
	}
	return true;
}

static bool check_plan(struct adding *a, struct ad_err *err)
{
	for (size_t i = 0; i < ad_plan_count(a->plan); i++) {
		const struct ad_change *c = ad_plan_at(a->plan, i);

		for (size_t k = 0; c != a->own && k < a->add.n; k++)
			if (!check_change(a, c, &a->add.v[k], err))
				return false;
	}
	return true;
}

static bool check_owner(
	struct adding *a, const char *spn, const struct ad_spn_owner *o, struct ad_err *err)
{
	struct rival r = { o->spn, o->account, o->dn, o->relation, false };

	return ad_dn_equal(o->dn, a->own->dn) || is_released(a->plan, a->own, o) ||
	       meet(a, spn, &r, err);
}

static bool check_owners(struct adding *a, struct ad_err *err)
{
	const char **spns = ad_alloc((a->add.n + 1) * sizeof *spns);
	struct ad_spn_owner *o = NULL;
	bool forest = true, ok;
	size_t n = 0, i;

	for (i = 0; i < a->add.n; i++)
		spns[i] = a->add.v[i].data;
	ok = ad_spn_find(&o, &n, &forest, a->ld, spns, a->add.n, a->aliases, true, err);
	for (i = 0; ok && i < n; i++)
		ok = check_owner(a, spns[o[i].asked], &o[i], err);
	if (ok && !forest && a->warnings)
		ad_buf_printf(a->warnings,
			"no global catalog answered: only %s was searched for duplicates\n",
			ad_ldap_info(a->ld)->domain);
	ad_spn_owners_free(o, n);
	free(spns);
	return ok;
}

/* ---- edits ---- */

static bool check(struct adding *a, struct ad_err *err)
{
	return a->add.n == 0 || (ad_spn_aliases_read(&a->aliases, a->ld, err) &&
					check_plan(a, err) && check_owners(a, err));
}

bool ad_spn_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, bool covered, struct ad_buf *warnings,
	struct ad_err *err)
{
	struct ad_value *v = ad_spn_values(spns, n, err);
	struct adding a = { .plan = p, .ld = ld, .covered = covered, .warnings = warnings };
	struct ad_edit *edit;
	bool ok;

	if (!v)
		return false;
	a.own = ad_plan_change(p, ld, account);
	edit = ad_change_edit(a.own, account, SPN);
	ad_list_unite(&a.add, AD_MERGE_SET, v, n);
	ad_list_subtract(&a.add, AD_MERGE_SET, edit->after.v, edit->after.n);
	ok = check(&a, err);
	if (ok)
		ad_list_unite(&edit->after, AD_MERGE_SET, a.add.v, a.add.n);
	ad_spn_aliases_free(a.aliases);
	ad_list_clear(&a.add);
	free(v);
	return ok;
}

bool ad_spn_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, account);

	return ad_spn_subtract(&ad_change_edit(c, account, SPN)->after, spns, n, err);
}
