/* Connections to file servers: opened, logged off, closed. See smb.h. */
#include "base/mem.h"
#include "base/stop.h"
#include "net/smb_priv.h"
#include "net/wire.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT 445
#define CONNECT_MS 10000
#define OPERATION_MS 60000

static bool connect_port(struct ad_smb *smb, unsigned port, long long deadline, struct ad_err *err)
{
	if (ad_wire_connect(&smb->fd, smb->host, NULL, port, deadline, err))
		return true;
	if (err && strcmp(err->domain, "system") == 0 && err->kind == AD_ERR_CONNECT)
		ad_err_hint(err,
			err->code == ECONNREFUSED
				? "nothing listens there: check that it is a file server, and that it runs"
				: "check that it is up, and that no firewall blocks port 445");
	return false;
}

bool ad_smb_open(struct ad_smb **out, const struct ad_smb_options *o, struct ad_err *err)
{
	struct ad_smb *smb = ad_alloc(sizeof *smb);
	int connect_ms = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_MS;
	long long deadline = ad_clock_ms() + connect_ms;

	smb->fd = -1;
	smb->credits = 1;
	smb->krb5 = ad_krb5_ref(o->krb5);
	smb->host = ad_strdup(o->host);
	smb->connect_ms = connect_ms;
	smb->operation_ms = o->operation_timeout_ms > 0 ? o->operation_timeout_ms : OPERATION_MS;
	if (connect_port(smb, o->port ? o->port : PORT, deadline, err) &&
		ad_smb_negotiate(smb, deadline, err) &&
		ad_smb_log_in(smb, o->seal, deadline, err)) {
		*out = smb;
		return true;
	}
	ad_err_where(err, "connect", o->host);
	if (err && err->kind != AD_ERR_INTERRUPTED && err->kind != AD_ERR_USAGE)
		err->kind = AD_ERR_CONNECT; /* whatever was answered: there is no connection */
	smb->broken = true;
	ad_smb_free(smb);
	return false;
}

static void log_off(struct ad_smb *smb)
{
	struct ad_smb_reply r;
	struct ad_buf b;

	ad_smb_begin(&b);
	ad_smb_empty_encode(&b);
	if (ad_smb_exchange(smb, AD_SMB_LOGOFF, NULL, &b, ad_clock_ms() + 500, &r, NULL))
		ad_buf_clear(&r.bytes);
	ad_buf_clear(&b);
}

void ad_smb_free(struct ad_smb *smb)
{
	if (!smb)
		return;
	if (!smb->broken)
		log_off(smb);
	if (smb->fd >= 0)
		close(smb->fd);
	while (smb->n_trees)
		free(smb->trees[--smb->n_trees].share);
	free(smb->trees);
	free(smb->host);
	ad_krb5_free(smb->krb5);
	gnutls_memset(smb, 0, sizeof *smb);
	free(smb);
}

bool ad_smb_clock(int64_t *out, const char *host, int timeout_ms, struct ad_err *err)
{
	struct ad_smb *smb = ad_alloc(sizeof *smb);
	long long deadline = ad_clock_ms() + timeout_ms;
	bool ok;

	smb->fd = -1;
	smb->credits = 1;
	smb->host = ad_strdup(host);
	smb->connect_ms = smb->operation_ms = timeout_ms;
	ok = connect_port(smb, PORT, deadline, err) && ad_smb_negotiate(smb, deadline, err);
	if (ok)
		*out = smb->time;
	smb->broken = true; /* there is no session to log off from */
	ad_smb_free(smb);
	return ok;
}

bool ad_smb_alive(const struct ad_smb *smb)
{
	return !smb->broken;
}

bool ad_smb_ended(const struct ad_smb *smb)
{
	return smb->ended;
}

const struct ad_smb_info *ad_smb_info(const struct ad_smb *smb)
{
	return &smb->info;
}
