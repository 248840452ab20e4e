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

static bool taken(
	const char *spn, const char *owner, const char *dn, const char *how, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s %s %s (%s)", spn, how, owner, dn);
	return ad_err_hint(err,
		"two accounts with one SPN break Kerberos for both; if it is to change hands: spn.move(\"%s\", target)",
		spn);
}

/* Does this plan give one of the SPNs to somebody else? */
static bool check_plan(struct ad_plan *p, const struct ad_change *own, const struct ad_list *add,
	struct ad_err *err)
{
	size_t i, k;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);
		const struct ad_edit *e = ad_change_find(c, SPN);

		for (k = 0; c != own && e && k < add->n; k++)
			if (pending_has(&e->after, add->v[k].data) &&
				!pending_has(&e->before, add->v[k].data))
				return taken(add->v[k].data, c->label, c->dn,
					"is given in the same plan to", err);
	}
	return true;
}

static bool check_owners(struct ad_plan *p, struct ad_ldap *ld, struct ad_change *own,
	const struct ad_list *add, struct ad_buf *warnings, struct ad_err *err)
{
	const char **spns = ad_alloc((add->n + 1) * sizeof *spns);
	struct ad_spn_owner *o = NULL;
	bool forest = true, ok;
	size_t n = 0, i;

	for (i = 0; i < add->n; i++)
		spns[i] = add->v[i].data;
	ok = ad_spn_find(&o, &n, &forest, ld, spns, add->n, true, err);
	for (i = 0; ok && i < n; i++) {
		if (ad_dn_equal(o[i].dn, own->dn) || is_released(p, own, &o[i]))
			continue;
		if (!o[i].alias)
			ok = taken(o[i].spn, o[i].account, o[i].dn, "belongs to", err);
		else if (warnings)
			ad_buf_printf(warnings,
				"%s was covered by %s of %s; from now on its tickets are for %s\n",
				spns[o[i].asked], o[i].spn, o[i].account, own->label);
	}
	if (ok && !forest && warnings)
		ad_buf_printf(warnings,
			"no global catalog answered: only %s was searched for duplicates\n",
			ad_ldap_info(ld)->domain);
	ad_spn_owners_free(o, n);
	free(spns);
	return ok;
}

bool ad_spn_add(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_buf *warnings, struct ad_err *err)
{
	struct ad_value *v = ad_spn_values(spns, n, err);
	struct ad_list add = { NULL, 0 };
	struct ad_change *c;
	struct ad_edit *edit;
	bool ok;

	if (!v)
		return false;
	c = ad_plan_change(p, ld, account);
	edit = ad_change_edit(c, account, SPN);
	ad_list_unite(&add, AD_MERGE_SET, v, n);
	ad_list_subtract(&add, AD_MERGE_SET, edit->after.v, edit->after.n);
	ok = add.n == 0 ||
	     (check_plan(p, c, &add, err) && check_owners(p, ld, c, &add, warnings, err));
	if (ok)
		ad_list_unite(&edit->after, AD_MERGE_SET, add.v, add.n);
	ad_list_clear(&add);
	free(v);
	return ok;
}

bool ad_spn_remove(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *account,
	const char *const *spns, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, account);

	return ad_spn_subtract(&ad_change_edit(c, account, SPN)->after, spns, n, err);
}
