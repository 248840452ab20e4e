/* Times. See time.h. */
#include "codec/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EPOCH_1970 11644473600 /* seconds from 1601 to 1970 */
#define DAYS_400 146097 /* days of 400 years, from which the calendar repeats */

struct fields {
	int year, month, day, hour, minute, second;
	int fraction; /* in units */
};

struct scan {
	const char *at, *end;
};

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1601-01-01 to the first of January; year >= 1601. */
static int64_t year_days(int year)
{
	int64_t y = year - 1601;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

/* False when the fields are no date, or one before 1601. */
static bool join(const struct fields *f, int64_t zone_minutes, int64_t *out)
{
	int64_t days, t;
	int m;

	if (f->year < 1601 || f->month < 1 || f->month > 12 || f->day < 1 ||
		f->day > month_days(f->year, f->month) || f->hour > 23 || f->minute > 59 ||
		f->second > 59)
		return false;
	days = year_days(f->year) + f->day - 1;
	for (m = 1; m < f->month; m++)
		days += month_days(f->year, m);
	t = days * 86400 + f->hour * 3600 + (f->minute - zone_minutes) * 60 + f->second;
	if (t < 0)
		return false;
	*out = t * AD_TIME_SECOND + f->fraction;
	return true;
}

static void split(int64_t t, struct fields *f)
{
	int64_t seconds = t < 0 ? 0 : t / AD_TIME_SECOND, days = seconds / 86400;
	int rest = (int)(seconds % 86400);

	f->fraction = t < 0 ? 0 : (int)(t % AD_TIME_SECOND);
	f->hour = rest / 3600;
	f->minute = rest / 60 % 60;
	f->second = rest % 60;
	f->year = 1601 + (int)(days * 400 / DAYS_400); /* leap years may make that one too early */
	if (year_days(f->year + 1) <= days)
		f->year++;
	days -= year_days(f->year);
	for (f->month = 1; days >= month_days(f->year, f->month); f->month++)
		days -= month_days(f->year, f->month);
	f->day = (int)days + 1;
}

static bool fail(struct ad_err *err, const char *text, size_t n, const char *what)
{
	return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%.*s' is not a valid %s",
		n < 60 ? (int)n : 60, text, what);
}

static bool is_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* Exactly count digits. */
static bool digits(struct scan *s, int count, int *out)
{
	int v = 0;

	for (; count; count--) {
		if (!is_digit(s))
			return false;
		v = v * 10 + (*s->at++ - '0');
	}
	*out = v;
	return true;
}

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Behind a point or comma: at least one digit; what is finer than 100 ns is dropped. */
static bool fraction(struct scan *s, int *out)
{
	int unit = AD_TIME_SECOND / 10;

	if (!is_digit(s))
		return false;
	for (*out = 0; is_digit(s); s->at++, unit /= 10)
		*out += (*s->at - '0') * unit;
	return true;
}

/* "Z", "+hh", "+hhmm", "+hh:mm" up to the end. */
static bool zone(struct scan *s, int64_t *minutes)
{
	int hour, minute = 0;
	bool minus;

	*minutes = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return s->at == s->end;
	minus = take(s, '-');
	if ((!minus && !take(s, '+')) || !digits(s, 2, &hour))
		return false;
	if (take(s, ':') || s->at < s->end)
		if (!digits(s, 2, &minute))
			return false;
	*minutes = (hour * 60 + minute) * (minus ? -1 : 1);
	return hour < 24 && minute < 60 && s->at == s->end;
}

bool ad_time_is_never(int64_t t)
{
	return t == 0 || t == AD_TIME_NEVER;
}

int64_t ad_time_unix(int64_t t)
{
	int64_t s = t / AD_TIME_SECOND;

	return s - (t % AD_TIME_SECOND < 0) - EPOCH_1970;
}

int64_t ad_time_of_unix(int64_t seconds)
{
	if (seconds > INT64_MAX / AD_TIME_SECOND - EPOCH_1970)
		return INT64_MAX;
	if (seconds < INT64_MIN / AD_TIME_SECOND - EPOCH_1970)
		return INT64_MIN;
	return (seconds + EPOCH_1970) * AD_TIME_SECOND;
}

bool ad_time_parse_filetime(int64_t *out, const char *text, size_t n, struct ad_err *err)
{
	struct scan s = { text, text + n };
	bool minus = take(&s, '-');
	int64_t v = 0; /* negative: there is one number more below zero */

	if (!is_digit(&s))
		return fail(err, text, n, "FILETIME");
	for (; is_digit(&s); s.at++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *s.at - '0', &v))
			return fail(err, text, n, "FILETIME");
	if (s.at != s.end || (!minus && v == INT64_MIN))
		return fail(err, text, n, "FILETIME");
	*out = minus ? v : -v;
	return true;
}

bool ad_time_parse_generalized(int64_t *out, const char *text, size_t n, struct ad_err *err)
{
	struct scan s = { text, text + n };
	struct fields f = { 0 };
	int64_t minutes, t;
	bool ok = digits(&s, 4, &f.year) && digits(&s, 2, &f.month) && digits(&s, 2, &f.day) &&
		  digits(&s, 2, &f.hour);

	if (ok && is_digit(&s)) {
		ok = digits(&s, 2, &f.minute);
		if (ok && is_digit(&s)) {
			ok = digits(&s, 2, &f.second);
			if (ok && (take(&s, '.') || take(&s, ',')))
				ok = fraction(&s, &f.fraction);
		}
	}
	if (!ok || !zone(&s, &minutes) || !join(&f, minutes, &t))
		return fail(err, text, n, "GeneralizedTime");
	*out = t;
	return true;
}

bool ad_time_parse_iso(int64_t *out, const char *text, size_t n, struct ad_err *err)
{
	struct scan s = { text, text + n };
	struct fields f = { 0 };
	int64_t minutes = 0, t;
	bool ok = digits(&s, 4, &f.year) && take(&s, '-') && digits(&s, 2, &f.month) &&
		  take(&s, '-') && digits(&s, 2, &f.day);

	if (ok && (take(&s, 'T') || take(&s, 't') || take(&s, ' '))) {
		ok = digits(&s, 2, &f.hour) && take(&s, ':') && digits(&s, 2, &f.minute);
		if (ok && take(&s, ':')) {
			ok = digits(&s, 2, &f.second);
			if (ok && take(&s, '.'))
				ok = fraction(&s, &f.fraction);
		}
		if (ok && s.at < s.end)
			ok = zone(&s, &minutes);
	}
	if (!ok || s.at < s.end || !join(&f, minutes, &t))
		return fail(err, text, n, "time (2026-01-02T03:04:05Z)");
	*out = t;
	return true;
}

void ad_time_format_generalized(int64_t t, char out[AD_TIME_TEXT])
{
	struct fields f;

	split(t, &f);
	snprintf(out, AD_TIME_TEXT, "%04d%02d%02d%02d%02d%02d.0Z", f.year, f.month, f.day, f.hour,
		f.minute, f.second);
}

void ad_time_format_iso(int64_t t, char out[AD_TIME_TEXT])
{
	struct fields f;
	int n;

	split(t, &f);
	n = snprintf(out, AD_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", f.year, f.month, f.day,
		f.hour, f.minute, f.second);
	if (f.fraction)
		n += snprintf(out + n, AD_TIME_TEXT - (size_t)n, ".%07d", f.fraction);
	snprintf(out + n, AD_TIME_TEXT - (size_t)n, "Z");
}
