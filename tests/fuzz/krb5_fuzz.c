/* What comes off the wire and what people type: e-data of a refusal, names of users. */
#include "fuzz.h"
#include "net/krb5_call.h"
#include "net/krb5_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const realms[] = { "ALPHA.TEST", "BETA.TEST" };
	struct ad_krb5_name name = { NULL, NULL };
	char *text = ad_strndup((const char *)data, size);

	ad_krb5_status_decode(data, size);
	if (ad_krb5_name_parse(&name, text, realms, 2, NULL))
		ensure(name.principal && strchr(name.principal, '@'));
	ad_krb5_name_clear(&name);
	free(text);
	return 0;
}
