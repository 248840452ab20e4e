/* A certificate that is not trusted comes from anybody: it is read or refused. */
#include "fuzz.h"
#include "net/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_cert c;

	memset(&c, 'x', sizeof c);
	if (ad_cert_decode(&c, data, size)) {
		ensure(strlen(c.subject) < sizeof c.subject && strlen(c.issuer) < sizeof c.issuer);
		ensure(strlen(c.not_before) < sizeof c.not_before);
		ensure(strlen(c.not_after) < sizeof c.not_after);
		ensure(strlen(c.names) < sizeof c.names);
		ad_cert_covers(&c, "dc1.alpha.test");
	}
	return 0;
}
