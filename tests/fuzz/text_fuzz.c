/* Bytes as text: UTF-16 and base64 both ways, files of Windows, what goes to a terminal, and the
 * domain of a rootDSE's DN. */
#include "base/text.h"
#include "fuzz.h"
#include "net/ldap_priv.h"

#define LONGEST 64 /* more bytes are no other case */

static void utf16(const uint8_t *p, size_t n)
{
	struct ad_buf text = AD_BUF_INIT, again = AD_BUF_INIT;

	if (ad_utf16le_to_utf8(&text, p, n)) {
		ensure(ad_utf8_valid(ad_buf_text(&text), text.len));
		ensure(ad_utf8_to_utf16le(&again, ad_buf_text(&text), text.len));
		ensure(again.len == n && (n == 0 || memcmp(again.data, p, n) == 0));
	}
	ad_buf_clear(&text);
	ad_buf_clear(&again);
}

static void base64(const uint8_t *p, size_t n)
{
	struct ad_buf text = AD_BUF_INIT, again = AD_BUF_INIT;

	ad_base64(&text, p, n);
	ensure(ad_unbase64(&again, ad_buf_text(&text), text.len));
	ensure(again.len == n && (n == 0 || memcmp(again.data, p, n) == 0));
	again.len = 0;
	if (ad_unbase64(&again, (const char *)p, n))
		ensure(again.len <= n / 4 * 3);
	ad_buf_clear(&text);
	ad_buf_clear(&again);
}

static void files(const uint8_t *p, size_t n)
{
	struct ad_buf text = AD_BUF_INIT;

	if (ad_text_decode(&text, p, n))
		ensure(ad_utf8_valid(ad_buf_text(&text), text.len));
	else
		ensure(text.len == 0);
	ad_buf_clear(&text);
}

static void terminal(const uint8_t *p, size_t n)
{
	struct ad_buf text = AD_BUF_INIT;

	ad_text_escape(&text, (const char *)p, n, false);
	for (size_t i = 0; i < text.len; i++)
		ensure(text.data[i] >= ' ' && text.data[i] != 0x7f);
	ensure(ad_utf8_valid(ad_buf_text(&text), text.len));
	ad_buf_clear(&text);
}

static void domain(const uint8_t *p, size_t n)
{
	char *dn = ad_strndup((const char *)p, n), *name = ad_ldap_domain_of(dn);

	ensure(strlen(name) <= strlen(dn));
	free(name);
	free(dn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size = size < LONGEST ? size : LONGEST;
	utf16(data, size);
	base64(data, size);
	files(data, size);
	terminal(data, size);
	domain(data, size);
	return 0;
}
