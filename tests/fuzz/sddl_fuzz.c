/* A text that parses comes back, as the same descriptor, from what is formatted of it; and if its
 * bytes fit, from them. */
#include "codec/sddl.h"
#include "fuzz.h"

#define LONGEST 512 /* more entries are no other case, and cost the time of many runs */

static void check(const struct ad_sd *sd, const struct ad_sid *domain)
{
	struct ad_buf text = AD_BUF_INIT, bytes = AD_BUF_INIT;
	struct ad_sd *back;

	ad_sddl_format(&text, sd, domain);
	ensure(ad_sddl_parse(&back, ad_buf_text(&text), domain, NULL));
	ensure(ad_sd_equal(sd, back));
	ad_sd_free(back);
	if (ad_sd_encode(sd, &bytes, NULL)) {
		ensure(ad_sd_decode(&back, bytes.data, bytes.len, NULL));
		ensure(ad_sd_equal(sd, back));
		ad_sd_free(back);
	}
	ad_buf_clear(&text);
	ad_buf_clear(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size < LONGEST ? size : LONGEST);
	struct ad_sid domain;
	struct ad_err err;
	struct ad_sd *sd;

	ad_sid_parse(&domain, "S-1-5-21-1-2-3", NULL);
	if (ad_sddl_parse(&sd, text, &domain, &err)) {
		check(sd, &domain);
		check(sd, NULL);
		ad_sd_free(sd);
	}
	free(text);
	return 0;
}
