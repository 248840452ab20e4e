/* DCE/RPC over a named pipe. See rpc.h; section numbers are those of C706. */
#include "net/rpc.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 5
#define RESPONSE_HEADER 24
#define OFFERED 32768 /* our longest fragment; the server takes the smaller one */
#define SMALLEST 1432 /* must be taken by everybody (12.6.3.1) */
#define LONGEST (32u << 20) /* no answer to what we ask is longer */
#define MOST (LONGEST / SMALLEST) /* fragments of it */
#define NDR20 "8a885d04-1ceb-11c9-9fe8-08002b104860"

struct ad_rpc {
	struct ad_smb *smb;
	struct ad_smb_pipe *pipe;
	const struct ad_rpc_interface *interface;
	uint32_t call;
	size_t max_request;
};

/* ---- packets ---- */

/* Address, padding, then one result (12.6.4.4). */
static bool decode_bind_ack(struct ad_rpc_packet *k, const unsigned char *p, size_t n)
{
	size_t at;

	if (n < 26)
		return false;
	k->max_request = ad_get_u16(p + 18); /* its max_recv_frag */
	at = 26 + (size_t)ad_get_u16(p + 24);
	at += -at & 3;
	if (at > n || n - at < 8)
		return false;
	k->accepted = p[at] >= 1 && ad_get_u16(p + at + 4) == 0;
	return true;
}

int ad_rpc_packet_decode(struct ad_rpc_packet *out, const unsigned char *p, size_t n, size_t *need)
{
	struct ad_rpc_packet k = { 0 };

	*need = 0;
	if (n < AD_RPC_HEADER)
		return 0;
	k.type = p[2];
	k.flags = p[3];
	k.length = ad_get_u16(p + 8);
	k.call = ad_get_u32(p + 12);
	/* 5.0, little-endian, without authentication */
	if (p[0] != VERSION || p[1] > 1 || p[4] != 0x10 || ad_get_u16(p + 10) != 0 ||
		k.length < AD_RPC_HEADER || k.length > AD_RPC_FRAGMENT)
		return -1;
	*need = k.length;
	if (n < k.length)
		return 0;
	k.body = p + AD_RPC_HEADER;
	k.n = k.length - AD_RPC_HEADER;
	if (k.type == AD_RPC_RESPONSE || k.type == AD_RPC_FAULT) {
		if (k.length < RESPONSE_HEADER + (k.type == AD_RPC_FAULT ? 4 : 0))
			return -1;
		k.body = p + RESPONSE_HEADER;
		k.n = k.length - RESPONSE_HEADER;
		if (k.type == AD_RPC_FAULT)
			k.status = ad_get_u32(k.body);
	} else if (k.type == AD_RPC_BIND_ACK && !decode_bind_ack(&k, p, k.length)) {
		return -1;
	}
	*out = k;
	return 1;
}

static void begin_packet(struct ad_buf *b, uint8_t type, uint8_t flags, uint32_t call)
{
	ad_buf_addc(b, VERSION);
	ad_buf_addc(b, 0);
	ad_buf_addc(b, type);
	ad_buf_addc(b, flags);
	ad_buf_u32(b, 0x10);
	ad_buf_u32(b, 0); /* length, no authentication */
	ad_buf_u32(b, call);
}

static void end_packet(struct ad_buf *b)
{
	b->data[8] = b->len & 0xff;
	b->data[9] = b->len >> 8 & 0xff;
}

static void add_uuid(struct ad_buf *b, const char *text)
{
	unsigned char guid[AD_GUID_SIZE];

	ad_guid_parse(guid, text, NULL);
	ad_buf_add(b, guid, sizeof guid);
}

static int take_packet(struct ad_rpc_answer *a, const struct ad_rpc_packet *k, struct ad_buf *out)
{
	if (k->call != a->call)
		return -1;
	if (k->type == AD_RPC_FAULT) {
		a->status = k->status;
		return -2;
	}
	if (k->type != AD_RPC_RESPONSE || !(k->flags & AD_RPC_FIRST) != a->started ||
		out->len + k->n > LONGEST || ++a->fragments > MOST)
		return -1;
	a->started = true;
	ad_buf_add(out, k->body, k->n);
	return (k->flags & AD_RPC_LAST) != 0;
}

int ad_rpc_take(struct ad_rpc_answer *a, struct ad_buf *in, struct ad_buf *out)
{
	struct ad_rpc_packet k;
	size_t need;
	int rc;

	while ((rc = ad_rpc_packet_decode(&k, in->data, in->len, &need)) > 0) {
		rc = take_packet(a, &k, out);
		if (rc < 0)
			return rc;
		in->len -= k.length;
		memmove(in->data, in->data + k.length, in->len);
		if (rc > 0)
			return in->len == 0 ? 1 : -1; /* nothing was asked that could follow */
	}
	return rc;
}

/* ---- failures ---- */

const char *ad_rpc_host(const struct ad_rpc *rpc)
{
	return ad_smb_info(rpc->smb)->host;
}

bool ad_rpc_malformed(const struct ad_rpc *rpc, const char *op, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_CONNECT, rpc->interface->pipe, 0,
		"%s sent an answer that cannot be trusted: a length or a count in it is wrong",
		ad_rpc_host(rpc));
	return ad_err_where(err, op, NULL);
}

/* ---- one exchange ---- */

/* Reads on until buf starts with a whole packet. */
static bool whole_packet(struct ad_rpc *rpc, struct ad_buf *buf, struct ad_rpc_packet *k,
	const char *op, struct ad_err *err)
{
	size_t need;
	int got;

	while ((got = ad_rpc_packet_decode(k, buf->data, buf->len, &need)) == 0)
		if (!ad_smb_pipe_read(rpc->pipe, buf, err))
			return false;
	if (got < 0 || k->call != rpc->call)
		return ad_rpc_malformed(rpc, op, err);
	return true;
}

/* Takes the fragments of one answer; the first bytes of it are in buf. */
static bool take_response(struct ad_rpc *rpc, struct ad_buf *buf, struct ad_buf *out,
	const char *op, struct ad_err *err)
{
	struct ad_rpc_answer a = { .call = rpc->call };
	int rc;

	while ((rc = ad_rpc_take(&a, buf, out)) == 0)
		if (!ad_smb_pipe_read(rpc->pipe, buf, err))
			return false;
	if (rc == -2)
		return ad_smb_werr(err, rpc->interface->pipe, a.status, op, ad_rpc_host(rpc));
	return rc > 0 || ad_rpc_malformed(rpc, op, err);
}

/* All fragments but the last are only written. */
static bool send_request(struct ad_rpc *rpc, uint16_t opnum, const struct ad_buf *in,
	struct ad_buf *answer, struct ad_err *err)
{
	size_t room = rpc->max_request - RESPONSE_HEADER, at = 0, n;
	bool ok, last;

	do {
		struct ad_buf b = AD_BUF_INIT;

		n = in->len - at < room ? in->len - at : room;
		last = at + n == in->len;
		begin_packet(&b, AD_RPC_REQUEST,
			(uint8_t)((at == 0 ? AD_RPC_FIRST : 0) | (last ? AD_RPC_LAST : 0)),
			rpc->call);
		ad_buf_u32(&b, (uint32_t)(in->len - at));
		ad_buf_u16(&b, 0); /* the only context */
		ad_buf_u16(&b, opnum);
		ad_buf_add(&b, in->data + at, n);
		end_packet(&b);
		ok = last ? ad_smb_pipe_transceive(rpc->pipe, b.data, b.len, answer, err)
			  : ad_smb_pipe_write(rpc->pipe, b.data, b.len, err);
		ad_buf_clear(&b);
		at += n;
	} while (ok && !last);
	return ok;
}

bool ad_rpc_call(struct ad_rpc *rpc, uint16_t opnum, const struct ad_buf *in, struct ad_buf *out,
	const char *op, struct ad_err *err)
{
	struct ad_buf answer = AD_BUF_INIT;
	bool ok;

	ad_buf_clear(out);
	rpc->call++;
	ok = send_request(rpc, opnum, in, &answer, err) &&
	     take_response(rpc, &answer, out, op, err);
	if (!ok && err && !*err->op)
		ad_err_where(err, op, NULL);
	ad_buf_clear(&answer);
	return ok;
}

/* ---- binding ---- */

static bool check_bind(struct ad_rpc *rpc, struct ad_buf *answer, struct ad_err *err)
{
	struct ad_rpc_packet k;

	if (!whole_packet(rpc, answer, &k, "bind", err))
		return false;
	if (k.type == AD_RPC_BIND_NAK || (k.type == AD_RPC_BIND_ACK && !k.accepted)) {
		ad_err_set(err, AD_ERR_FAILED, rpc->interface->pipe, 0,
			"%s does not offer the service %s", ad_rpc_host(rpc), rpc->interface->pipe);
		return ad_err_where(err, "bind", NULL);
	}
	if (k.type != AD_RPC_BIND_ACK || k.max_request < SMALLEST)
		return ad_rpc_malformed(rpc, "bind", err);
	rpc->max_request = k.max_request < OFFERED ? k.max_request : OFFERED;
	return true;
}

static bool bind_interface(struct ad_rpc *rpc, struct ad_err *err)
{
	struct ad_buf b = AD_BUF_INIT, answer = AD_BUF_INIT;
	bool ok;

	rpc->call = 1;
	begin_packet(&b, AD_RPC_BIND, AD_RPC_FIRST | AD_RPC_LAST, rpc->call);
	ad_buf_u16(&b, OFFERED); /* to send, to receive */
	ad_buf_u16(&b, OFFERED);
	ad_buf_u32(&b, 0); /* a new association */
	ad_buf_u32(&b, 1); /* one context */
	ad_buf_u16(&b, 0);
	ad_buf_u16(&b, 1); /* with one transfer syntax */
	add_uuid(&b, rpc->interface->uuid);
	ad_buf_u32(&b, rpc->interface->version);
	add_uuid(&b, NDR20);
	ad_buf_u32(&b, 2);
	end_packet(&b);
	ok = ad_smb_pipe_transceive(rpc->pipe, b.data, b.len, &answer, err) &&
	     check_bind(rpc, &answer, err);
	ad_buf_clear(&b);
	ad_buf_clear(&answer);
	return ok;
}

bool ad_rpc_open(struct ad_rpc **out, struct ad_smb *smb, const struct ad_rpc_interface *i,
	struct ad_err *err)
{
	struct ad_rpc *rpc = ad_alloc(sizeof *rpc);

	rpc->smb = smb;
	rpc->interface = i;
	if (ad_smb_pipe_open(&rpc->pipe, smb, i->pipe, err) && bind_interface(rpc, err)) {
		*out = rpc;
		return true;
	}
	ad_rpc_close(rpc);
	return false;
}

void ad_rpc_close(struct ad_rpc *rpc)
{
	if (!rpc)
		return;
	ad_smb_pipe_close(rpc->pipe);
	free(rpc);
}
