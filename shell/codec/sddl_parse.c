/* Text to security descriptors. See sddl.h. */
#include "codec/sddl.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/claim.h"
#include "codec/condition.h"
#include "codec/sddl_names.h"

#include <stdlib.h>
#include <string.h>

/* Takes one word of the table and gives its bit. */
static bool take_name(struct ad_scan *s, const struct ad_flag *table, uint32_t *out)
{
	for (; table->name; table++)
		if (ad_scan_take(s, table->name)) {
			*out = table->bit;
			return true;
		}
	return false;
}

/* The value of a digit in this base, or -1. */
static int digit(char c, int base)
{
	int v = ad_hexdigit(c);

	return v < base ? v : -1;
}

/* A number of at most max: 0x hex, 0 octal, or decimal. */
static bool number(struct ad_scan *s, uint32_t max, uint32_t *out)
{
	int base = 10;
	uint64_t v = 0;

	if (s->at[0] == '0' && (s->at[1] | 32) == 'x') {
		base = 16;
		s->at += 2;
	} else if (s->at[0] == '0') {
		base = 8;
	}
	if (digit(*s->at, base) < 0)
		return ad_scan_fail(s, "a number is missing");
	for (; digit(*s->at, base) >= 0; s->at++) {
		v = v * (unsigned)base + (unsigned)digit(*s->at, base);
		if (v > max)
			return ad_scan_fail(s, "the number is too large");
	}
	*out = (uint32_t)v;
	return true;
}

static bool parse_mask(struct ad_scan *s, uint8_t type, uint32_t *out)
{
	uint32_t mask = 0, bits;

	if (*s->at >= '0' && *s->at <= '9')
		return number(s, UINT32_MAX, out);
	while (*s->at && *s->at != ';') {
		if (!(type == AD_ACE_MANDATORY_LABEL && take_name(s, ad_sddl_label, &bits)) &&
			!take_name(s, ad_sddl_rights, &bits) && !take_name(s, ad_sddl_masks, &bits))
			return ad_scan_fail(s, "unknown right");
		mask |= bits;
	}
	*out = mask;
	return true;
}

static bool parse_type(struct ad_scan *s, uint8_t *out)
{
	const struct ad_flag *t;
	uint32_t v;

	if (*s->at >= '0' && *s->at <= '9') {
		if (!number(s, UINT8_MAX, &v))
			return false;
		*out = (uint8_t)v;
		return true;
	}
	for (t = ad_sddl_types; t->name; t++) {
		size_t n = strlen(t->name);

		if (strcspn(s->at, ";") == n && ad_scan_take(s, t->name)) {
			*out = (uint8_t)t->bit;
			return true;
		}
	}
	return ad_scan_fail(s, "unknown type of entry");
}

static bool parse_flags(struct ad_scan *s, uint8_t *out)
{
	uint32_t bits;

	for (*out = 0; *s->at && *s->at != ';'; *out |= (uint8_t)bits)
		if (!take_name(s, ad_sddl_flags, &bits))
			return ad_scan_fail(s, "unknown flag of an entry");
	return true;
}

/* A GUID or nothing, up to the semicolon. */
static bool parse_guid(struct ad_scan *s, struct ad_ace *ace, uint32_t flag, unsigned char *out)
{
	size_t n = strcspn(s->at, ";)");
	char *text;
	bool ok;

	if (n == 0)
		return true;
	if (!ad_ace_is_object(ace->type))
		return ad_scan_fail(s, "a GUID in an entry that is not an object entry");
	text = ad_strndup(s->at, n);
	ok = ad_guid_parse(out, text, NULL);
	free(text);
	if (!ok)
		return ad_scan_fail(s, "not a GUID");
	ace->object_flags |= flag;
	s->at += n;
	return true;
}

/* "(#hex)": the bytes as they are. */
static bool parse_hex(struct ad_scan *s, struct ad_buf *data)
{
	for (s->at += 2; ad_hexdigit(s->at[0]) >= 0; s->at += 2) {
		if (ad_hexdigit(s->at[1]) < 0)
			return ad_scan_fail(s, "half a byte");
		ad_buf_addc(
			data, (unsigned char)(ad_hexdigit(s->at[0]) << 4 | ad_hexdigit(s->at[1])));
	}
	return ad_scan_expect(s, ')', "')' is missing");
}

/* What stands behind the SID. */
static bool parse_data(struct ad_scan *s, uint8_t type, struct ad_buf *data)
{
	ad_scan_blanks(s);
	if (s->at[0] == '(' && s->at[1] == '#')
		return parse_hex(s, data);
	if (ad_ace_is_callback(type))
		return ad_condition_scan(s, data);
	if (type == AD_ACE_RESOURCE_ATTRIBUTE)
		return ad_claim_scan(s, data);
	return ad_scan_fail(s, "only (#hex) is valid here, because the entry has no condition");
}

/* The fields between the flags and the data. */
static bool parse_body(struct ad_scan *s, struct ad_ace *ace)
{
	bool known = ad_ace_is_known(ace->type);

	if (!known && strspn(s->at, ";") < 3)
		return ad_scan_fail(s, "an entry of unknown type can only have flags and data");
	if (!parse_mask(s, ace->type, &ace->mask) || !ad_scan_expect(s, ';', "';' is missing") ||
		!parse_guid(s, ace, AD_ACE_HAS_OBJECT, ace->object) ||
		!ad_scan_expect(s, ';', "';' is missing") ||
		!parse_guid(s, ace, AD_ACE_HAS_INHERITED_OBJECT, ace->inherited) ||
		!ad_scan_expect(s, ';', "';' is missing"))
		return false;
	return !known || ad_scan_sid(s, &ace->sid);
}

static bool parse_ace(struct ad_scan *s, struct ad_acl *acl)
{
	struct ad_buf data = AD_BUF_INIT;
	struct ad_ace ace = { 0 };
	bool ok = ad_scan_expect(s, '(', "'(' is missing") && parse_type(s, &ace.type) &&
		  ad_scan_expect(s, ';', "';' is missing") && parse_flags(s, &ace.flags) &&
		  ad_scan_expect(s, ';', "';' is missing") && parse_body(s, &ace);

	if (ok && *s->at == ';') {
		s->at++;
		ok = parse_data(s, ace.type, &data);
		ad_scan_blanks(s);
	}
	ok = ok && ad_scan_expect(s, ')', "')' is missing");
	if (ok) {
		ace.data = data.data;
		ace.data_len = data.len;
		ad_acl_append(acl, &ace);
	}
	ad_buf_clear(&data);
	return ok;
}

/* What follows "D:" or "S:"; *control gets the present, P, AR and AI bits of a DACL. */
static bool parse_acl(struct ad_scan *s, struct ad_acl **out, uint32_t *control)
{
	bool none = false;

	*control = AD_SD_DACL_PRESENT;
	while (*s->at && !none) {
		if (ad_scan_take(s, "P"))
			*control |= AD_SD_DACL_PROTECTED;
		else if (ad_scan_take(s, "AR"))
			*control |= AD_SD_DACL_AUTO_INHERIT_REQ;
		else if (ad_scan_take(s, "AI"))
			*control |= AD_SD_DACL_AUTO_INHERITED;
		else if (!(none = ad_scan_take(s, "NO_ACCESS_CONTROL")))
			break;
	}
	if (none)
		return true;
	*out = ad_acl_new();
	for (ad_scan_blanks(s); *s->at == '('; ad_scan_blanks(s))
		if (!parse_ace(s, *out))
			return false;
	return true;
}

/* One "O:", "G:", "D:" or "S:" part. */
static bool parse_part(struct ad_scan *s, struct ad_sd *sd)
{
	uint32_t control;

	if (!sd->owner.len && ad_scan_take(s, "O:"))
		return ad_scan_sid(s, &sd->owner);
	if (!sd->group.len && ad_scan_take(s, "G:"))
		return ad_scan_sid(s, &sd->group);
	if (!(sd->control & AD_SD_DACL_PRESENT) && ad_scan_take(s, "D:")) {
		if (!parse_acl(s, &sd->dacl, &control))
			return false;
		sd->control |= (uint16_t)control;
		return true;
	}
	if (!(sd->control & AD_SD_SACL_PRESENT) && ad_scan_take(s, "S:")) {
		if (!parse_acl(s, &sd->sacl, &control))
			return false;
		/* each bit for the SACL is the next one, but "present" is two further */
		sd->control |=
			(uint16_t)(AD_SD_SACL_PRESENT | (control & ~AD_SD_DACL_PRESENT) << 1);
		return true;
	}
	return ad_scan_fail(s, "O:, G:, D: or S: is missing or repeated");
}

bool ad_sddl_parse(
	struct ad_sd **out, const char *text, const struct ad_sid *domain, struct ad_err *err)
{
	struct ad_scan s = { text, text, domain, err };
	struct ad_sd *sd = ad_sd_new();

	for (ad_scan_blanks(&s); *s.at; ad_scan_blanks(&s))
		if (!parse_part(&s, sd)) {
			ad_sd_free(sd);
			return false;
		}
	*out = sd;
	return true;
}

bool ad_sddl_parse_mask(uint32_t *out, const char *text, struct ad_err *err)
{
	struct ad_scan s = { text, text, NULL, err };
	uint32_t mask;

	if (!*text || !parse_mask(&s, AD_ACE_ALLOW, &mask))
		return *text ? false : ad_scan_fail(&s, "unknown right");
	if (*s.at)
		return ad_scan_fail(&s, "unknown right");
	*out = mask;
	return true;
}
