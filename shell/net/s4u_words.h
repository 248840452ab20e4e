/* A refusal of S4U in words. */
#ifndef AD_S4U_WORDS_H
#define AD_S4U_WORDS_H

#include "base/err.h"

/* Words for refusals of S4U2Self and of S4U2Proxy, the latter with a ticket of the user that the
 * KDC lets be passed on, or not (MS-SFU 3.2.5.2). */
void ad_s4u_explain_self(struct ad_err *e);
void ad_s4u_explain_proxy(struct ad_err *e, const char *source, const char *user,
	const char *target, bool forwardable);

#endif
