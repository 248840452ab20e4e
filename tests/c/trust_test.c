/* What the attributes of a trust mean (MS-ADTS 6.1.6.7.9, MS-KILE 3.3.5.7.5). */
#include "ad/trust.h"
#include "codec/flags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BOTH (AD_TRUST_INBOUND | AD_TRUST_OUTBOUND)
#define REF(name) (char *)"CN=" name ",CN=Partitions,CN=Configuration,DC=a,DC=test"

/* a.test > eu.a.test > de.eu.a.test; b.test is the root of another tree */
static const struct ad_domain forest[] = {
	{ REF("A"), (char *)"DC=a,DC=test", (char *)"a.test", (char *)"A", NULL },
	{ REF("EU"), (char *)"DC=eu,DC=a,DC=test", (char *)"eu.a.test", (char *)"EU", REF("A") },
	{ REF("DE"), (char *)"DC=de,DC=eu,DC=a,DC=test", (char *)"de.eu.a.test", (char *)"DE",
		REF("EU") },
	{ REF("B"), (char *)"DC=b,DC=test", (char *)"b.test", (char *)"B", NULL },
};
#define N (sizeof forest / sizeof *forest)

static struct ad_trust classified(
	const char *own, const char *partner, uint32_t type, uint32_t attributes)
{
	struct ad_trust t = { .partner = (char *)partner,
		.type = type,
		.attributes = attributes,
		.direction = BOTH };

	ad_trust_classify(&t, own, forest, N);
	return t;
}

static void kinds(void **state)
{
	static const struct {
		const char *own, *partner;
		uint32_t type, attributes;
		const char *kind;
		bool transitive;
	} t[] = {
		{ "eu.a.test", "a.test", 2, AD_TRUST_WITHIN_FOREST, "parent", true },
		{ "EU.a.test", "A.TEST", 2, AD_TRUST_WITHIN_FOREST, "parent", true },
		{ "a.test", "eu.a.test", 2, AD_TRUST_WITHIN_FOREST, "child", true },
		{ "a.test", "b.test", 2, AD_TRUST_WITHIN_FOREST, "tree root", true },
		{ "a.test", "de.eu.a.test", 2, AD_TRUST_WITHIN_FOREST, "shortcut", true },
		{ "b.test", "eu.a.test", 2, AD_TRUST_WITHIN_FOREST, "shortcut", true },
		{ "a.test", "gone.a.test", 2, AD_TRUST_WITHIN_FOREST, "shortcut", true },
		/* made by Windows 2000: without the bit, and with bits of its own */
		{ "a.test", "eu.a.test", 2, 0, "child", true },
		{ "eu.a.test", "a.test", 2, 0x00400000, "parent", true },
		{ "a.test", "b.test", 2, 0x00800000, "tree root", true },
		{ "a.test", "EU.A.TEST", 2, 0x00c00000, "child", true },
		{ "a.test", "c.test", 2, 0x00400000, "external", false },
		{ "a.test", "c.test", 2, AD_TRUST_FOREST_TRANSITIVE, "forest", true },
		{ "a.test", "c.test", 2, AD_TRUST_FOREST_TRANSITIVE | AD_TRUST_NON_TRANSITIVE,
			"forest", false },
		{ "a.test", "c.test", 2, 0, "external", false },
		{ "a.test", "NT4", 1, AD_TRUST_QUARANTINED, "external", false },
		{ "a.test", "MIT.TEST", 3, 0, "realm", true },
		{ "a.test", "MIT.TEST", 3, AD_TRUST_NON_TRANSITIVE, "realm", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_trust c = classified(t[i].own, t[i].partner, t[i].type, t[i].attributes);

		assert_string_equal(t[i].kind, ad_trust_kind_name(c.kind));
		assert_int_equal(t[i].transitive, c.transitive);
	}
}

/* Only 0x800 turns it on; a missing 0x200 does not; quarantine forbids whatever else is set. */
static void tgt_delegation(void **state)
{
	static const struct {
		uint32_t direction, attributes;
		enum ad_trust_tgt tgt;
	} t[] = {
		{ BOTH, 0x8, AD_TRUST_TGT_OFF },
		{ BOTH, 0x8 | 0x800, AD_TRUST_TGT_ON },
		{ AD_TRUST_INBOUND, 0x8 | 0x800, AD_TRUST_TGT_ON },
		{ AD_TRUST_OUTBOUND, 0x8 | 0x800, AD_TRUST_TGT_OUTBOUND },
		{ BOTH, 0x8 | 0x200, AD_TRUST_TGT_FORBIDDEN },
		{ BOTH, 0x8 | 0x200 | 0x800, AD_TRUST_TGT_FORBIDDEN },
		{ BOTH, 0x8 | 0x4 | 0x800, AD_TRUST_TGT_QUARANTINED },
		{ BOTH, 0x4, AD_TRUST_TGT_QUARANTINED },
		{ BOTH, 0, AD_TRUST_TGT_OFF },
		{ BOTH, 0x20, AD_TRUST_TGT_ON },
		{ BOTH, 0x24, AD_TRUST_TGT_QUARANTINED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_trust c = classified("a.test", "c.test", 2, t[i].attributes);

		c.direction = t[i].direction;
		assert_int_equal(t[i].tgt, ad_trust_tgt(&c));
	}
}

static void delegates_inside_a_forest_of_windows_2000(void **state)
{
	struct ad_trust c = classified("a.test", "eu.a.test", 2, 0x00400000);

	(void)state;
	assert_int_equal(ad_trust_tgt(&c), AD_TRUST_TGT_ON);
	assert_int_equal(ad_trust_filter(&c), AD_TRUST_FILTER_NONE);
}

static void sid_filtering(void **state)
{
	static const struct {
		uint32_t attributes;
		enum ad_trust_filter filter;
	} t[] = {
		{ 0x20, AD_TRUST_FILTER_NONE },
		{ 0x8, AD_TRUST_FILTER_FOREST },
		{ 0x8 | 0x40, AD_TRUST_FILTER_RELAXED },
		{ 0x8 | 0x4, AD_TRUST_FILTER_QUARANTINE },
		{ 0x8 | 0x44, AD_TRUST_FILTER_QUARANTINE },
		{ 0x4, AD_TRUST_FILTER_QUARANTINE },
		{ 0, AD_TRUST_FILTER_NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		struct ad_trust c = classified("a.test", "c.test", 2, t[i].attributes);

		assert_int_equal(t[i].filter, ad_trust_filter(&c));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(tgt_delegation),
		cmocka_unit_test(delegates_inside_a_forest_of_windows_2000),
		cmocka_unit_test(sid_filtering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
