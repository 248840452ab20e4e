/*
 * The inside of a run of s4u.h, for the two files that implement it: s4u_run.c is what the caller
 * sees, s4u_thread.c what the threads do.
 */
#ifndef AD_S4U_RUN_H
#define AD_S4U_RUN_H

#include "net/krb5_profile.h"
#include "net/s4u.h"
#include "net/s4u_step.h"

#include <krb5.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum ad_s4u_state { AD_S4U_NEW, AD_S4U_BUSY, AD_S4U_READY, AD_S4U_REFUSED };

/* A source. */
struct ad_s4u_session {
	const char *source, *keytab; /* of its first ask */
	enum ad_s4u_state state;
	struct ad_krb5 *id; /* when it is ready */
	struct ad_err *refusal; /* when it is refused */
	size_t left; /* tickets that are not answered */
};

/* What one source is asked for, for one user. */
struct ad_s4u_batch {
	struct ad_s4u_session *session;
	char *source, *keytab, *user, *own, **targets;
	size_t n, first; /* first: the id of the first target */
	size_t begun, answered;
	enum ad_s4u_state state;
	struct ad_s4u_evidence evidence;
	enum ad_s4u_step step; /* when it is refused: where, and why */
	struct ad_err *refusal;
};

struct ad_s4u_answer {
	size_t id;
	bool is_refused; /* with the whole batch */
	krb5_error_code code; /* 0: there is a ticket */
	uint32_t status; /* NTSTATUS of the refusal, or 0 */
	struct ad_s4u_ticket ticket;
};

/* A realm whose KDC could not be asked: nobody else waits as long for it. */
struct ad_s4u_silence {
	char *realm;
	struct ad_err why;
};

/* What is not said to be fixed is touched with the lock held. */
struct ad_s4u_run {
	pthread_mutex_t lock;
	pthread_cond_t work, answer, ended;
	struct ad_s4u_batch *batches; /* the list is fixed */
	size_t n, from; /* from: those before are begun or refused */
	struct ad_s4u_session *sessions; /* the list is fixed */
	size_t n_sessions;
	struct ad_s4u_silence *silences;
	size_t n_silences;
	struct ad_s4u_answer *answers; /* a ring */
	size_t room, head, count;
	struct ad_krb5_place *places; /* fixed, and as long as addresses (NULL: of no use) */
	struct addrinfo **addresses;
	size_t n_places;
	int timeout_ms; /* fixed */
	pthread_t *threads; /* the caller's */
	size_t n_threads, running;
	bool abandoned;
	atomic_bool stop;
	size_t total, done; /* the caller's */
	long long heard; /* when the last answer came; the caller's */
};

void *ad_s4u_thread(void *run);
/* Frees what the caller and all threads have left. */
void ad_s4u_run_destroy(struct ad_s4u_run *run);

#endif
