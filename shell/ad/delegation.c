/* Kerberos delegation of accounts. See delegation.h. */
#include "ad/delegation.h"
#include "ad/protected.h"
#include "ad/spn.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/sd.h"
#include "codec/uac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS "msDS-AllowedToDelegateTo"
#define SOURCES "msDS-AllowedToActOnBehalfOfOtherIdentity"
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
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is no delegation mode", name);
	return ad_err_hint(err,
		"the modes are none, kerberos (constrained, Kerberos only), any (constrained with protocol transition) and unconstrained (any service)");
}

/* ---- reading ---- */

/* An entry that grants the trustee without conditions: what Microsoft's tools write. */
static bool is_plain_allow(const struct ad_ace *ace)
{
	return ace->type == AD_ACE_ALLOW && !(ace->flags & AD_ACE_INHERIT_ONLY);
}

static bool allows_everyone(const struct ad_sd *sd)
{
	return !sd->dacl;
}

static void read_sources(struct ad_delegation *d, const struct ad_sd *sd)
{
	size_t i;

	d->sources = ad_alloc(((sd->dacl ? sd->dacl->count : 0) + 1) * sizeof *d->sources);
	if (allows_everyone(sd))
		ad_sid_parse(&d->sources[d->n_sources++], "S-1-1-0", NULL);
	for (i = 0; sd->dacl && i < sd->dacl->count; i++)
		if (is_plain_allow(&sd->dacl->ace[i]))
			d->sources[d->n_sources++] = sd->dacl->ace[i].sid;
		else
			d->odd_aces++;
}

static bool decode_sources(
	struct ad_sd **sd, const struct ad_value *v, const char *dn, struct ad_err *err)
{
	if (ad_sd_decode(sd, v->data, v->len, err))
		return true;
	ad_err_where(err, "read " SOURCES, dn);
	return ad_err_hint(err,
		"the attribute holds no valid security descriptor, so nobody is allowed by it; remove its value with a tool that may replace it, then allow the sources anew");
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
	d.n_targets = ad_entry_values(e, TARGETS, &d.targets);
	d.mode = mode_of(d.uac, d.n_targets);
	if (!ad_is_protected_user(&d.protected_user, ld, e, err))
		return false;
	if (ad_entry_first(e, SOURCES, &v) && !ad_delegation_sources(&d, &v, ad_entry_dn(e), err))
		return false;
	*out = d;
	return true;
}

void ad_delegation_clear(struct ad_delegation *d)
{
	free(d->sources);
	memset(d, 0, sizeof *d);
}

/* ---- edits of a source account ---- */

/* Sets and clears bits of userAccountControl on top of what is pending; *changed is set, never
 * cleared. */
static bool edit_bits(struct ad_change *c, struct ad_entry *e, uint32_t set, uint32_t clear,
	bool *changed, struct ad_err *err)
{
	struct ad_edit *edit = ad_change_edit(c, e, "userAccountControl", AD_MERGE_BITS);
	uint32_t now, after;
	char text[16];
	int n;

	if (edit->after.n != 1) {
		ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"%s has no userAccountControl that can be read", c->label);
		ad_err_where(err, NULL, c->dn);
		return ad_err_hint(err, "is it an account, and may you read it?");
	}
	now = (uint32_t)strtoll(edit->after.v[0].data, NULL, 10);
	after = (now & ~clear) | set;
	if (after == now)
		return true;
	n = snprintf(text, sizeof text, "%ld", (long)(int32_t)after);
	ad_list_clear(&edit->after);
	ad_list_add(&edit->after, text, (size_t)n);
	*changed = true;
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

static bool edit_mode(struct ad_change *c, struct ad_entry *e, enum ad_mode mode, bool *changed,
	struct ad_err *err)
{
	uint32_t had = (uint32_t)ad_entry_number(e, "userAccountControl", 0);
	const struct mode_bits *bits = &mode_bits[mode];

	if (!edit_bits(c, e, bits->set, bits->clear, changed, err))
		return false;
	if (bits->set & ~had & AD_UAC_TRUSTED_FOR_DELEGATION)
		ad_change_widens(c,
			"unconstrained delegation: it may act as any user who signs in to it, towards any service");
	return true;
}

bool ad_delegation_allow(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, int mode, struct ad_err *err)
{
	struct ad_value *v = ad_spn_values(targets, n, err);
	struct ad_change *c;
	bool changed = false, ok = true;

	if (!v)
		return false;
	if (mode == AD_MODE_NONE || mode == AD_MODE_UNCONSTRAINED) {
		free(v);
		ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"mode '%s' does not go with a list of targets", ad_mode_name(mode));
		return ad_err_hint(err, "use kerberos or any here, or set_mode on its own");
	}
	c = ad_plan_change(p, ld, source);
	if (mode >= 0)
		ok = edit_mode(c, source, (enum ad_mode)mode, &changed, err);
	if (ok && ad_list_unite(&ad_change_edit(c, source, TARGETS, AD_MERGE_SET)->after,
			  AD_MERGE_SET, v, n))
		changed = true;
	free(v);
	return ok && (!changed || ad_protect_source(c, ld, source, err));
}

bool ad_delegation_revoke(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	const char *const *targets, size_t n, struct ad_err *err)
{
	struct ad_value *v = ad_spn_values(targets, n, err);
	struct ad_change *c;

	if (!v)
		return false;
	c = ad_plan_change(p, ld, source);
	ad_list_subtract(
		&ad_change_edit(c, source, TARGETS, AD_MERGE_SET)->after, AD_MERGE_SET, v, n);
	free(v);
	return true;
}

bool ad_delegation_set_mode(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *source,
	enum ad_mode mode, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, source);
	bool changed = false;

	if (!edit_mode(c, source, mode, &changed, err))
		return false;
	if (mode == AD_MODE_NONE) {
		ad_list_clear(&ad_change_edit(c, source, TARGETS, AD_MERGE_SET)->after);
		/* less is always fine, except where the domain itself depends on it */
		changed = changed && ad_is_domain_controller(source);
	}
	return !changed || ad_protect_source(c, ld, source, err);
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
		"%s of %s has no access list, which allows everyone", SOURCES, c->label);
	ad_err_where(err, NULL, c->dn);
	return ad_err_hint(err, "remove the attribute's value first, then allow the sources anew");
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

static bool has_source(const struct ad_sd *sd, const struct ad_sid *sid)
{
	size_t i;

	for (i = 0; i < sd->dacl->count; i++)
		if (is_plain_allow(&sd->dacl->ace[i]) && ad_sid_equal(&sd->dacl->ace[i].sid, sid))
			return true;
	return false;
}

bool ad_delegation_allow_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, target);
	struct ad_edit *edit = ad_change_edit(c, target, SOURCES, AD_MERGE_SD);
	struct ad_sid *added;
	struct ad_sd *sd;
	size_t i, n_added = 0;
	bool ok;

	if (!pending_sd(&sd, c, edit, err))
		return false;
	if (!sd)
		sd = ad_sd_new_rbcd();
	added = ad_alloc((n + 1) * sizeof *added);
	for (i = 0; i < n; i++)
		if (!has_source(sd, &sources[i])) {
			ad_acl_add_allow(sd->dacl, &sources[i], AD_MASK_DS_ALL, 0);
			added[n_added++] = sources[i];
		}
	ok = n_added == 0 ||
	     (store_sd(edit, sd, err) && ad_protect_sources(c, ld, target, added, n_added, err));
	free(added);
	ad_sd_free(sd);
	return ok;
}

bool ad_delegation_revoke_from(struct ad_plan *p, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_change *c = ad_plan_change(p, ld, target);
	struct ad_edit *edit = ad_change_edit(c, target, SOURCES, AD_MERGE_SD);
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
