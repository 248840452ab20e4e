/* Security identifiers. See sid.h. */
#include "codec/sid.h"
#include "base/buf.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEADER 8 /* revision, count, six bytes of authority (big-endian) */
#define SUBS_MAX 15

/* MS-DTYP 2.4.2.4 and 2.5.1.1 */
static const struct ad_sid_known known[] = {
	{ NULL, "S-1-0-0", 0, "NULL SID" },
	{ "WD", "S-1-1-0", 0, "Everyone" },
	{ NULL, "S-1-2-0", 0, "LOCAL" },
	{ NULL, "S-1-2-1", 0, "CONSOLE LOGON" },
	{ "CO", "S-1-3-0", 0, "CREATOR OWNER" },
	{ "CG", "S-1-3-1", 0, "CREATOR GROUP" },
	{ NULL, "S-1-3-2", 0, "CREATOR OWNER SERVER" },
	{ NULL, "S-1-3-3", 0, "CREATOR GROUP SERVER" },
	{ "OW", "S-1-3-4", 0, "OWNER RIGHTS" },
	{ NULL, "S-1-5-1", 0, "NT AUTHORITY\\DIALUP" },
	{ "NU", "S-1-5-2", 0, "NT AUTHORITY\\NETWORK" },
	{ NULL, "S-1-5-3", 0, "NT AUTHORITY\\BATCH" },
	{ "IU", "S-1-5-4", 0, "NT AUTHORITY\\INTERACTIVE" },
	{ "SU", "S-1-5-6", 0, "NT AUTHORITY\\SERVICE" },
	{ "AN", "S-1-5-7", 0, "NT AUTHORITY\\ANONYMOUS LOGON" },
	{ NULL, "S-1-5-8", 0, "NT AUTHORITY\\PROXY" },
	{ "ED", "S-1-5-9", 0, "NT AUTHORITY\\ENTERPRISE DOMAIN CONTROLLERS" },
	{ "PS", "S-1-5-10", 0, "NT AUTHORITY\\SELF" },
	{ "AU", "S-1-5-11", 0, "NT AUTHORITY\\Authenticated Users" },
	{ "RC", "S-1-5-12", 0, "NT AUTHORITY\\RESTRICTED" },
	{ NULL, "S-1-5-13", 0, "NT AUTHORITY\\TERMINAL SERVER USER" },
	{ NULL, "S-1-5-14", 0, "NT AUTHORITY\\REMOTE INTERACTIVE LOGON" },
	{ NULL, "S-1-5-15", 0, "NT AUTHORITY\\This Organization" },
	{ NULL, "S-1-5-17", 0, "NT AUTHORITY\\IUSR" },
	{ "SY", "S-1-5-18", 0, "NT AUTHORITY\\SYSTEM" },
	{ "LS", "S-1-5-19", 0, "NT AUTHORITY\\LOCAL SERVICE" },
	{ "NS", "S-1-5-20", 0, "NT AUTHORITY\\NETWORK SERVICE" },
	{ "WR", "S-1-5-33", 0, "NT AUTHORITY\\WRITE RESTRICTED" },
	{ NULL, "S-1-5-64-10", 0, "NT AUTHORITY\\NTLM Authentication" },
	{ NULL, "S-1-5-64-14", 0, "NT AUTHORITY\\SChannel Authentication" },
	{ NULL, "S-1-5-64-21", 0, "NT AUTHORITY\\Digest Authentication" },
	{ NULL, "S-1-5-65-1", 0, "NT AUTHORITY\\This Organization Certificate" },
	{ NULL, "S-1-5-1000", 0, "NT AUTHORITY\\Other Organization" },
	{ NULL, "S-1-5-113", 0, "NT AUTHORITY\\Local account" },
	{ NULL, "S-1-5-114", 0, "NT AUTHORITY\\Local account and member of Administrators group" },
	{ NULL, "S-1-5-21-0-0-0-496", 0, "COMPOUNDED AUTHENTICATION" },
	{ NULL, "S-1-5-21-0-0-0-497", 0, "CLAIMS VALID" },
	{ NULL, "S-1-5-80-0", 0, "NT SERVICE\\ALL SERVICES" },
	{ NULL, "S-1-5-83-0", 0, "NT VIRTUAL MACHINE\\Virtual Machines" },
	{ "UD", "S-1-5-84-0-0-0-0-0", 0, "USER MODE DRIVERS" },
	{ "BA", "S-1-5-32-544", 0, "BUILTIN\\Administrators" },
	{ "BU", "S-1-5-32-545", 0, "BUILTIN\\Users" },
	{ "BG", "S-1-5-32-546", 0, "BUILTIN\\Guests" },
	{ "PU", "S-1-5-32-547", 0, "BUILTIN\\Power Users" },
	{ "AO", "S-1-5-32-548", 0, "BUILTIN\\Account Operators" },
	{ "SO", "S-1-5-32-549", 0, "BUILTIN\\Server Operators" },
	{ "PO", "S-1-5-32-550", 0, "BUILTIN\\Print Operators" },
	{ "BO", "S-1-5-32-551", 0, "BUILTIN\\Backup Operators" },
	{ "RE", "S-1-5-32-552", 0, "BUILTIN\\Replicator" },
	{ "RU", "S-1-5-32-554", 0, "BUILTIN\\Pre-Windows 2000 Compatible Access" },
	{ "RD", "S-1-5-32-555", 0, "BUILTIN\\Remote Desktop Users" },
	{ "NO", "S-1-5-32-556", 0, "BUILTIN\\Network Configuration Operators" },
	{ NULL, "S-1-5-32-557", 0, "BUILTIN\\Incoming Forest Trust Builders" },
	{ "MU", "S-1-5-32-558", 0, "BUILTIN\\Performance Monitor Users" },
	{ "LU", "S-1-5-32-559", 0, "BUILTIN\\Performance Log Users" },
	{ NULL, "S-1-5-32-560", 0, "BUILTIN\\Windows Authorization Access Group" },
	{ NULL, "S-1-5-32-561", 0, "BUILTIN\\Terminal Server License Servers" },
	{ NULL, "S-1-5-32-562", 0, "BUILTIN\\Distributed COM Users" },
	{ "IS", "S-1-5-32-568", 0, "BUILTIN\\IIS_IUSRS" },
	{ "CY", "S-1-5-32-569", 0, "BUILTIN\\Cryptographic Operators" },
	{ "ER", "S-1-5-32-573", 0, "BUILTIN\\Event Log Readers" },
	{ "CD", "S-1-5-32-574", 0, "BUILTIN\\Certificate Service DCOM Access" },
	{ "RA", "S-1-5-32-575", 0, "BUILTIN\\RDS Remote Access Servers" },
	{ "ES", "S-1-5-32-576", 0, "BUILTIN\\RDS Endpoint Servers" },
	{ "MS", "S-1-5-32-577", 0, "BUILTIN\\RDS Management Servers" },
	{ "HA", "S-1-5-32-578", 0, "BUILTIN\\Hyper-V Administrators" },
	{ "AA", "S-1-5-32-579", 0, "BUILTIN\\Access Control Assistance Operators" },
	{ "RM", "S-1-5-32-580", 0, "BUILTIN\\Remote Management Users" },
	{ "AC", "S-1-15-2-1", 0, "APPLICATION PACKAGE AUTHORITY\\ALL APPLICATION PACKAGES" },
	{ NULL, "S-1-15-2-2", 0,
		"APPLICATION PACKAGE AUTHORITY\\ALL RESTRICTED APPLICATION PACKAGES" },
	{ NULL, "S-1-16-0", 0, "Mandatory Label\\Untrusted Mandatory Level" },
	{ "LW", "S-1-16-4096", 0, "Mandatory Label\\Low Mandatory Level" },
	{ "ME", "S-1-16-8192", 0, "Mandatory Label\\Medium Mandatory Level" },
	{ "MP", "S-1-16-8448", 0, "Mandatory Label\\Medium Plus Mandatory Level" },
	{ "HI", "S-1-16-12288", 0, "Mandatory Label\\High Mandatory Level" },
	{ "SI", "S-1-16-16384", 0, "Mandatory Label\\System Mandatory Level" },
	{ "AS", "S-1-18-1", 0, "Authentication authority asserted identity" },
	{ "SS", "S-1-18-2", 0, "Service asserted identity" },
	{ NULL, "S-1-18-3", 0, "Fresh public key identity" },
	{ NULL, "S-1-18-4", 0, "Key trust identity" },
	{ NULL, "S-1-18-5", 0, "Key property multi-factor authentication" },
	{ NULL, "S-1-18-6", 0, "Key property attestation" },
	{ "RO", NULL, AD_RID_ENTERPRISE_READ_ONLY_DOMAIN_CONTROLLERS,
		"Enterprise Read-only Domain Controllers" },
	{ "LA", NULL, AD_RID_ADMINISTRATOR, "Administrator" },
	{ "LG", NULL, AD_RID_GUEST, "Guest" },
	{ NULL, NULL, AD_RID_KRBTGT, "krbtgt" },
	{ "DA", NULL, AD_RID_DOMAIN_ADMINS, "Domain Admins" },
	{ "DU", NULL, AD_RID_DOMAIN_USERS, "Domain Users" },
	{ "DG", NULL, AD_RID_DOMAIN_GUESTS, "Domain Guests" },
	{ "DC", NULL, AD_RID_DOMAIN_COMPUTERS, "Domain Computers" },
	{ "DD", NULL, AD_RID_DOMAIN_CONTROLLERS, "Domain Controllers" },
	{ "CA", NULL, AD_RID_CERT_PUBLISHERS, "Cert Publishers" },
	{ "SA", NULL, AD_RID_SCHEMA_ADMINS, "Schema Admins" },
	{ "EA", NULL, AD_RID_ENTERPRISE_ADMINS, "Enterprise Admins" },
	{ "PA", NULL, AD_RID_GROUP_POLICY_CREATOR_OWNERS, "Group Policy Creator Owners" },
	{ NULL, NULL, AD_RID_READ_ONLY_DOMAIN_CONTROLLERS, "Read-only Domain Controllers" },
	{ "CN", NULL, AD_RID_CLONEABLE_DOMAIN_CONTROLLERS, "Cloneable Domain Controllers" },
	{ "AP", NULL, AD_RID_PROTECTED_USERS, "Protected Users" },
	{ "KA", NULL, AD_RID_KEY_ADMINS, "Key Admins" },
	{ "EK", NULL, AD_RID_ENTERPRISE_KEY_ADMINS, "Enterprise Key Admins" },
	{ "RS", NULL, AD_RID_RAS_SERVERS, "RAS and IAS Servers" },
};

static uint64_t authority(const struct ad_sid *sid)
{
	uint64_t v = 0;
	int i;

	for (i = 2; i < HEADER; i++)
		v = v << 8 | sid->bytes[i];
	return v;
}

static void start(struct ad_sid *sid, uint64_t auth)
{
	int i;

	memset(sid, 0, sizeof(*sid));
	sid->bytes[0] = 1;
	for (i = HEADER - 1; i >= 2; i--, auth >>= 8)
		sid->bytes[i] = auth & 0xff;
	sid->len = HEADER;
}

static bool append(struct ad_sid *sid, uint32_t sub)
{
	unsigned char *p = sid->bytes + sid->len;

	if (sid->bytes[1] == SUBS_MAX)
		return false;
	p[0] = sub & 0xff;
	p[1] = sub >> 8 & 0xff;
	p[2] = sub >> 16 & 0xff;
	p[3] = sub >> 24;
	sid->bytes[1]++;
	sid->len += 4;
	return true;
}

/* Digits at *s up to max in value; *s moves behind them. False without a digit or when the
 * number is too large. Hex reads at most twelve digits: in SDDL a "D:" may follow. */
static bool number(const char **s, bool hex, uint64_t max, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	for (;; p++) {
		int d = ad_hexdigit(*p);

		if (d < 0 || d >= (hex ? 16 : 10) || (hex && p - *s == 12))
			break;
		v = v * (hex ? 16 : 10) + (unsigned)d;
		if (v > max)
			return false;
	}
	if (p == *s)
		return false;
	*s = p;
	*out = v;
	return true;
}

size_t ad_sid_length(const void *p, size_t n)
{
	const unsigned char *b = p;
	size_t len;

	if (n < HEADER || b[0] != 1 || b[1] > SUBS_MAX)
		return 0;
	len = HEADER + 4u * b[1];
	return len <= n ? len : 0;
}

bool ad_sid_decode(struct ad_sid *out, const void *p, size_t n, struct ad_err *err)
{
	size_t len = ad_sid_length(p, n);

	if (len == 0 || len != n)
		return ad_err_set(
			err, AD_ERR_FAILED, "data", 0, "these %zu bytes are not a SID", n);
	memset(out, 0, sizeof(*out));
	memcpy(out->bytes, p, len);
	out->len = (unsigned char)len;
	return true;
}

size_t ad_sid_scan(struct ad_sid *out, const char *text)
{
	const char *s = text;
	struct ad_sid sid;
	uint64_t v;
	bool hex;

	if ((s[0] != 'S' && s[0] != 's') || strncmp(s + 1, "-1-", 3) != 0)
		return 0;
	s += 4;
	hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	if (hex)
		s += 2;
	if (!number(&s, hex, 0xffffffffffff, &v))
		return 0;
	start(&sid, v);
	while (*s == '-') {
		s++;
		if (!number(&s, false, UINT32_MAX, &v) || !append(&sid, (uint32_t)v))
			return 0;
	}
	*out = sid;
	return (size_t)(s - text);
}

bool ad_sid_parse(struct ad_sid *out, const char *text, struct ad_err *err)
{
	struct ad_sid sid;
	size_t n = ad_sid_scan(&sid, text);

	if (n == 0 || text[n])
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "'%s' is not a SID", text);
	*out = sid;
	return true;
}

void ad_sid_format(const struct ad_sid *sid, char out[AD_SID_TEXT])
{
	uint64_t auth = authority(sid);
	size_t i;
	int n;

	*out = 0;
	if (sid->len < HEADER)
		return;
	n = snprintf(out, AD_SID_TEXT, auth >> 32 ? "S-1-0x%012" PRIx64 : "S-1-%" PRIu64, auth);
	for (i = HEADER; i + 4 <= sid->len; i += 4)
		n += snprintf(
			out + n, AD_SID_TEXT - (size_t)n, "-%" PRIu32, ad_get_u32(sid->bytes + i));
}

bool ad_sid_equal(const struct ad_sid *a, const struct ad_sid *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

uint32_t ad_sid_rid(const struct ad_sid *sid)
{
	return sid->len > HEADER ? ad_get_u32(sid->bytes + sid->len - 4) : 0;
}

bool ad_sid_domain(struct ad_sid *out, const struct ad_sid *sid)
{
	struct ad_sid d = *sid;

	if (d.len <= HEADER)
		return false;
	d.len -= 4;
	d.bytes[1]--;
	memset(d.bytes + d.len, 0, 4);
	*out = d;
	return true;
}

bool ad_sid_make(struct ad_sid *out, const struct ad_sid *domain, uint32_t rid)
{
	struct ad_sid sid = *domain;

	if (sid.len < HEADER || !append(&sid, rid))
		return false;
	*out = sid;
	return true;
}

const struct ad_sid_known *ad_sid_known(size_t i)
{
	return i < sizeof(known) / sizeof(*known) ? &known[i] : NULL;
}

const char *ad_sid_wellknown_name(const struct ad_sid *sid)
{
	char text[AD_SID_TEXT];
	size_t i;

	ad_sid_format(sid, text);
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].text && strcmp(known[i].text, text) == 0)
			return known[i].name;
	return NULL;
}

bool ad_sid_wellknown(struct ad_sid *out, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const char *tail = strchr(known[i].name, '\\');

		if (!known[i].text)
			continue;
		if (ad_caseeq(known[i].name, name) || (tail && ad_caseeq(tail + 1, name)))
			return ad_sid_scan(out, known[i].text) > 0;
	}
	return false;
}
