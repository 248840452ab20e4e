/* A time that parses comes back from its text; every number has a text. */
#include "codec/time.h"
#include "fuzz.h"

static void check(int64_t t)
{
	char text[AD_TIME_TEXT];
	int64_t back;

	ad_time_format_iso(t, text);
	if (text[4] == '-') /* up to the year 9999 */
		ensure(ad_time_parse_iso(&back, text, strlen(text), NULL) &&
			back == (t < 0 ? 0 : t));
	ad_time_format_generalized(t, text);
	if (text[14] == '.')
		ensure(ad_time_parse_generalized(&back, text, strlen(text), NULL) &&
			ad_time_unix(back) == ad_time_unix(t < 0 ? 0 : t));
	if (ad_time_unix(t) > ad_time_unix(INT64_MIN) && ad_time_unix(t) < ad_time_unix(INT64_MAX))
		ensure(ad_time_unix(ad_time_of_unix(ad_time_unix(t))) == ad_time_unix(t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ad_err err;
	int64_t t;

	if (size == sizeof(t)) {
		memcpy(&t, data, sizeof(t));
		check(t);
	}
	if (ad_time_parse_iso(&t, text, size, &err) ||
		ad_time_parse_generalized(&t, text, size, &err) ||
		ad_time_parse_filetime(&t, text, size, &err))
		check(t);
	return 0;
}
