/* Windows's own answers (tests/data/smb.txt), truncated ones, and answers that lie. */
#include "base/mem.h"
#include "net/smb_proto.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Each prefix in memory of its own, so that a sanitizer sees a byte too far. */
static void prefixes(const unsigned char *p, size_t n, bool (*takes)(const unsigned char *, size_t))
{
	for (size_t i = 0; i < n; i++) {
		unsigned char *copy = ad_memdup(p, i);

		copy = ad_realloc(copy, i + !i, 1);
		assert_false(takes(copy, i));
		free(copy);
	}
	assert_true(takes(p, n));
}

static bool takes_negotiate(const unsigned char *p, size_t n)
{
	struct ad_smb_negotiated r;

	return ad_smb_negotiate_decode(&r, p, n);
}

static bool takes_session(const unsigned char *p, size_t n)
{
	struct ad_smb_bytes token;
	uint16_t flags;

	return ad_smb_session_decode(&flags, &token, p, n);
}

static void check(const unsigned char *p, size_t n, const char *name)
{
	struct ad_smb_negotiated r;
	struct ad_smb_bytes token;
	struct ad_smb_header h;
	uint16_t flags;

	if (strcmp(name, "negotiate-response") == 0) {
		prefixes(p, n, takes_negotiate);
		assert_true(ad_smb_negotiate_decode(&r, p, n));
		assert_int_equal(r.dialect, AD_SMB_DIALECT);
		assert_int_equal(r.max_read, 0x800000);
		assert_int_equal(r.token.n, 0x140);
		assert_true(r.sha512);
		assert_int_equal(r.cipher, AD_SMB_AES128_GCM);
		assert_int_equal(r.signing, 0);
	} else if (strcmp(name, "session-response") == 0) {
		prefixes(p, n, takes_session);
		assert_true(ad_smb_header_decode(&h, p, n));
		assert_int_equal(h.status, AD_SMB_STATUS_MORE_PROCESSING);
		assert_int_equal(h.command, AD_SMB_SESSION_SETUP);
		assert_int_equal(h.id, 2);
		assert_true(ad_smb_session_decode(&flags, &token, p, n));
		assert_int_equal(token.n, 0xb3);
	}
}

static void reads_windows(void **state)
{
	(void)state;
	assert_int_equal(each_vector("tests/data/smb.txt", check), 7);
}

/* An answer with a body of these bytes. */
static struct ad_buf answer(const char *hex, size_t behind)
{
	struct ad_smb_header h = { .flags = AD_SMB_FLAG_RESPONSE };
	struct ad_buf b = AD_BUF_INIT;

	ad_smb_header_encode(&b, &h);
	unhex(&b, hex, strlen(hex));
	ad_buf_grow(&b, behind);
	return b;
}

static void keeps_inside(void **state)
{
	/* offset and length of a READ's data: fits, starts in the body, ends behind the message */
	static const struct {
		const char *hex;
		bool good;
	} reads[] = {
		{ "11005000040000000000000000000000", true },
		{ "11005000050000000000000000000000", false },
		{ "11004f00040000000000000000000000", false },
		{ "1100ff00040000000000000000000000", false },
		{ "11005000ffffffff0000000000000000", false },
		{ "12005000040000000000000000000000", false },
	};
	struct ad_smb_bytes out;

	(void)state;
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
		struct ad_buf b = answer(reads[i].hex, 4);

		assert_int_equal(ad_smb_read_decode(&out, b.data, b.len), reads[i].good);
		ad_buf_clear(&b);
	}
}

static void refuses_what_is_no_message(void **state)
{
	struct ad_smb_header h;
	struct ad_buf b = answer("0400", 0);

	(void)state;
	assert_true(ad_smb_header_decode(&h, b.data, b.len));
	b.data[0] = 0xff; /* SMB 1 */
	assert_false(ad_smb_header_decode(&h, b.data, b.len));
	b.data[0] = 0xfe;
	assert_false(ad_smb_header_decode(&h, b.data, 63));
	b.data[4] = 65;
	assert_false(ad_smb_header_decode(&h, b.data, b.len));
	ad_buf_clear(&b);
}

static void refuses_names_that_are_none(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	char *path = ad_alloc(40000);

	(void)state;
	assert_false(ad_smb_tree_encode(&b, "host", "bad\xff"));
	ad_buf_clear(&b);
	memset(path, 'x', 39999);
	assert_false(ad_smb_create_encode(&b, path, 0, AD_SMB_OPEN, 0)); /* 79998 bytes of 65535 */
	assert_false(ad_smb_rename_encode(&b, path, true));
	free(path);
	ad_buf_clear(&b);
}

/* FileIdBothDirectoryInformation (MS-FSCC 2.4.17) laid out by hand: one thing. */
static void add_found(struct ad_buf *b, uint32_t next, uint32_t attributes, uint32_t len,
	uint32_t id, const char *name, size_t n)
{
	ad_buf_u32(b, next);
	ad_buf_grow(b, 52); /* index, times, sizes */
	ad_buf_u32(b, attributes);
	ad_buf_u32(b, len);
	ad_buf_grow(b, 32); /* extended attributes, short name */
	ad_buf_u32(b, id);
	ad_buf_u32(b, 0);
	ad_buf_add(b, name, n);
}

static int find(struct ad_smb_found *f, const struct ad_buf *b, size_t n, size_t *at)
{
	unsigned char *copy = ad_realloc(n ? ad_memdup(b->data, n) : NULL, n + !n, 1);
	int got = ad_smb_found_decode(f, copy, n, at);

	free(copy);
	return got;
}

static void finds_what_is_in_a_folder(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_smb_found f;
	size_t at = 0;

	(void)state;
	add_found(&b, 112, 0x10, 4, 7, "a\0\xe4\0\0\0\0\0", 8);
	add_found(&b, 0, 0x420, 2, 8, "\x00\xd8", 2); /* half a surrogate */
	assert_int_equal(find(&f, &b, b.len, &at), 1);
	assert_string_equal(f.name, "a\xc3\xa4");
	assert_int_equal(f.attributes, AD_SMB_ATTRIBUTE_DIRECTORY);
	assert_int_equal(f.id, 7);
	free(f.name);
	assert_int_equal(find(&f, &b, b.len, &at), 1);
	assert_null(f.name);
	assert_true(f.attributes & AD_SMB_ATTRIBUTE_REPARSE_POINT);
	assert_int_equal(find(&f, &b, b.len, &at), 0);
	for (size_t n = 1; n < b.len; n++) {
		at = 0;
		if (n > 112) { /* the first is whole */
			assert_int_equal(find(&f, &b, n, &at), 1);
			free(f.name);
		}
		assert_int_equal(find(&f, &b, n, &at), -1);
	}
	ad_buf_clear(&b);
}

static void refuses_names_that_lead_elsewhere(void **state)
{
	static const struct {
		uint32_t next, len;
		const char *name;
	} bad[] = {
		{ 0, 6, "a\0/\0b\0" },
		{ 0, 6, "a\0\\\0b\0" },
		{ 0, 6, "a\0\0\0b\0" },
		{ 0, 0, "a\0b\0c\0" },
		{ 0, 5, "a\0b\0c\0" },
		{ 0, 8, "a\0b\0c\0" },
		{ 0, 0xffffffff, "a\0b\0c\0" },
		{ 4, 6, "a\0b\0c\0" }, /* the next one in this one */
		{ 110, 6, "a\0b\0c\0" }, /* behind the end */
		{ 0xffffffff, 6, "a\0b\0c\0" },
	};
	struct ad_smb_found f;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ad_buf b = AD_BUF_INIT;
		size_t at = 0;

		add_found(&b, bad[i].next, 0, bad[i].len, 1, bad[i].name, 6);
		assert_int_equal(find(&f, &b, b.len, &at), -1);
		ad_buf_clear(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_windows),
		cmocka_unit_test(keeps_inside),
		cmocka_unit_test(refuses_what_is_no_message),
		cmocka_unit_test(refuses_names_that_are_none),
		cmocka_unit_test(finds_what_is_in_a_folder),
		cmocka_unit_test(refuses_names_that_lead_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
