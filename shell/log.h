/* One record of an unattended run for the machine's log, with structured fields. */
#ifndef AD_LOG_H
#define AD_LOG_H

#include "base/err.h"

#include <stddef.h>

struct ad_log_field {
	const char *name; /* "RUN": capital letters, digits, underscores */
	const char *value;
};

/* syslog(3), facility daemon: "message name=value ...". */
void ad_log_syslog(bool failed, const char *message, const struct ad_log_field *f, size_t n);

/* The systemd journal, by its native protocol (a datagram of NAME=value lines to
 * /run/systemd/journal/socket); fields become ADSH_NAME. AD_ERR_FAILED: no journal here. */
bool ad_log_journal(bool failed, const char *message, const struct ad_log_field *f, size_t n,
	struct ad_err *err);

#endif
