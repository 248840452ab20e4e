/* Permissions of shares and folders. See permission.h. */
#include "ad/permission.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/access.h"
#include "codec/crowd.h"
#include "codec/sddl.h"

#include <stdlib.h>
#include <string.h>

/* whoever has one of these can do more than look: write, append, delete, permissions, owner */
#define CHANGING 0x000d0156u
#define READING 0x00000001u

static const struct word {
	const char *name;
	uint32_t mask;
} words[] = {
	{ "read", AD_RIGHTS_READ },
	{ "change", AD_RIGHTS_CHANGE },
	{ "full", AD_RIGHTS_FULL },
	{ "modify", AD_RIGHTS_CHANGE },
};

#define WORDS (sizeof words / sizeof *words)

bool ad_rights_parse(uint32_t *mask, const char *text, struct ad_err *err)
{
	for (size_t i = 0; i < WORDS; i++)
		if (ad_caseeq(text, words[i].name)) {
			*mask = words[i].mask;
			return true;
		}
	if (ad_sddl_parse_mask(mask, text, NULL) && *mask)
		return true;
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is not a valid right", text);
	return ad_err_hint(err,
		"use read, change (or modify) or full, or an SDDL mask such as FR or 0x1200a9");
}

uint32_t ad_rights_specific(uint32_t mask)
{
	return ad_access_specific(mask, &ad_generic_file);
}

void ad_rights_format(struct ad_buf *out, uint32_t mask)
{
	for (size_t i = 0; i < WORDS; i++)
		if (ad_rights_specific(mask) == words[i].mask) {
			ad_buf_puts(out, words[i].name);
			return;
		}
	ad_sddl_format_mask(out, mask);
}

/* ---- comparing ---- */

static bool has_same_object(const struct ad_ace *a, const struct ad_ace *b)
{
	return a->object_flags == b->object_flags &&
	       memcmp(a->object, b->object, sizeof a->object) == 0 &&
	       memcmp(a->inherited, b->inherited, sizeof a->inherited) == 0;
}

static bool has_same_condition(const struct ad_ace *a, const struct ad_ace *b)
{
	return a->data_len == b->data_len &&
	       (a->data_len == 0 || memcmp(a->data, b->data, a->data_len) == 0);
}

static uint8_t flags_of(const struct ad_ace *ace)
{
	return (uint8_t)(ace->flags & ~AD_ACE_INHERITED);
}

/* Entries that say the same, but for the rights. */
static bool is_alike(const struct ad_ace *a, const struct ad_ace *b)
{
	return a->type == b->type && flags_of(a) == flags_of(b) && ad_sid_equal(&a->sid, &b->sid) &&
	       (!ad_ace_is_object(a->type) || has_same_object(a, b)) &&
	       (!ad_ace_is_conditional(a->type) || has_same_condition(a, b));
}

static bool says_something(const struct ad_ace *ace)
{
	return ad_ace_is_allow(ace->type) || ad_ace_is_deny(ace->type);
}

static struct ad_permission_delta *find_delta(
	struct ad_permission_difference *d, const struct ad_ace *ace)
{
	for (size_t i = 0; i < d->n; i++)
		if (is_alike(d->deltas[i].ace, ace))
			return &d->deltas[i];
	d->deltas[d->n] = (struct ad_permission_delta){ ace, flags_of(ace), 0, 0 };
	return &d->deltas[d->n++];
}

static void collect(struct ad_permission_difference *d, const struct ad_sd *sd, bool after)
{
	for (size_t i = 0; sd && sd->dacl && i < sd->dacl->count; i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];
		uint32_t mask = ad_rights_specific(ace->mask);
		struct ad_permission_delta *delta;

		if (!says_something(ace))
			continue;
		delta = find_delta(d, ace);
		delta->before |= after ? 0 : mask;
		delta->after |= after ? mask : 0;
	}
}

static size_t count_aces(const struct ad_sd *sd)
{
	return sd && sd->dacl ? sd->dacl->count : 0;
}

/* The next entry from *i on that is in none of the deltas; NULL: none. */
static const struct ad_ace *next_kept(
	const struct ad_permission_difference *d, const struct ad_sd *sd, size_t *i)
{
	while (*i < count_aces(sd)) {
		const struct ad_ace *ace = &sd->dacl->ace[(*i)++];
		size_t k = 0;

		while (k < d->n && !is_alike(d->deltas[k].ace, ace))
			k++;
		if (k == d->n && says_something(ace))
			return ace;
	}
	return NULL;
}

/* The order of what neither came nor went: it matters when something is denied. */
static void compare_kept(
	struct ad_permission_difference *d, const struct ad_sd *before, const struct ad_sd *after)
{
	const struct ad_ace *a, *b;
	size_t i = 0, k = 0;
	bool differs = false, denies = false;

	do {
		a = next_kept(d, before, &i);
		b = next_kept(d, after, &k);
		differs |= !a != !b || (a && b && (!is_alike(a, b) || a->mask != b->mask));
		denies |= (a && ad_ace_is_deny(a->type)) || (b && ad_ace_is_deny(b->type));
	} while (a || b);
	d->reordered = differs && denies;
	d->same = d->n == 0 && !differs;
}

void ad_permission_compare(
	struct ad_permission_difference *out, const struct ad_sd *before, const struct ad_sd *after)
{
	struct ad_permission_difference d = { NULL, 0, false, false };
	size_t kept = 0;

	d.deltas = ad_alloc((count_aces(before) + count_aces(after) + 1) * sizeof *d.deltas);
	collect(&d, before, false);
	collect(&d, after, true);
	for (size_t i = 0; i < d.n; i++)
		if (d.deltas[i].before != d.deltas[i].after)
			d.deltas[kept++] = d.deltas[i];
	d.n = kept;
	compare_kept(&d, before, after);
	*out = d;
}

/* ---- what is pending ---- */

static bool decode(struct ad_sd **out, const struct ad_list *l, struct ad_err *err)
{
	*out = NULL;
	return l->n == 0 || ad_sd_decode(out, l->v[0].data, l->v[0].len, err);
}

static bool pending(
	struct ad_sd **out, const struct ad_change *c, const struct ad_edit *e, struct ad_err *err)
{
	if (!decode(out, &e->after, err))
		return ad_err_where(err, "read the permissions", c->dn);
	if (*out && (*out)->dacl)
		return true;
	if (*out)
		ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"%s has no access list, which allows everything to everyone", c->label);
	else
		ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"the server does not show the permissions of %s", c->label);
	ad_err_hint(err, *out ? "set an access list first (set_acl)"
			      : "check that the share exists, and that you may administer it");
	ad_sd_free(*out);
	return ad_err_where(err, NULL, c->dn);
}

static bool store(
	struct ad_change *c, struct ad_edit *e, const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	bool ok = ad_sd_encode(sd, &bytes, err);

	if (ok) {
		ad_list_clear(&e->after);
		ad_list_add(&e->after, bytes.data, bytes.len);
	}
	ad_buf_clear(&bytes);
	return ok || ad_err_where(err, NULL, c->dn);
}

/* ---- the verbs ---- */

bool ad_permission_grant(struct ad_change *c, struct ad_edit *e, const struct ad_sid *sids,
	size_t n, uint32_t mask, uint8_t flags, struct ad_err *err)
{
	struct ad_sd *sd;
	size_t i, added = 0;
	bool ok;

	if (!pending(&sd, c, e, err))
		return false;
	for (i = 0; i < n; i++)
		added += ad_acl_add_allow(sd->dacl, &sids[i], mask, flags);
	ok = added == 0 || store(c, e, sd, err);
	ad_sd_free(sd);
	return ok;
}

static bool inherits(const struct ad_sd *sd, const struct ad_sid *sid)
{
	for (size_t i = 0; i < sd->dacl->count; i++)
		if (sd->dacl->ace[i].flags & AD_ACE_INHERITED &&
			ad_ace_is_allow(sd->dacl->ace[i].type) &&
			ad_sid_equal(&sd->dacl->ace[i].sid, sid))
			return true;
	return false;
}

bool ad_permission_revoke(struct ad_change *c, struct ad_edit *e, const struct ad_sid *sids,
	size_t n, struct ad_err *err)
{
	size_t i, gone = 0;
	char text[AD_SID_TEXT];
	struct ad_sd *sd;
	bool ok = true;

	if (!pending(&sd, c, e, err))
		return false;
	for (i = 0; i < n && ok; i++) {
		size_t changed = ad_acl_remove_allow(sd->dacl, &sids[i], UINT32_MAX);

		gone += changed;
		if (changed || !inherits(sd, &sids[i]))
			continue;
		ad_sid_format(&sids[i], text);
		ad_err_set(err, AD_ERR_FAILED, "guard", 0,
			"the rights of %s here are inherited from a parent folder", text);
		ad_err_where(err, "revoke", c->dn);
		ok = ad_err_hint(
			err, "revoke them there, or stop inheritance here first (folder.protect)");
	}
	ok = ok && (gone == 0 || store(c, e, sd, err));
	ad_sd_free(sd);
	return ok;
}

/* The control bits of what is there; 0: nothing. */
static uint16_t marked(const struct ad_edit *e)
{
	struct ad_sd *sd;
	uint16_t control = 0;

	if (decode(&sd, &e->after, NULL) && sd)
		control = sd->control;
	ad_sd_free(sd);
	return control;
}

bool ad_permission_set(
	struct ad_change *c, struct ad_edit *e, const struct ad_sd *sd, struct ad_err *err)
{
	struct ad_sd *plain = ad_sd_new();
	size_t i;
	bool ok;

	if (!sd->dacl && !(sd->control & AD_SD_DACL_PRESENT)) {
		ad_sd_free(plain);
		ad_err_set(err, AD_ERR_USAGE, "usage", 0, "the text has no access list (D:)");
		return ad_err_hint(err, "use the form \"D:(A;;FA;;;BA)\"");
	}
	plain->control |= sd->control & (AD_SD_DACL_PRESENT | AD_SD_DACL_PROTECTED);
	plain->control |= marked(e) & AD_SD_DACL_AUTO_INHERITED;
	if (sd->dacl) {
		plain->dacl = ad_acl_new();
		for (i = 0; i < sd->dacl->count; i++)
			ad_acl_insert(plain->dacl, &sd->dacl->ace[i]);
	}
	ok = store(c, e, plain, err);
	ad_sd_free(plain);
	return ok;
}

bool ad_permission_protect(struct ad_change *c, struct ad_edit *e, bool copy, struct ad_err *err)
{
	struct ad_acl *acl;
	struct ad_sd *sd;
	size_t i;
	bool ok;

	if (!pending(&sd, c, e, err))
		return false;
	acl = ad_acl_new();
	for (i = 0; i < sd->dacl->count; i++) {
		struct ad_ace ace = sd->dacl->ace[i];

		if (ace.flags & AD_ACE_INHERITED && !copy)
			continue;
		ace.flags &= (uint8_t)~AD_ACE_INHERITED;
		ad_acl_insert(acl, &ace);
	}
	ad_acl_free(sd->dacl);
	sd->dacl = acl;
	sd->control |= AD_SD_DACL_PROTECTED;
	if (acl->count == 0) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"everything that %s allows is inherited: without inheritance nobody could use it",
			c->label);
		ad_err_where(err, "protect", c->dn);
		ok = ad_err_hint(err, "use \"copy\", or grant rights first");
	} else {
		ok = store(c, e, sd, err);
	}
	ad_sd_free(sd);
	return ok;
}

bool ad_permission_inherit(
	struct ad_change *c, struct ad_edit *e, const struct ad_acl *dacl, struct ad_err *err)
{
	struct ad_sd *sd;
	bool ok;

	if (!pending(&sd, c, e, err))
		return false;
	if (dacl) {
		ad_acl_free(sd->dacl);
		sd->dacl = ad_acl_dup(dacl);
	}
	sd->control |= AD_SD_DACL_AUTO_INHERITED;
	ok = store(c, e, sd, err);
	ad_sd_free(sd);
	return ok;
}

/* ---- judging ---- */

static const struct ad_sid everyone = { 12, { 1, 1, 0, 0, 0, 0, 0, 1 } }; /* S-1-1-0 */

/* A part of a descriptor's entries: those in force here, or what is passed on to what is made
 * below, as if it were in force. */
static struct ad_sd *view(const struct ad_sd *sd, bool below)
{
	struct ad_sd *v = ad_sd_dup(sd);

	for (size_t i = v->dacl ? v->dacl->count : 0; below && i-- > 0;)
		if (v->dacl->ace[i].flags & (AD_ACE_OBJECT_INHERIT | AD_ACE_CONTAINER_INHERIT))
			v->dacl->ace[i].flags &= (uint8_t)~AD_ACE_INHERIT_ONLY;
		else
			ad_acl_remove(v->dacl, i);
	return v;
}

/* Who is judged: a trustee, and the crowd that it is, or that is in it. */
struct who {
	struct ad_sid sid, crowd;
	const char *way; /* the group's name, or NULL */
};

/* What anybody of the crowd has; a descriptor that is not there gives nothing. */
static uint32_t crowd_has(
	const struct ad_sd *sd, const struct who *who, enum ad_condition condition)
{
	struct ad_sid token[] = { who->sid, who->crowd, everyone };

	return sd ? ad_access_mask(sd, token, 3, &ad_generic_file, NULL, condition) : 0;
}

static uint32_t gained(const struct ad_sd *before, const struct ad_sd *after, const struct who *who)
{
	uint32_t sure = crowd_has(after, who, AD_CONDITION_UNMET) &
			~crowd_has(before, who, AD_CONDITION_UNMET);
	uint32_t maybe =
		crowd_has(after, who, AD_CONDITION_MET) & ~crowd_has(before, who, AD_CONDITION_MET);

	return sure | maybe;
}

/* What the entries of one sort say about the crowd by itself. */
static uint32_t said(const struct ad_sd *sd, const struct ad_sid *crowd, bool deny, uint8_t flag)
{
	uint32_t mask = 0;

	for (size_t i = 0; sd && sd->dacl && i < sd->dacl->count; i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];

		if ((deny ? ad_ace_is_deny(ace->type) : ad_ace_is_allow(ace->type)) &&
			!(ace->flags & AD_ACE_INHERIT_ONLY) && (ace->flags & flag) == flag &&
			ad_sid_equal(&ace->sid, crowd))
			mask |= ad_rights_specific(ace->mask);
	}
	return mask;
}

static void tell(struct ad_verdict *v, const struct who *who, const char *verb, uint32_t mask,
	const char *how)
{
	struct ad_buf rights = AD_BUF_INIT;

	ad_rights_format(&rights, mask);
	ad_verdict_widens(v, "%s%s%s %s %s%s", ad_crowd_name(&who->crowd),
		who->way ? ", through " : "", who->way ? who->way : "", verb, ad_buf_text(&rights),
		how);
	ad_buf_clear(&rights);
}

struct judged {
	uint32_t gains, inherits, no_more; /* what counts as widening; most often nothing */
};

/* Reading is told of only where nobody asked for it: what comes from above by inheriting. */
static struct judged judge_who(
	const struct ad_sd *before, const struct ad_sd *after, const struct who *who)
{
	uint32_t more = gained(before, after, who);
	uint32_t no_more = said(before, &who->sid, true, 0) & ~said(after, &who->sid, true, 0);

	return (struct judged){ .gains = more & CHANGING,
		.inherits = more & said(after, &who->sid, false, AD_ACE_INHERITED) & READING,
		.no_more = no_more & CHANGING ? no_more : 0 };
}

static bool judge_trustee(struct ad_verdict *v, const struct ad_permission_asked *asked,
	const struct ad_sd *before, const struct ad_sd *after, const struct ad_sid *sid,
	struct ad_err *err)
{
	struct who who = { *sid, *sid, NULL };
	struct judged is = judge_who(before, after, &who);
	struct ad_permission_group group = { NULL, NULL };

	if (!is.gains && !is.inherits && !is.no_more)
		return true;
	if (!ad_sid_is_crowd(sid)) {
		if (asked && !asked->holds(asked->arg, &group, sid, err))
			return false;
		if (!group.crowd)
			return true;
		who.crowd = *group.crowd;
		who.way = group.label;
		is = judge_who(before, after, &who);
	}
	if (is.gains)
		tell(v, &who, "gains", crowd_has(after, &who, AD_CONDITION_MET), "");
	else if (is.inherits)
		tell(v, &who, "gains", crowd_has(after, &who, AD_CONDITION_MET), " by inheritance");
	if (is.no_more)
		tell(v, &who, "is no longer denied", is.no_more, "");
	return true;
}

static bool judge_entries(struct ad_verdict *v, const struct ad_permission_asked *asked,
	const struct ad_sd *before, const struct ad_sd *after, const struct ad_sd *named,
	struct ad_err *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < (named ? count_aces(named) : 0); i++)
		ok = judge_trustee(v, asked, before, after, &named->dacl->ace[i].sid, err);
	return ok;
}

void ad_permission_crowds(struct ad_permission_crowd **out, size_t *n, const struct ad_sd *sd)
{
	struct ad_permission_crowd *list = ad_alloc((count_aces(sd) + 1) * sizeof *list);
	size_t found = 0;

	if (!sd->dacl)
		list[found++] = (struct ad_permission_crowd){ everyone, AD_RIGHTS_FULL };
	for (size_t i = 0; i < count_aces(sd); i++) {
		const struct ad_sid *sid = &sd->dacl->ace[i].sid;
		struct who who = { *sid, *sid, NULL };
		uint32_t mask = crowd_has(sd, &who, AD_CONDITION_MET) & said(sd, sid, false, 0);
		size_t k = 0;

		while (k < found && !ad_sid_equal(&list[k].sid, sid))
			k++;
		if (k == found && ad_sid_is_crowd(sid) && mask & CHANGING)
			list[found++] = (struct ad_permission_crowd){ *sid, mask };
	}
	*out = list;
	*n = found;
}

static bool judge_view(struct ad_verdict *v, const struct ad_permission_asked *asked,
	const struct ad_sd *before, const struct ad_sd *after, bool below, struct ad_err *err)
{
	struct ad_sd *was = before ? view(before, below) : NULL, *is = view(after, below);
	bool ok;

	ad_access_suspect(was, is);
	ok = judge_entries(v, asked, was, is, is, err) &&
	     judge_entries(v, asked, was, is, was, err);
	ad_sd_free(was);
	ad_sd_free(is);
	return ok;
}

bool ad_permission_judge(struct ad_verdict *v, const struct ad_permission_asked *asked,
	const struct ad_list *before, const struct ad_list *after, struct ad_err *err)
{
	struct ad_sd *was = NULL, *is = NULL;
	bool ok = decode(&was, before, err) && decode(&is, after, err);

	if (ok && is && !is->dacl && (!was || was->dacl))
		ad_verdict_widens(v, "no access list at all: everyone may do everything");
	else if (ok && is)
		ok = judge_view(v, asked, was, is, false, err) &&
		     judge_view(v, asked, was, is, true, err);
	ad_sd_free(was);
	ad_sd_free(is);
	return ok;
}
