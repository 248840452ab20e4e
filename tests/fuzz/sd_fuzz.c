/* A descriptor that decodes encodes to bytes that decode to the same one, and its text to a
 * descriptor with the same text. */
#include "codec/sddl.h"
#include "fuzz.h"

#define LONGEST 512 /* more entries are no other case, and cost the time of many runs */

static void check_text(const struct ad_sd *sd)
{
	struct ad_buf text = AD_BUF_INIT, again = AD_BUF_INIT;
	struct ad_sd *back;

	ad_sddl_format(&text, sd, NULL);
	ensure(ad_sddl_parse(&back, ad_buf_text(&text), NULL, NULL));
	ad_sddl_format(&again, back, NULL);
	ensure(same_bytes(&text, &again));
	ensure(ad_sid_equal(&sd->owner, &back->owner));
	ensure(!sd->dacl == !back->dacl && (!sd->dacl || sd->dacl->count == back->dacl->count));
	ad_sd_free(back);
	ad_buf_clear(&text);
	ad_buf_clear(&again);
}

static void check_edit(const struct ad_sd *sd)
{
	struct ad_sd *copy = ad_sd_dup(sd);
	struct ad_sid sid;
	bool canonical;

	ensure(ad_sd_equal(sd, copy));
	if (!copy->dacl)
		copy->dacl = ad_acl_new();
	canonical = ad_acl_canonical(copy->dacl);
	ad_sid_parse(&sid, "S-1-5-21-1-2-3-4", NULL);
	ad_acl_remove_allow(copy->dacl, &sid, UINT32_MAX);
	ensure(ad_acl_add_allow(copy->dacl, &sid, AD_MASK_DS_ALL, 0));
	ensure(ad_acl_find_allow(copy->dacl, &sid, AD_MASK_DS_ALL, 0) != NULL);
	ensure(!canonical || ad_acl_canonical(copy->dacl));
	ensure(ad_acl_remove_allow(copy->dacl, &sid, AD_MASK_DS_ALL) == 1);
	ad_sd_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_buf bytes = AD_BUF_INIT, again = AD_BUF_INIT;
	struct ad_sd *sd, *back;

	if (!ad_sd_decode(&sd, data, size < LONGEST ? size : LONGEST, NULL))
		return 0;
	ensure(ad_sd_encode(sd, &bytes, NULL)); /* what came out of 64 KiB goes in again */
	ensure(ad_sd_decode(&back, bytes.data, bytes.len, NULL));
	ensure(ad_sd_equal(sd, back));
	ensure(ad_sd_encode(back, &again, NULL) && same_bytes(&bytes, &again));
	check_text(sd);
	check_edit(sd);
	ad_sd_free(sd);
	ad_sd_free(back);
	ad_buf_clear(&bytes);
	ad_buf_clear(&again);
	return 0;
}
