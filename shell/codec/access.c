/* Access checks. See access.h. */
#include "codec/access.h"

#include <string.h>

static bool is_of(const struct ad_ace *ace, const struct ad_sid *token, size_t n)
{
	while (n-- > 0)
		if (ad_sid_equal(&ace->sid, &token[n]))
			return true;
	return false;
}

/* Is the entry about this right, or about all of them? */
static bool is_about(const struct ad_ace *ace, const unsigned char right[AD_GUID_SIZE])
{
	if (ace->flags & AD_ACE_INHERIT_ONLY ||
		!(ace->mask & (AD_RIGHT_CONTROL_ACCESS | AD_RIGHT_GENERIC_ALL)))
		return false;
	return !ad_ace_is_object(ace->type) || !(ace->object_flags & AD_ACE_HAS_OBJECT) ||
	       memcmp(ace->object, right, AD_GUID_SIZE) == 0;
}

enum ad_access ad_access_control(const struct ad_sd *sd, const unsigned char right[AD_GUID_SIZE],
	const struct ad_sid *token, size_t n)
{
	size_t i;

	if (!sd->dacl)
		return AD_ACCESS_GRANTED;
	for (i = 0; i < sd->dacl->count; i++) {
		const struct ad_ace *ace = &sd->dacl->ace[i];

		if (!is_about(ace, right) || !is_of(ace, token, n))
			continue;
		if (ad_ace_is_deny(ace->type))
			return AD_ACCESS_DENIED;
		if (ace->type == AD_ACE_ALLOW || ace->type == AD_ACE_ALLOW_OBJECT)
			return AD_ACCESS_GRANTED;
	}
	return AD_ACCESS_MISSING;
}
