/* Genuine messages of Windows servers, from public captures, that are kept beside the checkout and
 * not in it: index.tsv has for each file its kind and what it decodes to, checked with Wireshark.
 * Every decoder is fed with all that are of its kind. */
#include "base/mem.h"
#include "base/text.h"
#include "codec/sddl.h"
#include "net/cldap.h"
#include "net/krb5_call.h"
#include "net/ldap.h"
#include "net/ldap_entry.h"
#include "net/lsarpc.h"
#include "net/smb_proto.h"
#include "net/srvsvc.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define FOLDER "../shared/data/windows/"

typedef void formatter(struct ad_buf *out, const unsigned char *p, size_t n);

/* In memory of its own, so that a sanitizer sees a byte too far. */
static unsigned char *slurp(const char *name, size_t *n)
{
	char *path = ad_format(FOLDER "%s", name);
	FILE *f = fopen(path, "rb");
	unsigned char *p;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*n = (size_t)ftell(f);
	rewind(f);
	p = malloc(*n ? *n : 1);
	assert_int_equal(fread(p, 1, *n, f), *n);
	fclose(f);
	free(path);
	return p;
}

struct row {
	char *file, *kind, *expected;
};

static void without_remark(char *text)
{
	char *end = strstr(text, "  [adsh decode");

	text[end ? (size_t)(end - text) : strcspn(text, "\n")] = 0;
}

/* Calls check for each row whose kind (and a tab) starts with prefix; returns how many. */
static int each_row(const char *prefix, void (*check)(const struct row *r, void *arg), void *arg)
{
	FILE *f = fopen(FOLDER "index.tsv", "r");
	char *line = NULL;
	size_t cap = 0;
	int count = 0;

	while (f && getline(&line, &cap, f) > 0) {
		char *at = line;
		struct row r = { .file = strsep(&at, "\t") };

		if (!at || strncmp(at, prefix, strlen(prefix)) != 0)
			continue;
		r.kind = strsep(&at, "\t");
		strsep(&at, "\t"); /* origin, version */
		strsep(&at, "\t");
		assert_non_null(r.expected = at);
		without_remark(r.expected);
		check(&r, arg);
		count++;
	}
	free(line);
	fclose(f);
	return count;
}

/* ---- SMB ---- */

static void put_negotiate(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_negotiated r;

	assert_true(ad_smb_negotiate_decode(&r, p, n));
	ad_buf_printf(out, " sec=%x dia=%x cap=%x mt=%u mr=%u mw=%u tok=%zu sha=%d ci=%x si=%x",
		r.security_mode, r.dialect, r.capabilities, r.max_transact, r.max_read, r.max_write,
		r.token.n, r.sha512, r.cipher, r.signing);
}

static void put_session(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_bytes token;
	uint16_t flags;

	assert_true(ad_smb_session_decode(&flags, &token, p, n));
	ad_buf_printf(out, " sf=%x tok=%zu", flags, token.n);
}

static void put_tree(struct ad_buf *out, const unsigned char *p, size_t n)
{
	uint32_t flags, capabilities;
	uint8_t type;

	assert_true(ad_smb_tree_decode(&type, &flags, &capabilities, p, n));
	ad_buf_printf(out, " type=%x shf=%x cap=%x", type, flags, capabilities);
}

static void put_create(struct ad_buf *out, const unsigned char *p, size_t n)
{
	unsigned char id[AD_SMB_FILE_ID];

	assert_true(ad_smb_create_decode(id, p, n));
	ad_buf_puts(out, " fid=");
	ad_hex(out, id, sizeof id);
}

static void put_read(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_bytes b;

	assert_true(ad_smb_read_decode(&b, p, n));
	ad_buf_printf(out, " len=%zu", b.n);
}

static void put_write(struct ad_buf *out, const unsigned char *p, size_t n)
{
	uint32_t count;

	assert_true(ad_smb_write_decode(&count, p, n));
	ad_buf_printf(out, " count=%u", count);
}

static void put_ioctl(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_bytes b;

	assert_true(ad_smb_ioctl_decode(&b, p, n));
	ad_buf_printf(out, " out=%zu", b.n);
}

static void put_query(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_bytes b;

	assert_true(ad_smb_query_decode(&b, p, n));
	ad_buf_printf(out, " out=%zu", b.n);
}

static void put_folder(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_found f;
	struct ad_smb_bytes b;
	size_t at = 0;
	int rc;

	put_query(out, p, n);
	assert_true(ad_smb_query_decode(&b, p, n));
	while ((rc = ad_smb_found_decode(&f, b.p, b.n, &at)) > 0) {
		ad_buf_printf(out, " [%s|%x|%llx]", f.name ? f.name : "-", f.attributes,
			(unsigned long long)f.id);
		free(f.name);
	}
	ad_buf_printf(out, " end=%d", rc);
}

static formatter *const bodies[32] = { [AD_SMB_NEGOTIATE] = put_negotiate,
	[AD_SMB_SESSION_SETUP] = put_session,
	[AD_SMB_TREE_CONNECT] = put_tree,
	[AD_SMB_CREATE] = put_create,
	[AD_SMB_READ] = put_read,
	[AD_SMB_WRITE] = put_write,
	[AD_SMB_IOCTL] = put_ioctl,
	[AD_SMB_QUERY_DIRECTORY] = put_folder,
	[AD_SMB_QUERY_INFO] = put_query };

static bool has_body(const struct ad_smb_header *h)
{
	return h->status == 0 || h->status == AD_SMB_STATUS_MORE_DATA ||
	       (h->status == AD_SMB_STATUS_MORE_PROCESSING && h->command == AD_SMB_SESSION_SETUP);
}

/* Every status that Windows was seen to send has words, but for those that are no failure. */
static void knows_status(const struct ad_smb_header *h)
{
	struct ad_err err;

	if (has_body(h) || h->status < 0x80000000 || h->status == AD_SMB_STATUS_NO_MORE_FILES)
		return;
	ad_smb_err(&err, h->status, NULL, NULL);
	if (!*err.name)
		fail_msg("0x%08x has no words", h->status);
}

static void put_smb(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_smb_header h;

	assert_true(ad_smb_header_decode(&h, p, n));
	ad_buf_printf(out, "cmd=%u st=%08x fl=%x id=%llx tree=%x sess=%llx cr=%u next=%u",
		h.command, h.status, h.flags, (unsigned long long)h.id, h.tree,
		(unsigned long long)h.session, h.credits, h.next);
	knows_status(&h);
	if (has_body(&h) && h.command < 32 && bodies[h.command])
		bodies[h.command](out, p, n);
}

/* ---- RPC ---- */

static void put_rpc(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_rpc_packet k;
	size_t need;

	if (ad_rpc_packet_decode(&k, p, n, &need) != 1) {
		ad_buf_puts(out, "refused");
		return;
	}
	ad_buf_printf(out, "type=%u fl=%x len=%zu call=%u stub=%zu st=%08x mr=%u acc=%d", k.type,
		k.flags, k.length, k.call, k.n, k.status, k.max_request, k.accepted);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void put_list(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_share_info *s;
	uint32_t more, status;
	size_t count;

	if (!ad_srvsvc_list_decode(&s, &count, &more, &status, 1, p, n)) {
		ad_buf_puts(out, "refused");
		return;
	}
	ad_buf_printf(out, "n=%zu more=%u st=%u", count, more, status);
	for (size_t i = 0; i < count; i++)
		ad_buf_printf(out, " [%s|%s|%x|%s|%u|%u|sd%zu]", s[i].name, or_dash(s[i].remark),
			s[i].type, or_dash(s[i].path), s[i].max_users, s[i].users, s[i].sd_len);
	ad_share_infos_free(s, count);
}

static void put_share(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_share_info s;
	uint32_t status;

	assert_true(
		n > 4 && ad_srvsvc_get_decode(&s, &status, ad_get_u32(p), p, n)); /* its level */
	ad_buf_printf(out, "st=%u [%s|%s|%x|%s]", status, or_dash(s.name), or_dash(s.remark),
		s.type, or_dash(s.path));
	ad_share_info_clear(&s);
}

static void put_names(struct ad_buf *out, const unsigned char *p, size_t n)
{
	uint32_t status;
	char **names;

	assert_true(ad_lsarpc_decode(&names, 1, &status, p, n));
	ad_buf_printf(out, "st=%08x [%s]", status, or_dash(names[0]));
	ad_lsarpc_free(names, 1);
}

/* ---- LDAP, CLDAP, Kerberos ---- */

static void put_netlogon(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_cldap_reply r;

	assert_true(ad_cldap_decode(&r, p, n));
	ad_buf_printf(out, "fl=%x host=%s dom=%s forest=%s nb=%s dcs=%s cls=%s", r.flags, r.host,
		r.domain, r.forest, r.netbios_domain, r.dc_site, r.client_site);
}

static void put_edata(struct ad_buf *out, const unsigned char *p, size_t n)
{
	ad_buf_printf(out, "status=%08x", ad_krb5_status_decode(p, n));
}

/* The file is the whole element: tag, four bytes of length, content (RFC 4511 4.5.2). */
static void put_attributes(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_value name, value;
	struct ad_entry_walk w;
	struct ad_entry *e;

	assert_true(ad_entry_decode(&e, "", 0, p, n, NULL));
	ad_entry_walk_start(e, &w);
	while (ad_entry_walk_attr(&w, &name)) {
		size_t values = 0, bytes = 0;

		for (; ad_entry_walk_value(&w, &value); values++)
			bytes += value.len;
		ad_buf_printf(out, "%s%.*s:%zu:%zu", out->len ? " " : "", (int)name.len, name.data,
			values, bytes);
	}
	ad_entry_free(e);
}

/* ---- descriptors ---- */

static void encodes_again(const struct ad_sd *sd)
{
	struct ad_buf bytes = AD_BUF_INIT;
	struct ad_sd *again;

	assert_true(ad_sd_encode(sd, &bytes, NULL));
	assert_true(ad_sd_decode(&again, bytes.data, bytes.len, NULL));
	assert_true(ad_sd_equal(sd, again));
	ad_buf_clear(&bytes);
	ad_sd_free(again);
}

static void put_sd(struct ad_buf *out, const unsigned char *p, size_t n)
{
	struct ad_sd *sd;

	assert_true(ad_sd_decode(&sd, p, n, NULL));
	ad_buf_puts(out, "sddl=");
	ad_sddl_format(out, sd, NULL);
	encodes_again(sd);
	ad_sd_free(sd);
}

/* The text that Windows made of the same descriptor; it leaves out the bits of a SACL that is not
 * there. */
static void compare_sddl(const struct row *r, void *arg)
{
	struct ad_sd *sd, *theirs;
	struct ad_sid domain;
	unsigned char *p;
	size_t n;

	(void)arg;
	p = slurp(r->file, &n);
	assert_true(ad_sid_parse(&domain, "S-1-5-21-1886771222-1226956130-4148604499", NULL));
	assert_true(ad_sd_decode(&sd, p, n, NULL));
	assert_true(ad_sddl_parse(&theirs, r->expected, &domain, NULL));
	if (!(sd->control & AD_SD_SACL_PRESENT))
		theirs->control |= sd->control & AD_SD_SACL_PROTECTED;
	if (!ad_sd_equal(sd, theirs))
		fail_msg("%s is not %s", r->file, r->expected);
	encodes_again(sd);
	ad_sd_free(sd);
	ad_sd_free(theirs);
	free(p);
}

/* ---- an encrypted session from its first message on ---- */

static const char session_key[] = "b25a135fc3dc14269f20d7cbc8716b6b"; /* Wireshark's sample */
#define SESSION 0x0000281cac000069

struct exchange {
	unsigned char hash[AD_SMB_HASH], to_server[16], to_client[16];
	int messages;
	struct ad_buf answers; /* that were sealed, as they were before */
};

static void make_keys(struct exchange *x, unsigned char *last, size_t n)
{
	unsigned char signing[16], theirs[AD_SMB_SIGNATURE], ours[AD_SMB_SIGNATURE];
	struct ad_buf key = AD_BUF_INIT;

	unhex(&key, session_key, sizeof session_key - 1);
	ad_smb_derive(signing, 16, key.data, 16, "SMBSigningKey", x->hash, AD_SMB_HASH);
	ad_smb_derive(x->to_server, 16, key.data, 16, "SMBC2SCipherKey", x->hash, AD_SMB_HASH);
	ad_smb_derive(x->to_client, 16, key.data, 16, "SMBS2CCipherKey", x->hash, AD_SMB_HASH);
	memcpy(theirs, last + 48, sizeof theirs);
	memset(last + 48, 0, sizeof theirs);
	assert_true(ad_smb_sign(ours, AD_SMB_AES_CMAC, signing, last, n));
	assert_memory_equal(ours, theirs, sizeof ours);
	ad_buf_clear(&key);
}

/* Five messages lead to the keys, the sixth is signed, all others are sealed. */
static void follow(const struct row *r, void *arg)
{
	struct exchange *x = arg;
	bool from_server = strstr(r->kind, "s2c");
	struct ad_buf request = AD_BUF_INIT;
	unsigned char *p;
	size_t n;

	p = slurp(r->file, &n);
	if (++x->messages <= 5)
		ad_smb_preauth(x->hash, p, n);
	else if (x->messages == 6)
		make_keys(x, p, n);
	else if (!ad_smb_unseal(from_server ? &x->answers : &request, AD_SMB_AES128_CCM,
			 from_server ? x->to_client : x->to_server, SESSION, p, n))
		fail_msg("%s cannot be unsealed", r->file);
	ad_buf_clear(&request);
	free(p);
}

static void is_next_answer(const struct row *r, void *arg)
{
	struct exchange *x = arg;
	unsigned char *p;
	size_t n;

	p = slurp(r->file, &n);
	assert_true(n <= x->answers.len);
	assert_memory_equal(x->answers.data, p, n);
	x->answers.len -= n;
	memmove(x->answers.data, x->answers.data + n, x->answers.len);
	free(p);
}

static void unseals_a_session(void **state)
{
	struct exchange x = { .answers = AD_BUF_INIT };

	(void)state;
	assert_int_equal(each_row("smb311-exchange-", follow, &x), 34);
	assert_int_equal(each_row("smb311-unsealed", is_next_answer, &x), 16);
	assert_int_equal(x.answers.len, 0);
	ad_buf_clear(&x.answers);
}

/* ---- refusals of a DC ---- */

/* The index has the name of the result, and words of an older adsh, which were too general. */
static void refused(const struct row *r, void *arg)
{
	const char *name = strstr(r->expected, "name=") + 5;
	size_t n, len = strcspn(name, " ");
	struct ad_err general, err;
	unsigned char *p;
	char *text;
	int code = atoi(strchr(r->kind, '-') + 1);

	p = slurp(r->file, &n);
	text = ad_strndup((char *)p, n);
	ad_ldap_err(&general, code, NULL, NULL, NULL);
	ad_ldap_err(&err, code, text, NULL, NULL);
	assert_int_equal(strlen(err.name), len);
	assert_memory_equal(err.name, name, len);
	assert_true(err.win32 != 0);
	if (strcmp(err.message, general.message) == 0)
		++*(int *)arg;
	free(text);
	free(p);
}

/* Eight say nothing but what the result says: 202b, 2028, 2071, 2083, 2085, 208d, 2098, 5. */
static void names_refusals(void **state)
{
	int general = 0;

	(void)state;
	assert_int_equal(each_row("ldapdiag-", refused, &general), 35);
	assert_int_equal(general, 8);
}

/* ---- everything else ---- */

static const struct group {
	const char *prefix; /* of the kinds */
	formatter *format;
	int count;
} groups[] = {
	{ "smb2-", put_smb, 212 },
	{ "smb311-unsealed", put_smb, 16 },
	{ "rpc-", put_rpc, 54 },
	{ "stub-NetrShareEnum-", put_list, 10 },
	{ "stub-NetrShareGetInfo-", put_share, 8 },
	{ "stub-LsarLookupSids2-", put_names, 2 },
	{ "cldap-", put_netlogon, 9 },
	{ "krb-edata-", put_edata, 26 },
	{ "ldap-attrlist", put_attributes, 86 },
	{ "sd\t", put_sd, 20 },
};

/* Of what is refused or failed, the index has words that are not compared; it ends after 6,000
 * characters. */
static bool fits(const char *got, const char *expected)
{
	const char *end = strstr(expected, " err name=");
	size_t n = strlen(expected);

	if (strncmp(expected, "authenticated", 13) == 0 || strncmp(expected, "NDR64", 5) == 0)
		return strcmp(got, "refused") == 0;
	if (end)
		return strncmp(got, expected, (size_t)(end - expected)) == 0;
	return n == 6000 ? strncmp(got, expected, n) == 0 : strcmp(got, expected) == 0;
}

static void compare(const struct row *r, void *arg)
{
	const struct group *g = arg;
	struct ad_buf out = AD_BUF_INIT;
	unsigned char *p;
	size_t n;

	p = slurp(r->file, &n);
	g->format(&out, p, n);
	if (!fits(ad_buf_text(&out), r->expected))
		fail_msg("%s\ngot      %s\nexpected %s", r->file, ad_buf_text(&out), r->expected);
	ad_buf_clear(&out);
	free(p);
}

static void decodes_everything(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		assert_int_equal(
			each_row(groups[i].prefix, compare, (void *)&groups[i]), groups[i].count);
	assert_int_equal(each_row("sd-with-windows-sddl", compare_sddl, NULL), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_everything),
		cmocka_unit_test(unseals_a_session),
		cmocka_unit_test(names_refusals),
	};

	if (access(FOLDER "index.tsv", R_OK) != 0) {
		puts("1..1\nok 1 - windows # SKIP there is no " FOLDER);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
