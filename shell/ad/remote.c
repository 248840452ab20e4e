/* Changes of what is not in a directory. See remote.h. */
#include "ad/remote.h"
#include "ad/readback.h"
#include "base/stop.h"

static bool write_once(struct ad_change *c, struct ad_report *report)
{
	report->modifies++;
	if (c->kind->write(c, &c->err))
		c->state = AD_CHANGE_DONE;
	else if (c->err.kind == AD_ERR_CONNECT)
		c->state = AD_CHANGE_UNKNOWN;
	else
		c->state = AD_CHANGE_FAILED;
	return ad_journal_result(ad_gate.journal, c);
}

bool ad_remote_write(struct ad_change *c, struct ad_report *report, struct ad_err *err)
{
	bool ok = ad_stop_check(err) && write_once(c, report);

	if (ok && c->state == AD_CHANGE_FAILED &&
		(c->err.kind == AD_ERR_CONFLICT || c->err.kind == AD_ERR_NOTFOUND)) {
		c->rebased = true;
		ok = ad_readback_rebase(&c, 1, report, err);
		if (ok && c->state == AD_CHANGE_PENDING)
			ok = write_once(c, report);
	}
	if (ok && c->state == AD_CHANGE_UNKNOWN)
		*err = c->err;
	return ok && ad_journal_sync(ad_gate.journal, err) && c->state == AD_CHANGE_DONE;
}
