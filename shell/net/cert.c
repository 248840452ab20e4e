/* Reading certificates. See cert.h. */
#include "net/cert.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_UTC_TIME = 0x17,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_DNS = 0x82, /* dNSName in GeneralName */
	TAG_ADDRESS = 0x87,
	TAG_VERSION = 0xa0,
	TAG_EXTENSIONS = 0xa3
};

struct der {
	const unsigned char *p, *end;
};

/* Takes one element off d; its contents into *v. */
static bool take(struct der *d, unsigned *tag, struct der *v)
{
	const unsigned char *p = d->p;
	size_t len, digits;

	if (d->end - p < 2)
		return false;
	*tag = *p++;
	len = *p++;
	if (len & 0x80) {
		digits = len & 0x7f;
		if (digits == 0 || digits > 4 || (size_t)(d->end - p) < digits)
			return false;
		for (len = 0; digits; digits--)
			len = len << 8 | *p++;
	}
	if ((size_t)(d->end - p) < len)
		return false;
	v->p = p;
	v->end = d->p = p + len;
	return true;
}

static bool take_tag(struct der *d, unsigned tag, struct der *v)
{
	unsigned t;

	return take(d, &t, v) && t == tag;
}

static void add_name(struct ad_cert *c, const void *s, size_t n)
{
	size_t used = strlen(c->names);

	snprintf(c->names + used, sizeof c->names - used, "%s%.*s", used ? ", " : "", (int)n,
		(const char *)s);
}

static const char *attribute_name(const struct der *oid)
{
	static const struct {
		const char *name, *oid;
		size_t n;
	} known[] = {
		{ "CN=", "\x55\x04\x03", 3 },
		{ "OU=", "\x55\x04\x0b", 3 },
		{ "O=", "\x55\x04\x0a", 3 },
		{ "C=", "\x55\x04\x06", 3 },
		{ "DC=", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10 },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if ((size_t)(oid->end - oid->p) == known[i].n &&
			memcmp(oid->p, known[i].oid, known[i].n) == 0)
			return known[i].name;
	return NULL;
}

/* The parts that people look at, the most special one first, as LDAP writes names. */
static bool decode_name(char *out, size_t size, struct der rdns)
{
	char rest[256];
	struct der set, pair, oid, value;
	const char *name;
	unsigned tag;

	*out = 0;
	while (rdns.p < rdns.end) {
		if (!take_tag(&rdns, TAG_SET, &set) || !take_tag(&set, TAG_SEQUENCE, &pair) ||
			!take_tag(&pair, TAG_OID, &oid) || !take(&pair, &tag, &value))
			return false;
		name = attribute_name(&oid);
		if (!name)
			continue;
		snprintf(rest, sizeof rest, "%s", out);
		if (snprintf(out, size, "%s%.*s%s%s", name, (int)(value.end - value.p),
			    (const char *)value.p, *rest ? "," : "", rest) < 0)
			return false;
	}
	return true;
}

/* UTCTime ("261122080000Z", up to 2049) or GeneralizedTime. */
static bool decode_time(char out[16], struct der *d)
{
	struct der v;
	unsigned tag;
	int n;

	if (!take(d, &tag, &v))
		return false;
	n = (int)(v.end - v.p);
	if (tag == TAG_UTC_TIME && n == 13)
		snprintf(out, 16, "%s%.13s", *v.p < '5' ? "20" : "19", (const char *)v.p);
	else if (n == 15)
		snprintf(out, 16, "%.15s", (const char *)v.p);
	else
		return false;
	return true;
}

static void add_alternative(struct ad_cert *c, unsigned tag, const struct der *v)
{
	size_t n = (size_t)(v->end - v->p);
	char text[INET6_ADDRSTRLEN];

	if (tag == TAG_DNS)
		add_name(c, v->p, n);
	else if (tag == TAG_ADDRESS && (n == 4 || n == 16) &&
		 inet_ntop(n == 4 ? AF_INET : AF_INET6, v->p, text, sizeof text))
		add_name(c, text, strlen(text));
}

/* subjectAltName, 2.5.29.17. */
static void decode_extensions(struct ad_cert *c, struct der outer)
{
	struct der list, ext, oid, v, names, name;
	unsigned tag;

	if (!take_tag(&outer, TAG_SEQUENCE, &list))
		return;
	while (take_tag(&list, TAG_SEQUENCE, &ext)) {
		if (!take_tag(&ext, TAG_OID, &oid) || oid.end - oid.p != 3 ||
			memcmp(oid.p, "\x55\x1d\x11", 3) != 0)
			continue;
		while (take(&ext, &tag, &v))
			if (tag == TAG_OCTETS && take_tag(&v, TAG_SEQUENCE, &names))
				while (take(&names, &tag, &name))
					add_alternative(c, tag, &name);
	}
}

bool ad_cert_decode(struct ad_cert *out, const unsigned char *der, size_t n)
{
	struct der all = { der, der + n }, cert, tbs, v, validity, subject, issuer;
	struct ad_cert c = { 0 };
	unsigned tag;

	if (!take_tag(&all, TAG_SEQUENCE, &cert) || !take_tag(&cert, TAG_SEQUENCE, &tbs) ||
		!take(&tbs, &tag, &v))
		return false;
	if (tag == TAG_VERSION && !take(&tbs, &tag, &v)) /* serial number */
		return false;
	if (!take_tag(&tbs, TAG_SEQUENCE, &v) || !take_tag(&tbs, TAG_SEQUENCE, &issuer) ||
		!take_tag(&tbs, TAG_SEQUENCE, &validity) ||
		!take_tag(&tbs, TAG_SEQUENCE, &subject) || !decode_time(c.not_before, &validity) ||
		!decode_time(c.not_after, &validity) ||
		!decode_name(c.issuer, sizeof c.issuer, issuer) ||
		!decode_name(c.subject, sizeof c.subject, subject))
		return false;
	while (take(&tbs, &tag, &v))
		if (tag == TAG_EXTENSIONS)
			decode_extensions(&c, v);
	if (!*c.names && strncmp(c.subject, "CN=", 3) == 0)
		add_name(&c, c.subject + 3, strcspn(c.subject + 3, ","));
	*out = c;
	return true;
}

static bool covers(const char *name, size_t n, const char *host)
{
	const char *dot = strchr(host, '.');

	if (n > 2 && name[0] == '*' && name[1] == '.')
		return dot && ad_casecmp(name + 1, n - 1, dot, strlen(dot)) == 0;
	return ad_casecmp(name, n, host, strlen(host)) == 0;
}

bool ad_cert_covers(const struct ad_cert *c, const char *host)
{
	const char *p = c->names;

	while (*p) {
		size_t n = strcspn(p, ",");

		if (covers(p, n, host))
			return true;
		p += n;
		p += strspn(p, ", ");
	}
	return false;
}
