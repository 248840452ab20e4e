/*
 * The connection: framing, message ids, credits, signatures and sealing. One request is under way
 * at a time; an answer that does not belong to it ends the connection. What Windows sends without
 * being asked is passed over. See smb.h.
 */
#include "net/smb_priv.h"
#include "base/mem.h"
#include "base/notice.h"
#include "base/stop.h"
#include "net/wire.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LARGEST (AD_SMB_CHUNK + 4096) /* no answer to what we ask is larger */
#define CREDITS 16 /* asked for each time; one request needs one */
#define CREDITS_MAX 8192
#define KEEP_ALIVE 0x85 /* of a NetBIOS session (RFC 1002 4.3.5) */
#define UNASKED UINT64_MAX /* the id of a message that answers nothing */

/* ---- failures of the connection ---- */

static bool broken(struct ad_smb *smb, struct ad_err *err, long code, const char *what)
{
	smb->broken = true;
	ad_err_set(err, AD_ERR_CONNECT, "smb", code, "the connection to %s broke: %s", smb->host,
		what);
	return ad_err_hint(err, "try again; if it persists, check the network and the server");
}

/* What a healthy server never sends. */
static bool hostile(struct ad_smb *smb, struct ad_err *err, const char *what)
{
	smb->broken = true;
	ad_err_set(err, AD_ERR_CONNECT, "smb", 0, "%s sent an answer that cannot be trusted: %s",
		smb->host, what);
	return ad_err_hint(err,
		"check that it is an SMB 3.1.1 server, and that nothing between adsh and the server alters the traffic");
}

bool ad_smb_malformed(struct ad_smb *smb, const char *op, struct ad_err *err)
{
	hostile(smb, err, "a length or an offset in it is wrong");
	return ad_err_where(err, op, NULL);
}

static bool io_failed(struct ad_smb *smb, struct ad_err *err, int e)
{
	smb->broken = true;
	if (e == ECANCELED && !ad_stop_check(err))
		return false;
	return broken(smb, err, e, e == ETIMEDOUT ? "no answer in time" : strerror(e));
}

/* ---- bytes ---- */

static bool wait_for(const struct ad_smb *smb, short events, long long deadline)
{
	const char *before = ad_notice_wait(smb->host);
	bool ok = ad_wire_poll(smb->fd, events, deadline);
	int e = errno;

	ad_notice_wait(before);
	errno = e;
	return ok;
}

static bool send_all(
	struct ad_smb *smb, const void *bytes, size_t n, long long deadline, struct ad_err *err)
{
	const unsigned char *p = bytes;

	while (n) {
		ssize_t sent = send(smb->fd, p, n, MSG_NOSIGNAL);

		if (sent >= 0) {
			p += sent;
			n -= (size_t)sent;
		} else if (errno != EINTR &&
			   (errno != EAGAIN || !wait_for(smb, POLLOUT, deadline))) {
			return io_failed(smb, err, errno);
		}
	}
	return true;
}

static bool receive_all(
	struct ad_smb *smb, unsigned char *p, size_t n, long long deadline, struct ad_err *err)
{
	while (n) {
		ssize_t got = recv(smb->fd, p, n, 0);

		if (got == 0)
			return broken(smb, err, 0, "the server closed it");
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		} else if (errno != EINTR &&
			   (errno != EAGAIN || !wait_for(smb, POLLIN, deadline))) {
			return io_failed(smb, err, errno);
		}
	}
	return true;
}

/* A server that sends without end must not hold us either. */
static bool may_wait(struct ad_smb *smb, long long deadline, struct ad_err *err)
{
	if (!ad_stop_check(NULL))
		return io_failed(smb, err, ECANCELED);
	return ad_clock_ms() < deadline || io_failed(smb, err, ETIMEDOUT);
}

/* The next length that has something behind it (2.1, direct TCP). */
static bool receive_length(struct ad_smb *smb, unsigned char head[4], size_t *n, long long deadline,
	struct ad_err *err)
{
	do {
		if (!may_wait(smb, deadline, err) || !receive_all(smb, head, 4, deadline, err))
			return false;
		*n = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	} while (*n == 0 && (head[0] == 0 || head[0] == KEEP_ALIVE));
	return true;
}

static bool receive_frame(
	struct ad_smb *smb, struct ad_buf *out, long long deadline, struct ad_err *err)
{
	unsigned char head[4];
	size_t n;

	if (!receive_length(smb, head, &n, deadline, err))
		return false;
	if (head[0] != 0 || n < AD_SMB_TRANSFORM || n > LARGEST)
		return hostile(smb, err, "its length is impossible");
	return receive_all(smb, ad_buf_grow(out, n), n, deadline, err);
}

/* ---- protection ---- */

void ad_smb_begin(struct ad_buf *out)
{
	ad_buf_init(out);
	ad_buf_grow(out, AD_SMB_HEADER);
}

static bool send_request(struct ad_smb *smb, struct ad_buf *request, bool seal, long long deadline,
	struct ad_err *err)
{
	struct ad_buf frame = AD_BUF_INIT;
	bool ok = true;
	size_t n;

	ad_buf_grow(&frame, 4);
	if (seal) {
		ok = ad_smb_seal(&frame, smb->cipher, smb->seal_key, smb->nonce++, smb->session,
			request->data, request->len);
	} else {
		if (smb->keyed)
			ok = ad_smb_sign(request->data + 48, smb->signing, smb->sign_key,
				request->data, request->len);
		ad_buf_add(&frame, request->data, request->len);
	}
	n = frame.len - 4;
	frame.data[1] = n >> 16 & 0xff;
	frame.data[2] = n >> 8 & 0xff;
	frame.data[3] = n & 0xff;
	ok = ok ? send_all(smb, frame.data, frame.len, deadline, err)
		: broken(smb, err, 0, "the message cannot be signed or encrypted");
	ad_buf_clear(&frame);
	return ok;
}

static bool signature_fits(struct ad_smb *smb, struct ad_buf *m)
{
	unsigned char theirs[AD_SMB_SIGNATURE], ours[AD_SMB_SIGNATURE];

	memcpy(theirs, m->data + 48, sizeof theirs);
	memset(m->data + 48, 0, sizeof theirs);
	return ad_smb_sign(ours, smb->signing, smb->sign_key, m->data, m->len) &&
	       gnutls_memcmp(ours, theirs, sizeof ours) == 0;
}

/* The next message, its protection removed. *sealed: it was. */
static bool receive_message(struct ad_smb *smb, struct ad_smb_reply *r, bool *sealed,
	long long deadline, struct ad_err *err)
{
	struct ad_buf frame = AD_BUF_INIT;
	bool ok = receive_frame(smb, &frame, deadline, err);

	r->bytes = (struct ad_buf)AD_BUF_INIT;
	*sealed = ok && smb->keyed && smb->sealable && frame.data[0] == 0xfd;
	if (*sealed) {
		ok = ad_smb_unseal(&r->bytes, smb->cipher, smb->unseal_key, smb->session,
			frame.data, frame.len);
		if (!ok)
			hostile(smb, err, "it cannot be decrypted");
		ad_buf_clear(&frame);
	} else {
		r->bytes = frame;
	}
	if (ok && !ad_smb_header_decode(&r->h, r->bytes.data, r->bytes.len))
		ok = hostile(smb, err, "it is not an SMB 2 or 3 message");
	if (!ok)
		ad_buf_clear(&r->bytes);
	return ok;
}

/* ---- one request and its answer ---- */

/* A break of an oplock or lease, which we never have, or a word about the session
 * (3.2.5.19, 2.2.44): neither signed nor an answer, and nothing in it is believed. */
static bool is_unasked(const struct ad_smb_header *h)
{
	return h->id == UNASKED && h->flags & AD_SMB_FLAG_RESPONSE && !h->next &&
	       (h->command == AD_SMB_BREAK || h->command == AD_SMB_NOTIFICATION);
}

/* A server that does not know the session has no key to sign that with (3.3.5.2.9). All that this
 * costs is the connection, as a reset would, so that it need not be proven. */
static bool session_ended(struct ad_smb *smb, struct ad_err *err)
{
	smb->broken = smb->ended = true;
	return ad_smb_err(err, AD_SMB_STATUS_SESSION_DELETED, NULL, NULL);
}

/* Is it the answer to the request of this id, and protected as it must be? */
static bool check_answer(struct ad_smb *smb, struct ad_smb_reply *r, bool sealed, bool must_seal,
	uint64_t id, enum ad_smb_command command, struct ad_err *err)
{
	struct ad_smb_header *h = &r->h;

	if (!(h->flags & AD_SMB_FLAG_RESPONSE) || h->id != id || h->command != command)
		return hostile(smb, err, "it does not belong to a request");
	if (h->next)
		return hostile(smb, err, "it is a chain of answers to one request");
	if (!smb->keyed || sealed)
		return true;
	if (h->status == AD_SMB_STATUS_SESSION_DELETED && !(h->flags & AD_SMB_FLAG_SIGNED))
		return session_ended(smb, err);
	if (must_seal)
		return hostile(smb, err, "it is not encrypted");
	if (h->status == AD_SMB_STATUS_PENDING && h->flags & AD_SMB_FLAG_ASYNC)
		return true; /* never signed (3.3.4.2); it says nothing but "wait" */
	if (!(h->flags & AD_SMB_FLAG_SIGNED) || h->session != smb->session)
		return hostile(smb, err, "it is not signed");
	return signature_fits(smb, &r->bytes) || hostile(smb, err, "its signature is wrong");
}

static void take_credits(struct ad_smb *smb, size_t n)
{
	smb->credits += n;
	if (smb->credits > CREDITS_MAX)
		smb->credits = CREDITS_MAX;
}

static bool receive_answer(struct ad_smb *smb, struct ad_smb_reply *r, bool must_seal, uint64_t id,
	enum ad_smb_command command, long long deadline, struct ad_err *err)
{
	bool sealed;

	for (;; ad_buf_clear(&r->bytes)) {
		if (!receive_message(smb, r, &sealed, deadline, err))
			return false;
		if (is_unasked(&r->h))
			continue;
		if (!check_answer(smb, r, sealed, must_seal, id, command, err))
			break;
		take_credits(smb, r->h.credits);
		if (r->h.status != AD_SMB_STATUS_PENDING)
			return true;
	}
	ad_buf_clear(&r->bytes);
	return false;
}

static bool exchange_once(struct ad_smb *smb, enum ad_smb_command command,
	const struct ad_smb_tree *tree, struct ad_buf *request, long long deadline,
	struct ad_smb_reply *reply, struct ad_err *err)
{
	struct ad_smb_header h = { .credit_charge = 1,
		.command = command,
		.credits = CREDITS,
		.id = smb->next_id,
		.tree = tree ? tree->id : 0,
		.session = smb->session };
	struct ad_buf head = AD_BUF_INIT;
	bool seal = smb->keyed && (smb->seal || (tree && tree->seal));

	if (smb->broken)
		return broken(smb, err, 0, "it was abandoned before");
	if (!ad_stop_check(err))
		return false;
	if (smb->credits == 0)
		return hostile(smb, err, "the server grants no credit for another request");
	smb->credits--;
	smb->next_id++;
	if (smb->keyed && !seal)
		h.flags |= AD_SMB_FLAG_SIGNED;
	ad_smb_header_encode(&head, &h);
	memcpy(request->data, head.data, AD_SMB_HEADER);
	ad_buf_clear(&head);
	if (!deadline)
		deadline = ad_clock_ms() + smb->operation_ms;
	return send_request(smb, request, seal, deadline, err) &&
	       receive_answer(smb, reply, seal, h.id, command, deadline, err);
}

/* The ticket of a session ends before the session does: logged in again, it goes on as before
 * (3.2.5.1.6). Such an answer says that the request was not done. */
bool ad_smb_exchange(struct ad_smb *smb, enum ad_smb_command command,
	const struct ad_smb_tree *tree, struct ad_buf *request, long long deadline,
	struct ad_smb_reply *reply, struct ad_err *err)
{
	for (bool again = false;; again = true) {
		if (!exchange_once(smb, command, tree, request, deadline, reply, err))
			return false;
		if (reply->h.status != AD_SMB_STATUS_SESSION_EXPIRED &&
			reply->h.status != AD_SMB_STATUS_SESSION_DELETED)
			return true;
		if (!smb->keyed || command == AD_SMB_SESSION_SETUP || command == AD_SMB_LOGOFF)
			return true;
		ad_buf_clear(&reply->bytes);
		if (reply->h.status == AD_SMB_STATUS_SESSION_DELETED)
			return session_ended(smb, err);
		if (again) { /* with a new login, too: that would never end */
			smb->broken = true;
			ad_smb_err(err, reply->h.status, NULL, NULL);
			return ad_err_hint(err,
				"the server rejects a new ticket, too: compare \"date -u\" on both machines");
		}
		if (!ad_smb_log_in_again(smb, err))
			return false;
	}
}

bool ad_smb_call(struct ad_smb *smb, enum ad_smb_command command, const struct ad_smb_tree *tree,
	struct ad_buf *request, uint32_t also_fine, struct ad_smb_reply *reply, const char *op,
	const char *where, struct ad_err *err)
{
	bool ok = ad_smb_exchange(smb, command, tree, request, 0, reply, err);

	ad_buf_clear(request);
	if (!ok)
		return ad_err_where(err, op, where);
	if (reply->h.status == 0 || reply->h.status == also_fine)
		return true;
	ad_buf_clear(&reply->bytes);
	if (tree && reply->h.status == AD_SMB_STATUS_NAME_DELETED)
		ad_smb_forget_tree(smb, tree);
	return ad_smb_err(err, reply->h.status, op, where);
}
