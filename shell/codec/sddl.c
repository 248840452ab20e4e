/* Security descriptors to text, and the letters of SDDL. See sddl.h; sddl_parse.c reads. */
#include "codec/sddl.h"
#include "base/text.h"
#include "codec/claim.h"
#include "codec/condition.h"
#include "codec/sddl_names.h"
#include "codec/sddl_value.h"

#include <inttypes.h>
#include <string.h>

const struct ad_flag ad_sddl_types[] = {
	{ AD_ACE_ALLOW, "A" },
	{ AD_ACE_DENY, "D" },
	{ AD_ACE_AUDIT, "AU" },
	{ AD_ACE_ALARM, "AL" },
	{ AD_ACE_ALLOW_OBJECT, "OA" },
	{ AD_ACE_DENY_OBJECT, "OD" },
	{ AD_ACE_AUDIT_OBJECT, "OU" },
	{ AD_ACE_ALARM_OBJECT, "OL" },
	{ AD_ACE_ALLOW_CALLBACK, "XA" },
	{ AD_ACE_DENY_CALLBACK, "XD" },
	{ AD_ACE_ALLOW_CALLBACK_OBJECT, "ZA" },
	{ AD_ACE_AUDIT_CALLBACK, "XU" },
	{ AD_ACE_MANDATORY_LABEL, "ML" },
	{ AD_ACE_RESOURCE_ATTRIBUTE, "RA" },
	{ AD_ACE_SCOPED_POLICY, "SP" },
	{ 0, NULL },
};

const struct ad_flag ad_sddl_flags[] = {
	{ AD_ACE_OBJECT_INHERIT, "OI" },
	{ AD_ACE_CONTAINER_INHERIT, "CI" },
	{ AD_ACE_NO_PROPAGATE, "NP" },
	{ AD_ACE_INHERIT_ONLY, "IO" },
	{ AD_ACE_INHERITED, "ID" },
	{ AD_ACE_CRITICAL, "CR" },
	{ AD_ACE_AUDIT_SUCCESS, "SA" },
	{ AD_ACE_AUDIT_FAILURE, "FA" },
	{ 0, NULL },
};

const struct ad_flag ad_sddl_rights[] = {
	{ 0x1, "CC" },
	{ 0x2, "DC" },
	{ 0x4, "LC" },
	{ 0x8, "SW" },
	{ 0x10, "RP" },
	{ 0x20, "WP" },
	{ 0x40, "DT" },
	{ 0x80, "LO" },
	{ 0x100, "CR" },
	{ 0x10000, "SD" },
	{ 0x20000, "RC" },
	{ 0x40000, "WD" },
	{ 0x80000, "WO" },
	{ 0x10000000, "GA" },
	{ 0x20000000, "GX" },
	{ 0x40000000, "GW" },
	{ 0x80000000, "GR" },
	{ 0, NULL },
};

const struct ad_flag ad_sddl_masks[] = {
	{ AD_MASK_FILE_ALL, "FA" },
	{ 0x120089, "FR" },
	{ 0x120116, "FW" },
	{ 0x1200a0, "FX" },
	{ 0xf003f, "KA" },
	{ 0x20019, "KR" },
	{ 0x20006, "KW" },
	{ 0x20019, "KX" },
	{ 0, NULL },
};

const struct ad_flag ad_sddl_label[] = {
	{ 0x1, "NW" },
	{ 0x2, "NR" },
	{ 0x4, "NX" },
	{ 0, NULL },
};

/* Appends the letters of all bits; false (out unchanged) when one has none. */
static bool letters(struct ad_buf *out, const struct ad_flag *table, uint32_t bits)
{
	size_t keep = out->len;

	for (; table->name; table++)
		if (bits & table->bit) {
			ad_buf_puts(out, table->name);
			bits &= ~table->bit;
		}
	if (bits)
		out->len = keep;
	return bits == 0;
}

void ad_sddl_format_mask(struct ad_buf *out, uint32_t mask)
{
	const char *whole = ad_flag_name(ad_sddl_masks, mask);

	if (whole)
		ad_buf_puts(out, whole);
	else if (!letters(out, ad_sddl_rights, mask))
		ad_buf_printf(out, "0x%" PRIx32, mask);
}

static void format_guid(struct ad_buf *out, bool there, const unsigned char *guid)
{
	char text[AD_GUID_TEXT];

	if (there) {
		ad_guid_format(guid, text);
		ad_buf_puts(out, text);
	}
	ad_buf_addc(out, ';');
}

static void format_hex(struct ad_buf *out, const struct ad_ace *ace)
{
	ad_buf_puts(out, "(#");
	ad_hex(out, ace->data, ace->data_len);
	ad_buf_addc(out, ')');
}

/* The text of a condition or a resource attribute; false: there is none. */
static bool format_text(struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain)
{
	if (ad_ace_is_callback(ace->type))
		return ad_condition_format(out, ace->data, ace->data_len, domain);
	return ace->type == AD_ACE_RESOURCE_ATTRIBUTE &&
	       ad_claim_format(out, ace->data, ace->data_len, domain);
}

/* Is text read as the bytes of this entry? */
static bool is_exact(const char *text, const struct ad_ace *ace, const struct ad_sid *domain)
{
	struct ad_scan s = { text, text, domain, NULL };
	struct ad_buf back = AD_BUF_INIT;
	bool same = ad_ace_is_callback(ace->type) ? ad_condition_scan(&s, &back)
						  : ad_claim_scan(&s, &back);

	same = same && !*s.at && back.len == ace->data_len &&
	       memcmp(back.data, ace->data, back.len) == 0;
	ad_buf_clear(&back);
	return same;
}

/* What stands behind the SID: as text where that is read as the same bytes. */
static void format_data(struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain)
{
	size_t start = out->len;

	if (format_text(out, ace, domain) && is_exact((const char *)out->data + start, ace, domain))
		return;
	out->len = start;
	format_hex(out, ace);
}

void ad_sddl_format_condition(
	struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain)
{
	if (!format_text(out, ace, domain))
		format_hex(out, ace);
}

void ad_sddl_format_ace(struct ad_buf *out, const struct ad_ace *ace, const struct ad_sid *domain)
{
	const char *type = ad_flag_name(ad_sddl_types, ace->type);
	uint32_t guids = ad_ace_is_object(ace->type) ? ace->object_flags : 0;

	ad_buf_addc(out, '(');
	if (type)
		ad_buf_puts(out, type);
	else
		ad_buf_printf(out, "0x%x", ace->type);
	ad_buf_addc(out, ';');
	letters(out, ad_sddl_flags, ace->flags);
	ad_buf_addc(out, ';');
	if (ace->type != AD_ACE_MANDATORY_LABEL || !letters(out, ad_sddl_label, ace->mask))
		ad_sddl_format_mask(out, ace->mask);
	ad_buf_addc(out, ';');
	format_guid(out, guids & AD_ACE_HAS_OBJECT, ace->object);
	format_guid(out, guids & AD_ACE_HAS_INHERITED_OBJECT, ace->inherited);
	ad_sddl_format_sid(out, &ace->sid, domain);
	if (ace->data_len) {
		ad_buf_addc(out, ';');
		format_data(out, ace, domain);
	}
	ad_buf_addc(out, ')');
}

static void format_acl(struct ad_buf *out, const struct ad_acl *acl, uint16_t prot, uint16_t req,
	uint16_t inherited, const struct ad_sid *domain)
{
	size_t i;

	ad_buf_puts(out, prot ? "P" : "");
	ad_buf_puts(out, req ? "AR" : "");
	ad_buf_puts(out, inherited ? "AI" : "");
	if (!acl)
		ad_buf_puts(out, "NO_ACCESS_CONTROL");
	for (i = 0; acl && i < acl->count; i++)
		ad_sddl_format_ace(out, &acl->ace[i], domain);
}

void ad_sddl_format(struct ad_buf *out, const struct ad_sd *sd, const struct ad_sid *domain)
{
	uint16_t c = sd->control;

	if (sd->owner.len) {
		ad_buf_puts(out, "O:");
		ad_sddl_format_sid(out, &sd->owner, domain);
	}
	if (sd->group.len) {
		ad_buf_puts(out, "G:");
		ad_sddl_format_sid(out, &sd->group, domain);
	}
	if (sd->dacl || c & AD_SD_DACL_PRESENT) {
		ad_buf_puts(out, "D:");
		format_acl(out, sd->dacl, c & AD_SD_DACL_PROTECTED, c & AD_SD_DACL_AUTO_INHERIT_REQ,
			c & AD_SD_DACL_AUTO_INHERITED, domain);
	}
	if (sd->sacl || c & AD_SD_SACL_PRESENT) {
		ad_buf_puts(out, "S:");
		format_acl(out, sd->sacl, c & AD_SD_SACL_PROTECTED, c & AD_SD_SACL_AUTO_INHERIT_REQ,
			c & AD_SD_SACL_AUTO_INHERITED, domain);
	}
}
