/* See notice.h. */
#include "base/notice.h"

#include "base/stop.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE 1000 /* ms: what takes no longer needs no word */
#define EVERY 200 /* ms between two lines about progress */
#define CELLS 20 /* of the bar */
#define SHORT 10 /* of the bar when more follows */

static _Thread_local bool is_mute;
static void (*show)(const char *line);
static bool is_shown;
static const char *waits_on, *waits_next;
static long long waits_since, told;

static struct {
	char what[64];
	size_t done, total;
	long long began; /* 0: there is no such work */
} work;
static long long drawn;

void ad_notice_to(void (*f)(const char *line))
{
	show = f;
}

void ad_notice_mute(bool mute)
{
	is_mute = mute;
}

static bool is_shown_to_nobody(void)
{
	return is_mute || !show;
}

static void put(const char *line)
{
	show(line);
	is_shown = line != NULL;
}

void ad_notice_hide(void)
{
	if (!is_shown_to_nobody() && is_shown)
		put(NULL);
}

/* ---- waiting ---- */

const char *ad_notice_wait(const char *on)
{
	const char *before;

	if (is_mute)
		return NULL;
	before = waits_on;
	if (on && before && strcmp(on, before) == 0)
		return before; /* a part of that wait: its seconds go on */
	if (told)
		ad_notice_hide();
	told = 0;
	waits_on = on;
	waits_since = 0;
	return before;
}

const char *ad_notice_next(const char *next)
{
	const char *before;

	if (is_mute)
		return NULL;
	before = waits_next;
	waits_next = next;
	return before;
}

void ad_notice_alive(void)
{
	if (!is_mute)
		waits_since = 0;
}

/* As much of a host's name as people say: "dc1"; all of an address. */
static int short_length(const char *name)
{
	bool is_host = isalpha((unsigned char)*name) && !strpbrk(name, ": ");

	return (int)(is_host ? strcspn(name, ".") : strlen(name));
}

void ad_notice_tick(void)
{
	char line[400];
	long long now;
	int n;

	if (is_shown_to_nobody() || !waits_on)
		return;
	now = ad_clock_ms();
	if (!waits_since)
		waits_since = now;
	if (now - waits_since < PATIENCE || now - told < PATIENCE)
		return;
	told = now;
	n = snprintf(line, sizeof line, "%.*s does not answer, %lld s; Ctrl-C %s",
		short_length(waits_on), waits_on, (now - waits_since) / 1000,
		ad_stop_pending() ? "again exits at once" : "stops");
	if (waits_next && !ad_stop_pending() && n < (int)sizeof line)
		snprintf(line + n, sizeof line - (size_t)n, ", %.*s next", short_length(waits_next),
			waits_next);
	put(line);
}

/* ---- progress ---- */

static size_t add_bar(char *line, size_t room, size_t cells)
{
	size_t i, n = 0, full = work.done * cells / work.total;

	for (i = 0; i < cells; i++)
		n += (size_t)snprintf(line + n, room - n, "%s", i < full ? "█" : "░");
	return n;
}

/* "12/60 ████░░░░ hosts, 6/s, 8 s left"; what takes longer for each has its seconds. */
static size_t add_work(char *line, size_t room, long long now, bool is_short)
{
	double seconds = (double)(now - work.began) / 1000;
	double rate = seconds > 0 ? (double)work.done / seconds : 0;
	size_t n = (size_t)snprintf(line, room, "%zu/%zu ", work.done, work.total);

	n += add_bar(line + n, room - n, is_short ? SHORT : CELLS);
	n += (size_t)snprintf(line + n, room - n, " %s", work.what);
	if (rate <= 0)
		return n;
	if (!is_short)
		n += (size_t)snprintf(line + n, room - n, ", %.*f/s", rate < 10 ? 1 : 0, rate);
	return n + (size_t)snprintf(line + n, room - n, ", %.0f s left",
			   (double)(work.total - work.done) / rate);
}

static bool is_time(long long now, long long began)
{
	if (now - began < PATIENCE || now - drawn < EVERY)
		return false;
	drawn = now;
	return true;
}

void ad_notice_progress(const char *what, size_t done, size_t total)
{
	char line[400];
	long long now;

	if (is_shown_to_nobody() || total == 0)
		return;
	now = ad_clock_ms();
	if (!work.began)
		work.began = now;
	snprintf(work.what, sizeof work.what, "%s", what);
	work.done = done < total ? done : total;
	work.total = total;
	if (!is_time(now, work.began))
		return;
	add_work(line, sizeof line, now, false);
	put(line);
}

void ad_notice_count(const char *what, size_t count, long long began)
{
	char line[400];
	long long now;
	size_t n = 0;

	if (is_shown_to_nobody())
		return;
	now = ad_clock_ms();
	if (!is_time(now, began))
		return;
	if (work.began) {
		n = add_work(line, sizeof line, now, true);
		n += (size_t)snprintf(line + n, sizeof line - n, "; ");
	}
	snprintf(line + n, sizeof line - n, "%zu %s, %.0f/s", count, what,
		(double)count * 1000 / (double)(now - began));
	put(line);
}

void ad_notice_end(void)
{
	if (drawn)
		ad_notice_hide();
	work.began = drawn = 0;
}
