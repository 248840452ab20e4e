/* Is it the object that was asked for? See ldap_query.h. */
#include "net/ldap_query.h"

#include "base/text.h"
#include "codec/dn.h"
#include "codec/guid.h"
#include "codec/sid.h"

#include <string.h>
#include <strings.h>

/* AD finds "CN=Jose" by "CN=José", and the other way round. */
static bool is_ascii(const struct ad_buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] >= 0x80)
			return false;
	return true;
}

static bool same_rdn(const char *asked, const char *got)
{
	struct ad_buf a = AD_BUF_INIT, b = AD_BUF_INIT;
	bool same = ad_dn_rdn_value(&a, asked) && ad_dn_rdn_value(&b, got) &&
		    (!is_ascii(&a) || !is_ascii(&b) || ad_caseeq(ad_buf_text(&a), ad_buf_text(&b)));

	ad_buf_clear(&a);
	ad_buf_clear(&b);
	return same;
}

static bool same_dn(const char *asked, const char *got)
{
	if (ad_caseeq(asked, got) || ad_dn_equal(asked, got))
		return true;
	while (asked && got && same_rdn(asked, got)) {
		asked = ad_dn_parent(asked);
		got = ad_dn_parent(got);
	}
	return !asked && !got;
}

/* The text between "<GUID=" and ">". */
static bool inner(char out[200], const char *asked, const char *head)
{
	size_t n = strlen(head), len = strlen(asked);

	if (strncasecmp(asked, head, n) != 0 || len < n + 2 || len - n > 200)
		return false;
	memcpy(out, asked + n, len - n - 1);
	out[len - n - 1] = 0;
	return true;
}

/* An entry that does not have the attribute, or another form of the name, cannot be told. */
static bool same_number(const char *asked, const struct ad_entry *e)
{
	unsigned char guid[AD_GUID_SIZE];
	struct ad_sid want, have;
	struct ad_value v;
	char text[200];

	if (inner(text, asked, "<GUID=") && ad_guid_parse(guid, text, NULL) &&
		ad_entry_first(e, "objectGUID", &v))
		return v.len == sizeof guid && memcmp(v.data, guid, sizeof guid) == 0;
	if (inner(text, asked, "<SID=") && ad_sid_parse(&want, text, NULL) &&
		ad_entry_first(e, "objectSid", &v))
		return ad_sid_decode(&have, v.data, v.len, NULL) && ad_sid_equal(&want, &have);
	return true;
}

bool ad_query_asked(const char *asked, const struct ad_entry *e, struct ad_err *err)
{
	if (*asked == '<' ? same_number(asked, e) : same_dn(asked, ad_entry_dn(e)))
		return true;
	ad_err_set(err, AD_ERR_FAILED, "ldap", 0,
		"the server returned another object than the one requested: %s", ad_entry_dn(e));
	return ad_err_where(err, "search", asked);
}
