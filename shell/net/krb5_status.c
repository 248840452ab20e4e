/*
 * What a KDC adds to a refusal. libkrb5 opens what is inside FAST, but passes on its code only:
 * here it is opened once more, out of the same messages. See krb5_call.h.
 */
#include "net/krb5_call.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define KERB_ERR_TYPE_EXTENDED 3
#define PA_TGS_REQ 1
#define PA_ETYPE_INFO2 19
#define PA_FX_FAST 136
#define PA_FX_ERROR 137

/* ---- DER ---- */

struct der {
	const unsigned char *p;
	size_t n;
};

/* Takes one element off in; false when there is none or it is cut. */
static bool der_next(struct der *in, unsigned char *tag, struct der *body)
{
	size_t head = 2, len;

	if (in->n < 2)
		return false;
	*tag = in->p[0];
	len = in->p[1];
	if (len & 0x80) {
		size_t more = len & 0x7f;

		if (more < 1 || more > 2 || in->n < 2 + more)
			return false;
		len = more == 1 ? in->p[2] : (size_t)in->p[2] << 8 | in->p[3];
		head += more;
	}
	if (len > in->n - head)
		return false;
	*body = (struct der){ in->p + head, len };
	in->p += head + len;
	in->n -= head + len;
	return true;
}

/* The next one, which has this tag. */
static bool der_take(struct der *in, unsigned char tag, struct der *body)
{
	unsigned char is;

	return in->n > 0 && in->p[0] == tag && der_next(in, &is, body);
}

/* The first one that has this tag. */
static bool der_find(struct der in, unsigned char tag, struct der *body)
{
	unsigned char is;

	while (der_next(&in, &is, body))
		if (is == tag)
			return true;
	return false;
}

/* What is inside these, one in the other; the last tag is 0. */
static bool der_enter(struct der in, const unsigned char *tags, struct der *body)
{
	for (; *tags; tags++) {
		if (!der_find(in, *tags, body))
			return false;
		in = *body;
	}
	return true;
}

static long der_number(struct der seq, unsigned char tag)
{
	const unsigned char way[] = { tag, 0x02, 0 };
	struct der number;
	long n = 0;

	if (!der_enter(seq, way, &number) || number.n == 0 || number.n > 3)
		return -1;
	for (size_t i = 0; i < number.n; i++)
		n = n << 8 | number.p[i];
	return n;
}

/* ---- PA-DATA (RFC 4120 5.2.7): SEQUENCE { [1] type, [2] OCTET STRING } ---- */

static bool find_padata(struct der list, long type, struct der *value)
{
	static const unsigned char way[] = { 0xa2, 0x04, 0 };
	struct der one;

	while (der_take(&list, 0x30, &one))
		if (der_number(one, 0xa1) == type)
			return der_enter(one, way, value);
	return false;
}

/* NTSTATUS, reserved, flags */
static uint32_t status_in(struct der list)
{
	struct der value;

	return find_padata(list, KERB_ERR_TYPE_EXTENDED, &value) && value.n >= 4
		       ? ad_get_u32(value.p)
		       : 0;
}

uint32_t ad_krb5_status_decode(const unsigned char *edata, size_t n)
{
	struct der in = { edata, n }, outer;

	if (!der_take(&in, 0x30, &outer))
		return 0;
	return outer.n && outer.p[0] != 0x30 ? status_in((struct der){ edata, n })
					     : status_in(outer);
}

/* ETYPE-INFO2 (RFC 4120 5.2.7.5): SEQUENCE OF SEQUENCE { [0] type, ... } */
bool ad_krb5_offers(const unsigned char *edata, size_t n, long first, long last)
{
	struct der in = { edata, n }, list, value, types, one;

	if (!der_take(&in, 0x30, &list) || !find_padata(list, PA_ETYPE_INFO2, &value) ||
		!der_take(&value, 0x30, &types))
		return false;
	while (der_take(&types, 0x30, &one)) {
		long type = der_number(one, 0xa0);

		if (type >= first && type <= last)
			return true;
	}
	return false;
}

/* ---- inside FAST ---- */

/* EncryptedData (RFC 4120 5.2.9); *out is the caller's to free. */
static bool decrypt(krb5_context context, const krb5_keyblock *key, krb5_keyusage usage,
	struct der encrypted, struct der *out)
{
	static const unsigned char way[] = { 0xa2, 0x04, 0 };
	struct der cipher;
	krb5_enc_data in = { 0 };
	krb5_data plain = { 0 };

	if (!der_enter(encrypted, way, &cipher))
		return false;
	in.enctype = key->enctype;
	in.ciphertext.data = (char *)cipher.p;
	in.ciphertext.length = (unsigned)cipher.n;
	plain.length = (unsigned)cipher.n;
	plain.data = malloc(cipher.n ? cipher.n : 1);
	if (!plain.data || krb5_c_decrypt(context, key, usage, NULL, &in, &plain)) {
		free(plain.data);
		return false;
	}
	*out = (struct der){ (unsigned char *)plain.data, plain.length };
	return true;
}

/* The key of this ticket, out of the cache. */
static bool session_key(
	krb5_context context, const char *ccache, struct der ticket, krb5_keyblock **out)
{
	krb5_cc_cursor cursor;
	krb5_creds cred;
	krb5_ccache cc;

	*out = NULL;
	if (krb5_cc_resolve(context, ccache, &cc))
		return false;
	if (!krb5_cc_start_seq_get(context, cc, &cursor)) {
		while (!*out && !krb5_cc_next_cred(context, cc, &cursor, &cred)) {
			if (cred.ticket.length == ticket.n &&
				memcmp(cred.ticket.data, ticket.p, ticket.n) == 0)
				krb5_copy_keyblock(context, &cred.keyblock, out);
			krb5_free_cred_contents(context, &cred);
		}
		krb5_cc_end_seq_get(context, cc, &cursor);
	}
	krb5_cc_close(context, cc);
	return *out != NULL;
}

/* Authenticator (RFC 4120 5.5.1): the subkey in it, and of both keys the armor's (RFC
 * 6113 5.4.1.1). */
static bool make_armor(
	krb5_context context, krb5_keyblock *session, struct der authenticator, krb5_keyblock **out)
{
	static const unsigned char way[] = { 0x62, 0x30, 0xa6, 0x30, 0 }, key[] = { 0xa1, 0x04, 0 };
	krb5_keyblock subkey = { 0 };
	struct der plain, seq, value;
	bool ok = false;

	if (!decrypt(context, session, KRB5_KEYUSAGE_TGS_REQ_AUTH, authenticator, &plain))
		return false;
	if (der_enter(plain, way, &seq) && der_enter(seq, key, &value)) {
		subkey.enctype = (krb5_enctype)der_number(seq, 0xa0);
		subkey.length = (unsigned)value.n;
		subkey.contents = (unsigned char *)value.p;
		ok = krb5_c_fx_cf2_simple(
			     context, &subkey, "subkeyarmor", session, "ticketarmor", out) == 0;
	}
	memset((void *)plain.p, 0, plain.n);
	free((void *)plain.p);
	return ok;
}

/* The armor of a TGS-REQ: that of its AP-REQ. */
static bool armor_of(
	krb5_context context, const char *ccache, const krb5_data *request, krb5_keyblock **out)
{
	static const unsigned char padata[] = { 0x6c, 0x30, 0xa3, 0x30, 0 },
				   ap_req[] = { 0x6e, 0x30, 0 }, sealed[] = { 0xa4, 0x30, 0 };
	struct der in = { (unsigned char *)request->data, request->length }, list, value, seq,
		   ticket, authenticator;
	krb5_keyblock *session;
	bool ok;

	if (!der_enter(in, padata, &list) || !find_padata(list, PA_TGS_REQ, &value) ||
		!der_enter(value, ap_req, &seq) || !der_find(seq, 0xa3, &ticket) ||
		!der_enter(seq, sealed, &authenticator) ||
		!session_key(context, ccache, ticket, &session))
		return false;
	ok = make_armor(context, session, authenticator, out);
	krb5_free_keyblock(context, session);
	return ok;
}

/* KrbFastResponse (RFC 6113 5.4.3): beside other data, the KRB-ERROR itself. */
static uint32_t status_in_response(struct der response)
{
	static const unsigned char way[] = { 0x30, 0xa0, 0x30, 0 },
				   edata[] = { 0x7e, 0x30, 0xac, 0x04, 0 };
	struct der list, error, value;
	uint32_t status;

	if (!der_enter(response, way, &list))
		return 0;
	status = status_in(list);
	if (!status && find_padata(list, PA_FX_ERROR, &error) && der_enter(error, edata, &value))
		status = ad_krb5_status_decode(value.p, value.n);
	return status;
}

uint32_t ad_krb5_status(
	krb5_context context, const char *ccache, const krb5_data *request, const krb5_data *edata)
{
	static const unsigned char sealed[] = { 0xa0, 0x30, 0xa0, 0x30, 0 };
	uint32_t status = ad_krb5_status_decode((const unsigned char *)edata->data, edata->length);
	struct der in = { (unsigned char *)edata->data, edata->length }, list, value, response;
	krb5_keyblock *armor = NULL;

	if (status || !ccache || !request || !der_take(&in, 0x30, &list) ||
		!find_padata(list, PA_FX_FAST, &value) || !der_enter(value, sealed, &value) ||
		!armor_of(context, ccache, request, &armor))
		return status;
	if (decrypt(context, armor, KRB5_KEYUSAGE_FAST_REP, value, &response)) {
		status = status_in_response(response);
		free((void *)response.p);
	}
	krb5_free_keyblock(context, armor);
	return status;
}
