/* Access checks, on descriptors in SDDL. The cases are those of MS-DTYP 2.5.3.2 and MS-ADTS
 * 5.1.3.3; tests/oracle/codec.py compares random ones with Samba. */
#include "codec/access.h"
#include "codec/sddl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#define AUTHENTICATE "68b1d179-0d15-4d4f-ab71-46152e79a7bc" /* MS-ADTS 5.1.3.2.1 */
#define RESET "00299570-246d-11d0-a768-00aa006e0529" /* User-Force-Change-Password */
#define HOST "S-1-5-21-1-2-3-1104"
#define COMPUTERS "S-1-5-21-1-2-3-515"

static enum ad_access check(const char *dacl, const char *const *sids)
{
	unsigned char right[AD_GUID_SIZE];
	struct ad_sid token[4];
	enum ad_access result;
	struct ad_sd *sd;
	struct ad_err err;
	size_t n = 0;

	if (!ad_sddl_parse(&sd, dacl, NULL, &err))
		fail_msg("%s: %s", dacl, err.message);
	assert_true(ad_guid_parse(right, AUTHENTICATE, NULL));
	for (; sids[n]; n++)
		assert_true(ad_sid_parse(&token[n], sids[n], NULL));
	result = ad_access_control(sd, right, token, n);
	ad_sd_free(sd);
	return result;
}

static void decides_by_entries(void **state)
{
	static const char *const token[] = { HOST, COMPUTERS, "S-1-1-0", NULL };
	static const struct {
		const char *dacl;
		enum ad_access result;
	} cases[] = {
		{ "D:", AD_ACCESS_MISSING },
		{ "O:BA", AD_ACCESS_GRANTED }, /* no DACL */
		{ "D:(OA;;CR;" AUTHENTICATE ";;" HOST ")", AD_ACCESS_GRANTED },
		{ "D:(OA;;CR;" AUTHENTICATE ";;" COMPUTERS ")", AD_ACCESS_GRANTED },
		{ "D:(OA;;CR;;;WD)", AD_ACCESS_GRANTED }, /* all rights of the kind */
		{ "D:(A;;CR;;;WD)", AD_ACCESS_GRANTED },
		{ "D:(A;;GA;;;WD)", AD_ACCESS_GRANTED },
		{ "D:(A;;RPWPCCDCLCLORCWOWDSDDTSW;;;WD)", AD_ACCESS_MISSING },
		{ "D:(OA;;CR;" RESET ";;WD)", AD_ACCESS_MISSING },
		{ "D:(OA;;CR;" AUTHENTICATE ";;AU)", AD_ACCESS_MISSING }, /* another trustee */
		{ "D:(OA;IOCI;CR;" AUTHENTICATE ";;WD)", AD_ACCESS_MISSING }, /* for children */
		{ "D:(OA;CIID;CR;" AUTHENTICATE ";;WD)", AD_ACCESS_GRANTED },
		{ "D:(OA;;RP;" AUTHENTICATE ";;WD)", AD_ACCESS_MISSING }, /* another right */
		{ "D:(OD;;CR;" AUTHENTICATE ";;" HOST ")(A;;CR;;;WD)", AD_ACCESS_DENIED },
		{ "D:(D;;CR;;;WD)(OA;;CR;" AUTHENTICATE ";;" HOST ")", AD_ACCESS_DENIED },
		{ "D:(OD;;CR;" RESET ";;WD)(A;;CR;;;WD)", AD_ACCESS_GRANTED },
		{ "D:(A;;CR;;;WD)(D;;CR;;;WD)", AD_ACCESS_GRANTED }, /* the first one decides */
		{ "D:(XA;;CR;;;WD;(#61727478))", AD_ACCESS_MISSING },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		if (check(cases[i].dacl, token) != cases[i].result)
			fail_msg("%s", cases[i].dacl);
}

static uint32_t mask(const char *sddl, const struct ad_generic *generic, const char *object,
	enum ad_condition condition)
{
	struct ad_sid token[2]; /* the host, everyone */
	unsigned char guid[AD_GUID_SIZE];
	struct ad_sd *sd;
	uint32_t result;

	assert_true(ad_sddl_parse(&sd, sddl, NULL, NULL));
	assert_true(
		ad_sid_parse(&token[0], HOST, NULL) && ad_sid_parse(&token[1], "S-1-1-0", NULL));
	assert_true(!object || ad_guid_parse(guid, object, NULL));
	result = ad_access_mask(sd, token, 2, generic, object ? guid : NULL, condition);
	ad_sd_free(sd);
	return result;
}

struct mask_case {
	const char *sddl, *object;
	uint32_t unmet, met;
};

static void check_masks(const struct mask_case *c, size_t n, const struct ad_generic *generic)
{
	for (; n-- > 0; c++) {
		uint32_t unmet = mask(c->sddl, generic, c->object, AD_CONDITION_UNMET);
		uint32_t met = mask(c->sddl, generic, c->object, AD_CONDITION_MET);

		if (unmet != c->unmet || met != c->met)
			fail_msg("%s: 0x%x, 0x%x", c->sddl, unmet, met);
	}
}

static void collects_the_rights_to_a_file(void **state)
{
	static const struct mask_case cases[] = {
		{ "O:BA", NULL, 0x1f01ff, 0x1f01ff },
		{ "D:", NULL, 0, 0 },
		{ "D:(A;;0x1;;;WD)(A;;0x2;;;" HOST ")(A;;0x4;;;AU)", NULL, 3, 3 },
		{ "D:(D;;0x1;;;WD)(A;;0x3;;;WD)", NULL, 2, 2 },
		{ "D:(A;;0x3;;;WD)(D;;0x1;;;WD)", NULL, 3, 3 }, /* as they stand */
		{ "D:(A;IOOICI;FA;;;WD)", NULL, 0, 0 },
		{ "D:(D;IOOICI;FA;;;WD)(A;ID;0x1;;;WD)", NULL, 1, 1 },
		/* MS-SMB2 2.2.13.1.1 */
		{ "D:(A;;GR;;;WD)", NULL, 0x120089, 0x120089 },
		{ "D:(A;;GW;;;WD)", NULL, 0x120116, 0x120116 },
		{ "D:(A;;GX;;;WD)", NULL, 0x1200a0, 0x1200a0 },
		{ "D:(A;;GA;;;WD)", NULL, 0x1f01ff, 0x1f01ff },
		{ "D:(D;;GW;;;WD)(A;;GA;;;WD)", NULL, 0xd00e9, 0xd00e9 },
		/* conditions */
		{ "D:(XA;;0x3;;;WD;(#61727478))(A;;0x4;;;WD)", NULL, 4, 7 },
		{ "D:(XD;;0x3;;;WD;(#61727478))(A;;0x7;;;WD)", NULL, 4, 7 },
		/* object types mean nothing to files, but servers differ in what they ignore */
		{ "D:(OA;;0x3;" RESET ";;WD)(A;;0x4;;;WD)", NULL, 4, 7 },
		{ "D:(OD;;0x3;" RESET ";;WD)(A;;0x7;;;WD)", NULL, 4, 7 },
		{ "D:(OA;;0x3;;;WD)", NULL, 3, 3 }, /* 2.4.4.3: like a plain entry */
		{ "D:(OA;;0x3;;" RESET ";WD)", NULL, 3, 3 },
		{ "D:(OD;;0x3;;;WD)(A;;0x7;;;WD)", NULL, 4, 4 },
		/* the owner */
		{ "O:WDD:", NULL, 0x60000, 0x60000 },
		{ "O:WDD:(D;;WDRC;;;WD)", NULL, 0x60000, 0x60000 },
		{ "O:WDD:(A;;0x1;;;OW)", NULL, 1, 1 },
		{ "O:WDD:(A;IO;0x1;;;OW)", NULL, 0x60000, 0x60000 },
		{ "O:BAD:(A;;0x1;;;OW)", NULL, 0, 0 },
	};

	(void)state;
	check_masks(cases, sizeof cases / sizeof *cases, &ad_generic_file);
}

static void collects_the_rights_to_an_object(void **state)
{
	static const struct mask_case cases[] = {
		{ "O:BA", AUTHENTICATE, 0xf01ff, 0xf01ff },
		/* MS-ADTS 5.1.3.2 */
		{ "D:(A;;GR;;;WD)", NULL, 0x20094, 0x20094 },
		{ "D:(A;;GW;;;WD)", NULL, 0x20028, 0x20028 },
		{ "D:(A;;GX;;;WD)", NULL, 0x20004, 0x20004 },
		{ "D:(A;;GA;;;WD)", NULL, 0xf01ff, 0xf01ff },
		{ "D:(OA;;CR;" AUTHENTICATE ";;WD)(OA;;WP;" RESET ";;WD)", AUTHENTICATE, 0x100,
			0x100 },
		{ "D:(OD;;CR;" AUTHENTICATE ";;WD)(A;;CRWP;;;WD)", AUTHENTICATE, 0x20, 0x20 },
		{ "D:(OD;;CR;" RESET ";;WD)(A;;CRWP;;;WD)", AUTHENTICATE, 0x120, 0x120 },
		{ "D:(ZA;;CR;" AUTHENTICATE ";;WD;(#61727478))", AUTHENTICATE, 0, 0x100 },
		{ "D:(ZA;;CR;" RESET ";;WD;(#61727478))", AUTHENTICATE, 0, 0 },
		{ "D:(OA;;CR;" AUTHENTICATE ";;WD)", NULL, 0, 0x100 },
	};

	(void)state;
	check_masks(cases, sizeof cases / sizeof *cases, &ad_generic_ds);
}

static void nobody_has_nothing(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	assert_int_equal(check("D:(A;;CR;;;WD)", none), AD_ACCESS_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_entries),
		cmocka_unit_test(collects_the_rights_to_a_file),
		cmocka_unit_test(collects_the_rights_to_an_object),
		cmocka_unit_test(nobody_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
