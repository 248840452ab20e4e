/* The guards of the gate. See guard.h. */
#include "gate/guard.h"
#include "gate/judge.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool check_count(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	long n = (long)ad_plan_count(p), had = (long)run->total.changed;
	long most = run->rules.max_changes, policy = run->policy.rules.max_changes;
	bool by_policy = policy > 0 && (most <= 0 || policy < most);

	most = by_policy ? policy : most;
	if (run->rules.dry_run && p != run->collected)
		had += (long)ad_plan_count(run->collected);
	if (most <= 0 || had + n <= most)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"this would change %ld objects%s; %s allows %ld. Nothing was written", had + n,
		had ? " in all" : "",
		by_policy ? "max_changes in the policy of this machine" : "--max-changes", most);
	return ad_err_hint(
		err, by_policy ? "change fewer objects at a time"
			       : "check the plan with --dry-run, then raise --max-changes");
}

static bool spans_domains(struct ad_plan *p)
{
	size_t i;

	for (i = 1; i < ad_plan_count(p); i++)
		if (ad_plan_at(p, i)->ld != ad_plan_at(p, 0)->ld)
			return true;
	return false;
}

void ad_guard_names(
	struct ad_plan *p, const char *(*pick)(const struct ad_change *), struct ad_buf *out)
{
	bool several = spans_domains(p);
	const char *last = NULL; /* of a file: those of one share are named once */
	size_t i, n = 0, rest = 0;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);
		const char *why = pick(c);

		if (!why)
			continue;
		if ((!last || strcmp(why, last) != 0) && n++ < 8)
			ad_buf_printf(out, "%s%s%s%s%s%s%s", n > 1 ? ", " : "", c->label,
				several ? " of " : "", several ? ad_ldap_info(c->ld)->domain : "",
				*why ? " (" : "", why, *why ? ")" : "");
		else
			rest++;
		last = c->dn[0] == '\\' ? why : NULL;
	}
	if (rest)
		ad_buf_printf(out, " and %zu more", rest);
}

static const char *why_protected(const struct ad_change *c)
{
	return c->verdict.touches;
}

static bool refuse_protected(bool by_policy, const char *names, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "protected: %s. Nothing was written", names);
	return ad_err_hint(err, by_policy ? "the policy of this machine does not allow this"
					  : "if this is intended, use --allow-protected");
}

static bool may_touch(const struct ad_run *run)
{
	return run->rules.allow_protected && !run->policy.rules.no_protected;
}

static bool check_protected(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;

	if (!may_touch(run))
		ad_guard_names(p, why_protected, &list);
	if (list.len == 0)
		return true;
	refuse_protected(run->policy.rules.no_protected, ad_buf_text(&list), err);
	ad_buf_clear(&list);
	return false;
}

static bool check_budget(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	long wanted = run->rules.value_budget, budget = wanted > 0 ? wanted : AD_VALUE_BUDGET;
	size_t i, k;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);
		long more = 0;

		for (k = 0; k < c->n; k++)
			if (c->edits[k].merge == AD_MERGE_SET)
				more += (long)c->edits[k].after.n - (long)c->edits[k].before.n;
		if (more <= 0 || c->values + more <= budget)
			continue;
		if (wanted <= 0 && ad_ldap_info(c->ld)->samba)
			continue;
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%s would have %ld values in servicePrincipalName and msDS-AllowedToDelegateTo together; the database of a domain controller holds about %ld per object. Nothing was written",
			c->label, c->values + more, budget);
		return ad_err_hint(err,
			"name fewer services with --services, use resource-based delegation through a group, or raise --value-budget where the forest has 32k database pages");
	}
	return true;
}

/* ---- widening ---- */

static const char *why_widening(const struct ad_change *c)
{
	return c->verdict.widens;
}

/* Not even at a terminal, not even in a dry run: it could not be made anyway. */
static bool check_no_widening(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	struct ad_buf list = AD_BUF_INIT;

	if (run->policy.rules.no_widening)
		ad_guard_names(p, why_widening, &list);
	if (list.len == 0)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"the policy of this machine does not allow widening trust: %s. Nothing was written",
		ad_buf_text(&list));
	ad_buf_clear(&list);
	return false;
}

static bool check_policy(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	size_t i;

	if (!ad_policy_allows_recipe(&run->policy, run->recipe, err))
		return false;
	for (i = 0; i < ad_plan_count(p); i++)
		if (!ad_policy_allows(&run->policy, ad_plan_at(p, i), err))
			return false;
	return check_no_widening(run, p, err);
}

/* Things on file servers: there may be thousands below a folder. */
static bool is_alike(const struct ad_change *a, const struct ad_change *b)
{
	return a->verdict.widens && b->verdict.widens && !a->kind->in_directory &&
	       !b->kind->in_directory && strcmp(a->verdict.widens, b->verdict.widens) == 0;
}

size_t ad_guard_alike(struct ad_plan *p, const struct ad_change *c)
{
	size_t i, n = 0;

	for (i = 0; i < ad_plan_count(p); i++)
		n += ad_plan_at(p, i) != c && is_alike(ad_plan_at(p, i), c);
	return n;
}

static bool refuse_widening(const struct ad_change *c, size_t more, bool asked, struct ad_err *err)
{
	struct ad_buf count = AD_BUF_INIT;

	if (more)
		ad_buf_printf(&count, ", and %zu more like this", more);
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "%s: %s%s%s. Nothing was written", c->label,
		c->verdict.widens, ad_buf_text(&count),
		asked ? ", and this was not confirmed" : "");
	ad_buf_clear(&count);
	return ad_err_hint(err, asked ? "if this is intended, run it again and confirm"
				      : "if this is intended, use --allow-widening");
}

/* A yes is to these very words; when something else is found later, it is asked for again. */
static bool is_confirmed(const struct ad_change *c)
{
	return !c->verdict.widens || (c->confirmed && strcmp(c->confirmed, c->verdict.widens) == 0);
}

static void confirm(struct ad_change *c)
{
	free(c->confirmed);
	c->confirmed = ad_strdup(c->verdict.widens);
}

void ad_guard_confirm(struct ad_plan *p)
{
	for (size_t i = 0; i < ad_plan_count(p); i++)
		confirm(ad_plan_at(p, i));
}

/* The question whether to write names what widens trust, too. */
static bool is_asked_later(const struct ad_run *run)
{
	return run->approve && !run->rules.agreed;
}

static bool check_widening(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	const struct ad_change *asked = NULL;
	size_t i;

	if (run->rules.allow_widening || run->rules.dry_run || is_asked_later(run))
		return true;
	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (is_confirmed(c))
			continue;
		if (!(asked && is_alike(asked, c)) &&
			!(run->confirm && run->confirm(run->confirm_arg, p, c)))
			return refuse_widening(c, ad_guard_alike(p, c), run->confirm, err);
		confirm(c);
		asked = c;
	}
	return true;
}

/* ---- all of them ---- */

static bool check_read_only(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	bool by_policy = run->policy.rules.read_only;

	if ((!run->rules.read_only && !by_policy) || run->rules.dry_run)
		return true;
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"%zu objects would be changed, and %s. Nothing was written", ad_plan_count(p),
		by_policy ? "the policy of this machine is read_only" : "this run is --read-only");
	return ad_err_hint(err, "%suse --dry-run to see the plan",
		by_policy ? "" : "omit --read-only to write, or ");
}

/* Nothing there says what is true now. */
static bool check_connected(struct ad_plan *p, struct ad_err *err)
{
	for (size_t i = 0; i < ad_plan_count(p); i++) {
		const struct ad_ldap_info *info = ad_ldap_info(ad_plan_at(p, i)->ld);

		if (!info->snapshot)
			continue;
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%s was read from the snapshot %s, which is read-only. Nothing was written",
			ad_plan_at(p, i)->label, info->snapshot);
		return ad_err_hint(err, "omit --from to query a domain controller");
	}
	return true;
}

/* Such a one refers writers to another, whose objects nobody here has looked at. */
static bool check_writable(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	for (size_t i = 0; i < ad_plan_count(p) && !run->rules.dry_run; i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!c->kind->in_directory || !ad_ldap_info(c->ld)->read_only)
			continue;
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"%s is a read-only domain controller. Nothing was written",
			ad_ldap_info(c->ld)->host);
		return ad_err_hint(err,
			"name a writable domain controller of %s with --server HOST; without --server, adsh prefers writable ones",
			ad_ldap_info(c->ld)->domain);
	}
	return true;
}

bool ad_guard_check_rules(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	return check_connected(p, err) && check_read_only(run, p, err) &&
	       check_writable(run, p, err) && ad_plan_order(p, err) && ad_judge_plan(run, p, err) &&
	       check_policy(run, p, err) && check_count(run, p, err) &&
	       check_protected(run, p, err) && check_budget(run, p, err);
}

bool ad_guard_check(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	return ad_guard_check_rules(run, p, err) && check_widening(run, p, err);
}

bool ad_guard_check_agreed(struct ad_run *run, struct ad_plan *p, struct ad_err *err)
{
	if (!ad_guard_check_rules(run, p, err))
		return false;
	for (size_t i = 0; i < ad_plan_count(p) && !run->rules.allow_widening; i++)
		if (!is_confirmed(ad_plan_at(p, i)))
			return refuse_widening(ad_plan_at(p, i), 0, false, err);
	return true;
}

bool ad_guard_check_again(struct ad_run *run, const struct ad_change *c, struct ad_err *err)
{
	if (!ad_policy_allows(&run->policy, c, err))
		return false;
	if (c->verdict.touches && !may_touch(run))
		return refuse_protected(run->policy.rules.no_protected, c->verdict.touches, err);
	if (c->verdict.widens && run->policy.rules.no_widening)
		return refuse_widening(c, 0, false, err);
	return run->rules.allow_widening || is_confirmed(c) || refuse_widening(c, 0, false, err);
}
