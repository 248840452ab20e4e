/* Changes that are written one at a time. See alone.h. */
#include "gate/alone.h"
#include "base/notice.h"
#include "base/stop.h"
#include "gate/readback.h"
#include "plan/placeholder.h"

static bool write_again(void *arg, struct ad_change *c, struct ad_err *err)
{
	return ad_journal_again(arg, c, err);
}

static bool write_once(struct ad_writing *w, struct ad_change *c)
{
	struct ad_sid placeholder = c->sid, sid;
	bool ok = ad_placeholder_free(c, &c->err);

	w->report->modifies += ok;
	if (ok && c->kind->write(c, &c->err))
		c->state = AD_CHANGE_DONE;
	else if (c->err.kind == AD_ERR_CONNECT)
		c->state = AD_CHANGE_UNKNOWN;
	else
		c->state = AD_CHANGE_FAILED;
	if (!ad_journal_result(w->run->journal, c))
		return false;
	if (c->state != AD_CHANGE_DONE || ad_sid_equal(&placeholder, &c->sid))
		return true;
	sid = c->sid;
	c->sid = placeholder;
	return ad_placeholder_settle(w->plan, c, &sid, write_again, w->run->journal, NULL);
}

/* Somebody else's edit can be met, but not somebody else's object. */
static bool worth_another_try(const struct ad_change *c)
{
	return c->state == AD_CHANGE_FAILED && !c->kind->in_directory &&
	       (c->err.kind == AD_ERR_CONFLICT || c->err.kind == AD_ERR_NOTFOUND);
}

bool ad_alone_write(struct ad_writing *w, struct ad_change *c, struct ad_err *err)
{
	bool ok = ad_stop_check(err) && write_once(w, c);

	ad_notice_progress("written", ++w->answered, ad_plan_count(w->plan));
	if (ok && worth_another_try(c)) {
		c->rebased = true;
		ok = ad_readback_rebase(w, &c, 1, err);
		if (ok && c->state == AD_CHANGE_PENDING)
			ok = write_once(w, c);
	}
	if (ok && c->state == AD_CHANGE_DONE && c->kind->in_directory)
		ok = ad_readback_one(w, c, err);
	if (ok && c->state == AD_CHANGE_UNKNOWN)
		*err = c->err;
	return ok && ad_journal_sync(w->run->journal, err) && c->state == AD_CHANGE_DONE;
}
