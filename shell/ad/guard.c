/* The guards of the gate: everything that can be refused before the first byte goes out. */
#include "ad/gate.h"
#include "ad/policy.h"
#include "ad/standin.h"
#include "base/buf.h"
#include "base/limits.h"

#include <string.h>

/* 0: no limit */
static long lower(long held, long more)
{
	return more > 0 && (held <= 0 || more < held) ? more : held;
}

void ad_gate_tighten(const struct ad_gate *more)
{
	ad_gate.dry_run |= more->dry_run;
	ad_gate.read_only |= more->read_only;
	ad_gate.allow_protected &= more->allow_protected;
	ad_gate.allow_widening &= more->allow_widening;
	ad_gate.max_changes = lower(ad_gate.max_changes, more->max_changes);
	if (more->value_budget > 0)
		ad_gate.value_budget =
			lower(ad_gate.value_budget > 0 ? ad_gate.value_budget : AD_VALUE_BUDGET,
				more->value_budget);
}

static bool check_count(struct ad_plan *p, struct ad_err *err)
{
	long n = (long)ad_plan_count(p), had = (long)ad_gate_total()->changed;
	long most = ad_gate.max_changes, policy = ad_policy()->max_changes;
	bool by_policy = policy > 0 && (most <= 0 || policy < most);

	most = by_policy ? policy : most;
	if (ad_gate.dry_run)
		had += (long)ad_plan_count(ad_gate.collected);
	if (most <= 0 || had + n <= most)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"this would change %ld objects%s; %s allows %ld. Nothing was written", had + n,
		had ? " in all" : "",
		by_policy ? "max_changes of the policy of this machine" : "--max-changes", most);
	return ad_err_hint(
		err, by_policy ? "take fewer objects at a time"
			       : "look at the plan with --dry-run, then raise --max-changes");
}

static bool spans_domains(struct ad_plan *p)
{
	size_t i;

	for (i = 1; i < ad_plan_count(p); i++)
		if (ad_plan_at(p, i)->ld != ad_plan_at(p, 0)->ld)
			return true;
	return false;
}

void ad_plan_names(struct ad_plan *p, bool (*pick)(const struct ad_change *), struct ad_buf *out)
{
	bool several = spans_domains(p);
	size_t i, n = 0, rest = 0;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!pick(c))
			continue;
		if (n++ < 8)
			ad_buf_printf(out, "%s%s%s%s%s%s%s", n > 1 ? ", " : "", c->label,
				several ? " of " : "", several ? ad_ldap_info(c->ld)->domain : "",
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

	if (ad_gate.allow_protected && !ad_policy()->no_protected)
		return true;
	ad_plan_names(p, pick_protected, &list);
	if (list.len == 0)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "protected accounts: %s. Nothing was written",
		ad_buf_text(&list));
	ad_buf_clear(&list);
	return ad_err_hint(err, ad_policy()->no_protected
					? "the policy of this machine does not allow that at all"
					: "if that is really meant, say so with --allow-protected");
}

static bool check_budget(struct ad_plan *p, struct ad_err *err)
{
	long budget = ad_gate.value_budget > 0 ? ad_gate.value_budget : AD_VALUE_BUDGET;
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
			"%s would have %ld values in servicePrincipalName and msDS-AllowedToDelegateTo together; a domain controller's database takes about %ld for one object. Nothing was written",
			c->label, c->values + more, budget);
		return ad_err_hint(err,
			"name fewer services with --services, use resource-based delegation through a group, or raise --value-budget where the forest has 32k database pages");
	}
	return true;
}

static bool pick_widening(const struct ad_change *c)
{
	return c->widens;
}

/* Not even at a terminal, not even in a dry run: it could not be made anyway. */
static bool check_no_widening(struct ad_plan *p, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;

	if (ad_policy()->no_widening)
		ad_plan_names(p, pick_widening, &list);
	if (list.len == 0)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"the policy of this machine does not allow it to widen trust: %s. Nothing was written",
		ad_buf_text(&list));
	ad_buf_clear(&list);
	return false;
}

static bool check_policy(struct ad_plan *p, struct ad_err *err)
{
	size_t i;

	if (!ad_policy_allows_recipe(ad_gate.recipe, err))
		return false;
	for (i = 0; i < ad_plan_count(p); i++)
		if (!ad_policy_allows(ad_plan_at(p, i), err))
			return false;
	return check_no_widening(p, err);
}

static bool is_alike(const struct ad_change *a, const struct ad_change *b)
{
	return a->widens && b->widens && a->kind && b->kind && a->why && b->why &&
	       strcmp(a->why, b->why) == 0;
}

size_t ad_plan_alike(struct ad_plan *p, const struct ad_change *c)
{
	size_t i, n = 0;

	for (i = 0; i < ad_plan_count(p); i++)
		n += ad_plan_at(p, i) != c && is_alike(ad_plan_at(p, i), c);
	return n;
}

static bool refuse_widening(struct ad_plan *p, const struct ad_change *c, struct ad_err *err)
{
	size_t more = ad_plan_alike(p, c);
	struct ad_buf count = AD_BUF_INIT;

	if (more)
		ad_buf_printf(&count, ", and so with %zu more", more);
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s: %s%s%s. Nothing was written", c->label,
		c->why ? c->why : "this widens trust", ad_buf_text(&count),
		ad_gate.confirm ? ", and that was not confirmed" : "");
	ad_buf_clear(&count);
	return ad_err_hint(err, ad_gate.confirm
					? "nothing to do; run it again if it was meant"
					: "if that is really meant, say so with --allow-widening");
}

/* The question whether to write names what widens trust, too. */
static bool is_asked_later(void)
{
	return ad_gate.approve && !ad_gate.agreed;
}

static bool check_widening(struct ad_plan *p, struct ad_err *err)
{
	const struct ad_change *asked = NULL;
	size_t i;

	if (ad_gate.allow_widening || ad_gate.dry_run || is_asked_later())
		return true;
	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (!c->widens || c->confirmed)
			continue;
		if (!(asked && is_alike(asked, c)) &&
			!(ad_gate.confirm && ad_gate.confirm(ad_gate.confirm_arg, p, c)))
			return refuse_widening(p, c, err);
		c->confirmed = true;
		asked = c;
	}
	return true;
}

bool ad_plan_check_rules(struct ad_plan *p, struct ad_err *err)
{
	bool by_policy = ad_policy()->read_only;

	if ((ad_gate.read_only || by_policy) && !ad_gate.dry_run) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%zu objects would be changed, and %s. Nothing was written",
			ad_plan_count(p),
			by_policy ? "the policy of this machine is read_only"
				  : "this run is --read-only");
		return ad_err_hint(err, "%suse --dry-run to see the plan",
			by_policy ? "" : "leave --read-only out to write, or ");
	}
	return ad_standin_check(p, err) && check_policy(p, err) && check_count(p, err) &&
	       check_protected(p, err) && check_budget(p, err);
}

bool ad_plan_check(struct ad_plan *p, struct ad_err *err)
{
	return ad_plan_check_rules(p, err) && check_widening(p, err);
}
