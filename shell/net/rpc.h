/*
 * DCE/RPC over a named pipe (C706 chapter 12, MS-RPCE 2.2): connection oriented, NDR20, without
 * security of its own, since the SMB connection below signs or seals everything.
 */
#ifndef AD_RPC_H
#define AD_RPC_H

#include "codec/guid.h"
#include "net/smb.h"

struct ad_rpc; /* one interface of one server, bound */

struct ad_rpc_interface {
	const char *pipe; /* "srvsvc": also the domain of its errors */
	const char *uuid;
	uint16_t version;
};

/* Opens the pipe and binds. smb must live as long. */
bool ad_rpc_open(struct ad_rpc **out, struct ad_smb *smb, const struct ad_rpc_interface *i,
	struct ad_err *err);
void ad_rpc_close(struct ad_rpc *rpc); /* NULL is fine */

/* Calls a function: its arguments and its results as NDR. False also for a fault, which has the
 * server's code. out is emptied first. op: what is being done, for errors. */
bool ad_rpc_call(struct ad_rpc *rpc, uint16_t opnum, const struct ad_buf *in, struct ad_buf *out,
	const char *op, struct ad_err *err);

const char *ad_rpc_host(const struct ad_rpc *rpc);

/* The results could not be read: err says so. */
bool ad_rpc_malformed(const struct ad_rpc *rpc, const char *op, struct ad_err *err);

/* ---- the packets, pure ---- */

enum {
	AD_RPC_REQUEST = 0,
	AD_RPC_RESPONSE = 2,
	AD_RPC_FAULT = 3,
	AD_RPC_BIND = 11,
	AD_RPC_BIND_ACK = 12,
	AD_RPC_BIND_NAK = 13
};

#define AD_RPC_FIRST 0x1u
#define AD_RPC_LAST 0x2u
#define AD_RPC_HEADER 16
#define AD_RPC_FRAGMENT 65528u /* the longest that we take */

struct ad_rpc_packet {
	uint8_t type, flags;
	size_t length; /* of the whole packet */
	uint32_t call;
	const unsigned char *body; /* stub data of a response; what follows the header otherwise */
	size_t n;
	uint32_t status; /* of a fault */
	uint16_t max_request; /* of a bind_ack: the longest fragment that the server takes */
	bool accepted; /* of a bind_ack: the interface, with NDR20 */
};

/* 1: the packet that starts at p; 0: not all of it is there yet (*need: how many bytes it has, 0
 * when even that is not known); -1: this is no packet. */
int ad_rpc_packet_decode(struct ad_rpc_packet *out, const unsigned char *p, size_t n, size_t *need);

/* An answer that comes in fragments. */
struct ad_rpc_answer {
	uint32_t call; /* to be set: the one that is answered */
	bool started;
	unsigned fragments;
	uint32_t status; /* of a fault */
};
/* Takes whole packets off the start of in and appends what they carry to out. 1: that was the
 * last; 0: more has to be read; -1: malformed; -2: a fault. */
int ad_rpc_take(struct ad_rpc_answer *a, struct ad_buf *in, struct ad_buf *out);

#endif
