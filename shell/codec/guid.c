/* GUIDs. See guid.h. */
#include "codec/guid.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Where each pair of digits goes, in the order of the text; -1 is a dash. */
static const signed char order[] = { 3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13,
	14, 15 };

void ad_guid_format(const void *p16, char out[AD_GUID_TEXT])
{
	const unsigned char *p = p16;
	size_t i;

	for (i = 0; i < sizeof(order); i++)
		if (order[i] < 0)
			*out++ = '-';
		else
			out += snprintf(out, 3, "%02x", p[order[i]]);
}

static bool scan(unsigned char g[AD_GUID_SIZE], const char *s, size_t n)
{
	size_t i;

	if (n != AD_GUID_TEXT - 1)
		return false;
	for (i = 0; i < sizeof(order); i++) {
		if (order[i] < 0) {
			if (*s++ != '-')
				return false;
			continue;
		}
		if (ad_hexdigit(s[0]) < 0 || ad_hexdigit(s[1]) < 0)
			return false;
		g[order[i]] = (unsigned char)(ad_hexdigit(s[0]) << 4 | ad_hexdigit(s[1]));
		s += 2;
	}
	return true;
}

bool ad_guid_parse(unsigned char out[AD_GUID_SIZE], const char *text, struct ad_err *err)
{
	unsigned char g[AD_GUID_SIZE];
	size_t n = strlen(text);
	bool braces = n > 1 && text[0] == '{' && text[n - 1] == '}';

	if (!scan(g, text + braces, n - (braces ? 2 : 0)))
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is not a GUID", text);
	memcpy(out, g, sizeof(g));
	return true;
}
