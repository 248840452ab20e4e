/* Names for SIDs and the way back. See lsarpc.h; section numbers are MS-LSAT's. */
#include "net/lsarpc.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/ndr.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_SOME_NOT_MAPPED 0x00000107u
#define STATUS_NONE_MAPPED 0xc0000073u
#define POLICY_LOOKUP_NAMES 0x00000800u
#define HANDLE 20
#define LONGEST 0x8000 /* bytes of a name */
#define WORKSTATION 1 /* LsapLookupWksta: whatever the server can find out */

/* SID_NAME_USE (MS-SAMR 2.2.2.3); trustees: users, groups, aliases, well-known ones, computers */
#define UNKNOWN 8
#define COMPUTER 9
#define TRUSTEES (1u << 1 | 1u << 2 | 1u << 4 | 1u << 5 | 1u << COMPUTER)

enum { CLOSE = 0, OPEN_POLICY = 44, LOOKUP_SIDS = 57, LOOKUP_NAMES = 68 };

static const char op[] = "look up names";

static const struct ad_rpc_interface interface = { "lsarpc", "12345778-1234-abcd-ef00-0123456789ab",
	0 };

void ad_lsarpc_free(char **names, size_t n)
{
	while (names && n)
		free(names[--n]);
	free(names);
}

/* ---- results ---- */

/* RPC_UNICODE_STRING (MS-DTYP 2.3.10): lengths and a pointer. */
static bool string_there(struct ad_ndr *r)
{
	ad_ndr_u16(r);
	ad_ndr_u16(r);
	return ad_ndr_pointer(r);
}

/* RPC_SID (MS-DTYP 2.4.2.3): the number of sub-authorities, and the SID; out NULL: of no interest.
 * Samba has one of zeros for a name that it does not know. */
static void read_sid(struct ad_ndr *r, struct ad_sid *out)
{
	size_t n = 8 + 4 * (size_t)ad_ndr_count(r, 4), at = r->at;

	ad_ndr_skip(r, n);
	if (!r->bad && out && !ad_sid_decode(out, r->p + at, n, NULL))
		r->bad = true;
}

/* LSAPR_REFERENCED_DOMAIN_LIST (2.2.12): their names. */
static void read_domains(struct ad_ndr *r, char ***domains, uint32_t *count)
{
	uint32_t n = ad_ndr_u32(r), i;
	bool array = ad_ndr_pointer(r), *names, *sids;

	ad_ndr_u32(r); /* MaxEntries */
	if (!array || r->bad)
		return;
	if (ad_ndr_count(r, 12) != n)
		r->bad = true;
	if (r->bad)
		return;
	*domains = ad_alloc((n + 1) * sizeof **domains);
	*count = n;
	names = ad_alloc(n + 1);
	sids = ad_alloc(n + 1);
	for (i = 0; i < n; i++) {
		names[i] = string_there(r);
		sids[i] = ad_ndr_pointer(r);
	}
	for (i = 0; i < n && !r->bad; i++) {
		if (names[i])
			(*domains)[i] = ad_ndr_string(r);
		if (sids[i])
			read_sid(r, NULL);
	}
	free(names);
	free(sids);
}

struct name {
	uint32_t use, domain;
	bool there;
};

/* LSAPR_TRANSLATED_NAMES_EX (2.2.22) */
static void read_names(
	struct ad_ndr *r, char **out, size_t wanted, char *const *domains, uint32_t n_domains)
{
	uint32_t n = ad_ndr_u32(r), i;
	bool array = ad_ndr_pointer(r);
	struct name *list;

	if (n == 0 && !array) /* none, with a status that says why */
		return;
	if (!array || n != wanted || ad_ndr_count(r, 20) != n)
		r->bad = true;
	if (r->bad || n == 0)
		return;
	list = ad_alloc(n * sizeof *list);
	for (i = 0; i < n; i++) {
		list[i].use = ad_ndr_u32(r); /* an enumeration of 16 bits, and padding */
		list[i].there = string_there(r);
		list[i].domain = ad_ndr_u32(r);
		ad_ndr_u32(r); /* Flags */
	}
	for (i = 0; i < n && !r->bad; i++) {
		char *name = list[i].there ? ad_ndr_string(r) : NULL;
		const char *domain = list[i].domain < n_domains ? domains[list[i].domain] : NULL;

		if (name && *name && (list[i].use & 0xffff) != UNKNOWN)
			out[i] = domain && *domain ? ad_format("%s\\%s", domain, name)
						   : ad_strdup(name);
		free(name);
	}
	free(list);
}

bool ad_lsarpc_decode(char ***out, size_t n, uint32_t *status, const void *p, size_t len)
{
	char **domains = NULL, **names = ad_alloc((n + 1) * sizeof *names);
	uint32_t n_domains = 0;
	struct ad_ndr r;

	ad_ndr_init(&r, p, len);
	if (ad_ndr_pointer(&r))
		read_domains(&r, &domains, &n_domains);
	read_names(&r, names, n, domains, n_domains);
	ad_ndr_u32(&r); /* MappedCount */
	*status = ad_ndr_u32(&r);
	ad_lsarpc_free(domains, n_domains);
	if (r.bad) {
		ad_lsarpc_free(names, n);
		return false;
	}
	*out = names;
	return true;
}

/* LSAPR_TRANSLATED_SIDS_EX2 (2.2.25) */
static void read_sids(struct ad_ndr *r, struct ad_sid *out, size_t wanted)
{
	uint32_t n = ad_ndr_u32(r), i;
	bool array = ad_ndr_pointer(r), *there;
	uint32_t *use;

	if (n == 0 && !array) /* none, with a status that says why */
		return;
	if (!array || n != wanted || ad_ndr_count(r, 16) != n)
		r->bad = true;
	if (r->bad || n == 0)
		return;
	use = ad_alloc(n * sizeof *use);
	there = ad_alloc(n * sizeof *there);
	for (i = 0; i < n; i++) {
		use[i] = ad_ndr_u32(r) & 0xffff; /* an enumeration of 16 bits, and padding */
		there[i] = ad_ndr_pointer(r);
		ad_ndr_skip(r, 8); /* DomainIndex, Flags */
	}
	for (i = 0; i < n && !r->bad; i++) {
		bool wanted_kind = use[i] <= COMPUTER && TRUSTEES >> use[i] & 1;

		if (there[i])
			read_sid(r, wanted_kind ? &out[i] : NULL);
	}
	free(use);
	free(there);
}

bool ad_lsarpc_sids_decode(
	struct ad_sid *out, size_t n, uint32_t *status, const void *p, size_t len)
{
	struct ad_sid *sids = ad_alloc((n + 1) * sizeof *sids);
	char **domains = NULL;
	uint32_t n_domains = 0;
	struct ad_ndr r;

	ad_ndr_init(&r, p, len);
	if (ad_ndr_pointer(&r))
		read_domains(&r, &domains, &n_domains);
	read_sids(&r, sids, n);
	ad_ndr_u32(&r); /* MappedCount */
	*status = ad_ndr_u32(&r);
	ad_lsarpc_free(domains, n_domains);
	if (!r.bad)
		memcpy(out, sids, n * sizeof *sids);
	free(sids);
	return !r.bad;
}

/* ---- calls ---- */

static bool open_policy(struct ad_rpc *rpc, unsigned char handle[HANDLE], struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT, answer = AD_BUF_INIT;
	bool ok;

	ad_ndr_put_pointer(&in, false); /* SystemName */
	ad_ndr_put_u32(&in, 24); /* ObjectAttributes: its length, and nothing else */
	ad_buf_grow(&in, 20);
	ad_ndr_put_u32(&in, POLICY_LOOKUP_NAMES);
	ok = ad_rpc_call(rpc, OPEN_POLICY, &in, &answer, op, err);
	if (ok && answer.len != HANDLE + 4)
		ok = ad_rpc_malformed(rpc, op, err);
	else if (ok && ad_get_u32(answer.data + HANDLE))
		ok = ad_smb_err(err, ad_get_u32(answer.data + HANDLE), op, ad_rpc_host(rpc));
	if (ok)
		memcpy(handle, answer.data, HANDLE);
	ad_buf_clear(&in);
	ad_buf_clear(&answer);
	return ok;
}

static void put_sids(struct ad_buf *in, const struct ad_sid *sids, size_t n)
{
	size_t i;

	ad_ndr_put_u32(in, (uint32_t)n);
	ad_ndr_put_pointer(in, n > 0);
	if (n)
		ad_ndr_put_u32(in, (uint32_t)n);
	for (i = 0; i < n; i++)
		ad_ndr_put_pointer(in, true);
	for (i = 0; i < n; i++) {
		ad_ndr_put_u32(in, sids[i].bytes[1]); /* number of sub-authorities */
		ad_buf_add(in, sids[i].bytes, sids[i].len);
	}
}

/* What is asked for and where the answer goes. */
struct lookup {
	const struct ad_sid *sids; /* NULL: names are asked for */
	const char *const *names;
	size_t n;
	char ***out_names;
	struct ad_sid *out_sids;
};

/* RPC_UNICODE_STRINGs: their lengths, then the texts. */
static bool put_names(struct ad_buf *in, const char *const *names, size_t n, struct ad_err *err)
{
	struct ad_buf text = AD_BUF_INIT, all = AD_BUF_INIT;
	bool ok = true;
	size_t i;

	ad_ndr_put_u32(in, (uint32_t)n);
	ad_ndr_put_u32(in, (uint32_t)n);
	for (i = 0; i < n && ok; i++) {
		ad_buf_clear(&text);
		ok = ad_utf8_to_utf16le(&text, names[i], strlen(names[i])) && text.len < LONGEST;
		if (!ok)
			ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid name: %s", names[i]);
		ad_buf_u16(in, (uint16_t)text.len);
		ad_buf_u16(in, (uint16_t)text.len);
		ad_ndr_put_pointer(in, true);
		ad_ndr_put_u32(&all, (uint32_t)(text.len / 2));
		ad_ndr_put_u32(&all, 0);
		ad_ndr_put_u32(&all, (uint32_t)(text.len / 2));
		ad_buf_add(&all, text.data, text.len);
	}
	ad_buf_add(in, all.data, all.len);
	ad_buf_clear(&text);
	ad_buf_clear(&all);
	return ok;
}

static bool decode(const struct lookup *l, uint32_t *status, const struct ad_buf *answer)
{
	return l->sids ? ad_lsarpc_decode(l->out_names, l->n, status, answer->data, answer->len)
		       : ad_lsarpc_sids_decode(
				 l->out_sids, l->n, status, answer->data, answer->len);
}

static bool look_up(const struct lookup *l, struct ad_rpc *rpc, const unsigned char handle[HANDLE],
	struct ad_err *err)
{
	struct ad_buf in = AD_BUF_INIT, answer = AD_BUF_INIT;
	uint32_t status = 0;
	bool ok = true;

	ad_buf_add(&in, handle, HANDLE);
	if (l->sids)
		put_sids(&in, l->sids, l->n);
	else
		ok = put_names(&in, l->names, l->n, err);
	ad_ndr_put_u32(&in, 0); /* TranslatedNames or TranslatedSids: none yet */
	ad_ndr_put_pointer(&in, false);
	ad_ndr_put_u32(&in, WORKSTATION);
	ad_ndr_put_u32(&in, 0); /* MappedCount, LookupOptions, ClientRevision */
	ad_ndr_put_u32(&in, 0);
	ad_ndr_put_u32(&in, 2);
	ok = ok && ad_rpc_call(rpc, l->sids ? LOOKUP_SIDS : LOOKUP_NAMES, &in, &answer, op, err);
	if (ok && !decode(l, &status, &answer))
		ok = ad_rpc_malformed(rpc, op, err);
	else if (ok && status && status != STATUS_SOME_NOT_MAPPED && status != STATUS_NONE_MAPPED) {
		if (l->sids)
			ad_lsarpc_free(*l->out_names, l->n);
		ok = ad_smb_err(err, status, op, ad_rpc_host(rpc));
	}
	ad_buf_clear(&in);
	ad_buf_clear(&answer);
	return ok;
}

static void close_policy(struct ad_rpc *rpc, const unsigned char handle[HANDLE])
{
	struct ad_buf in = AD_BUF_INIT, answer = AD_BUF_INIT;

	ad_buf_add(&in, handle, HANDLE);
	ad_rpc_call(rpc, CLOSE, &in, &answer, "close", NULL);
	ad_buf_clear(&in);
	ad_buf_clear(&answer);
}

static bool ask(const struct lookup *l, struct ad_smb *smb, struct ad_err *err)
{
	unsigned char handle[HANDLE];
	struct ad_rpc *rpc;
	bool ok;

	if (!ad_rpc_open(&rpc, smb, &interface, err))
		return false;
	ok = open_policy(rpc, handle, err);
	if (ok) {
		ok = look_up(l, rpc, handle, err);
		close_policy(rpc, handle);
	}
	ad_rpc_close(rpc);
	return ok;
}

bool ad_lsarpc_names(
	char ***out, struct ad_smb *smb, const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct lookup l = { .sids = sids, .n = n, .out_names = out };

	return ask(&l, smb, err);
}

bool ad_lsarpc_sids(struct ad_sid *out, struct ad_smb *smb, const char *const *names, size_t n,
	struct ad_err *err)
{
	struct lookup l = { .names = names, .n = n, .out_sids = out };

	return ask(&l, smb, err);
}
