/* The journal. See journal.h. */
#include "gate/journal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "plan/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct ad_journal {
	int fd;
	char *run, *path;
	struct ad_buf line;
	size_t intents; /* so far */
	bool broken; /* a line could not be written: no more intents are taken */
};

/* ---- lines ---- */

static bool write_error(struct ad_journal *j, struct ad_err *err)
{
	j->broken = true;
	ad_err_errno(err, "the journal %s could not be written", j->path);
	return ad_err_hint(err,
		"adsh writes nothing to the directory without a journal: free disk space, or name another directory with --journal DIR");
}

/* Ends the line that was put together, and writes it in one piece. */
static bool write_line(struct ad_journal *j, struct ad_err *err)
{
	bool ok;

	ad_buf_puts(&j->line, "}\n");
	ok = ad_file_write(j->fd, j->line.data, j->line.len) || write_error(j, err);
	ad_buf_clear(&j->line);
	return ok;
}

static void start_line(struct ad_journal *j, const char *type)
{
	ad_buf_clear(&j->line);
	ad_buf_puts(&j->line, "{");
	ad_json_pair(&j->line, "type", type);
}

static void add_time(struct ad_journal *j, const char *key)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	ad_json_pair(&j->line, key, text);
}

static void add_number(struct ad_journal *j, size_t n)
{
	ad_json_key(&j->line, "n");
	ad_buf_printf(&j->line, "%zu", n);
}

bool ad_journal_sync(struct ad_journal *j, struct ad_err *err)
{
	if (!j->broken && fdatasync(j->fd) == 0)
		return true;
	return j->broken ? ad_err_set(err, AD_ERR_FAILED, "system", 0,
				   "the journal %s could not be written", j->path)
			 : write_error(j, err);
}

/* ---- opening and closing ---- */

static bool write_head(struct ad_journal *j, const char *command, const char *statement,
	const char *recipe, struct ad_err *err)
{
	struct passwd *pw = getpwuid(getuid());
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	start_line(j, "run");
	ad_json_key(&j->line, "format");
	ad_buf_puts(&j->line, "1");
	ad_json_pair(&j->line, "run", j->run);
	add_time(j, "started");
	ad_json_pair(&j->line, "command", command);
	ad_json_pair(&j->line, "statement", statement);
	ad_json_pair(&j->line, "recipe", recipe);
	ad_json_pair(&j->line, "user", pw ? pw->pw_name : NULL);
	ad_json_pair(&j->line, "host", host);
	return write_line(j, err); /* on the disk with the intents */
}

/* Runs sort by their ids as they began, also two of one second. */
static char *new_run_id(void)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof text, "%Y%m%d-%H%M%S", &tm);
	return ad_format("%s.%03ld-%ld", text, now.tv_nsec / 1000000, (long)getpid());
}

static struct ad_journal *make(const char *dir, char *run)
{
	struct ad_journal *j = ad_alloc(sizeof *j);

	j->fd = -1;
	j->run = run;
	j->path = ad_format("%s/%s.jsonl", dir, run);
	return j;
}

static void free_journal(struct ad_journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	ad_buf_clear(&j->line);
	free(j->run);
	free(j->path);
	free(j);
}

/* Two runs in one second of one process (at the prompt) get different names. */
static bool create(struct ad_journal *j, const char *dir)
{
	char *first = ad_strdup(j->run);
	int i;

	for (i = 2; i < 1000; i++) {
		j->fd = open(j->path,
			O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (j->fd >= 0 || errno != EEXIST)
			break;
		free(j->run);
		free(j->path);
		j->run = ad_format("%s.%d", first, i);
		j->path = ad_format("%s/%s.jsonl", dir, j->run);
	}
	free(first);
	return j->fd >= 0;
}

bool ad_journal_new(struct ad_journal **out, const char *dir, const char *command,
	const char *statement, const char *recipe, struct ad_err *err)
{
	struct ad_journal *j;
	char *path;

	if (!ad_journal_directory(&path, dir, err))
		return false;
	j = make(path, new_run_id());
	if (!create(j, path)) {
		ad_err_errno(err, "cannot create the journal %s", j->path);
		ad_err_hint(err, "nothing was written; name another directory with --journal DIR");
	} else if (write_head(j, command, statement, recipe, err)) {
		flock(j->fd, LOCK_EX | LOCK_NB); /* ours alone: the file is new */
		ad_file_sync_directory(path);
		free(path);
		*out = j;
		return true;
	} else {
		free(path);
		ad_journal_discard(j);
		return false;
	}
	free(path);
	free_journal(j);
	return false;
}

/* Only one that is ours. */
static bool open_again(struct ad_journal *j, struct ad_err *err)
{
	int fd;

	if (!ad_file_open(&fd, NULL, j->path, "the journal", 0, err))
		return false;
	close(fd);
	return ad_file_open_own(&j->fd, j->path, "the journal", O_WRONLY | O_APPEND, err);
}

bool ad_journal_continue(
	struct ad_journal **out, const char *dir, const char *run, struct ad_err *err)
{
	struct ad_journal *j;
	char *path;

	if (!ad_journal_directory(&path, dir, err))
		return false;
	j = make(path, ad_strdup(run));
	free(path);
	if (!open_again(j, err)) {
		; /* err says why */
	} else if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
		ad_err_set(err, AD_ERR_LOCKED, "system", errno, "the run %s is still in progress",
			run);
	} else if (write(j->fd, "\n", 1) != 1) { /* ends a line that was cut off */
		write_error(j, err);
	} else {
		*out = j;
		return true;
	}
	free_journal(j);
	return false;
}

bool ad_journal_is_running(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool is = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return is;
}

const char *ad_journal_run(const struct ad_journal *j)
{
	return j->run;
}

void ad_journal_discard(struct ad_journal *j)
{
	unlink(j->path);
	free_journal(j);
}

void ad_journal_close(struct ad_journal *j, const char *status)
{
	if (!j)
		return;
	start_line(j, "end");
	add_time(j, "finished");
	ad_json_pair(&j->line, "status", status);
	if (!j->broken && write_line(j, NULL))
		ad_journal_sync(j, NULL);
	free_journal(j);
}

/* ---- intents and results ---- */

static void add_list(struct ad_journal *j, const char *key, const struct ad_list *l)
{
	size_t i;

	ad_json_key(&j->line, key);
	ad_buf_addc(&j->line, '[');
	for (i = 0; i < l->n; i++) {
		if (i)
			ad_buf_addc(&j->line, ',');
		ad_json_bytes(&j->line, l->v[i].data, l->v[i].len);
	}
	ad_buf_addc(&j->line, ']');
}

static void add_edit(struct ad_journal *j, const struct ad_edit *e)
{
	ad_buf_addc(&j->line, '{');
	ad_json_pair(&j->line, "attribute", e->attr);
	ad_json_pair(&j->line, "syntax", ad_merge_name(e->merge));
	add_list(j, "before", &e->before);
	add_list(j, "after", &e->after);
	ad_buf_addc(&j->line, '}');
}

static void add_sid(struct ad_journal *j, const struct ad_change *c)
{
	char text[AD_SID_TEXT];

	if (c->sid.len) {
		ad_sid_format(&c->sid, text);
		ad_json_pair(&j->line, "sid", text);
	}
}

/* The numbers of the changes that have to be done before it. */
static void add_after(struct ad_journal *j, const struct ad_change *c)
{
	if (c->n_after == 0)
		return;
	ad_json_key(&j->line, "after");
	for (size_t i = 0; i < c->n_after; i++)
		ad_buf_printf(&j->line, "%c%zu", i ? ',' : '[', c->after[i]->number);
	ad_buf_addc(&j->line, ']');
}

static void add_fields(struct ad_journal *j, const struct ad_change *c)
{
	const struct ad_field *f;

	for (size_t i = 0; (f = ad_field(i)); i++) {
		struct ad_buf text = AD_BUF_INIT;

		if (f->places & AD_FIELD_JOURNAL)
			f->text(c, &text);
		if (text.len)
			ad_json_pair(&j->line, f->name, ad_buf_text(&text));
		ad_buf_clear(&text);
	}
}

static bool write_intent(struct ad_journal *j, struct ad_change *c, struct ad_err *err)
{
	size_t i;

	if (!c->number)
		c->number = ++j->intents;
	start_line(j, "intent");
	add_number(j, c->number);
	add_fields(j, c);
	add_after(j, c);
	ad_json_key(&j->line, "edits");
	ad_buf_addc(&j->line, '[');
	for (i = 0; i < c->n; i++) {
		if (i)
			ad_buf_addc(&j->line, ',');
		add_edit(j, &c->edits[i]);
	}
	ad_buf_addc(&j->line, ']');
	return write_line(j, err);
}

static bool write_intents(struct ad_journal *j, struct ad_plan *p, struct ad_err *err)
{
	size_t i, last = 0;

	for (i = 0; i < ad_plan_count(p); i++)
		if (!ad_plan_at(p, i)->number)
			ad_plan_at(p, i)->number = ++j->intents;
	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->state != AD_CHANGE_PENDING)
			continue;
		if (!write_intent(j, c, err))
			return false;
		last = c->number > last ? c->number : last;
	}
	start_line(j, "intended");
	add_number(j, last);
	return write_line(j, err) && ad_journal_sync(j, err);
}

/* The numbers since then are free again: those in a journal have no gaps. */
static void take_numbers_back(struct ad_journal *j, struct ad_plan *p, size_t since)
{
	size_t i;

	for (i = 0; i < ad_plan_count(p); i++) {
		struct ad_change *c = ad_plan_at(p, i);

		if (c->number > since && c->number <= j->intents)
			c->number = 0;
	}
	j->intents = since;
}

bool ad_journal_intend(struct ad_journal *j, struct ad_plan *p, struct ad_err *err)
{
	size_t numbered = j->intents;
	struct stat before;

	if (j->broken)
		return ad_journal_sync(j, err);
	if (fstat(j->fd, &before) != 0)
		return write_error(j, err);
	if (write_intents(j, p, err))
		return true;
	/* none of it goes out, so none of it may be found by a later resume */
	j->broken = ftruncate(j->fd, before.st_size) != 0;
	take_numbers_back(j, p, numbered);
	return false;
}

bool ad_journal_again(struct ad_journal *j, struct ad_change *c, struct ad_err *err)
{
	return write_intent(j, c, err) && ad_journal_sync(j, err);
}

void ad_journal_reached(
	struct ad_journal *j, const struct ad_ldap *ld, const struct ad_update *update)
{
	const struct ad_ldap_info *info = ad_ldap_info(ld);

	if (j->broken)
		return;
	start_line(j, "reached");
	ad_json_pair(&j->line, "domain", info->domain);
	ad_json_pair(&j->line, "server", info->dns_host ? info->dns_host : info->host);
	ad_json_pair(&j->line, "invocation", update->invocation);
	ad_json_key(&j->line, "usn");
	ad_buf_printf(&j->line, "%llu", (unsigned long long)update->usn);
	write_line(j, NULL);
}

bool ad_journal_result(struct ad_journal *j, const struct ad_change *c)
{
	if (j->broken)
		return false;
	start_line(j, "result");
	add_number(j, c->number);
	ad_json_pair(&j->line, "state", ad_change_state_name(c->state));
	if (c->state == AD_CHANGE_FAILED)
		ad_json_pair(&j->line, "message", c->err.message);
	if (c->sid.len && c->guid) { /* only now it has them */
		ad_json_pair(&j->line, "guid", c->guid);
		add_sid(j, c);
	}
	return write_line(j, NULL);
}
