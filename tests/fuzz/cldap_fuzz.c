/* The answer to the LDAP ping, from anybody: decoded or refused, and names stay in bounds. */
#include "fuzz.h"
#include "net/cldap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_cldap_reply r;

	memset(&r, 'x', sizeof r);
	if (ad_cldap_decode(&r, data, size)) {
		ensure(r.answered && strlen(r.host) < sizeof r.host);
		ensure(strlen(r.domain) < sizeof r.domain && strlen(r.forest) < sizeof r.forest);
		ensure(strlen(r.dc_site) < sizeof r.dc_site);
		ensure(strlen(r.client_site) < sizeof r.client_site);
	}
	return 0;
}
