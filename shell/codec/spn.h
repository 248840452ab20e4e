/* Service principal names: "class/host[:port][/name]" (MS-ADTS 5.1.1.4). */
#ifndef AD_SPN_H
#define AD_SPN_H

#include "base/err.h"

#include <stddef.h>

/* The parts of one SPN, pointing into the text it was parsed from; absent parts are NULL, 0. */
struct ad_spn {
	const char *service; /* the class: "HOST", "Microsoft Virtual System Migration Service" */
	size_t service_len;
	const char *host; /* a short or full name, a GUID, "[::1]" */
	size_t host_len;
	const char *port; /* a number or an instance: "1433", "SQLEXPRESS" */
	size_t port_len;
	const char *name; /* everything behind the second slash */
	size_t name_len;
};

/* Splits text of n bytes. The class may contain spaces. AD_ERR_USAGE: a part is empty, the
 * class starts or ends with a space, the host contains one, or there is a control character. */
bool ad_spn_parse(struct ad_spn *out, const char *text, size_t n, struct ad_err *err);

/* Whether both name the same service, as AD compares: all parts, without regard to case. */
bool ad_spn_equal(const struct ad_spn *a, const struct ad_spn *b);

#endif
