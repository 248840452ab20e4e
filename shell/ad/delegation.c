/* Kerberos delegation of accounts. See delegation.h. */
#include "ad/delegation.h"
#include "ad/protected.h"
#include "ad/spn.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/access.h"
#include "codec/sddl.h"
#include "codec/sd.h"
#include "codec/uac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODE_BITS (AD_UAC_TRUSTED_FOR_DELEGATION | AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION)

static const char *const mode_names[] = {
	[AD_MODE_NONE] = "none",
	[AD_MODE_KERBEROS] = "kerberos",
	[AD_MODE_ANY] = "any",
	[AD_MODE_UNCONSTRAINED] = "unconstrained",
};

const char *ad_mode_name(enum ad_mode m)
{
	return mode_names[m];
}

bool ad_mode_parse(enum ad_mode *out, const char *name, struct ad_err *err)
{
	unsigned i;

	for (i = 0; i < sizeof mode_names / sizeof *mode_names; i++)
		if (ad_caseeq(name, mode_names[i])) {
			*out = (enum ad_mode)i;
			return true;
		}
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is not a delegation mode", name);
	return ad_err_hint(err,
		"the modes are none, kerberos (constrained, Kerberos only), any (constrained with protocol transition) and unconstrained (any service)");
}

/* ---- reading ---- */

/* Whom a KDC takes everybody for, besides. */
static const struct ad_sid always[] = {
	{ 12, { 1, 1, 0, 0, 0, 0, 0, 1 } }, /* S-1-1-0: Everyone */
	{ 12, { 1, 1, 0, 0, 0, 0, 0, 5, 11 } }, /* S-1-5-11: Authenticated Users */
	{ 12, { 1, 1, 0, 0, 0, 0, 0, 5, 2 } }, /* S-1-5-2: Network */
	{ 16, { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2 } }, /* S-1-5-32-545: Users */
};

#define ALWAYS (sizeof always / sizeof *always)

static bool allows_everyone(const struct ad_sd *sd)
{
	return !sd->dacl;
}

/* May one who is these SIDs act towards the target ([MS-SFU] 3.2.5.2.3)? A KDC takes the rights as
 * they stand in the entry: it does not map generic ones. */
static bool may_act(
	const struct ad_sd *sd, const struct ad_sid *sids, size_t n, enum ad_condition condition)
{
	static const struct ad_generic not_mapped = { 0, 0, 0, 0 };
	struct ad_sid *token;
	uint32_t mask;

	if (allows_everyone(sd))
		return true;
	token = ad_alloc((n + ALWAYS) * sizeof *token);
	memcpy(token, always, sizeof always);
	if (n)
		memcpy(token + ALWAYS, sids, n * sizeof *token);
	mask = ad_access_mask(sd, token, n + ALWAYS, &not_mapped, NULL, condition);
	free(token);
	return mask & AD_RIGHT_CONTROL_ACCESS;
}

static bool lists_sid(const struct ad_sid *list, size_t n, const struct ad_sid *sid)
{
	while (n-- > 0)
		if (ad_sid_equal(&list[n], sid))
			return true;
	return false;
}

static size_t count_entries(const struct ad_sd *sd)
{
	return sd && sd->dacl ? sd->dacl->count : 0;
}

/* Those whom the entries allow something by that condition, once each; returns their number. */
static size_t allowed(struct ad_sid *out, const struct ad_sd *sd, enum ad_condition condition)
{
	size_t n = 0;

	if (sd && allows_everyone(sd))
		ad_sid_parse(&out[n++], "S-1-1-0", NULL);
	for (size_t i = 0; i < count_entries(sd); i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];

		if (ad_ace_is_allow(ace->type) && !lists_sid(out, n, &ace->sid) &&
			may_act(sd, &ace->sid, 1, condition))
			out[n++] = ace->sid;
	}
	return n;
}

/* Those whom entries in force deny it, once each. */
static size_t denied(struct ad_sid *out, const struct ad_sd *sd)
{
	size_t n = 0;

	for (size_t i = 0; i < count_entries(sd); i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];

		if (ad_ace_is_deny(ace->type) && !(ace->flags & AD_ACE_INHERIT_ONLY) &&
			ace->mask & AD_RIGHT_CONTROL_ACCESS && !lists_sid(out, n, &ace->sid))
			out[n++] = ace->sid;
	}
	return n;
}

/* "(a) or (b) unless (c)": what the entries of sid itself ask for. */
static char *conditions_of(const struct ad_sd *sd, const struct ad_sid *sid)
{
	struct ad_buf allow = AD_BUF_INIT, deny = AD_BUF_INIT;

	for (size_t i = 0; i < count_entries(sd); i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];
		struct ad_buf *b = ad_ace_is_deny(ace->type) ? &deny : &allow;

		if (!ad_ace_is_conditional(ace->type) || !ad_sid_equal(&ace->sid, sid) ||
			ace->flags & AD_ACE_INHERIT_ONLY || !(ace->mask & AD_RIGHT_CONTROL_ACCESS))
			continue;
		ad_buf_puts(b, b->len ? " or " : b == &deny ? "unless " : "");
		ad_sddl_format_condition(b, ace, NULL);
	}
	ad_buf_puts(&allow, allow.len && deny.len ? " " : "");
	ad_buf_add(&allow, deny.data, deny.len);
	ad_buf_clear(&deny);
	return ad_buf_steal(&allow);
}

static void read_sources(struct ad_delegation *d, const struct ad_sd *sd)
{
	size_t size = (count_entries(sd) + 1) * sizeof *d->sources, all;

	d->sources = ad_alloc(size);
	d->n_sources = allowed(d->sources, sd, AD_CONDITION_UNMET);
	d->conditional = ad_alloc(size);
	all = allowed(d->conditional, sd, AD_CONDITION_MET);
	for (size_t i = 0; i < all; i++)
		if (!lists_sid(d->sources, d->n_sources, &d->conditional[i]))
			d->conditional[d->n_conditional++] = d->conditional[i];
	d->conditions = ad_alloc((d->n_conditional + 1) * sizeof *d->conditions);
	for (size_t i = 0; i < d->n_conditional; i++)
		d->conditions[i] = conditions_of(sd, &d->conditional[i]);
	d->denied = ad_alloc(size);
	d->n_denied = denied(d->denied, sd);
	for (size_t i = 0; i < count_entries(sd); i++)
		d->odd_aces += !lists_sid(d->sources, d->n_sources, &sd->dacl->ace[i].sid);
}

static bool decode_sources(
	struct ad_sd **sd, const struct ad_value *v, const char *dn, struct ad_err *err)
{
	if (ad_sd_decode(sd, v->data, v->len, err))
		return true;
	ad_err_where(err, "read " AD_SOURCES, dn);
	return ad_err_hint(err,
		"the attribute does not hold a valid security descriptor, so it allows nobody; remove its value with a tool that can replace it, then allow the sources again");
}

bool ad_delegation_sources(
	struct ad_delegation *d, const struct ad_value *v, const char *dn, struct ad_err *err)
{
	struct ad_sd *sd;

	if (!decode_sources(&sd, v, dn, err))
		return false;
	read_sources(d, sd);
	ad_sd_free(sd);
	return true;
}

bool ad_delegation_may_act(bool *out, const struct ad_value *v, const struct ad_sid *token,
	size_t n, struct ad_err *err)
{
	struct ad_sd *sd;

	if (!decode_sources(&sd, v, NULL, err))
		return false;
	*out = may_act(sd, token, n, AD_CONDITION_UNMET);
	ad_sd_free(sd);
	return true;
}

static enum ad_mode mode_of(uint32_t uac, size_t n_targets)
{
	if (uac & AD_UAC_TRUSTED_FOR_DELEGATION)
		return AD_MODE_UNCONSTRAINED;
	if (uac & AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION)
		return AD_MODE_ANY;
	return n_targets ? AD_MODE_KERBEROS : AD_MODE_NONE;
}

bool ad_delegation_get(
	struct ad_delegation *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_delegation d = { 0 };
	struct ad_value v;

	d.uac = (uint32_t)ad_entry_number(e, "userAccountControl", 0);
	d.sensitive = d.uac & AD_UAC_NOT_DELEGATED;
	d.domain_controller = ad_is_domain_controller(e);
	d.n_targets = ad_entry_values(e, AD_TARGETS, &d.targets);
	d.mode = mode_of(d.uac, d.n_targets);
	if (!ad_is_protected_user(&d.protected_user, ld, e, err))
		return false;
	if (ad_entry_first(e, AD_SOURCES, &v) &&
		!ad_delegation_sources(&d, &v, ad_entry_dn(e), err))
		return false;
	*out = d;
	return true;
}

void ad_delegation_clear(struct ad_delegation *d)
{
	free(d->sources);
	free(d->conditional);
	for (size_t i = 0; i < d->n_conditional; i++)
		free(d->conditions[i]);
	free(d->conditions);
	free(d->denied);
	memset(d, 0, sizeof *d);
}

/* ---- edits of a source account ---- */

/* Sets and clears bits of userAccountControl on top of what is pending. */
static bool edit_bits(
	struct ad_change *c, struct ad_entry *e, uint32_t set, uint32_t clear, struct ad_err *err)
{
	struct ad_edit *edit = ad_change_edit(c, e, "userAccountControl");
	uint32_t now, after;
	char text[16];
	int n;

	if (!ad_list_number(&now, &edit->after)) {
		ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"the userAccountControl of %s cannot be read", c->label);
		ad_err_where(err, NULL, c->dn);
		return ad_err_hint(err, "check that it is an account, and that you may read it");
	}
	after = (now & ~clear) | set;
	if (after == now)
		return true;
	n = snprintf(text, sizeof text, "%ld", (long)(int32_t)after);
	ad_list_clear(&edit->after);
	ad_list_add(&edit->after, text, (size_t)n);
	return true;
}

/* Any service says nothing about constrained delegation, which may be there besides. */
static const struct mode_bits {
	uint32_t set, clear;
} mode_bits[] = {
	[AD_MODE_NONE] = { 0, MODE_BITS },
	[AD_MODE_KERBEROS] = { 0, MODE_BITS },
	[AD_MODE_ANY] = { AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION, AD_UAC_TRUSTED_FOR_DELEGATION },
	[AD_MODE_UNCONSTRAINED] = { AD_UAC_TRUSTED_FOR_DELEGATION, 0 },
};

static bool edit_mode(
	struct ad_change *c, struct ad_entry *e, enum ad_mode mode, struct ad_err *err)
{
	return edit_bits(c, e, mode_bits[mode].set, mode_bits[mode].clear, err);
}

bool ad_delegation_allow(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, int mode, struct ad_err *err)
{
	struct ad_value *v = ad_spn_values(targets, n, err);
	struct ad_change *c;
	bool ok = true;

	if (!v)
		return false;
	if (mode == AD_MODE_NONE || mode == AD_MODE_UNCONSTRAINED) {
		free(v);
		ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"mode '%s' cannot be combined with a list of targets", ad_mode_name(mode));
		return ad_err_hint(err, "use kerberos or any, or call set_mode without targets");
	}
	c = ad_plan_change(p, ld, source);
	if (mode >= 0)
		ok = edit_mode(c, source, (enum ad_mode)mode, err);
	if (ok)
		ad_list_unite(&ad_change_edit(c, source, AD_TARGETS)->after, AD_MERGE_SET, v, n);
	free(v);
	return ok;
}

bool ad_delegation_revoke(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, source);

	return ad_spn_subtract(&ad_change_edit(c, source, AD_TARGETS)->after, targets, n, err);
}

bool ad_delegation_set_mode(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	enum ad_mode mode, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, source);

	if (!edit_mode(c, source, mode, err))
		return false;
	if (mode == AD_MODE_NONE)
		ad_list_clear(&ad_change_edit(c, source, AD_TARGETS)->after);
	return true;
}

/* ---- edits of a target's descriptor ---- */

/* The descriptor with what is pending; *sd is NULL when there is none. */
static bool pending_sd(struct ad_sd **sd, const struct ad_change *c, const struct ad_edit *edit,
	struct ad_err *err)
{
	*sd = NULL;
	if (edit->after.n == 0)
		return true;
	if (!decode_sources(sd, &edit->after.v[0], c->dn, err))
		return false;
	if (!allows_everyone(*sd))
		return true;
	ad_sd_free(*sd);
	ad_err_set(err, AD_ERR_FAILED, "guard", 0,
		"%s of %s has no access list, which allows everyone", AD_SOURCES, c->label);
	ad_err_where(err, NULL, c->dn);
	return ad_err_hint(err, "remove the attribute's value first, then allow the sources again");
}

static bool store_sd(struct ad_edit *edit, const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;

	if (sd->dacl->count && !ad_sd_encode(sd, &bytes, err))
		return false;
	ad_list_clear(&edit->after);
	if (sd->dacl->count)
		ad_list_add(&edit->after, bytes.data, bytes.len);
	ad_buf_clear(&bytes);
	return true;
}

static bool refuse_denied(const struct ad_sid *sid, const char *dn, struct ad_err *err)
{
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	ad_err_set(err, AD_ERR_FAILED, "guard", 0,
		"an entry of " AD_SOURCES " denies %s: allowing it has no effect", text);
	ad_err_where(err, "allow", dn);
	return ad_err_hint(err, "remove that entry first");
}

bool ad_delegation_allow_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, target);
	struct ad_edit *edit = ad_change_edit(c, target, AD_SOURCES);
	struct ad_sd *sd;
	size_t added = 0;
	bool ok = true;

	if (!pending_sd(&sd, c, edit, err))
		return false;
	if (!sd)
		sd = ad_sd_new_rbcd();
	for (size_t i = 0; i < n && ok; i++) {
		if (may_act(sd, &sources[i], 1, AD_CONDITION_UNMET))
			continue;
		ad_acl_add_allow(sd->dacl, &sources[i], AD_MASK_DS_ALL, 0);
		added++;
		ok = may_act(sd, &sources[i], 1, AD_CONDITION_UNMET) ||
		     refuse_denied(&sources[i], c->dn, err);
	}
	ok = ok && (added == 0 || store_sd(edit, sd, err));
	ad_sd_free(sd);
	return ok;
}

bool ad_delegation_revoke_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, target);
	struct ad_edit *edit = ad_change_edit(c, target, AD_SOURCES);
	size_t i, gone = 0;
	struct ad_sd *sd;
	bool ok;

	if (!pending_sd(&sd, c, edit, err))
		return false;
	for (i = 0; sd && i < n; i++)
		gone += ad_acl_remove_allow(sd->dacl, &sources[i], UINT32_MAX);
	ok = gone == 0 || store_sd(edit, sd, err);
	ad_sd_free(sd);
	return ok;
}

/* ---- judging ---- */

static bool decode(struct ad_sd **sd, const struct ad_list *l, struct ad_err *err)
{
	*sd = NULL;
	return l->n == 0 || ad_sd_decode(sd, l->v[0].data, l->v[0].len, err);
}

/* Who is allowed for sure and was not, and who may be allowed and could not. */
static size_t find_gained(struct ad_sid *out, const struct ad_sd *before, const struct ad_sd *after)
{
	static const enum ad_condition both[] = { AD_CONDITION_UNMET, AD_CONDITION_MET };
	struct ad_sid *list = ad_alloc((count_entries(after) + 1) * sizeof *list);
	size_t n = 0;

	for (size_t k = 0; k < 2; k++) {
		size_t all = allowed(list, after, both[k]);

		for (size_t i = 0; i < all; i++)
			if (!(before && may_act(before, &list[i], 1, both[k])) &&
				!lists_sid(out, n, &list[i]))
				out[n++] = list[i];
	}
	free(list);
	return n;
}

bool ad_delegation_judge_sources(struct ad_verdict *v, const struct ad_judging *j,
	struct ad_ldap *ld, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err)
{
	struct ad_sd *was = NULL, *is = NULL;
	struct ad_sid *gained;
	bool ok;

	if (after->n > 1)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			AD_SOURCES " holds one descriptor, and the plan has %zu", after->n);
	if (!decode(&is, after, err))
		return false;
	if (!decode(&was, before, NULL)) /* what is not valid allows nobody */
		was = NULL;
	ad_access_suspect(was, is);
	gained = ad_alloc(2 * (count_entries(is) + 1) * sizeof *gained);
	ok = ad_protected_judge_sources(v, j, ld, gained, find_gained(gained, was, is), err);
	free(gained);
	ad_sd_free(was);
	ad_sd_free(is);
	return ok;
}
