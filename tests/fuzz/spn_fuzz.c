/* The parts of an SPN put together are the SPN. */
#include "codec/spn.h"
#include "fuzz.h"

static void put(struct ad_buf *b, char separator, const char *p, size_t n)
{
	if (p) {
		ad_buf_addc(b, (unsigned char)separator);
		ad_buf_add(b, p, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_spn spn;
	struct ad_err err;

	if (!ad_spn_parse(&spn, (const char *)data, size, &err))
		return 0;
	ad_buf_add(&b, spn.service, spn.service_len);
	put(&b, '/', spn.host, spn.host_len);
	put(&b, ':', spn.port, spn.port_len);
	put(&b, '/', spn.name, spn.name_len);
	ensure(b.len == size && memcmp(b.data, data, size) == 0);
	ensure(ad_spn_equal(&spn, &spn));
	ad_buf_clear(&b);
	return 0;
}
