/* Connections to file servers, kept open between verbs. See share.h. */
#include "ad/share.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 10000 /* for logging in, when the directory has more patience */
#define OPEN 16 /* at once; the oldest goes */

struct link {
	struct ad_smb *smb;
	struct ad_krb5 *krb5; /* a reference: whose it is */
	char *host;
	unsigned port;
	bool seal;
};

bool ad_share_seal;
static struct link links[OPEN];
static size_t n_links;

static void drop(size_t i)
{
	ad_smb_free(links[i].smb);
	ad_krb5_free(links[i].krb5);
	free(links[i].host);
	n_links--;
	memmove(links + i, links + i + 1, (n_links - i) * sizeof *links);
}

void ad_share_disconnect(const char *host)
{
	for (size_t i = n_links; i-- > 0;)
		if (!host || ad_caseeq(links[i].host, host))
			drop(i);
}

static struct ad_smb *find(struct ad_krb5 *krb5, const struct ad_unc *u)
{
	for (size_t i = n_links; i-- > 0;) {
		struct link *l = &links[i];

		if (!ad_smb_alive(l->smb))
			drop(i);
		else if (l->krb5 == krb5 && ad_caseeq(l->host, u->host) && l->port == u->port &&
			 l->seal == ad_share_seal)
			return l->smb;
	}
	return NULL;
}

/* A domain's namespace is on servers, see dfs.h. */
static bool is_domain(struct ad_ldap *ld, const struct ad_unc *u, struct ad_err *err)
{
	const char *domain = ad_ldap_info(ld)->domain;

	if (!domain || !ad_caseeq(u->host, domain))
		return false;
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "%s is a domain, not a file server", u->host);
	ad_err_hint(err, "name one of its file servers");
	return true;
}

bool ad_share_connect(struct ad_smb **out, struct ad_ldap *ld, const struct ad_unc *u, bool *again,
	struct ad_err *err)
{
	struct ad_smb_options o = { .host = u->host, .port = u->port, .seal = ad_share_seal };
	bool ignored;

	again = again ? again : &ignored;
	o.krb5 = ad_ldap_krb5(ld);
	o.operation_timeout_ms = ad_ldap_timeout(ld);
	o.connect_timeout_ms = o.operation_timeout_ms < CONNECT_MS ? o.operation_timeout_ms : 0;
	if (!o.krb5) {
		ad_err_set(err, AD_ERR_CONNECT, "krb5", 0,
			"file servers require a ticket, but this directory was opened without Kerberos");
		return ad_err_hint(err, "connect without --simple");
	}
	if (is_domain(ld, u, err))
		return false;
	*out = find(o.krb5, u);
	*again = *out != NULL;
	if (*out)
		return true;
	if (n_links == OPEN)
		drop(0);
	if (!ad_krb5_refresh(o.krb5, err) || !ad_smb_open(out, &o, err))
		return false;
	links[n_links++] = (struct link){ *out, ad_krb5_ref(o.krb5), ad_strdup(u->host), u->port,
		ad_share_seal };
	return true;
}
