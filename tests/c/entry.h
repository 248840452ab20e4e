/* Entries of access lists with bytes behind their SID, as text: includes cmocka.h before. */
#ifndef TESTS_ENTRY_H
#define TESTS_ENTRY_H

#include "codec/sddl.h"
#include "vectors.h"

/* An entry of that type for Everyone with these bytes: its text, with `behind` at its end, is read
 * as the same entry. `says`: what its condition is for a person; NULL: not asked. */
static inline void shown_as(
	const char *hex, uint8_t type, const char *letters, const char *behind, const char *says)
{
	struct ad_buf data = AD_BUF_INIT, text = AD_BUF_INIT;
	struct ad_ace ace = { .type = type };
	char expected[600];
	struct ad_sd *back;

	ad_sid_parse(&ace.sid, "S-1-1-0", NULL);
	unhex(&data, hex, strlen(hex));
	ace.data = data.data;
	ace.data_len = data.len;
	ad_buf_puts(&text, "D:");
	ad_sddl_format_ace(&text, &ace, NULL);
	snprintf(expected, sizeof expected, "D:(%s;;;;;WD;%s)", letters, behind);
	assert_string_equal(ad_buf_text(&text), expected);
	assert_true(ad_sddl_parse(&back, ad_buf_text(&text), NULL, NULL));
	assert_true(ad_ace_equal(&back->dacl->ace[0], &ace));
	text.len = 0;
	ad_sddl_format_condition(&text, &ace, NULL);
	if (says)
		assert_string_equal(ad_buf_text(&text), says);
	ad_sd_free(back);
	ad_buf_clear(&text);
	ad_buf_clear(&data);
}

#endif
