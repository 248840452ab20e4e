/* Access checks, on descriptors in SDDL. The cases are those of MS-ADTS 5.1.3.3.4. */
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
		cmocka_unit_test(nobody_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
