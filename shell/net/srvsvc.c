/* The shares of a server. See srvsvc.h; section numbers are MS-SRVS's. */
#include "net/srvsvc.h"
#include "base/mem.h"
#include "net/ndr.h"

#include <stdlib.h>
#include <string.h>

#define ERROR_MORE_DATA 234
#define PIECE 0xffffffffu /* PreferedMaximumLength: all at once */
#define ROUNDS 1000 /* of a list that never ends */

enum { SHARE_ADD = 14, SHARE_ENUM = 15, SHARE_GET = 16, SHARE_SET = 17, SHARE_DEL = 18 };

static const struct ad_rpc_interface interface = { "srvsvc", "4b324fc8-1670-01d3-1278-5a47bf6ee188",
	3 };

bool ad_srvsvc_open(struct ad_rpc **out, struct ad_smb *smb, struct ad_err *err)
{
	return ad_rpc_open(out, smb, &interface, err);
}

void ad_share_info_clear(struct ad_share_info *s)
{
	free(s->name);
	free(s->remark);
	free(s->path);
	free(s->sd);
	memset(s, 0, sizeof *s);
}

void ad_share_infos_free(struct ad_share_info *s, size_t n)
{
	while (n)
		ad_share_info_clear(&s[--n]);
	free(s);
}

/* ---- SHARE_INFO_1 and SHARE_INFO_502_I (2.2.4.23, 2.2.4.26) ---- */

/* The fixed parts come first, of all shares; then what their pointers stand for. */
struct fixed {
	bool name, remark, path, password, sd;
	uint32_t sd_len;
};

static void read_fixed(struct ad_ndr *r, struct ad_share_info *s, struct fixed *f, uint32_t level)
{
	memset(f, 0, sizeof *f);
	f->name = ad_ndr_pointer(r);
	s->type = ad_ndr_u32(r);
	f->remark = ad_ndr_pointer(r);
	if (level != 502)
		return;
	ad_ndr_u32(r); /* permissions, of share-level security */
	s->max_users = ad_ndr_u32(r);
	s->users = ad_ndr_u32(r);
	f->path = ad_ndr_pointer(r);
	f->password = ad_ndr_pointer(r);
	f->sd_len = ad_ndr_u32(r);
	f->sd = ad_ndr_pointer(r);
}

static void read_referents(struct ad_ndr *r, struct ad_share_info *s, const struct fixed *f)
{
	const unsigned char *sd;

	s->name = f->name ? ad_ndr_string(r) : ad_strdup("");
	s->remark = f->remark ? ad_ndr_string(r) : NULL;
	s->path = f->path ? ad_ndr_string(r) : NULL;
	if (f->password)
		free(ad_ndr_string(r));
	if (!f->sd)
		return;
	sd = ad_ndr_bytes(r, f->sd_len);
	if (sd && f->sd_len) {
		s->sd = ad_memdup(sd, f->sd_len);
		s->sd_len = f->sd_len;
	}
}

static void read_shares(
	struct ad_ndr *r, struct ad_share_info **out, size_t *n, uint32_t count, uint32_t level)
{
	struct ad_share_info *s;
	struct fixed *f;
	uint32_t i;

	if (ad_ndr_count(r, level == 502 ? 40 : 12) != count)
		r->bad = true;
	if (r->bad)
		return;
	*out = s = ad_alloc((count + 1) * sizeof *s);
	*n = count;
	f = ad_alloc((count + 1) * sizeof *f);
	for (i = 0; i < count; i++)
		read_fixed(r, &s[i], &f[i], level);
	for (i = 0; i < count && !r->bad; i++)
		read_referents(r, &s[i], &f[i]);
	free(f);
}

/* level, the union's level again, *container { count, *array }, total, *resume, status */
bool ad_srvsvc_list_decode(struct ad_share_info **out, size_t *n, uint32_t *more, uint32_t *status,
	uint32_t level, const void *p, size_t len)
{
	struct ad_ndr r;
	uint32_t count = 0;

	*out = NULL;
	*n = 0;
	*more = 0;
	ad_ndr_init(&r, p, len);
	if (ad_ndr_u32(&r) != level || ad_ndr_u32(&r) != level)
		r.bad = true;
	if (ad_ndr_pointer(&r)) {
		count = ad_ndr_u32(&r);
		if (ad_ndr_pointer(&r))
			read_shares(&r, out, n, count, level);
		else if (count)
			r.bad = true;
	}
	ad_ndr_u32(&r); /* total */
	if (ad_ndr_pointer(&r))
		*more = ad_ndr_u32(&r);
	*status = ad_ndr_u32(&r);
	if (!r.bad)
		return true;
	ad_share_infos_free(*out, *n);
	*out = NULL;
	*n = 0;
	return false;
}

/* the union's level, *info, status */
bool ad_srvsvc_get_decode(
	struct ad_share_info *out, uint32_t *status, uint32_t level, const void *p, size_t len)
{
	struct ad_share_info s = { 0 };
	struct ad_ndr r;
	struct fixed f;
	bool there;

	ad_ndr_init(&r, p, len);
	if (ad_ndr_u32(&r) != level)
		r.bad = true;
	there = ad_ndr_pointer(&r);
	if (there) {
		read_fixed(&r, &s, &f, level);
		read_referents(&r, &s, &f);
	}
	*status = ad_ndr_u32(&r);
	if (r.bad || (*status == 0 && !there)) {
		ad_share_info_clear(&s);
		return false;
	}
	*out = s;
	return true;
}

/* ---- calls ---- */

static void put_server(struct ad_buf *b, struct ad_rpc *rpc)
{
	char *name = ad_format("\\\\%s", ad_rpc_host(rpc));

	ad_ndr_put_pointer(b, true);
	ad_ndr_put_string(b, name);
	free(name);
}

static bool put_name(struct ad_buf *b, const char *name, struct ad_err *err)
{
	return ad_ndr_put_string(b, name) ||
	       ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid share name: %s", name);
}

static bool failed(
	struct ad_err *err, struct ad_rpc *rpc, uint32_t status, const char *op, const char *name)
{
	char *where = ad_format("\\\\%s\\%s", ad_rpc_host(rpc), name);

	ad_smb_werr(err, interface.pipe, status, op, where);
	free(where);
	return false;
}

static bool list_some(struct ad_share_info **out, size_t *n, uint32_t *resume, uint32_t *status,
	struct ad_rpc *rpc, uint32_t level, struct ad_err *err)
{
	static const char op[] = "list the shares";
	struct ad_buf in = AD_BUF_INIT, answer = AD_BUF_INIT;
	bool ok;

	put_server(&in, rpc);
	ad_ndr_put_u32(&in, level);
	ad_ndr_put_u32(&in, level);
	ad_ndr_put_pointer(&in, true);
	ad_ndr_put_u32(&in, 0);
	ad_ndr_put_pointer(&in, false);
	ad_ndr_put_u32(&in, PIECE);
	ad_ndr_put_pointer(&in, true);
	ad_ndr_put_u32(&in, *resume);
	ok = ad_rpc_call(rpc, SHARE_ENUM, &in, &answer, op, err);
	if (ok && !ad_srvsvc_list_decode(out, n, resume, status, level, answer.data, answer.len))
		ok = ad_rpc_malformed(rpc, op, err);
	ad_buf_clear(&in);
	ad_buf_clear(&answer);
	if (ok && *status != 0 && *status != ERROR_MORE_DATA) {
		ad_share_infos_free(*out, *n);
		return ad_smb_werr(err, interface.pipe, *status, op, ad_rpc_host(rpc));
	}
	return ok;
}

bool ad_srvsvc_list(struct ad_share_info **out, size_t *n, struct ad_rpc *rpc, uint32_t level,
	struct ad_err *err)
{
	struct ad_share_info *all = NULL, *some;
	uint32_t resume = 0, status = ERROR_MORE_DATA;
	size_t total = 0, got;

	for (int i = 0; status == ERROR_MORE_DATA; i++) {
		bool ok = list_some(&some, &got, &resume, &status, rpc, level, err);

		if (ok) {
			all = ad_realloc(all, total + got + 1, sizeof *all);
			if (got)
				memcpy(all + total, some, got * sizeof *all);
			total += got;
			free(some);
			/* more, but nowhere to go on: that would never end */
			if (status == ERROR_MORE_DATA && (!got || !resume || i == ROUNDS))
				ok = ad_rpc_malformed(rpc, "list the shares", err);
		}
		if (!ok) {
			ad_share_infos_free(all, total);
			return false;
		}
	}
	*out = all;
	*n = total;
	return true;
}

bool ad_srvsvc_get(struct ad_share_info *out, struct ad_rpc *rpc, const char *name, uint32_t level,
	struct ad_err *err)
{
	static const char op[] = "read the share";
	struct ad_buf in = AD_BUF_INIT, answer = AD_BUF_INIT;
	uint32_t status = 0;
	bool ok;

	put_server(&in, rpc);
	ok = put_name(&in, name, err);
	ad_ndr_put_u32(&in, level);
	ok = ok && ad_rpc_call(rpc, SHARE_GET, &in, &answer, op, err);
	if (ok && !ad_srvsvc_get_decode(out, &status, level, answer.data, answer.len))
		ok = ad_rpc_malformed(rpc, op, err);
	ad_buf_clear(&in);
	ad_buf_clear(&answer);
	if (ok && status) {
		ad_share_info_clear(out);
		return failed(err, rpc, status, op, name);
	}
	return ok;
}

/* A function whose results are a parameter's number (or nothing) and its status. */
static bool call_simple(struct ad_rpc *rpc, uint16_t opnum, const struct ad_buf *in, const char *op,
	const char *name, struct ad_err *err)
{
	struct ad_buf answer = AD_BUF_INIT;
	bool ok = ad_rpc_call(rpc, opnum, in, &answer, op, err);
	uint32_t status = 0;

	if (ok && (answer.len < 4 || answer.len & 3))
		ok = ad_rpc_malformed(rpc, op, err);
	else if (ok)
		status = ad_get_u32(answer.data + answer.len - 4);
	ad_buf_clear(&answer);
	return ok && (status == 0 || failed(err, rpc, status, op, name));
}

bool ad_srvsvc_set_sd(
	struct ad_rpc *rpc, const char *name, const void *sd, size_t n, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	bool ok;

	put_server(&in, rpc);
	ok = put_name(&in, name, err);
	ad_ndr_put_u32(&in, 1501);
	ad_ndr_put_u32(&in, 1501);
	ad_ndr_put_pointer(&in, true);
	ad_ndr_put_u32(&in, (uint32_t)n);
	ad_ndr_put_pointer(&in, true);
	ad_ndr_put_bytes(&in, sd, n);
	ad_ndr_put_pointer(&in, false); /* no wish for the wrong parameter's number */
	ok = ok && call_simple(rpc, SHARE_SET, &in, "write the share's permissions", name, err);
	ad_buf_clear(&in);
	return ok;
}

bool ad_srvsvc_add(struct ad_rpc *rpc, const struct ad_share_info *s, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	bool ok;

	put_server(&in, rpc);
	ad_ndr_put_u32(&in, 502);
	ad_ndr_put_u32(&in, 502);
	ad_ndr_put_pointer(&in, true);
	ad_ndr_put_pointer(&in, true); /* name */
	ad_ndr_put_u32(&in, s->type);
	ad_ndr_put_pointer(&in, s->remark != NULL);
	ad_ndr_put_u32(&in, 0);
	ad_ndr_put_u32(&in, s->max_users);
	ad_ndr_put_u32(&in, 0);
	ad_ndr_put_pointer(&in, true); /* path */
	ad_ndr_put_pointer(&in, false);
	ad_ndr_put_u32(&in, (uint32_t)s->sd_len);
	ad_ndr_put_pointer(&in, s->sd != NULL);
	ok = put_name(&in, s->name, err) && (!s->remark || put_name(&in, s->remark, err)) &&
	     put_name(&in, s->path, err);
	if (s->sd)
		ad_ndr_put_bytes(&in, s->sd, s->sd_len);
	ad_ndr_put_pointer(&in, false);
	ok = ok && call_simple(rpc, SHARE_ADD, &in, "add the share", s->name, err);
	ad_buf_clear(&in);
	return ok;
}

bool ad_srvsvc_remove(struct ad_rpc *rpc, const char *name, struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT;
	bool ok;

	put_server(&in, rpc);
	ok = put_name(&in, name, err);
	ad_ndr_put_u32(&in, 0);
	ok = ok && call_simple(rpc, SHARE_DEL, &in, "remove the share", name, err);
	ad_buf_clear(&in);
	return ok;
}
