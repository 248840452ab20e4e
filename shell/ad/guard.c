/* The guards of the gate: everything that can be refused before the first byte goes out. */
#include "ad/gate.h"
#include "base/buf.h"

#define BUDGET 1200 /* non-linked values in one record of 8 KiB pages, all attributes together */

static bool check_count(struct ad_plan *p, struct ad_err *err)
{
	long n = (long)ad_plan_count(p), had = (long)ad_gate_total()->changed;

	if (ad_gate.dry_run)
		had += (long)ad_plan_count(ad_gate.collected);
	if (ad_gate.max_changes <= 0 || had + n <= ad_gate.max_changes)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"this would change %ld objects%s; --max-changes allows %ld. Nothing was written",
		had + n, had ? " in all" : "", ad_gate.max_changes);
	return ad_err_hint(err, "look at the plan with --dry-run, then raise --max-changes");
}

void ad_plan_names(struct ad_plan *p, bool (*pick)(const struct ad_change *), struct ad_buf *out)
{
	size_t i, n = 0, rest = 0;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!pick(c))
			continue;
		if (n++ < 8)
			ad_buf_printf(out, "%s%s%s%s%s", n > 1 ? ", " : "", c->label,
				c->why ? " (" : "", c->why ? c->why : "", c->why ? ")" : "");
		else
			rest++;
	}
	if (rest)
		ad_buf_printf(out, " and %zu more", rest);
}

static bool pick_protected(const struct ad_change *c)
{
	return c->is_protected;
}

static bool check_protected(struct ad_plan *p, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;

	if (ad_gate.allow_protected)
		return true;
	ad_plan_names(p, pick_protected, &list);
	if (list.len == 0)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "protected accounts: %s. Nothing was written",
		ad_buf_text(&list));
	ad_buf_clear(&list);
	return ad_err_hint(err, "if that is really meant, say so with --allow-protected");
}

static bool check_budget(struct ad_plan *p, struct ad_err *err)
{
	long budget = ad_gate.value_budget > 0 ? ad_gate.value_budget : BUDGET;
	size_t i, k;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);
		long more = 0;

		for (k = 0; k < c->n; k++)
			if (c->edits[k].merge == AD_MERGE_SET)
				more += (long)c->edits[k].after.n - (long)c->edits[k].before.n;
		if (more <= 0 || c->values + more <= budget)
			continue;
		if (ad_gate.value_budget <= 0 && ad_ldap_info(c->ld)->samba)
			continue;
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%s would have %ld values in servicePrincipalName and "
			"msDS-AllowedToDelegateTo together; a domain controller's database takes "
			"about "
			"%ld for one object. Nothing was written",
			c->label, c->values + more, budget);
		return ad_err_hint(err,
			"name fewer services with --services, use resource-based delegation "
			"through a "
			"group, or raise --value-budget where the forest has 32k database pages");
	}
	return true;
}

static bool check_widening(struct ad_plan *p, struct ad_err *err)
{
	size_t i;

	if (ad_gate.allow_widening || ad_gate.dry_run)
		return true;
	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!c->widens || (ad_gate.confirm && ad_gate.confirm(ad_gate.confirm_arg, p, c)))
			continue;
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s: %s%s. Nothing was written",
			c->label, c->why ? c->why : "this widens trust",
			ad_gate.confirm ? ", and that was not confirmed" : "");
		return ad_err_hint(err,
			ad_gate.confirm ? "nothing to do; run it again if it was meant"
					: "if that is really meant, say so with --allow-widening");
	}
	return true;
}

bool ad_plan_check(struct ad_plan *p, struct ad_err *err)
{
	if (ad_gate.read_only && !ad_gate.dry_run) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%zu objects would be changed, and this run is --read-only. Nothing was "
			"written",
			ad_plan_count(p));
		return ad_err_hint(
			err, "leave --read-only out to write, or use --dry-run to see the plan");
	}
	return check_count(p, err) && check_protected(p, err) && check_budget(p, err) &&
	       check_widening(p, err);
}
