/* Negotiation (MS-SMB2 3.2.5.2), logging in with Kerberos (3.2.5.3) and shares (3.2.5.5). */
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/krb5_identity.h"
#include "net/service_name.h"
#include "net/smb_priv.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_NOT_SUPPORTED 0xc00000bbu

/* ---- negotiation ---- */

static bool too_old(struct ad_err *err, const char *host)
{
	ad_err_set(err, AD_ERR_CONNECT, "smb", 0, "%s does not speak SMB 3.1.1", host);
	return ad_err_hint(err,
		"Windows Server 2016 or Samba 4.3 is required; older dialects are not secure enough and are not used");
}

static bool agree(struct ad_smb *smb, const struct ad_smb_negotiated *n, struct ad_err *err)
{
	if (n->dialect != AD_SMB_DIALECT)
		return too_old(err, smb->host);
	if (!n->sha512 || (n->cipher && !ad_smb_cipher_name(n->cipher)) ||
		(n->signing && !ad_smb_signing_name(n->signing)))
		return ad_smb_malformed(smb, "negotiate", err);
	if (n->max_transact < AD_SMB_CHUNK || n->max_read < AD_SMB_CHUNK)
		return ad_err_set(err, AD_ERR_CONNECT, "smb", 0,
			"%s accepts only very short messages", smb->host);
	smb->time = n->time;
	smb->cipher = n->cipher;
	smb->sealable = n->cipher != AD_SMB_CIPHER_NONE;
	smb->signing = n->signing ? n->signing : AD_SMB_AES_CMAC;
	smb->info.cipher = ad_smb_cipher_name(smb->cipher);
	smb->info.signing = ad_smb_signing_name(smb->signing);
	return true;
}

bool ad_smb_negotiate(struct ad_smb *smb, long long deadline, struct ad_err *err)
{
	unsigned char random[48];
	struct ad_smb_negotiated n;
	struct ad_smb_reply r;
	struct ad_buf b;
	bool ok;

	gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random);
	ad_smb_begin(&b);
	ad_smb_negotiate_encode(&b, random, random + 16);
	ok = ad_smb_exchange(smb, AD_SMB_NEGOTIATE, NULL, &b, deadline, &r, err);
	if (ok) {
		if (r.h.status == STATUS_NOT_SUPPORTED)
			ok = too_old(err, smb->host);
		else if (r.h.status)
			ok = ad_smb_err(err, r.h.status, "negotiate", NULL);
		else if (!ad_smb_negotiate_decode(&n, r.bytes.data, r.bytes.len))
			ok = ad_smb_malformed(smb, "negotiate", err);
		else
			ok = agree(smb, &n, err);
		ad_smb_preauth(smb->hash, b.data, b.len);
		ad_smb_preauth(smb->hash, r.bytes.data, r.bytes.len);
		ad_buf_clear(&r.bytes);
	}
	ad_buf_clear(&b);
	return ok;
}

/* ---- keys ---- */

static bool session_key(gss_ctx_id_t ctx, struct ad_buf *key, struct ad_err *err)
{
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	OM_uint32 minor, major = gss_inquire_sec_context_by_oid(
				 &minor, ctx, GSS_C_INQ_SSPI_SESSION_KEY, &set);

	if (GSS_ERROR(major) || set->count < 1 || set->elements[0].length < 16) {
		if (GSS_ERROR(major))
			ad_krb5_gss_err(err, major, minor, "log in");
		else
			ad_err_set(err, AD_ERR_CONNECT, "krb5", 0,
				"the ticket's key is too short to protect a connection");
	} else {
		ad_buf_add(key, set->elements[0].value, set->elements[0].length);
	}
	if (set)
		gss_release_buffer_set(&minor, &set);
	return key->len > 0;
}

/* 3.2.5.3.1: signatures use the first 16 bytes of the key, AES-256 uses all of it. */
static void make_keys(struct ad_smb *smb, const struct ad_buf *key)
{
	size_t n = ad_smb_cipher_key(smb->cipher), full = n == 32 ? key->len : 16;

	ad_smb_derive(smb->sign_key, 16, key->data, 16, "SMBSigningKey", smb->hash, AD_SMB_HASH);
	ad_smb_derive(smb->seal_key, n, key->data, full, "SMBC2SCipherKey", smb->hash, AD_SMB_HASH);
	ad_smb_derive(
		smb->unseal_key, n, key->data, full, "SMBS2CCipherKey", smb->hash, AD_SMB_HASH);
	smb->keyed = true;
}

/* The final answer is signed with the key that it lets us make. */
static bool check_signature(struct ad_smb *smb, struct ad_smb_reply *r, struct ad_err *err)
{
	unsigned char theirs[AD_SMB_SIGNATURE], ours[AD_SMB_SIGNATURE];

	memcpy(theirs, r->bytes.data + 48, sizeof theirs);
	memset(r->bytes.data + 48, 0, sizeof theirs);
	if (r->h.flags & AD_SMB_FLAG_SIGNED &&
		ad_smb_sign(ours, smb->signing, smb->sign_key, r->bytes.data, r->bytes.len) &&
		gnutls_memcmp(ours, theirs, sizeof ours) == 0)
		return true;
	smb->broken = true;
	ad_err_set(err, AD_ERR_CONNECT, "smb", 0,
		"%s cannot prove that it is the server that the login was meant for", smb->host);
	return ad_err_hint(
		err, "something between adsh and the server may be altering the traffic");
}

/* ---- logging in ---- */

struct login {
	gss_ctx_id_t ctx;
	gss_cred_id_t cred;
	gss_name_t name;
	bool complete; /* for GSSAPI */
	uint16_t flags; /* the server's, when it is content */
};

/* A token of the server that makes no sense leaves GSSAPI without words, or with wrong ones. */
static bool token_refused(
	const struct ad_smb *smb, unsigned major, unsigned minor, struct ad_err *err)
{
	ad_krb5_gss_err(err, major, minor, "log in");
	if (err && ad_krb5_clocks_differ(err)) {
		snprintf(err->message, sizeof err->message,
			"the clocks of this machine and of %s differ too much", smb->host);
		return ad_err_hint(err,
			"compare \"date -u\" on both machines, and correct the clock that is wrong");
	}
	if (err && ad_krb5_ticket_refused(err))
		return false;
	if (err && GSS_ROUTINE_ERROR(major) != GSS_S_CREDENTIALS_EXPIRED)
		snprintf(err->message, sizeof err->message,
			"the server's answer to the login cannot be trusted");
	return ad_err_hint(err,
		"check that it is the server of this name, and that nothing between adsh and the server alters the traffic");
}

static bool gss_step(const struct ad_smb *smb, struct login *l, const struct ad_smb_bytes *in,
	gss_buffer_t out, struct ad_err *err)
{
	gss_OID_desc spnego = { 6, (void *)"\x2b\x06\x01\x05\x05\x02" };
	gss_buffer_desc token = { in->n, (void *)in->p };
	OM_uint32 minor, major = gss_init_sec_context(&minor, l->cred, &l->ctx, l->name, &spnego,
				 GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG |
					 GSS_C_SEQUENCE_FLAG,
				 0, GSS_C_NO_CHANNEL_BINDINGS, in->n ? &token : GSS_C_NO_BUFFER,
				 NULL, out, NULL, NULL);

	if (GSS_ERROR(major) && in->n)
		return token_refused(smb, major, minor, err);
	if (GSS_ERROR(major))
		return ad_krb5_gss_err(err, major, minor, "log in");
	l->complete = major == GSS_S_COMPLETE;
	return true;
}

static bool refused_session(struct ad_err *err, const char *host, bool guest)
{
	ad_err_set(err, AD_ERR_CONNECT, "smb", 0, "%s %s; adsh refuses that", host,
		guest ? "accepts the login only as a guest"
		      : "accepts the login only without a name (anonymous)");
	return ad_err_hint(
		err, "the server must be joined to the domain; on Samba check \"map to guest\"");
}

/* The last answer: signed with the new key, and a session of our own. A second login keeps the keys
 * (3.2.5.3.2), with which that answer has been checked. */
static bool finish(struct ad_smb *smb, struct login *l, struct ad_smb_reply *r, struct ad_err *err)
{
	struct ad_buf key = AD_BUF_INIT;
	bool ok;

	if (l->flags & (AD_SMB_SESSION_GUEST | AD_SMB_SESSION_NULL))
		return refused_session(err, smb->host, l->flags & AD_SMB_SESSION_GUEST);
	if (!l->complete)
		return ad_err_set(err, AD_ERR_CONNECT, "smb", 0,
			"%s ended the login before it proved its identity", smb->host);
	if (smb->keyed)
		return true;
	ok = session_key(l->ctx, &key, err);
	if (ok) {
		make_keys(smb, &key);
		ok = check_signature(smb, r, err);
		gnutls_memset(key.data, 0, key.len);
	}
	ad_buf_clear(&key);
	return ok;
}

/* One request and its answer. *done: the server is content. in: the server's token, in r. */
static bool setup_step(struct ad_smb *smb, struct login *l, struct ad_smb_bytes *in,
	struct ad_smb_reply *r, bool *done, long long deadline, struct ad_err *err)
{
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	struct ad_buf b;
	bool ok = gss_step(smb, l, in, &out, err);

	ad_buf_clear(&r->bytes);
	if (!ok)
		return false;
	ad_smb_begin(&b);
	ad_smb_session_encode(&b, out.value, out.length);
	if (out.length > UINT16_MAX)
		ok = ad_err_set(err, AD_ERR_CONNECT, "krb5", 0,
			"the ticket is too large for SMB: the account is in too many groups");
	ok = ok && ad_smb_exchange(smb, AD_SMB_SESSION_SETUP, NULL, &b, deadline, r, err);
	gss_release_buffer(&minor, &out);
	if (ok) {
		ad_smb_preauth(smb->hash, b.data, b.len);
		*done = r->h.status == 0;
		if (!smb->keyed)
			smb->session = r->h.session;
		if (!*done && r->h.status != AD_SMB_STATUS_MORE_PROCESSING)
			ok = ad_smb_login_err(err, r->h.status);
		else if (!ad_smb_session_decode(&l->flags, in, r->bytes.data, r->bytes.len))
			ok = ad_smb_malformed(smb, "log in", err);
		else if (!*done)
			ad_smb_preauth(smb->hash, r->bytes.data, r->bytes.len);
	}
	ad_buf_clear(&b);
	return ok;
}

static bool log_in_steps(
	struct ad_smb *smb, struct login *l, long long deadline, struct ad_err *err)
{
	struct ad_smb_bytes in = { NULL, 0 };
	struct ad_smb_reply r = { .bytes = AD_BUF_INIT };
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	bool done = false, ok = true;
	OM_uint32 minor;

	for (int i = 0; ok && !done && i < 8; i++)
		ok = setup_step(smb, l, &in, &r, &done, deadline, err);
	if (ok && !done)
		ok = ad_err_set(
			err, AD_ERR_CONNECT, "smb", 0, "%s does not finish the login", smb->host);
	if (ok && !l->complete && in.n) {
		ok = gss_step(smb, l, &in, &out, err);
		gss_release_buffer(&minor, &out);
	}
	ok = ok && finish(smb, l, &r, err);
	ad_buf_clear(&r.bytes);
	return ok;
}

static bool is_address(const char *host)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

/* The DNS may know more names of a file server than its account has. */
static void unknown_name(struct ad_err *err, const char *service)
{
	snprintf(err->message, sizeof err->message,
		"no account has the service principal name %s, nor host/ of that name", service);
	ad_err_hint(err,
		"if this is an alias (CNAME), use the server's own name; or register the alias: spn.add(SERVER, \"%s\")",
		service);
}

/* The ticket first: GSSAPI would wait for a dead KDC without end. */
static bool get_ticket(gss_name_t *out, struct ad_smb *smb, long long deadline, struct ad_err *err)
{
	struct ad_krb5_service server = { NULL, 0 };
	char *service = ad_format("cifs/%s", smb->host);
	long long left = deadline - ad_clock_ms();
	bool ok = ad_krb5_get_ticket(smb->krb5, service, left > 1 ? (int)left : 1, &server, err);

	if (!ok && is_address(smb->host))
		ad_err_hint(err,
			"Kerberos identifies servers by name: use the DNS name instead of the address");
	else if (!ok && strcmp(err->domain, "krb5") == 0 &&
		 err->code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN)
		unknown_name(err, service);
	free(service);
	ok = ok && ad_service_name_import(out, server.principal, err);
	free(server.principal);
	return ok;
}

static bool decide_sealing(
	struct ad_smb *smb, const struct login *l, bool wanted, struct ad_err *err)
{
	bool demanded = l->flags & AD_SMB_SESSION_ENCRYPT;

	smb->seal = wanted || demanded;
	smb->info.sealed = smb->seal;
	if (!smb->seal || smb->sealable)
		return true;
	ad_err_set(err, AD_ERR_CONNECT, "smb", 0, "%s cannot encrypt, but %s", smb->host,
		demanded ? "requires it" : "encryption was requested");
	return ad_err_hint(err, "on Samba check \"server smb encrypt\"");
}

bool ad_smb_log_in(struct ad_smb *smb, bool seal, long long deadline, struct ad_err *err)
{
	struct login l = { GSS_C_NO_CONTEXT, GSS_C_NO_CREDENTIAL, GSS_C_NO_NAME, false, 0 };
	OM_uint32 minor;
	void *cred;
	bool ok;

	ok = get_ticket(&l.name, smb, deadline, err) && ad_krb5_gss_cred(smb->krb5, &cred, err);
	if (ok) {
		l.cred = cred;
		ok = log_in_steps(smb, &l, deadline, err) && decide_sealing(smb, &l, seal, err);
	}
	if (l.ctx != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &l.ctx, GSS_C_NO_BUFFER);
	if (l.name != GSS_C_NO_NAME)
		gss_release_name(&minor, &l.name);
	smb->info.host = smb->host;
	smb->info.principal = ad_krb5_principal(smb->krb5);
	return ok;
}

bool ad_smb_log_in_again(struct ad_smb *smb, struct ad_err *err)
{
	long long deadline = ad_clock_ms() + smb->connect_ms;
	struct ad_err own;

	err = err ? err : &own;
	if (ad_krb5_refresh(smb->krb5, err) && ad_smb_log_in(smb, smb->seal, deadline, err))
		return true;
	smb->broken = true;
	if (err->kind != AD_ERR_INTERRUPTED)
		err->kind = AD_ERR_CONNECT;
	return ad_err_where(err, "log in again", smb->host);
}

/* ---- shares ---- */

static bool add_tree(struct ad_smb_tree *t, struct ad_smb *smb, const struct ad_smb_reply *r,
	const char *share, const char *where, struct ad_err *err)
{
	uint32_t flags, capabilities;
	uint8_t type;

	if (!ad_smb_tree_decode(&type, &flags, &capabilities, r->bytes.data, r->bytes.len))
		return ad_smb_malformed(smb, "connect to the share", err);
	t->id = r->h.tree;
	t->seal = flags & AD_SMB_SHARE_ENCRYPT;
	t->dfs = capabilities & AD_SMB_SHARE_DFS;
	if (t->seal && !smb->sealable) {
		ad_err_set(err, AD_ERR_CONNECT, "smb", 0,
			"the share requires encryption, but the server cannot encrypt");
		return ad_err_where(err, NULL, where);
	}
	t->share = ad_strdup(share);
	smb->trees = ad_realloc(smb->trees, smb->n_trees + 1, sizeof *smb->trees);
	smb->trees[smb->n_trees++] = *t;
	return true;
}

bool ad_smb_tree(struct ad_smb_tree *out, struct ad_smb *smb, const char *share, struct ad_err *err)
{
	struct ad_smb_reply r;
	struct ad_buf b;
	char *where;
	bool ok;

	for (size_t i = 0; i < smb->n_trees; i++)
		if (ad_caseeq(smb->trees[i].share, share)) {
			*out = smb->trees[i];
			return true;
		}
	where = ad_format("\\\\%s\\%s", smb->host, share);
	ad_smb_begin(&b);
	if (ad_smb_tree_encode(&b, smb->host, share)) {
		ok = ad_smb_call(smb, AD_SMB_TREE_CONNECT, NULL, &b, 0, &r, "connect to the share",
			where, err);
	} else {
		ok = ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid share name: %s", share);
		ad_buf_clear(&b);
	}
	if (ok) {
		ok = add_tree(out, smb, &r, share, where, err);
		ad_buf_clear(&r.bytes);
	}
	free(where);
	return ok;
}

void ad_smb_forget_tree(struct ad_smb *smb, const struct ad_smb_tree *tree)
{
	for (size_t i = 0; i < smb->n_trees; i++)
		if (smb->trees[i].id == tree->id) {
			free(smb->trees[i].share);
			smb->trees[i] = smb->trees[--smb->n_trees];
			return;
		}
}
