/* See notice.h. */
#include "base/notice.h"

#include "base/stop.h"

#include <stdbool.h>
#include <stdio.h>

#define PATIENCE 1000 /* ms: what takes no longer needs no word */
#define EVERY 200 /* ms between two lines about progress */
#define CELLS 20 /* of the bar */

static _Thread_local bool is_mute;
static void (*show)(const char *line);
static bool wait_is_shown;
static const char *waits_on;
static long long waits_since, told, began, drawn;

void ad_notice_to(void (*f)(const char *line))
{
	show = f;
}

void ad_notice_mute(void)
{
	is_mute = true;
}

const char *ad_notice_wait(const char *on)
{
	const char *before;

	if (is_mute)
		return NULL;
	before = waits_on;
	if (wait_is_shown)
		show(NULL);
	wait_is_shown = false;
	waits_on = on;
	waits_since = 0;
	return before;
}

void ad_notice_alive(void)
{
	waits_since = 0;
}

void ad_notice_tick(void)
{
	char line[320];
	long long now;

	if (is_mute || !show || !waits_on)
		return;
	now = ad_clock_ms();
	if (!waits_since)
		waits_since = now;
	if (now - waits_since < PATIENCE || now - told < PATIENCE)
		return;
	told = now;
	snprintf(line, sizeof line, "%s does not answer, %lld s; Ctrl-C stops", waits_on,
		(now - waits_since) / 1000);
	show(line);
	wait_is_shown = true;
}

static void draw(const char *what, size_t done, size_t total, double seconds)
{
	char bar[CELLS * 3 + 1] = "", line[320];
	double rate = (double)done / seconds;
	size_t i, full = done * CELLS / total, n = 0;

	for (i = 0; i < CELLS; i++)
		n += (size_t)snprintf(bar + n, sizeof bar - n, "%s", i < full ? "█" : "░");
	snprintf(line, sizeof line, "%zu/%zu %s %s, %.0f/s, %.0f s left", done, total, bar, what,
		rate, rate > 0 ? (double)(total - done) / rate : 0.0);
	show(line);
}

void ad_notice_progress(const char *what, size_t done, size_t total)
{
	long long now;

	if (!show || total == 0)
		return;
	now = ad_clock_ms();
	if (!began)
		began = now;
	if (now - began < PATIENCE || now - drawn < EVERY)
		return;
	drawn = now;
	draw(what, done, total, (double)(now - began) / 1000);
}

void ad_notice_end(void)
{
	if (show && drawn)
		show(NULL);
	began = drawn = 0;
}
