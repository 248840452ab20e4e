/* What passes our check libldap encodes; any value can be written into a filter. */
#include "codec/filter.h"
#include "fuzz.h"

#include <lber.h>

/* exported by libldap, though in none of its public headers */
extern int ldap_pvt_put_filter(BerElement *ber, const char *filter);

static bool libldap_takes(const char *filter)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	bool ok = ldap_pvt_put_filter(ber, filter) != -1;

	ber_free(ber, 1);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size);
	struct ad_buf b = AD_BUF_INIT;
	struct ad_err err;

	if (ad_filter_check(text, &err))
		ensure(libldap_takes(text));
	ad_filter_equal(&b, "cn", data, size);
	ensure(ad_filter_check(ad_buf_text(&b), NULL) && libldap_takes(ad_buf_text(&b)));
	ad_buf_clear(&b);
	free(text);
	return 0;
}
