/* What became of a plan. See report.h. */
#include "gate/report.h"

#include <string.h>

const struct ad_err *ad_report_count(struct ad_plan *p, struct ad_report *report)
{
	const struct ad_err *first = NULL;
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		switch (c->state) {
		case AD_CHANGE_PENDING: report->not_tried++; break;
		case AD_CHANGE_DONE: report->changed++; break;
		case AD_CHANGE_UNKNOWN: report->unknown++; break;
		case AD_CHANGE_FAILED:
			report->failed++;
			if (c->kind->explain)
				c->kind->explain(&c->err, c);
			if (!first)
				first = &c->err;
			break;
		}
	}
	return first;
}

void ad_report_add(struct ad_report *sum, const struct ad_report *r)
{
	sum->changed += r->changed;
	sum->failed += r->failed;
	sum->not_tried += r->not_tried;
	sum->unknown += r->unknown;
	sum->rebased += r->rebased;
	sum->modifies += r->modifies;
	sum->readbacks += r->readbacks;
	sum->rights += r->rights;
}

void ad_report_error(
	const struct ad_report *r, const struct ad_err *cause, const char *run, struct ad_err *err)
{
	struct ad_err all;

	if (r->changed == 0 && r->unknown == 0) {
		*err = *cause;
		return;
	}
	ad_err_set(&all, AD_ERR_PARTIAL, "guard", cause->code,
		"%zu written, %zu refused, %zu sent without an answer, %zu not tried: %s",
		r->changed, r->failed, r->unknown, r->not_tried, cause->message);
	ad_err_where(&all, cause->op, cause->dn);
	memcpy(all.name, cause->name, sizeof all.name);
	memcpy(all.diagnostic, cause->diagnostic, sizeof all.diagnostic);
	if (run)
		ad_err_hint(&all,
			"%s%sthe run is %s: adsh resume finishes it, adsh undo takes it back",
			cause->hint, *cause->hint ? "; " : "", run);
	all.win32 = cause->win32;
	*err = all;
}
