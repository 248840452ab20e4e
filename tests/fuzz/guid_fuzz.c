/* A GUID that parses, and any 16 bytes, come back from their text. */
#include "codec/guid.h"
#include "fuzz.h"

static void check(const unsigned char *guid)
{
	unsigned char back[AD_GUID_SIZE];
	char text[AD_GUID_TEXT];

	ad_guid_format(guid, text);
	ensure(ad_guid_parse(back, text, NULL) && memcmp(guid, back, sizeof(back)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = ad_strndup((const char *)data, size);
	unsigned char guid[AD_GUID_SIZE];

	if (size == AD_GUID_SIZE)
		check(data);
	if (ad_guid_parse(guid, text, NULL))
		check(guid);
	free(text);
	return 0;
}
