/*
 * The journal: one file of JSON lines for each run, 0600. What will be written, with the values
 * before and after, is on the disk before the first byte goes out; what became of it follows. It
 * holds no secrets. Undo and resume (stdlib/journal.lua) work from nothing else.
 *
 *   {"type":"run","format":1,"run":ID,"started":TIME,"command":TEXT,"recipe":NAME,
 *    "user":UNIX-NAME,"host":NAME}
 *   {"type":"intent","n":1,(the texts of plan/fields.h),"after":[numbers],
 *    "edits":[{"attribute":,"syntax":"set"|"bits"|"sd"|"exact","before":[],"after":[]}]}
 *   {"type":"intended","n":200}   the intents so far are whole, and may be sent
 *   {"type":"result","n":1,"state":"done"|"failed"|"unknown"|"pending","message":TEXT,
 *    "guid":,"sid":}   the last two of an object that was made
 *   {"type":"reached","domain":,"server":,"invocation":GUID,"usn":4711}   the DC that was written
 *    to, and the update of its database up to which it was: another DC that has this one has all
 *   {"type":"end","finished":TIME,"status":"done"|"partial"|"failed"}
 *
 * A change that is computed again on top of somebody else's edit is written as an intent with the
 * same number again: the last one counts. A resumed run goes on in its own file.
 */
#ifndef AD_JOURNAL_H
#define AD_JOURNAL_H

#include "net/ldap_update.h"
#include "plan/plan.h"

struct ad_journal;

/* Where runs are kept, made (0700) when it is not there: dir, or $XDG_STATE_HOME/adsh/journal, or
 * ~/.local/state/adsh/journal, or /var/lib/adsh/journal for root without a home. Allocated. What
 * others could take away or exchange is no journal: AD_ERR_REFUSED where they can write to it. */
bool ad_journal_directory(char **out, const char *dir, struct ad_err *err);

/* A new run; command is the command line without secrets, recipe the one that makes it or NULL.
 * AD_ERR_FAILED: no directory, no room, no right to write there. */
bool ad_journal_new(struct ad_journal **out, const char *dir, const char *command,
	const char *statement, const char *recipe, struct ad_err *err);
/* Goes on with a run that is there already; AD_ERR_REFUSED when the file is not ours alone. */
bool ad_journal_continue(
	struct ad_journal **out, const char *dir, const char *run, struct ad_err *err);
/* Does some process still write this file? */
bool ad_journal_is_running(const char *path);
const char *ad_journal_run(const struct ad_journal *j); /* "20261122-083312.250-4711" */
/* Removes a run of which nothing was sent. */
void ad_journal_discard(struct ad_journal *j);
/* Writes the end line; NULL is fine. status: "done", "partial", "failed". */
void ad_journal_close(struct ad_journal *j, const char *status);

/* All pending changes of a plan; on the disk when this returns true, and otherwise none of them. */
bool ad_journal_intend(struct ad_journal *j, struct ad_plan *p, struct ad_err *err);
/* One change that was computed anew. */
bool ad_journal_again(struct ad_journal *j, struct ad_change *c, struct ad_err *err);
/* All that was written so far to the domain of ld, on its DC, is in this update of its database. */
void ad_journal_reached(
	struct ad_journal *j, const struct ad_ldap *ld, const struct ad_update *update);
/* What became of a change; ad_journal_sync brings a batch of them to the disk. False when it could
 * not be written, now or before: ad_journal_sync says why. */
bool ad_journal_result(struct ad_journal *j, const struct ad_change *c);
bool ad_journal_sync(struct ad_journal *j, struct ad_err *err);

#endif
