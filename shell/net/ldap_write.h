/*
 * Writing (RFC 4511 4.6 to 4.8), pipelined: a window of requests is outstanding on one connection
 * and the answers are matched by message id. Who writes what, and in which order, is the business
 * of the gate (gate/gate.h): nothing else calls this.
 */
#ifndef AD_LDAP_WRITE_H
#define AD_LDAP_WRITE_H

#include "net/ldap.h"
#include "net/ldap_entry.h"

enum ad_mod_op { AD_MOD_ADD, AD_MOD_DELETE };

struct ad_mod {
	enum ad_mod_op op;
	const char *attr;
	const struct ad_value *values; /* at least one: whole attributes are never replaced */
	size_t n;
};

enum ad_request_kind { AD_REQUEST_MODIFY, AD_REQUEST_ADD, AD_REQUEST_DELETE };

struct ad_request {
	enum ad_request_kind kind;
	const char *dn;
	const struct ad_mod *mods; /* modify: in this order; add: the attributes (op is ignored) */
	size_t n;
};

enum ad_answer {
	AD_ANSWER_NONE, /* not sent */
	AD_ANSWER_SENT, /* sent, and the answer never came: written or not, nobody knows */
	AD_ANSWER_DONE,
	AD_ANSWER_FAILED /* the server refused: nothing of this request is written */
};

struct ad_pipeline {
	size_t window; /* outstanding at most; 0: 64 */
	bool keep_going; /* go on sending after a refusal */
	void *arg;
	/* Gives request i; false: skip it. Called once for each i, in order, just before it is
	 * sent; what r points to must stay valid until the next call. */
	bool (*next)(void *arg, size_t i, struct ad_request *r);
	/* The answer to i: err is NULL when done. */
	void (*answer)(void *arg, size_t i, enum ad_answer answer, const struct ad_err *err);
};

/*
 * Sends requests 0..n-1. After a refusal (without keep_going), Ctrl-C or a lost connection no more
 * are sent; those outstanding are waited for as long as the connection lives, then reported as
 * AD_ANSWER_SENT. False with err when the connection broke or the run was interrupted; a refusal
 * alone is told through answer() and gives true.
 */
bool ad_ldap_pipeline(
	struct ad_ldap *ld, size_t n, const struct ad_pipeline *p, struct ad_err *err);

#endif
