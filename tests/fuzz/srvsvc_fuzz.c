/* RPC packets, and the results of srvsvc in them. What is read can be freed, and is text. */
#include "base/text.h"
#include "fuzz.h"
#include "net/srvsvc.h"

static void check(const struct ad_share_info *s)
{
	ensure(s->name && ad_utf8_valid(s->name, strlen(s->name)));
	ensure((s->sd != NULL) == (s->sd_len > 0));
}

static void lists(const uint8_t *p, size_t n)
{
	static const uint32_t levels[] = { 1, 502 };
	struct ad_share_info *s, one;
	uint32_t more, status;
	size_t count;

	for (int k = 0; k < 2; k++) {
		if (ad_srvsvc_list_decode(&s, &count, &more, &status, levels[k], p, n)) {
			for (size_t i = 0; i < count; i++)
				check(&s[i]);
			ad_share_infos_free(s, count);
		}
		if (ad_srvsvc_get_decode(&one, &status, levels[k], p, n)) {
			if (status == 0)
				check(&one);
			ad_share_info_clear(&one);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_rpc_packet k;
	size_t need;

	if (ad_rpc_packet_decode(&k, data, size, &need) == 1) {
		ensure(k.length == need && k.length <= size);
		ensure(k.body >= data && k.n <= (size_t)(data + size - k.body));
		lists(k.body, k.n);
	}
	lists(data, size);
	return 0;
}
