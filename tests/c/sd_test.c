/* Security descriptors: the example of MS-DTYP 2.5.1.4, Samba's bytes
 * (tests/data/descriptors.txt), and lists edited in place. */
#include "codec/access.h"
#include "codec/sd.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* MS-DTYP 2.5.1.4: SACL and DACL before owner and group, as Windows lays them out */
static const char example[] =
	"010014b090000000a0000000140000003000000002001c0001000000028014000000008001010000"
	"0000000100000000020060000400000000031800000000a001020000000000052000000021020000"
	"00031800000000100102000000000005200000002002000000031400000000100101000000000005"
	"12000000000314000000001001010000000000030000000001020000000000052000000020020000"
	"01020000000000052000000020020000";

/* An entry of type 0x2a that nobody knows, between two plain ones */
static const char unknown[] = "01000480000000000000000000000000140000000200400003000000"
			      "0000140001000000010100000000000100000000"
			      "2a030c00deadbeef12345678"
			      "0000180002000000010100000000000500000000cafebabe";

static struct ad_sd *decode(const char *hex)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sd *sd = NULL;
	struct ad_err err;

	unhex(&b, hex, strlen(hex));
	if (!ad_sd_decode(&sd, b.data, b.len, &err))
		fail_msg("%s", err.message);
	ad_buf_clear(&b);
	return sd;
}

static uint32_t allowed(const struct ad_sd *sd, const struct ad_sid *sid)
{
	return ad_access_mask(sd, sid, 1, &ad_generic_file, NULL, AD_CONDITION_UNMET);
}

static void encodes_to(const struct ad_sd *sd, const unsigned char *p, size_t n)
{
	struct ad_buf b = AD_BUF_INIT;

	assert_true(ad_sd_encode(sd, &b, NULL));
	assert_int_equal(b.len, n);
	assert_memory_equal(b.data, p, n);
	ad_buf_clear(&b);
}

static void again(const unsigned char *p, size_t n, const char *text)
{
	struct ad_sd *sd, *copy;

	(void)text;
	assert_true(ad_sd_decode(&sd, p, n, NULL));
	encodes_to(sd, p, n);
	copy = ad_sd_dup(sd);
	assert_true(ad_sd_equal(sd, copy));
	ad_sd_free(sd);
	encodes_to(copy, p, n);
	ad_sd_free(copy);
}

static void again_hex(const char *hex)
{
	struct ad_buf b = AD_BUF_INIT;

	unhex(&b, hex, strlen(hex));
	again(b.data, b.len, NULL);
	ad_buf_clear(&b);
}

static void gives_the_bytes_back(void **state)
{
	(void)state;
	again_hex(example);
	again_hex(unknown);
	assert_int_equal(each_vector("tests/data/descriptors.txt", again), 7);
}

static void reads_the_example_of_the_specification(void **state)
{
	struct ad_sd *sd = decode(example);
	struct ad_sid admins, users;

	(void)state;
	ad_sid_parse(&admins, "S-1-5-32-544", NULL);
	ad_sid_parse(&users, "S-1-5-32-545", NULL);
	assert_int_equal(sd->control, 0xb014);
	assert_true(ad_sid_equal(&sd->owner, &admins) && ad_sid_equal(&sd->group, &admins));
	assert_int_equal(sd->sacl->count, 1);
	assert_int_equal(sd->sacl->ace[0].type, AD_ACE_AUDIT);
	assert_int_equal(sd->sacl->ace[0].flags, AD_ACE_AUDIT_FAILURE);
	assert_int_equal(sd->dacl->count, 4);
	assert_int_equal(sd->dacl->ace[0].mask, 0xa0000000);
	assert_true(ad_sid_equal(&sd->dacl->ace[0].sid, &users));
	assert_int_equal(allowed(sd, &users), 0x1200a9);
	assert_int_equal(memcmp(sd->layout, "sdog", 4), 0);
	ad_sd_free(sd);
}

static void keeps_unknown_entries_and_what_follows_a_sid(void **state)
{
	struct ad_sd *sd = decode(unknown);

	(void)state;
	assert_int_equal(sd->dacl->count, 3);
	assert_int_equal(sd->dacl->ace[1].type, 0x2a);
	assert_int_equal(sd->dacl->ace[1].flags, 3);
	assert_int_equal(sd->dacl->ace[1].data_len, 8);
	assert_memory_equal(sd->dacl->ace[1].data, "\xde\xad\xbe\xef\x12\x34\x56\x78", 8);
	assert_int_equal(sd->dacl->ace[2].data_len, 4);
	assert_memory_equal(sd->dacl->ace[2].data, "\xca\xfe\xba\xbe", 4);
	ad_sd_free(sd);
}

static void refuse(const unsigned char *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1); /* so that valgrind sees reads past the end */
	struct ad_sd *sd = NULL;
	struct ad_err err;

	memcpy(copy, p, n);
	assert_false(ad_sd_decode(&sd, copy, n, &err));
	assert_int_equal(err.kind, AD_ERR_FAILED);
	assert_null(sd);
	free(copy);
}

static void refuses_what_leads_outside(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	size_t n;
	int v;

	(void)state;
	unhex(&b, example, strlen(example));
	for (n = 0; n < b.len; n++)
		refuse(b.data, n);
	b.data[0] = 2; /* revision */
	refuse(b.data, b.len);
	b.data[0] = 1;
	for (v = 1; v < 20; v++) { /* parts inside the header */
		b.data[16] = (unsigned char)v;
		refuse(b.data, b.len);
	}
	b.data[16] = 0x30;
	b.data[7] = 0x80; /* the owner far away */
	refuse(b.data, b.len);
	b.data[7] = 0;
	b.data[0x34] = 5; /* more entries than the list has bytes for */
	refuse(b.data, b.len);
	b.data[0x34] = 4;
	b.data[0x3a] = 3; /* an entry shorter than its header */
	refuse(b.data, b.len);
	b.data[0x3a] = 0x14; /* an entry too short for its SID */
	refuse(b.data, b.len);
	ad_buf_clear(&b);
	unhex(&b, example, strlen(example));
	for (n = b.data[0x32]; n-- > 0;) { /* entries behind the end of their list */
		b.data[0x32] = (unsigned char)n;
		refuse(b.data, b.len);
	}
	b.data[0x33] = 0x7f; /* a list that ends behind the descriptor, though it has no entries */
	b.data[0x34] = 0;
	refuse(b.data, b.len);
	ad_buf_clear(&b);
}

/* "DP" tells whether there is a list, not its offset (MS-DTYP 2.4.6). */
static void ignores_a_list_that_is_not_present(void **state)
{
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sd *sd;

	(void)state;
	unhex(&b, example, strlen(example));
	assert_true(b.data[2] & AD_SD_DACL_PRESENT);
	b.data[2] &= (unsigned char)~AD_SD_DACL_PRESENT;
	assert_true(ad_sd_decode(&sd, b.data, b.len, NULL));
	assert_null(sd->dacl);
	assert_true(sd->owner.len > 0);
	ad_sd_free(sd);
	ad_buf_clear(&b);
}

static void tells_null_from_empty_and_absent(void **state)
{
	struct ad_sd *absent = decode("0100008000000000000000000000000000000000");
	struct ad_sd *null = decode("0100048000000000000000000000000000000000");
	struct ad_sd *empty = decode("01000480000000000000000000000000140000000200080000000000");
	struct ad_sid everyone;

	(void)state;
	ad_sid_wellknown(&everyone, "Everyone");
	assert_null(absent->dacl);
	assert_null(null->dacl);
	assert_true(null->control & AD_SD_DACL_PRESENT);
	assert_false(absent->control & AD_SD_DACL_PRESENT);
	assert_int_equal(empty->dacl->count, 0);
	assert_false(ad_sd_equal(absent, null) || ad_sd_equal(null, empty));
	assert_int_equal(allowed(null, &everyone), 0x1f01ff);
	ad_sd_free(absent);
	ad_sd_free(null);
	ad_sd_free(empty);
}

/* The first line of descriptors.txt is what Samba makes of the SDDL of Microsoft's tools. */
static const unsigned char *rbcd;

static void builds_first(const unsigned char *p, size_t n, const char *text)
{
	struct ad_sd *sd;
	struct ad_sid sid;

	(void)text;
	if (rbcd)
		return;
	rbcd = p;
	sd = ad_sd_new_rbcd();
	ad_sid_parse(&sid, "S-1-5-21-1111111111-222222222-3333333333-1104", NULL);
	assert_int_equal(allowed(sd, &sid), 0);
	assert_true(ad_acl_add_allow(sd->dacl, &sid, AD_MASK_DS_ALL, 0));
	assert_int_equal(allowed(sd, &sid), AD_MASK_DS_ALL);
	assert_false(ad_acl_add_allow(sd->dacl, &sid, AD_MASK_DS_ALL, 0));
	encodes_to(sd, p, n);
	assert_int_equal(ad_acl_remove_allow(sd->dacl, &sid, UINT32_MAX), 1);
	assert_int_equal(sd->dacl->count, 0);
	ad_sd_free(sd);
}

static void builds_what_microsoft_writes_for_delegation(void **state)
{
	(void)state;
	each_vector("tests/data/descriptors.txt", builds_first);
	assert_non_null(rbcd);
}

static void grants_and_revokes_bits(void **state)
{
	struct ad_acl *acl = ad_acl_new();
	struct ad_sid a, b;
	struct ad_ace deny = { .type = AD_ACE_DENY, .mask = 0x7 };
	struct ad_ace inherited = { .flags = AD_ACE_INHERITED, .mask = 0x7 };
	struct ad_ace object = { .type = AD_ACE_ALLOW_OBJECT, .mask = 0x100 };

	(void)state;
	ad_sid_parse(&a, "S-1-5-11", NULL);
	ad_sid_parse(&b, "S-1-1-0", NULL);
	deny.sid = inherited.sid = object.sid = a;
	ad_acl_insert(acl, &inherited);
	assert_int_equal(ad_acl_insert(acl, &object), 0);
	assert_int_equal(acl->revision, AD_ACL_REVISION_DS);
	assert_int_equal(ad_acl_insert(acl, &deny), 0);
	assert_true(ad_acl_add_allow(acl, &a, 0x1, 0));
	assert_true(ad_acl_add_allow(acl, &b, 0x1, AD_ACE_CONTAINER_INHERIT));
	/* deny, a, b, object, inherited */
	assert_int_equal(acl->count, 5);
	assert_true(ad_acl_canonical(acl));
	assert_int_equal(acl->ace[0].type, AD_ACE_DENY);
	assert_int_equal(acl->ace[3].type, AD_ACE_ALLOW_OBJECT);
	assert_int_equal(acl->ace[4].flags, AD_ACE_INHERITED);
	assert_true(ad_acl_add_allow(acl, &a, 0x6, 0)); /* into the same entry */
	assert_int_equal(acl->count, 5);
	assert_int_equal(acl->ace[1].mask, 0x7);
	assert_ptr_equal(ad_acl_find_allow(acl, &a, 0x5, 0), &acl->ace[1]);
	assert_null(ad_acl_find_allow(acl, &b, 0x1, 0)); /* other flags */
	assert_int_equal(ad_acl_remove_allow(acl, &a, 0x3), 1);
	assert_int_equal(acl->ace[1].mask, 0x4);
	assert_int_equal(ad_acl_remove_allow(acl, &a, UINT32_MAX), 2);
	assert_int_equal(ad_acl_remove_allow(acl, &a, UINT32_MAX), 0);
	assert_int_equal(acl->count, 3); /* denied and inherited ones stay */
	ad_acl_free(acl);
}

static void notices_a_wrong_order(void **state)
{
	struct ad_acl *acl = ad_acl_new();
	struct ad_ace allow = { .mask = 1 }, deny = { .type = AD_ACE_DENY, .mask = 1 };

	(void)state;
	ad_acl_append(acl, &allow);
	assert_true(ad_acl_canonical(acl));
	ad_acl_append(acl, &deny);
	assert_false(ad_acl_canonical(acl));
	ad_acl_free(acl);
}

/* 16 bits for the size: 8 + 36 n <= 65535 gives 1820 trustees of a domain */
static void refuses_to_pass_64_kib(void **state)
{
	struct ad_sd *sd = ad_sd_new_rbcd();
	struct ad_buf b = AD_BUF_INIT;
	struct ad_sid domain, sid;
	struct ad_err err;
	uint32_t rid;

	(void)state;
	ad_sid_parse(&domain, "S-1-5-21-1-2-3", NULL);
	for (rid = 1; rid <= 1820; rid++) {
		ad_sid_make(&sid, &domain, rid);
		assert_true(ad_acl_add_allow(sd->dacl, &sid, AD_MASK_DS_ALL, 0));
	}
	assert_true(ad_sd_encode(sd, &b, &err));
	ad_sid_make(&sid, &domain, rid);
	ad_acl_add_allow(sd->dacl, &sid, AD_MASK_DS_ALL, 0);
	b.len = 0;
	assert_false(ad_sd_encode(sd, &b, &err));
	assert_int_equal(b.len, 0);
	assert_non_null(strstr(err.message, "64 KiB"));
	ad_buf_clear(&b);
	ad_sd_free(sd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_bytes_back),
		cmocka_unit_test(reads_the_example_of_the_specification),
		cmocka_unit_test(keeps_unknown_entries_and_what_follows_a_sid),
		cmocka_unit_test(refuses_what_leads_outside),
		cmocka_unit_test(ignores_a_list_that_is_not_present),
		cmocka_unit_test(tells_null_from_empty_and_absent),
		cmocka_unit_test(builds_what_microsoft_writes_for_delegation),
		cmocka_unit_test(grants_and_revokes_bits),
		cmocka_unit_test(notices_a_wrong_order),
		cmocka_unit_test(refuses_to_pass_64_kib),
	};

	return cmocka_run_group_tests_name("sd", tests, NULL, NULL);
}
