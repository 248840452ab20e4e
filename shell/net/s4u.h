/*
 * The proof of a delegation: the ticket itself. As the source host, with the source's own key,
 * S4U2Self for a user, then S4U2Proxy to a target service (MS-SFU 3.1.5.1), through GSSAPI.
 */
#ifndef AD_S4U_H
#define AD_S4U_H

#include "base/err.h"

#include <stddef.h>

struct ad_s4u_request {
	const char *source; /* principal of the source account: "HOST01$", "HOST01$@ALPHA.TEST" */
	const char *keytab; /* file with the source's key */
	const char *user; /* on whose behalf: "user01" or "user01@ALPHA.TEST" */
	const char *target; /* SPN: "cifs/host02.alpha.test", may contain spaces */
	int timeout_ms; /* 0: 15 s for each step */
};

/* Which step the KDC refused. */
enum ad_s4u_step { AD_S4U_LOGIN, AD_S4U_SELF, AD_S4U_PROXY, AD_S4U_DONE };

struct ad_s4u_result {
	enum ad_s4u_step step; /* AD_S4U_DONE: a ticket for the target is there */
	struct ad_err
		refusal; /* when step is not AD_S4U_DONE: what was refused and why, in words */
	char client[256]; /* of the ticket: "user01@ALPHA.TEST" */
	char server[256];
	long long end; /* seconds since 1970 */
};

/* True when the question could be asked, also when the answer is a refusal (result->step); false
 * when it could not: no keytab, no KDC, bad arguments. */
bool ad_s4u_verify(
	const struct ad_s4u_request *r, struct ad_s4u_result *result, struct ad_err *err);

/* The same for many pairs, logging in once for each source and asking S4U2Self once for each
 * source and user. results has n elements; false ends early, *done tells how many are filled. */
bool ad_s4u_verify_many(const struct ad_s4u_request *r, size_t n, struct ad_s4u_result *results,
	size_t *done, struct ad_err *err);

#endif
