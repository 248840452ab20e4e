/* A SID that decodes or parses comes back from its text. */
#include "codec/sid.h"
#include "fuzz.h"

static void check(const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];
	struct ad_sid back, joined;

	ad_sid_format(sid, text);
	ensure(ad_sid_parse(&back, text, NULL) && ad_sid_equal(sid, &back));
	ensure(ad_sid_decode(&back, sid->bytes, sid->len, NULL));
	if (ad_sid_domain(&back, sid))
		ensure(ad_sid_make(&joined, &back, ad_sid_rid(sid)) && ad_sid_equal(sid, &joined));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size);
	struct ad_sid sid;

	if (ad_sid_decode(&sid, data, size, NULL))
		check(&sid);
	if (ad_sid_parse(&sid, text, NULL))
		check(&sid);
	free(text);
	return 0;
}
