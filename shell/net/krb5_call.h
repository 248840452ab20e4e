/*
 * One call to libkrb5 that may talk to a KDC: in a worker, with a context of its own, within a
 * time limit. The NTSTATUS that AD's KDCs add to a refusal is kept, since it says more than
 * the Kerberos code does.
 */
#ifndef AD_KRB5_CALL_H
#define AD_KRB5_CALL_H

#include "base/err.h"

#include <krb5.h>
#include <stddef.h>
#include <stdint.h>

#define AD_KRB5_TIMEOUT 15000 /* ms, when the caller has no wish */

/* The first member of every job. */
struct ad_krb5_call {
	krb5_context context;
	bool (*work)(struct ad_krb5_call *c, struct ad_err *err); /* in the worker */
	void (*drop)(struct ad_krb5_call *c); /* frees the whole job but for context */
	uint32_t status; /* NTSTATUS of the last refusal, or 0 */
	const char *ccache; /* whose tickets open what a refusal has inside FAST; may be NULL */
	struct ad_err err;
	bool ok;
};

/* Fills in the call; c->context is ready, with realm as its default realm (NULL: krb5.conf's).
 * False: the job is dropped. */
bool ad_krb5_call_init(struct ad_krb5_call *c, bool (*work)(struct ad_krb5_call *, struct ad_err *),
	void (*drop)(struct ad_krb5_call *), const char *realm, struct ad_err *err);

/* True: work said true, the caller reads the job and ends with ad_krb5_call_drop. False: err says
 * why, the job is gone or will go by itself. timeout_ms 0: AD_KRB5_TIMEOUT. */
bool ad_krb5_call_run(struct ad_krb5_call *c, int timeout_ms, struct ad_err *err);
void ad_krb5_call_drop(struct ad_krb5_call *c);

/* The NTSTATUS in the e-data of a KRB-ERROR (MS-KILE 2.2.1 and 2.2.2), or 0. Samba wraps the
 * same into METHOD-DATA. */
uint32_t ad_krb5_status_decode(const unsigned char *edata, size_t n);
/* Has the KDC, in the METHOD-DATA of a KRB-ERROR, named a key of the client whose type is from
 * first to last? */
bool ad_krb5_offers(const unsigned char *edata, size_t n, long first, long last);
/* The same as ad_krb5_status_decode, also where the KDC has put it inside FAST (RFC 6113 5.4.4):
 * with the key of the ticket and the one that it came with in the request, a TGS-REQ. ccache NULL:
 * outside only. */
uint32_t ad_krb5_status(
	krb5_context context, const char *ccache, const krb5_data *request, const krb5_data *edata);
/* The same of a reply; what is no refusal leaves *status as it is. */
void ad_krb5_reply_status(krb5_context context, const char *ccache, const krb5_data *request,
	const krb5_data *reply, uint32_t *status);

#endif
