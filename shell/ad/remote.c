/* Changes that are no attributes of an object. See remote.h. */
#include "ad/remote.h"
#include "ad/readback.h"
#include "ad/standin.h"
#include "base/stop.h"

static bool write_once(struct ad_plan *p, struct ad_change *c, struct ad_report *report)
{
	struct ad_sid standin = c->sid, sid;
	bool ok = ad_standin_ready(p, c, &c->err);

	report->modifies += ok;
	if (ok && c->kind->write(c, &c->err))
		c->state = AD_CHANGE_DONE;
	else if (c->err.kind == AD_ERR_CONNECT)
		c->state = AD_CHANGE_UNKNOWN;
	else
		c->state = AD_CHANGE_FAILED;
	if (!ad_journal_result(ad_gate.journal, c))
		return false;
	if (c->state != AD_CHANGE_DONE || ad_sid_equal(&standin, &c->sid))
		return true;
	sid = c->sid;
	c->sid = standin;
	return ad_standin_settle(p, c, &sid, ad_gate.journal, NULL);
}

/* Somebody else's edit can be met, but not somebody else's object. */
static bool worth_another_try(const struct ad_change *c)
{
	return c->state == AD_CHANGE_FAILED && !c->kind->is_object &&
	       (c->err.kind == AD_ERR_CONFLICT || c->err.kind == AD_ERR_NOTFOUND);
}

bool ad_remote_write(
	struct ad_plan *p, struct ad_change *c, struct ad_report *report, struct ad_err *err)
{
	bool ok = ad_stop_check(err) && write_once(p, c, report);

	if (ok && worth_another_try(c)) {
		c->rebased = true;
		ok = ad_readback_rebase(&c, 1, report, err);
		if (ok && c->state == AD_CHANGE_PENDING)
			ok = write_once(p, c, report);
	}
	if (ok && c->state == AD_CHANGE_DONE && c->kind->is_object)
		ok = ad_readback_one(c, report, err);
	if (ok && c->state == AD_CHANGE_UNKNOWN)
		*err = c->err;
	return ok && ad_journal_sync(ad_gate.journal, err) && c->state == AD_CHANGE_DONE;
}
