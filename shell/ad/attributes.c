/*
 * The kind of change that edits attributes of an object of the directory which is there: what it
 * can edit, how that is judged. Written as one LDAP modify, see shell/gate/gate.c.
 */
#include "ad/delegation.h"
#include "ad/explain.h"
#include "ad/group.h"
#include "ad/protected.h"
#include "base/text.h"
#include "codec/uac.h"

#include <stdlib.h>
#include <string.h>

#define AD_TYPES "msDS-SupportedEncryptionTypes"

/* ---- userAccountControl ---- */

/* What each bit of MS-ADTS 2.2.16 means for trust when it is set, or taken away. */
static const struct {
	uint32_t bit;
	bool set; /* else: taken away */
	const char *why;
} widening_bits[] = {
	{ AD_UAC_TRUSTED_FOR_DELEGATION, true,
		"unconstrained delegation: it may act as any user who signs in to it, towards any service" },
	{ AD_UAC_SERVER_TRUST_ACCOUNT, true, "it becomes the account of a domain controller" },
	{ AD_UAC_PARTIAL_SECRETS_ACCOUNT, true,
		"it becomes the account of a read-only domain controller" },
	{ AD_UAC_INTERDOMAIN_TRUST_ACCOUNT, true, "it becomes the account of a trust" },
	{ AD_UAC_DONT_REQUIRE_PREAUTH, true,
		"anyone can request a ticket for it without its password" },
	{ AD_UAC_PASSWD_NOTREQD, true, "it needs no password" },
	{ AD_UAC_ENCRYPTED_TEXT_PASSWORD_ALLOWED, true,
		"its password is stored with reversible encryption" },
	{ AD_UAC_USE_DES_KEY_ONLY, true, "its tickets are encrypted with DES only" },
	{ AD_UAC_NO_AUTH_DATA_REQUIRED, true, "its tickets need no authorization data" },
	{ AD_UAC_NOT_DELEGATED, false, "it is no longer sensitive: others may act on its behalf" },
	{ AD_UAC_ACCOUNTDISABLE, false, "it was disabled and becomes enabled" },
	{ AD_UAC_SMARTCARD_REQUIRED, false, "it no longer needs a smart card" },
};

/* No value is 0. */
static bool read_bits(uint32_t *out, const struct ad_list *l, struct ad_err *err)
{
	*out = 0;
	return l->n == 0 || ad_list_number(out, l) ||
	       ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		       "a value of userAccountControl is not a single decimal number. Nothing was written");
}

/* By the difference: the server takes it only while the value before is still there, and then what
 * is sent instead is this difference on top of what is there. */
static bool judge_bits(const struct ad_edit *e, struct ad_verdict *v, struct ad_err *err)
{
	uint32_t after, before;

	if (e->after.n == 0)
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"userAccountControl cannot be removed. Nothing was written");
	if (!read_bits(&after, &e->after, err) || !read_bits(&before, &e->before, err))
		return false;
	for (size_t i = 0; i < sizeof widening_bits / sizeof *widening_bits; i++)
		if ((widening_bits[i].set ? after & ~before : before & ~after) &
			widening_bits[i].bit)
			ad_verdict_widens(v, "%s", widening_bits[i].why);
	return true;
}

/* ---- msDS-SupportedEncryptionTypes ---- */

#define DES_AND_RC4 0x7u

/* None, like 0, leaves it to the KDC, which takes AES. */
static bool judge_types(const struct ad_edit *e, struct ad_verdict *v, struct ad_err *err)
{
	uint32_t before = 0, after = 0;

	if ((e->before.n && !ad_list_number(&before, &e->before)) ||
		(e->after.n && !ad_list_number(&after, &e->after)))
		return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"a value of " AD_TYPES
			" is not a single decimal number. Nothing was written");
	if (after & ~before & DES_AND_RC4)
		ad_verdict_widens(v,
			"its tickets may be encrypted with RC4 or DES, which exposes its password to guessing");
	return true;
}

/* ---- lists ---- */

struct judged {
	const struct ad_judging *j;
	const struct ad_change *c;
	struct ad_verdict *v;
};

static bool judge_targets(const struct judged *o, const struct ad_list *added, struct ad_err *err)
{
	return ad_protected_judge_targets(o->v, o->c->ld, added, err);
}

static bool judge_members(const struct judged *o, const struct ad_list *added, struct ad_err *err)
{
	return ad_protected_judge_members(o->v, o->j, o->c->ld, added->v, added->n, err);
}

/* A server may take such a value for another one than was judged. */
static bool check_text(const char *attr, const struct ad_list *added, struct ad_err *err)
{
	for (size_t i = 0; i < added->n; i++)
		if (added->v[i].len == 0 || memchr(added->v[i].data, 0, added->v[i].len))
			return ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
				"a value of %s is empty or contains a zero byte. Nothing was written",
				attr);
	return true;
}

static bool judge_added(const struct judged *o, const struct ad_edit *e,
	bool (*judge)(const struct judged *, const struct ad_list *, struct ad_err *),
	struct ad_err *err)
{
	struct ad_list added = { NULL, 0 }, removed = { NULL, 0 };
	const struct ad_list *l = e->before.n ? &added : &e->after; /* or all of it is new */
	bool ok;

	if (e->before.n)
		ad_edit_difference(e, &added, &removed);
	ok = check_text(e->attr, l, err) && (!judge || judge(o, l, err));
	ad_list_clear(&added);
	ad_list_clear(&removed);
	return ok;
}

/* ---- the kind ---- */

static bool judge_edit(const struct judged *o, const struct ad_edit *e, struct ad_err *err)
{
	switch (e->merge) {
	case AD_MERGE_BITS: return judge_bits(e, o->v, err);
	case AD_MERGE_SD:
		return ad_delegation_judge_sources(
			o->v, o->j, o->c->ld, &e->before, &e->after, err);
	default: break;
	}
	if (ad_caseeq(e->attr, AD_TYPES))
		return judge_types(e, o->v, err);
	if (ad_caseeq(e->attr, AD_MEMBER))
		return judge_added(o, e, judge_members, err);
	if (ad_caseeq(e->attr, AD_TARGETS))
		return judge_added(o, e, judge_targets, err);
	return judge_added(o, e, NULL, err);
}

static bool judge(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	struct judged o = { j, c, v };

	if (!ad_protected_judge_object(v, c->ld, now, err))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (!judge_edit(&o, &c->edits[i], err))
			return false;
	return true;
}

const struct ad_kind ad_kind_attributes = {
	.name = "attributes",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ "userAccountControl", AD_MERGE_BITS },
			{ AD_TARGETS, AD_MERGE_SET },
			{ AD_SOURCES, AD_MERGE_SD },
			{ "servicePrincipalName", AD_MERGE_SET },
			{ AD_MEMBER, AD_MERGE_SET },
			{ AD_TYPES, AD_MERGE_EXACT },
			{ NULL, AD_MERGE_SET },
		},
	.in_directory = true,
	.wire = ad_group_wire,
	.is_clash = ad_group_is_clash,
	.judge = judge,
	.explain = ad_explain,
};
