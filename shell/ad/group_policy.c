/*
 * Group policy objects (MS-GPOL 2.2.8, MS-GPOD 2.1.3) as kinds of change: the object itself, the
 * containers in it, and attributes of policies and of what they are linked to. The files in SYSVOL
 * are changes of the kind "file"; stdlib/gpo.lua makes one plan of all of it.
 *
 * What a policy does to computers stands in its files. So it counts as a widening when one gets to
 * computers that did not obey it, or when what they obey changes; and where domain controllers are
 * among them, that is protected.
 */
#include "ad/protected.h"
#include "ad/whole.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/sddl.h"

#include <stdlib.h>
#include <string.h>

#define POLICY "policy" /* "name={GUID}", "displayName=...", "acl=" and its descriptor as SDDL */
#define LINK "gPLink" /* "[LDAP://DN;OPTIONS]..." (MS-GPOL 2.2.2) */
#define OPTIONS "gPOptions" /* 1: nothing from above (MS-GPOL 2.2.3) */
#define LINK_DISABLED 1
#define DC_FILTER "(&(objectCategory=computer)(|(primaryGroupID=516)(primaryGroupID=521)))"

/* ---- the object ---- */

static const char *const texts[] = { "displayName", "flags", "versionNumber",
	"gPCFunctionalityVersion", "gPCFileSysPath", "gPCMachineExtensionNames",
	"gPCUserExtensionNames", "gPCWQLFilter", NULL };

static void put_text(struct ad_list *l, struct ad_entry *e, const char *attr, const char *key)
{
	char *text = ad_entry_text(e, attr);

	ad_list_put(l, key, text);
	free(text);
}

static void put_acl(struct ad_list *l, struct ad_entry *e)
{
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sd *sd = NULL;
	struct ad_value v;

	if (ad_entry_first(e, "nTSecurityDescriptor", &v) &&
		ad_sd_decode(&sd, v.data, v.len, NULL)) {
		ad_sddl_format(&text, sd, NULL);
		ad_list_put(l, "acl", ad_buf_text(&text));
	}
	ad_sd_free(sd);
	ad_buf_clear(&text);
}

static void describe(struct ad_list *l, struct ad_entry *e)
{
	put_text(l, e, "cn", "name");
	for (const char *const *attr = texts; *attr; attr++)
		put_text(l, e, *attr, *attr);
	put_acl(l, e);
}

static bool fill_acl(struct ad_whole_add *a, const char *text, struct ad_err *err)
{
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *sd;
	bool ok;

	if (!ad_sddl_parse(&sd, text, NULL, err))
		return false;
	ok = ad_sd_encode(sd, &bytes, err);
	if (ok)
		ad_whole_put(a, "nTSecurityDescriptor",
			&(struct ad_value){ (const char *)bytes.data, bytes.len }, 1);
	ad_sd_free(sd);
	ad_buf_clear(&bytes);
	return ok;
}

static bool fill(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_list *is = &ad_change_find(c, POLICY)->after;
	char *acl = ad_list_value(is, "acl");
	bool ok = !acl || fill_acl(a, acl, err);

	for (const char *const *attr = texts; *attr; attr++) {
		char *text = ad_list_value(is, *attr);

		ad_whole_put_text(a, *attr, text);
		free(text);
	}
	free(acl);
	return ok;
}

static const struct ad_whole policy = {
	.existence = POLICY,
	.noun = "group policy object",
	.object_class = "groupPolicyContainer",
	.attrs = (const char *const[]){ "cn", "displayName", "flags", "versionNumber",
		"gPCFunctionalityVersion", "gPCFileSysPath", "gPCMachineExtensionNames",
		"gPCUserExtensionNames", "gPCWQLFilter", "nTSecurityDescriptor", "objectGUID",
		NULL },
	.kept = (const char *const[]){ "objectGUID", NULL },
	.describe = describe,
	.fill = fill,
};

/* Until it is linked nobody obeys it; judged is the link. Elsewhere in the directory nothing comes
 * or goes by these kinds unasked. */
static bool judge_place(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	char *policies = ad_format("CN=Policies,CN=System,%s", ad_ldap_info(c->ld)->base);

	(void)j;
	if (!ad_dn_under(c->dn, policies) || ad_dn_equal(c->dn, policies))
		ad_verdict_touches(v, "it is not a part of a group policy");
	free(policies);
	return ad_protected_judge_object(v, c->ld, now, err);
}

extern const struct ad_kind ad_kind_policy; /* rows of shell/plan/kind.c */
const struct ad_kind ad_kind_policy = {
	.name = "policy",
	.attributes = (const struct ad_kind_attribute[]){ { POLICY, AD_MERGE_TEXT },
		{ NULL, AD_MERGE_EXACT } },
	.in_directory = true,
	.existence = POLICY,
	.whole = &policy,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = judge_place,
};

/* ---- containers in it ---- */

static void describe_container(struct ad_list *l, struct ad_entry *e)
{
	put_text(l, e, "cn", "name");
}

static bool fill_container(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	(void)a, (void)c, (void)err;
	return true;
}

static const struct ad_whole container = {
	.existence = "container",
	.noun = "container",
	.object_class = "container",
	.attrs = (const char *const[]){ "cn", "objectGUID", NULL },
	.kept = (const char *const[]){ "objectGUID", NULL },
	.describe = describe_container,
	.fill = fill_container,
};

extern const struct ad_kind ad_kind_container;
const struct ad_kind ad_kind_container = {
	.name = "container",
	.attributes = (const struct ad_kind_attribute[]){ { "container", AD_MERGE_EXACT },
		{ NULL, AD_MERGE_EXACT } },
	.in_directory = true,
	.existence = "container",
	.whole = &container,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = judge_place,
};

/* ---- who obeys ---- */

/* Whether there is something below base; the filter says what. */
static bool has_below(
	bool *out, struct ad_ldap *ld, const char *base, const char *filter, struct ad_err *err)
{
	static const char *const attrs[] = { "cn", NULL };
	struct ad_search_options o = { .base = base,
		.scope = AD_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = attrs,
		.limit = 1 };
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = ad_search_open(&s, ld, &o, err) ? ad_search_next(s, &e, err) : -1;

	*out = got == 1;
	if (got == 1)
		ad_entry_free(e);
	ad_search_close(s);
	return got >= 0;
}

/* The policy gets to what is below dn, or does something else there. */
static bool judge_reach(struct ad_verdict *v, struct ad_ldap *ld, const char *dn, const char *what,
	struct ad_err *err)
{
	bool dcs = false, site = ad_dn_under(dn, ad_ldap_info(ld)->config_base);

	if (!site && !has_below(&dcs, ld, dn, DC_FILTER, err))
		return false;
	ad_verdict_widens(v, "what is below %s obeys %s", dn, what);
	if (dcs)
		ad_verdict_touches(v, "domain controllers are below %s", dn);
	else if (site)
		ad_verdict_touches(v, "%s is a site, maybe with domain controllers", dn);
	return true;
}

/* ---- links ---- */

/* The next "[LDAP://DN;OPTIONS]": its text from *p on, of *n bytes; false: there is none. */
static bool next_link(const char **p, size_t *n)
{
	const char *start = strchr(*p, '['), *end = start ? strchr(start, ']') : NULL;

	if (!end)
		return false;
	*p = start;
	*n = (size_t)(end + 1 - start);
	return true;
}

static bool has_link(const char *links, const char *link, size_t n)
{
	size_t k;

	for (; next_link(&links, &k); links += k)
		if (ad_casecmp(links, k, link, n) == 0)
			return true;
	return false;
}

static bool is_disabled(const char *link, size_t n)
{
	while (n-- > 0)
		if (link[n] == ';')
			return strtoul(link + n + 1, NULL, 10) & LINK_DISABLED;
	return false;
}

/* "the policy {GUID}", allocated. */
static char *link_name(const char *link, size_t n)
{
	const char *start = memchr(link, '{', n),
		   *end = start ? memchr(start, '}', n - (size_t)(start - link)) : NULL;

	return end ? ad_format("the policy %.*s", (int)(end + 1 - start), start)
		   : ad_strdup("a policy");
}

static char *one_text(const struct ad_list *l)
{
	return l->n ? ad_strndup(l->v[0].data, l->v[0].len) : ad_strdup("");
}

static bool judge_links(struct ad_verdict *v, const struct ad_change *c, const struct ad_edit *e,
	struct ad_err *err)
{
	char *before = one_text(&e->before), *after = one_text(&e->after);
	const char *p = after;
	bool ok = true;
	size_t n;

	for (; ok && next_link(&p, &n); p += n)
		if (!has_link(before, p, n) && !is_disabled(p, n)) {
			char *name = link_name(p, n);

			ok = judge_reach(v, c->ld, c->dn, name, err);
			free(name);
		}
	free(before);
	free(after);
	return ok;
}

/* ---- what a policy says changes ---- */

static bool judge_linked(struct ad_verdict *v, const struct ad_change *c, const char *base,
	const char *filter, struct ad_err *err)
{
	static const char *const attrs[] = { LINK, NULL };
	struct ad_search_options o = { .base = base,
		.scope = AD_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = attrs,
		.whole = true };
	struct ad_search *s = NULL;
	struct ad_entry *e;
	int got = -1;

	if (ad_search_open(&s, c->ld, &o, err))
		while ((got = ad_search_next(s, &e, err)) == 1) {
			bool ok = judge_reach(
				v, c->ld, ad_entry_dn(e), "what the policy says now", err);

			ad_entry_free(e);
			if (!ok) {
				got = -1;
				break;
			}
		}
	ad_search_close(s);
	return got == 0;
}

static bool judge_version(struct ad_verdict *v, const struct ad_change *c, struct ad_err *err)
{
	struct ad_buf filter = AD_BUF_INIT, name = AD_BUF_INIT;
	const struct ad_ldap_info *info = ad_ldap_info(c->ld);
	bool ok = true;

	if (ad_dn_rdn_value(&name, c->dn)) {
		ad_buf_puts(&filter, "(" LINK "=*");
		ad_filter_escape(&filter, name.data, name.len);
		ad_buf_puts(&filter, "*)");
		ok = judge_linked(v, c, info->base, ad_buf_text(&filter), err) &&
		     judge_linked(v, c, info->config_base, ad_buf_text(&filter), err);
	}
	ad_buf_clear(&filter);
	ad_buf_clear(&name);
	return ok;
}

static bool is_of_container(const char *attr)
{
	return ad_caseeq(attr, LINK) || ad_caseeq(attr, OPTIONS);
}

/* Each edit by itself: one of them does not stand for another. */
static bool judge_edits(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	const struct ad_edit *links = ad_change_find(c, LINK);
	bool says = false;

	(void)j;
	for (size_t i = 0; i < c->n; i++)
		says |= !is_of_container(c->edits[i].attr);
	return ad_protected_judge_object(v, c->ld, now, err) &&
	       (!links || judge_links(v, c, links, err)) &&
	       (!ad_change_find(c, OPTIONS) ||
		       judge_reach(v, c->ld, c->dn, "policies from above, or no longer", err)) &&
	       (!says || judge_version(v, c, err));
}

extern const struct ad_kind ad_kind_policy_attributes;
const struct ad_kind ad_kind_policy_attributes = {
	.name = "policy-attributes",
	.attributes =
		(const struct ad_kind_attribute[]){
			{ LINK, AD_MERGE_EXACT },
			{ OPTIONS, AD_MERGE_EXACT },
			{ "versionNumber", AD_MERGE_EXACT },
			{ "flags", AD_MERGE_EXACT },
			{ "displayName", AD_MERGE_EXACT },
			{ "gPCMachineExtensionNames", AD_MERGE_EXACT },
			{ "gPCUserExtensionNames", AD_MERGE_EXACT },
			{ NULL, AD_MERGE_EXACT },
		},
	.in_directory = true,
	.judge = judge_edits,
};
