/* Who is a crowd. See crowd.h. */
#include "codec/crowd.h"
#include "base/buf.h"

#include <string.h>

#define HEADER 8 /* revision, count, authority */
#define SUBS 5

/* S-1-AUTHORITY and count sub-authorities */
static const struct {
	unsigned char authority, count;
	uint32_t sub[SUBS];
} fixed[] = {
	{ 1, 1, { 0 } }, /* Everyone */
	{ 2, 1, { 0 } }, /* Local */
	{ 2, 1, { 1 } }, /* Console Logon */
	{ 5, 1, { 1 } }, /* Dialup */
	{ 5, 1, { 2 } }, /* Network */
	{ 5, 1, { 3 } }, /* Batch */
	{ 5, 1, { 4 } }, /* Interactive */
	{ 5, 1, { 6 } }, /* Service */
	{ 5, 1, { 7 } }, /* Anonymous */
	{ 5, 1, { 11 } }, /* Authenticated Users */
	{ 5, 1, { 13 } }, /* Terminal Server User */
	{ 5, 1, { 14 } }, /* Remote Interactive Logon */
	{ 5, 1, { 15 } }, /* This Organization */
	{ 5, 1, { 17 } }, /* IUSR: anonymous users of a web server */
	{ 5, 1, { 113 } }, /* Local account */
	{ 5, 1, { 1000 } }, /* Other Organization */
	{ 5, 5,
		{ 21, 0, 0, 0,
			496 } }, /* Compounded Authentication: on machines that have claims */
	{ 5, 5, { 21, 0, 0, 0, 497 } }, /* Claims Valid */
	{ 5, 2, { 32, 545 } }, /* BUILTIN\Users */
	{ 5, 2, { 32, 546 } }, /* BUILTIN\Guests */
	{ 5, 2, { 32, 554 } }, /* BUILTIN\Pre-Windows 2000 Compatible Access */
	{ 5, 2, { 64, 10 } }, /* NTLM Authentication */
	{ 5, 2, { 64, 14 } }, /* SChannel Authentication */
	{ 5, 2, { 64, 21 } }, /* Digest Authentication */
	{ 5, 2, { 65, 1 } }, /* This Organization Certificate */
	{ 5, 2, { 80, 0 } }, /* All Services */
	{ 15, 2, { 2, 1 } }, /* All Application Packages */
	{ 15, 2, { 2, 2 } }, /* All Restricted Application Packages */
	{ 18, 1, { 1 } }, /* Authentication authority asserted identity */
	{ 18, 1, { 2 } }, /* Service asserted identity */
	{ 18, 1, { 3 } }, /* Fresh public key identity */
	{ 18, 1, { 4 } }, /* Key trust identity */
	{ 18, 1, { 5 } }, /* Multi-factor authentication */
	{ 18, 1, { 6 } }, /* Attested key property */
};

/* S-1-5-21 and three numbers of any domain before it */
static const uint32_t rids[] = { AD_RID_DOMAIN_USERS, AD_RID_DOMAIN_GUESTS,
	AD_RID_DOMAIN_COMPUTERS };

static bool has_authority(const struct ad_sid *sid, unsigned char authority)
{
	static const unsigned char zero[HEADER - 3];

	return sid->len >= HEADER && memcmp(sid->bytes + 2, zero, sizeof zero) == 0 &&
	       sid->bytes[HEADER - 1] == authority;
}

static uint32_t sub(const struct ad_sid *sid, size_t i)
{
	return ad_get_u32(sid->bytes + HEADER + 4 * i);
}

static bool is_fixed(const struct ad_sid *sid, size_t i)
{
	size_t k;

	if (sid->bytes[1] != fixed[i].count || !has_authority(sid, fixed[i].authority))
		return false;
	for (k = 0; k < fixed[i].count; k++)
		if (sub(sid, k) != fixed[i].sub[k])
			return false;
	return true;
}

static bool is_of_domain(const struct ad_sid *sid)
{
	uint32_t rid = ad_sid_rid(sid);
	size_t i;

	if (!has_authority(sid, 5) || sid->bytes[1] != 5 || sub(sid, 0) != 21)
		return false;
	for (i = 0; i < sizeof rids / sizeof *rids; i++)
		if (rid == rids[i])
			return true;
	return false;
}

bool ad_sid_is_crowd(const struct ad_sid *sid)
{
	size_t i;

	for (i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (is_fixed(sid, i))
			return true;
	return is_of_domain(sid);
}

const char *ad_crowd_name(const struct ad_sid *sid)
{
	const struct ad_sid_known *known;
	size_t i;

	if (!is_of_domain(sid))
		return ad_sid_is_crowd(sid) ? ad_sid_wellknown_name(sid) : NULL;
	for (i = 0; (known = ad_sid_known(i)); i++)
		if (!known->text && known->rid == ad_sid_rid(sid))
			return known->name;
	return NULL;
}
