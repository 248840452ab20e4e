/* A conversation with one domain controller. See ldap.h. */
#include "net/ldap.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/ldap_priv.h"
#include "net/stored.h"

#include <openldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_AHEAD 65536
#define LARGEST_MESSAGE (256UL << 20) /* no server makes us ask for more memory at once */
#define PATIENCE 10 /* times the time limit: for one message that comes bit by bit */
#define LOCAL_SSF 71 /* what OpenLDAP counts a local socket for */

/* --- the handle ------------------------------------------------------------------------- */

/* libldap reads ldap.conf, ~/.ldaprc and ldaprc of the current directory at its first use: whoever
 * can write there could turn certificate checks off. We state every option ourselves. */
static void init_libraries(void)
{
	static bool done;
	LDAP *h;

	if (done)
		return;
	done = true;
	ad_ldap_init_sasl();
	if (getenv("LDAPNOINIT")) {
		if (ldap_create(&h) == LDAP_SUCCESS)
			ldap_destroy(h);
		return;
	}
	setenv("LDAPNOINIT", "1", 1);
	if (ldap_create(&h) == LDAP_SUCCESS)
		ldap_destroy(h);
	unsetenv("LDAPNOINIT");
}

static void set_options(struct ad_ldap *ld)
{
	int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER, none = 0;

	ldap_set_option(ld->h, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(ld->h, LDAP_OPT_DEREF, &deref);
	ldap_set_option(ld->h, LDAP_OPT_SIZELIMIT, &none);
	ldap_set_option(ld->h, LDAP_OPT_TIMELIMIT, &none);
	ldap_set_option(ld->h, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	ldap_set_option(ld->h, LDAP_OPT_RESTART, LDAP_OPT_ON);
	ldap_set_option(ld->h, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON);
}

/* libldap connects again, unprotected, when it has lost a connection and gets one more request.
 * So the address that it would use is one where nobody answers. */
static void forbid_reconnect(struct ad_ldap *ld)
{
	ldap_set_option(ld->h, LDAP_OPT_URI, "ldapi://%2Fdev%2Fnull");
}

static bool attach(struct ad_ldap *ld, struct ad_err *err)
{
	ber_len_t most = LARGEST_MESSAGE;
	Sockbuf *sb = NULL;
	int rc;

	init_libraries();
	rc = ldap_init_fd(ld->wire->fd, LDAP_PROTO_EXT, ld->info.uri, &ld->h);
	if (rc != LDAP_SUCCESS) {
		ld->h = NULL;
		return ad_ldap_err(err, rc, NULL, "connect", NULL);
	}
	ldap_get_option(ld->h, LDAP_OPT_SOCKBUF, &sb);
	if (!ad_wire_install(ld->wire, sb))
		return ad_ldap_err(err, LDAP_NO_MEMORY, NULL, "connect", NULL);
	ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &most);
	set_options(ld);
	forbid_reconnect(ld);
	return true;
}

/* A sealed stream comes in large pieces as it is; the others are read message by message. */
static void read_ahead(struct ad_ldap *ld)
{
	int size = READ_AHEAD;
	ber_len_t ssf = 0;
	Sockbuf *sb = NULL;

	if (ldap_get_option(ld->h, LDAP_OPT_X_SASL_SSF, &ssf) == LDAP_OPT_SUCCESS && ssf > 0)
		return;
	ldap_get_option(ld->h, LDAP_OPT_SOCKBUF, &sb);
	ber_sockbuf_add_io(sb, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER, &size);
}

void ad_ldap_clear_info(struct ad_ldap_info *i)
{
	free(i->uri);
	free(i->host);
	free(i->mechanism);
	free(i->principal);
	free(i->domain);
	free(i->base);
	free(i->config_base);
	free(i->schema_base);
	free(i->root_base);
	free(i->dns_host);
	free(i->snapshot);
	free(i->taken);
	memset(i, 0, sizeof *i);
}

struct ad_ldap *ad_ldap_ref(struct ad_ldap *ld)
{
	ld->refs++;
	return ld;
}

void ad_ldap_close(struct ad_ldap *ld)
{
	if (ld->stored)
		ld->lost = ld->closed = true;
	if (!ld->h)
		return;
	ld->wire->stall_ms = 0; /* the good-bye may get lost */
	ldap_unbind_ext(ld->h, NULL, NULL);
	ld->h = NULL;
	ld->lost = ld->closed = true;
}

void ad_ldap_free(struct ad_ldap *ld)
{
	if (!ld || --ld->refs > 0)
		return;
	ad_ldap_close(ld);
	if (ld->wire->fd >= 0) /* never came under a handle */
		close(ld->wire->fd);
	free(ld->wire);
	ad_stored_free(ld->stored);
	free(ld->place.host);
	free(ld->place.domain);
	free(ld->place.next);
	ad_ldap_clear_info(&ld->info);
	ad_krb5_free(ld->krb5);
	ad_secret_free(ld->password);
	while (ld->n_retired)
		free(ld->retired[--ld->n_retired]);
	free(ld->retired);
	free(ld->user);
	free(ld->cacert);
	free(ld);
}

bool ad_ldap_alive(const struct ad_ldap *ld)
{
	return (ld->h || ld->stored) && !ld->lost;
}

/* Dissolves the association: otherwise the kernel goes on sending what is not acknowledged, and a
 * request arrives minutes later, when nobody expects it any more. */
void ad_ldap_lost(struct ad_ldap *ld)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	ld->lost = true;
	if (ld->wire && ld->wire->fd >= 0)
		connect(ld->wire->fd, &nobody, sizeof nobody);
}

const struct ad_ldap_info *ad_ldap_info(const struct ad_ldap *ld)
{
	return &ld->info;
}

struct ad_krb5 *ad_ldap_krb5(const struct ad_ldap *ld)
{
	return ld->krb5;
}

LDAP *ad_ldap_handle(struct ad_ldap *ld)
{
	return ld->h;
}

int ad_ldap_timeout(const struct ad_ldap *ld)
{
	return ld->operation_ms;
}

/* --- waiting and results ---------------------------------------------------------------- */

bool ad_ldap_local_err(struct ad_err *err, struct ad_ldap *ld, int code, const char *op)
{
	char *text = NULL;

	if (!ld->h)
		return ad_err_set(err, AD_ERR_CONNECT, "ldap", LDAP_SERVER_DOWN,
			"the connection to %s is closed",
			ld->info.host ? ld->info.host : "the server");
	if (code == LDAP_SERVER_DOWN || code == LDAP_UNAVAILABLE)
		ld->lost = true;
	if (!ad_stop_check(err))
		return ad_err_where(err, op, NULL);
	ldap_get_option(ld->h, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	ad_ldap_err(err, code, code == LDAP_SERVER_DOWN ? NULL : text, op, NULL);
	ldap_memfree(text);
	if (code == LDAP_SERVER_DOWN && err)
		snprintf(err->message, sizeof err->message, "the connection to %s is lost%s%s",
			ld->info.host ? ld->info.host : "the server", ld->wire->error ? ": " : "",
			ld->wire->error ? strerror(ld->wire->error) : "");
	return false;
}

/* An unsolicited message: the server says good-bye (RFC 4511 4.4.1) and why. */
static int good_bye(struct ad_ldap *ld, LDAPMessage *msg, struct ad_err *err)
{
	char *text = NULL;
	int code = LDAP_UNAVAILABLE;

	ldap_parse_result(ld->h, msg, &code, NULL, &text, NULL, NULL, 1);
	ld->lost = true;
	ad_ldap_err(err, code ? code : LDAP_UNAVAILABLE, text, NULL, NULL);
	ldap_memfree(text);
	return -1;
}

static int wait_failed(struct ad_ldap *ld, struct ad_err *err)
{
	int code = LDAP_SERVER_DOWN;

	ldap_get_option(ld->h, LDAP_OPT_RESULT_CODE, &code);
	if (code == LDAP_SUCCESS)
		code = LDAP_SERVER_DOWN;
	ld->lost = true; /* whatever it was, the stream of messages cannot be trusted any more */
	ad_ldap_local_err(err, ld, code, NULL);
	return -1;
}

static int timed_out(struct ad_ldap *ld, long long waited, struct ad_err *err)
{
	ad_ldap_err(err, LDAP_TIMEOUT, NULL, NULL, NULL);
	if (err)
		snprintf(err->message, sizeof err->message, "%s has not answered for %lld seconds",
			ld->info.host, (waited + 500) / 1000);
	return -1;
}

static int look(
	struct ad_ldap *ld, int msgid, bool all, int wait_ms, LDAPMessage **out, struct ad_err *err)
{
	struct timeval limit = { wait_ms / 1000, wait_ms % 1000 * 1000L };
	LDAPMessage *msg = NULL;
	int type = ldap_result(ld->h, msgid, all ? LDAP_MSG_ALL : LDAP_MSG_ONE, &limit, &msg);

	if (type < 0)
		return wait_failed(ld, err);
	if (type > 0 && ldap_msgid(msg) == 0)
		return good_bye(ld, msg, err);
	if (type == LDAP_RES_INTERMEDIATE && !all) { /* RFC 4511 4.13: not the answer yet */
		ldap_msgfree(msg);
		return 0;
	}
	if (type > 0)
		*out = msg;
	return type;
}

int ad_ldap_poll(struct ad_ldap *ld, int msgid, int wait_ms, LDAPMessage **out, struct ad_err *err)
{
	if (!ld->h)
		return ad_ldap_local_err(err, ld, LDAP_SERVER_DOWN, NULL) - 1;
	return look(ld, msgid, false, wait_ms, out, err);
}

static int wait_until(struct ad_ldap *ld, int msgid, bool all, long long deadline,
	LDAPMessage **out, struct ad_err *err)
{
	unsigned long long seen = ld->wire->received;
	long long since = 0, now, last = ad_clock_ms() + PATIENCE * (long long)ld->operation_ms;

	if (!ld->h)
		return ad_ldap_local_err(err, ld, LDAP_SERVER_DOWN, NULL) - 1;
	for (;;) {
		int type;

		if (!ad_stop_check(err)) /* also of a server that never stops answering */
			return -1;
		type = look(ld, msgid, all, AD_STOP_SLICE, out, err);
		if (type)
			return type;
		if (!ad_stop_check(err))
			return -1;
		now = ad_clock_ms();
		if (!since || ld->wire->received != seen) {
			since = now - AD_STOP_SLICE;
			seen = ld->wire->received;
			ad_notice_alive();
		}
		if (deadline ? now >= deadline : now - since >= ld->operation_ms || now >= last)
			return timed_out(ld, now - since, err);
	}
}

int ad_ldap_wait_until(struct ad_ldap *ld, int msgid, bool all, long long deadline,
	LDAPMessage **out, struct ad_err *err)
{
	bool moves = !ld->pinned && !ld->stays;
	const char *next = ad_notice_next(moves ? ld->place.next : NULL);
	const char *before = ad_notice_wait(ld->info.host);
	int type = wait_until(ld, msgid, all, deadline, out, err);

	ad_notice_wait(before);
	ad_notice_next(next);
	return type;
}

int ad_ldap_wait(struct ad_ldap *ld, int msgid, bool all, LDAPMessage **out, struct ad_err *err)
{
	return ad_ldap_wait_until(ld, msgid, all, 0, out, err);
}

bool ad_ldap_check_result(
	struct ad_ldap *ld, LDAPMessage *msg, const char *op, const char *dn, struct ad_err *err)
{
	char *text = NULL;
	int code = LDAP_OTHER;
	int rc = ldap_parse_result(ld->h, msg, &code, NULL, &text, NULL, NULL, 1);

	if (rc != LDAP_SUCCESS)
		ad_ldap_local_err(err, ld, rc, op);
	else if (code != LDAP_SUCCESS)
		ad_ldap_err(err, code, text, op, dn);
	ldap_memfree(text);
	return rc == LDAP_SUCCESS && code == LDAP_SUCCESS;
}

/* --- opening ---------------------------------------------------------------------------- */

static char *format_uri(const struct ad_place *p)
{
	bool six = strchr(p->host, ':') != NULL;

	if (p->local)
		return ad_format("ldapi://");
	return ad_format("%s://%s%s%s:%u", p->tls == AD_TLS_LDAPS ? "ldaps" : "ldap",
		six ? "[" : "", p->host, six ? "]" : "", p->port);
}

bool ad_ldap_dial(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	const struct ad_place *p = &ld->place;

	if (p->local ? !ad_wire_connect_path(&ld->wire->fd, p->host, deadline, err)
		     : !ad_wire_connect(
			       &ld->wire->fd, p->host, p->addresses, p->port, deadline, err))
		return false;
	return attach(ld, err);
}

static bool connect_to(struct ad_ldap *ld, struct ad_err *err)
{
	const struct ad_place *p = &ld->place;
	long long deadline = ad_clock_ms() + ld->connect_ms;

	ld->info.tls = p->tls != AD_TLS_NONE;
	ld->info.is_gc = p->port == 3268 || p->port == 3269;
	ld->info.host = ad_strdup(p->local ? "localhost" : p->host);
	ld->info.uri = format_uri(p);
	if (!ad_ldap_dial(ld, deadline, err))
		return false;
	if (ld->info.tls && !ad_ldap_start_tls(ld, deadline, err))
		return false;
	if (p->local) {
		ld->info.mechanism = ad_strdup("local socket");
		ld->info.ssf = LOCAL_SSF;
	} else if (!ad_ldap_bind(ld, deadline, err)) {
		return false;
	}
	read_ahead(ld);
	return ad_ldap_read_root(ld, deadline, err);
}

bool ad_ldap_connect(struct ad_ldap *ld, struct ad_err *err)
{
	const char *next = ad_notice_next(ld->place.next);
	const char *before = ad_notice_wait(ld->place.local ? "localhost" : ld->place.host);
	bool ok = connect_to(ld, err);

	ad_notice_wait(before);
	ad_notice_next(next);
	return ok;
}
