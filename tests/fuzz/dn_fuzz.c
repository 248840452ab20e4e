/* A DN that is valid equals its normal form, lies under its parent, and its first value can be
 * written into a DN again; any value can. */
#include "codec/dn.h"
#include "fuzz.h"

static void check_value(const char *value, size_t n)
{
	struct ad_buf dn = AD_BUF_INIT, back = AD_BUF_INIT;

	ad_buf_puts(&dn, "CN=");
	ad_dn_escape(&dn, value, n);
	ad_buf_puts(&dn, ",DC=x");
	ensure(ad_dn_rdn_value(&back, ad_buf_text(&dn)));
	ensure(back.len == n && (n == 0 || memcmp(back.data, value, n) == 0));
	ensure(strcmp(ad_dn_parent(ad_buf_text(&dn)), "DC=x") == 0);
	ad_buf_clear(&dn);
	ad_buf_clear(&back);
}

static void check_dn(const char *dn)
{
	struct ad_buf normal = AD_BUF_INIT, again = AD_BUF_INIT, value = AD_BUF_INIT;
	const char *parent = ad_dn_parent(dn);

	ensure(ad_dn_normalise(&normal, dn));
	ensure(ad_dn_normalise(&again, ad_buf_text(&normal)) && same_bytes(&normal, &again));
	ensure(ad_dn_equal(dn, ad_buf_text(&normal)));
	ensure(ad_dn_under(dn, dn) && ad_dn_under(dn, ""));
	if (parent)
		ensure(ad_dn_valid(parent) && ad_dn_under(dn, parent) && !ad_dn_under(parent, dn));
	ensure(ad_dn_rdn_value(&value, dn) == (normal.len > 0));
	if (ad_dn_to_dns(&value, dn))
		ensure(normal.len > 0);
	ad_buf_clear(&normal);
	ad_buf_clear(&again);
	ad_buf_clear(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size);
	struct ad_buf dn = AD_BUF_INIT, dns = AD_BUF_INIT;

	check_value((const char *)data, size);
	if (ad_dn_valid(text))
		check_dn(text);
	else
		ensure(!ad_dn_parent(text));
	if (ad_dns_to_dn(&dn, text)) {
		size_t n = strlen(text);

		ensure(ad_dn_to_dns(&dns, ad_buf_text(&dn)));
		ensure(dns.len == n - (text[n - 1] == '.') && memcmp(dns.data, text, dns.len) == 0);
	}
	ad_buf_clear(&dn);
	ad_buf_clear(&dns);
	free(text);
	return 0;
}
