/* The two requests of a delegation (MS-SFU 3.1.5.1). */
#ifndef AD_S4U_STEP_H
#define AD_S4U_STEP_H

#include "base/err.h"
#include "net/krb5.h"

#include <krb5.h>
#include <stddef.h>

/* The ticket to itself that a source got in the name of a user. */
struct ad_s4u_evidence {
	void *ticket; /* as the KDC encoded it */
	size_t n;
	bool forwardable; /* the KDC lets it be passed on */
	bool trusted; /* the KDC says that the source may have the user's own tickets
			 (ok-as-delegate) */
};

/* S4U2Self, within a time limit: source asks for user, as ad_krb5_options.user. out is freed with
 * free(out->ticket). */
bool ad_s4u_self(struct ad_s4u_evidence *out, struct ad_krb5 *source, const char *user,
	int timeout_ms, struct ad_err *err);

/* The user's own ticket to the source, a principal, by what is in his cache, where it is not kept.
 * It is evidence, too: the only one that a source without protocol transition has. */
bool ad_s4u_own(struct ad_s4u_evidence *out, const char *ccache, const char *source, int timeout_ms,
	struct ad_err *err);

struct ad_s4u_ticket {
	char *client, *server;
	long long end; /* seconds since 1970 */
};

/* S4U2Proxy: with the evidence and the tickets of its cache, the source asks for a ticket of the
 * user to target, an SPN of any service class. It is not kept in a cache. out is filled when there
 * is one (0), and freed by the caller. It waits as libkrb5 does, and may be called in any thread
 * that the context is of. */
krb5_error_code ad_s4u_ticket_get(krb5_context context, const char *ccache,
	const krb5_data *evidence, const char *target, struct ad_s4u_ticket *out);

#endif
