/* What is inherited, against MS-DTYP 2.5.3.4 and what Windows shows for it in SDDL. */
#include "ad/inherit.h"
#include "codec/sddl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define OWNER "S-1-5-21-1-2-3-1001"
#define GROUP "S-1-5-21-1-2-3-513"

static struct ad_sd *parse(const char *sddl)
{
	struct ad_sd *sd;

	assert_true(ad_sddl_parse(&sd, sddl, NULL, NULL));
	return sd;
}

static void inherits(const char *parent, const char *own, bool folder, const char *want)
{
	struct ad_sd *p = parse(parent), *o = parse(own), *result = ad_sd_new();
	struct ad_buf text = AD_BUF_INIT;
	struct ad_sid owner, group;

	assert_true(ad_sid_parse(&owner, OWNER, NULL));
	assert_true(ad_sid_parse(&group, GROUP, NULL));
	result->control |= AD_SD_DACL_PRESENT;
	result->dacl = ad_inherit(p->dacl, o->dacl, folder, &owner, &group);
	ad_sddl_format(&text, result, NULL);
	assert_string_equal(ad_buf_text(&text), want);
	ad_buf_clear(&text);
	ad_sd_free(p);
	ad_sd_free(o);
	ad_sd_free(result);
}

static void follows_the_flags(void **state)
{
	(void)state;
	/* each of object and container inherit, on a file and on a folder */
	inherits("D:(A;OICI;FR;;;AU)", "D:", false, "D:(A;ID;FR;;;AU)");
	inherits("D:(A;OICI;FR;;;AU)", "D:", true, "D:(A;OICIID;FR;;;AU)");
	inherits("D:(A;OI;FR;;;AU)", "D:", false, "D:(A;ID;FR;;;AU)");
	inherits("D:(A;OI;FR;;;AU)", "D:", true, "D:(A;OIIOID;FR;;;AU)");
	inherits("D:(A;CI;FR;;;AU)", "D:", false, "D:");
	inherits("D:(A;CI;FR;;;AU)", "D:", true, "D:(A;CIID;FR;;;AU)");
	inherits("D:(A;;FA;;;AU)", "D:", true, "D:");
	/* inherit only: not for the parent, but for what is below; no propagate: one level */
	inherits("D:(A;OICIIO;FR;;;AU)", "D:", true, "D:(A;OICIID;FR;;;AU)");
	inherits("D:(A;OICINP;FR;;;AU)", "D:", true, "D:(A;ID;FR;;;AU)");
	inherits("D:(A;OICINP;FR;;;AU)", "D:", false, "D:(A;ID;FR;;;AU)");
	inherits("D:(A;OINP;FR;;;AU)", "D:", true, "D:");
}

static void keeps_what_is_explicit(void **state)
{
	(void)state;
	inherits("D:(D;OICI;FW;;;BU)(A;OICI;FR;;;AU)(A;OICIID;FA;;;BA)",
		"D:(D;;FA;;;BG)(A;;FA;;;SY)(A;ID;FA;;;WD)", false,
		"D:(D;;FA;;;BG)(A;;FA;;;SY)(D;ID;FW;;;BU)(A;ID;FR;;;AU)(A;ID;FA;;;BA)");
	/* also where it is no canonical list, and where the same is inherited */
	inherits("D:(A;OICI;FR;;;AU)", "D:(A;;FR;;;AU)(D;;FA;;;BG)", false,
		"D:(A;;FR;;;AU)(D;;FA;;;BG)(A;ID;FR;;;AU)");
	inherits("D:", "D:(A;ID;FA;;;WD)(A;;FR;;;AU)", true, "D:(A;;FR;;;AU)");
}

static void puts_in_the_creator(void **state)
{
	(void)state;
	inherits("D:(A;OICIIO;FA;;;CO)", "D:", false, "D:(A;ID;FA;;;" OWNER ")");
	inherits("D:(A;OICIIO;FA;;;CO)(A;OICIIO;FR;;;CG)", "D:", true,
		"D:(A;ID;FA;;;" OWNER ")(A;OICIIOID;FA;;;CO)(A;ID;FR;;;" GROUP
		")(A;OICIIOID;FR;;;CG)");
	inherits("D:(A;OIIO;FA;;;CO)", "D:", true, "D:(A;OIIOID;FA;;;CO)");
	inherits("D:(A;CINPIO;FA;;;CO)", "D:", true, "D:(A;ID;FA;;;" OWNER ")");
	/* folders with entries of their own like those that they inherit: once is enough */
	inherits("D:(A;OICIIO;FA;;;CO)(A;ID;FR;;;AU)(A;OICIIOID;FA;;;CO)", "D:", false,
		"D:(A;ID;FA;;;" OWNER ")");
}

static void takes_generic_rights_for_files(void **state)
{
	(void)state;
	inherits("D:(A;OICI;GA;;;SY)", "D:", false, "D:(A;ID;FA;;;SY)");
	inherits("D:(A;OICI;GA;;;SY)", "D:", true, "D:(A;ID;FA;;;SY)(A;OICIIOID;GA;;;SY)");
	inherits("D:(A;OICI;GXGR;;;SY)", "D:", false, "D:(A;ID;0x1200a9;;;SY)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_flags),
		cmocka_unit_test(keeps_what_is_explicit),
		cmocka_unit_test(puts_in_the_creator),
		cmocka_unit_test(takes_generic_rights_for_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
