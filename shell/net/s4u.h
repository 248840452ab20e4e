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
	bool forwardable; /* the evidence of the proxy step could be passed on */
};

/* True when the question could be asked, also when the answer is a refusal (result->step); false
 * when it could not: no keytab, no KDC, bad arguments. */
bool ad_s4u_verify(
	const struct ad_s4u_request *r, struct ad_s4u_result *result, struct ad_err *err);

/* The same for many pairs. results has n elements; false ends early, *done tells how many are
 * filled. */
bool ad_s4u_verify_many(const struct ad_s4u_request *r, size_t n, struct ad_s4u_result *results,
	size_t *done, struct ad_err *err);

/* Did the KDC say no, as opposed to: it could not be asked? */
bool ad_s4u_is_refusal(const struct ad_err *err);

/*
 * Very many: each source logs in once, S4U2Self is asked once for each source and user, and the
 * tickets are asked for over several connections at once; answers come as they arrive.
 */
struct ad_s4u_ask {
	const char *source, *keytab, *user;
	const char *own; /* not NULL: the user's cache, whose ticket to the source takes the place
			  * of S4U2Self */
	const char *const *targets;
	size_t n;
};

struct ad_s4u_options {
	size_t connections; /* 0: some */
	int timeout_ms;
	const struct ad_s4u_place { /* the KDC that is asked for all of a realm */
		const char *realm, *host;
	} * kdcs; /* without: as krb5.conf and DNS say */
	size_t n_kdcs;
};

struct ad_s4u_run;
/* Copies all of it. */
bool ad_s4u_run_new(struct ad_s4u_run **out, const struct ad_s4u_ask *asks, size_t n,
	const struct ad_s4u_options *o, struct ad_err *err);
/* The next answer: to which ask and target, counted from 0. A source or KDC that cannot be asked is
 * an answer, too (see ad_s4u_is_refusal). False with err->kind AD_ERR_NONE: all are answered; else
 * it was interrupted. */
bool ad_s4u_run_next(struct ad_s4u_run *run, size_t *ask, size_t *target, struct ad_s4u_result *out,
	struct ad_err *err);
void ad_s4u_run_free(struct ad_s4u_run *run); /* NULL is fine */

#endif
