/* Accounts that need a second thought. See protected.h. */
#include "ad/protected.h"
#include "ad/identity.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/filter.h"
#include "codec/uac.h"

#include <stdlib.h>
#include <string.h>

/* MS-DTYP 2.4.2.4 */
#define RID_KRBTGT 502
#define RID_DOMAIN_USERS 513
#define RID_DOMAIN_GUESTS 514
#define RID_DOMAIN_COMPUTERS 515
#define RID_PROTECTED_USERS 525

bool ad_is_domain_controller(struct ad_entry *e)
{
	return ad_entry_number(e, "userAccountControl", 0) &
	       (AD_UAC_SERVER_TRUST_ACCOUNT | AD_UAC_PARTIAL_SECRETS_ACCOUNT);
}

static bool sid_of(struct ad_sid *out, struct ad_entry *e)
{
	struct ad_value v;

	return ad_entry_first(e, "objectSid", &v) && ad_sid_decode(out, v.data, v.len, NULL);
}

bool ad_is_krbtgt(struct ad_entry *e)
{
	struct ad_sid sid;
	struct ad_value v;

	if (sid_of(&sid, e) && ad_sid_rid(&sid) == RID_KRBTGT)
		return true;
	/* a read-only DC's is krbtgt_NNNNN */
	return ad_entry_first(e, "sAMAccountName", &v) && v.len > 7 &&
	       ad_casecmp(v.data, 7, "krbtgt_", 7) == 0;
}

bool ad_is_protected_user(bool *out, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_search_options o = { .scope = AD_SCOPE_SUBTREE, .page_size = -1 };
	static const char *const attrs[] = { "objectSid", NULL };
	struct ad_buf filter = AD_BUF_INIT;
	struct ad_sid sid, domain, group;
	struct ad_search *s = NULL;
	struct ad_entry *found = NULL;
	const char *dn = ad_entry_dn(e);
	int got = -1;

	*out = ad_entry_number(e, "primaryGroupID", 0) == RID_PROTECTED_USERS;
	if (*out || ad_entry_values(e, "memberOf", NULL) == 0 || !sid_of(&sid, e) ||
		!ad_sid_domain(&domain, &sid) || !ad_sid_make(&group, &domain, RID_PROTECTED_USERS))
		return true;
	ad_buf_puts(&filter, "(&(objectSid=");
	ad_filter_escape_bytes(&filter, group.bytes, group.len);
	ad_buf_addc(&filter, ')');
	ad_filter_equal(&filter, "member:" AD_RULE_IN_CHAIN ":", dn, strlen(dn));
	ad_buf_addc(&filter, ')');
	o.filter = ad_buf_text(&filter);
	o.attrs = attrs;
	if (ad_search_open(&s, ld, &o, err))
		got = ad_search_next(s, &found, err);
	ad_entry_free(found);
	ad_search_close(s);
	ad_buf_clear(&filter);
	*out = got == 1;
	return got >= 0;
}

/* What e is, in words, or NULL when it is an account like others. */
static bool why_protected(
	const char **why, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	bool member = false;

	*why = ad_is_domain_controller(e) ? "a domain controller"
	       : ad_is_krbtgt(e)          ? "the KDC's own account"
					  : NULL;
	if (*why)
		return true;
	if (!ad_is_protected_user(&member, ld, e, err))
		return false;
	if (member)
		*why = "a member of Protected Users";
	return true;
}

bool ad_protect_source(
	struct ad_change *c, struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	const char *why;
	char *label, *text;

	if (!why_protected(&why, ld, e, err))
		return false;
	if (!why)
		return true;
	label = ad_identity_label(e);
	text = ad_format("%s is %s", label, why);
	ad_change_protected(c, text);
	free(text);
	free(label);
	return true;
}

/* Everyone, Authenticated Users, Users, Domain Users, ... */
static bool is_everybody(const struct ad_sid *sid)
{
	static const char *const fixed[] = { "S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-32-545",
		"S-1-5-32-546" };
	char text[AD_SID_TEXT];
	uint32_t rid = ad_sid_rid(sid);
	size_t i;

	ad_sid_format(sid, text);
	for (i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strcmp(text, fixed[i]) == 0)
			return true;
	return strncmp(text, "S-1-5-21-", 9) == 0 &&
	       (rid == RID_DOMAIN_USERS || rid == RID_DOMAIN_GUESTS || rid == RID_DOMAIN_COMPUTERS);
}

static void mark_everybody(struct ad_change *c, const struct ad_sid *sid)
{
	const char *name = ad_sid_wellknown_name(sid);
	char text[AD_SID_TEXT], *why;

	ad_sid_format(sid, text);
	why = ad_format("every account in %s could act as any user here", name ? name : text);
	ad_change_widens(c, why);
	free(why);
}

bool ad_protect_sources(struct ad_change *c, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_entry **e = ad_alloc((n + 1) * sizeof *e);
	bool ok = ad_identity_by_sids(e, ld, sources, n, NULL, err);
	size_t i;

	if (ok && ad_is_domain_controller(target))
		ad_change_protected(c, "the target is a domain controller");
	if (ok && ad_is_krbtgt(target))
		ad_change_protected(c, "the target is the KDC's own account");
	for (i = 0; i < n; i++) {
		if (is_everybody(&sources[i]))
			mark_everybody(c, &sources[i]);
		if (ok && e[i])
			ok = ad_protect_source(c, ld, e[i], err);
		ad_entry_free(e[i]);
	}
	free(e);
	return ok;
}
