/* Calls that may talk to a KDC. See krb5_call.h. */
#include "net/krb5_call.h"
#include "base/notice.h"
#include "base/buf.h"
#include "net/krb5.h"
#include "net/worker.h"

#include <errno.h>
#include <stdio.h>

#define KDC_ERR_PREAUTH_REQUIRED 25

void ad_krb5_reply_status(krb5_context context, const char *ccache, const krb5_data *request,
	const krb5_data *reply, uint32_t *status)
{
	krb5_error *e = NULL;

	if (!reply->length || (reply->data[0] & 0x1f) != 30 || krb5_rd_error(context, reply, &e))
		return;
	/* with "preauthentication required" type 3 is a salt */
	*status = e->error == KDC_ERR_PREAUTH_REQUIRED
			  ? 0
			  : ad_krb5_status(context, ccache, request, &e->e_data);
	krb5_free_error(context, e);
}

/* Looks at what KDCs answer; changes nothing. */
static krb5_error_code note_status(krb5_context context, void *data, krb5_error_code code,
	const krb5_data *realm, const krb5_data *message, const krb5_data *reply,
	krb5_data **new_reply)
{
	struct ad_krb5_call *c = data;

	(void)realm;
	*new_reply = NULL;
	if (!code && reply)
		ad_krb5_reply_status(context, c->ccache, message, reply, &c->status);
	return code;
}

bool ad_krb5_call_init(struct ad_krb5_call *c, bool (*work)(struct ad_krb5_call *, struct ad_err *),
	void (*drop)(struct ad_krb5_call *), const char *realm, struct ad_err *err)
{
	krb5_error_code rc = krb5_init_context(&c->context);

	c->work = work;
	c->drop = drop;
	if (!rc && realm)
		rc = krb5_set_default_realm(c->context, realm);
	if (rc) {
		ad_krb5_err(err, c->context, rc, "Kerberos");
		ad_krb5_call_drop(c);
		return false;
	}
	krb5_set_kdc_recv_hook(c->context, note_status, c);
	return true;
}

static void work(void *p)
{
	struct ad_krb5_call *c = p;

	c->ok = c->work(c, &c->err);
	if (!c->ok && c->err.kind == AD_ERR_CONNECT)
		ad_krb5_err_status(&c->err, c->status);
}

static void drop(void *p)
{
	ad_krb5_call_drop(p);
}

void ad_krb5_call_drop(struct ad_krb5_call *c)
{
	krb5_context context = c->context;

	c->drop(c);
	if (context)
		krb5_free_context(context);
}

bool ad_krb5_call_run(struct ad_krb5_call *c, int timeout_ms, struct ad_err *err)
{
	struct ad_err slow = { 0 };
	const char *next = ad_notice_next(NULL); /* the library tries others by itself */
	const char *before = ad_notice_wait("the KDC");
	bool done =
		ad_worker_run(work, drop, c, timeout_ms > 0 ? timeout_ms : AD_KRB5_TIMEOUT, &slow);

	ad_notice_wait(before);
	ad_notice_next(next);
	if (done && c->ok)
		return true;
	if (done) {
		if (err)
			*err = c->err;
		ad_krb5_call_drop(c);
	} else if (err && slow.code == ETIMEDOUT && slow.kind == AD_ERR_CONNECT) {
		ad_krb5_err(err, NULL, KRB5_KDC_UNREACH, NULL);
		snprintf(err->message, sizeof err->message,
			"no KDC of the realm answered within %g seconds", timeout_ms / 1000.0);
		err->diagnostic[0] = 0;
	} else if (err) {
		*err = slow;
	}
	return false;
}
