/* What we may write. See rights.h. */
#include "gate/rights.h"
#include "gate/guard.h"
#include "gate/reread.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/ldap_codes.h"

#include <stdlib.h>
#include <string.h>

struct check {
	struct ad_plan *p;
	struct ad_report *report;
	struct ad_list attrs; /* that may not be written */
	struct ad_list ours; /* containers in which we may write even an object's descriptor */
	const struct ad_change *first; /* of those that may not be written */
};

static bool lists(const struct ad_value *v, size_t n, const char *attr)
{
	while (n-- > 0)
		if (ad_casecmp(v[n].data, v[n].len, attr, strlen(attr)) == 0)
			return true;
	return false;
}

static const char *container(const struct ad_change *c)
{
	const char *parent = ad_dn_parent(c->dn);

	return parent ? parent : "";
}

static bool visit(void *arg, struct ad_change *c, struct ad_entry *e, struct ad_err *err)
{
	struct check *k = arg;
	const struct ad_value *v = NULL;
	size_t i, n = e ? ad_entry_values(e, "allowedAttributesEffective", &v) : 0;

	(void)err;
	c->denied = false;
	if (!e) /* it is still to come, or gone */
		return true;
	if (lists(v, n, "nTSecurityDescriptor"))
		ad_list_unite(&k->ours, AD_MERGE_SET,
			&(struct ad_value){ container(c), strlen(container(c)) }, 1);
	for (i = 0; i < c->n; i++) {
		struct ad_value attr = { c->edits[i].attr, strlen(c->edits[i].attr) };

		if (ad_caseeq(attr.data, "servicePrincipalName") || lists(v, n, attr.data))
			continue;
		c->denied = true;
		ad_list_unite(&k->attrs, AD_MERGE_SET, &attr, 1);
		if (!k->first)
			k->first = c;
	}
	return true;
}

static bool is_sample(struct ad_change **list, size_t n, const struct ad_change *c)
{
	while (n-- > 0)
		if (ad_caseeq(container(list[n]), container(c)))
			return false;
	return true;
}

static bool is_of(const struct ad_change *c, const struct ad_ldap *ld)
{
	return c->ld == ld && !c->kind->write;
}

/* The attribute costs a DC over a millisecond for each object, so one object of each container goes
 * first: who may change its descriptor, as an administrator may, is believed for the others. */
static bool check_directory(
	struct check *k, struct ad_ldap *ld, struct ad_change **list, struct ad_err *err)
{
	static const char *const attrs[] = { "allowedAttributesEffective", NULL };
	struct ad_reread r = { .via = ld, .attrs = attrs, .arg = k, .visit = visit };
	size_t i, n = 0, samples;
	bool ok;

	for (i = 0; i < ad_plan_count(k->p); i++)
		if (is_of(ad_plan_at(k->p, i), ld) && is_sample(list, n, ad_plan_at(k->p, i)))
			list[n++] = ad_plan_at(k->p, i);
	samples = n;
	ok = ad_reread(&r, list, n, err);
	for (i = 0; i < ad_plan_count(k->p) && ok; i++) {
		struct ad_change *c = ad_plan_at(k->p, i);
		const char *of = container(c);

		if (is_of(c, ld) && ad_list_find(&k->ours, AD_MERGE_SET, of, strlen(of)) < 0)
			list[n++] = c;
	}
	ok = ok && ad_reread(&r, list + samples, n - samples, err);
	k->report->rights += r.requests;
	return ok;
}

/* Nothing may be written, or the DC does not know the question? */
static bool can_tell(struct check *k)
{
	static const char *const attrs[] = { "allowedAttributes", NULL };
	struct ad_entry *e = NULL;
	bool tells;

	k->report->rights++;
	tells = ad_search_base(&e, k->first->ld, k->first->dn, attrs, NULL) &&
		ad_entry_values(e, attrs[0], NULL) > 0;
	ad_entry_free(e);
	return tells;
}

static const char *why_denied(const struct ad_change *c)
{
	return c->denied ? "" : NULL;
}

static bool refuse(struct check *k, struct ad_err *err)
{
	struct ad_buf attrs = AD_BUF_INIT, names = AD_BUF_INIT;
	struct ad_list sorted = { NULL, 0 };
	struct ad_err why;
	size_t i;

	ad_list_unite(&sorted, AD_MERGE_SET, k->attrs.v, k->attrs.n);
	for (i = 0; i < sorted.n; i++)
		ad_buf_printf(&attrs, "%s%s", i ? ", " : "", sorted.v[i].data);
	ad_list_clear(&sorted);
	ad_guard_names(k->p, why_denied, &names);
	ad_err_set(&why, AD_ERR_FAILED, "ldap", AD_LDAP_INSUFFICIENT_ACCESS, "no right to write");
	if (k->first->kind->explain)
		k->first->kind->explain(&why, k->first);
	ad_err_set(err, AD_ERR_FAILED, "ldap", AD_LDAP_INSUFFICIENT_ACCESS,
		"no right to write %s of %s. Nothing was written", ad_buf_text(&attrs),
		ad_buf_text(&names));
	ad_buf_clear(&attrs);
	ad_buf_clear(&names);
	return ad_err_hint(err, "%s", why.hint);
}

/* What is not an attribute says itself whether it may be written. */
static bool ask_kinds(struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++) {
		const struct ad_change *c = ad_plan_at(p, i);

		if (!c->kind->may)
			continue;
		report->rights++;
		if (!c->kind->may(c, err))
			return false;
	}
	return true;
}

bool ad_rights_check(struct ad_plan *p, struct ad_report *report, struct ad_err *err)
{
	struct check k = { .p = p, .report = report };
	struct ad_change **list = ad_realloc(NULL, 2 * ad_plan_count(p), sizeof *list);
	bool ok = ask_kinds(p, report, err);
	size_t i;

	for (i = 0; i < ad_plan_count(p) && ok; i++)
		if (ad_plan_is_first(p, i))
			ok = check_directory(&k, ad_plan_at(p, i)->ld, list, err);
	if (ok && k.first && can_tell(&k))
		ok = refuse(&k, err);
	ad_list_clear(&k.attrs);
	ad_list_clear(&k.ours);
	free(list);
	return ok;
}
