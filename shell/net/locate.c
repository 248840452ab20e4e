/* Finding domain controllers. See locate.h. */
#include "net/locate.h"
#include "base/mem.h"
#include "base/stop.h"
#include "net/wire.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ad_locate_free(struct ad_dc *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].host);
	free(list);
}

bool ad_locate(struct ad_dc **out, size_t *n, const char *domain, enum ad_locate_kind kind,
	int timeout_ms, struct ad_err *err)
{
	(void)out, (void)n, (void)kind, (void)timeout_ms;
	return ad_err_set(
		err, AD_ERR_CONNECT, "dns", 0, "no domain controller found for %s", domain);
}

bool ad_locate_reachable(const char *host, unsigned port, int timeout_ms, struct ad_err *err)
{
	int fd;

	if (!ad_wire_connect(&fd, host, port, ad_clock_ms() + timeout_ms, err))
		return false;
	close(fd);
	return true;
}
