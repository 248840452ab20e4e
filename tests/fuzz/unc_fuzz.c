/* A path of a share that parses is the same after it was written and parsed again. */
#include "ad/unc.h"
#include "fuzz.h"

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size), *form;
	struct ad_unc u, v;

	if (ad_unc_parse(&u, text, NULL)) {
		ensure(u.host && *u.host && u.port <= 65535);
		form = ad_unc_format(&u);
		ensure(ad_unc_parse(&v, form, NULL));
		ensure(same(u.host, v.host) && u.port == v.port && same(u.share, v.share) &&
			same(u.path, v.path));
		ad_unc_clear(&u);
		ad_unc_clear(&v);
		free(form);
	}
	free(text);
	return 0;
}
