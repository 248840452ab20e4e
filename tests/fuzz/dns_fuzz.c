/* DNS answers from anybody: the SRV records in them, or none; names are text of a bounded length.
 */
#include "fuzz.h"
#include "net/locate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_dc *list;
	size_t n;

	ad_locate_decode(&list, &n, data, size);
	ensure(n == 0 || list);
	ensure(n * 11 <= size); /* a record has at least so many bytes */
	for (size_t i = 0; i < n; i++)
		ensure(list[i].host && *list[i].host && strlen(list[i].host) < 1025);
	ad_locate_free(list, n);
	return 0;
}
