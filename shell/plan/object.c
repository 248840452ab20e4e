/* Names of objects. See object.h. */
#include "plan/object.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/guid.h"

#include <string.h>

bool ad_object_sid(struct ad_sid *out, struct ad_entry *e)
{
	struct ad_value v;

	return ad_entry_first(e, "objectSid", &v) && ad_sid_decode(out, v.data, v.len, NULL);
}

char *ad_object_guid(struct ad_entry *e)
{
	char text[AD_GUID_TEXT];
	struct ad_value v;

	if (!ad_entry_first(e, "objectGUID", &v) || v.len != AD_GUID_SIZE)
		return NULL;
	ad_guid_format((const unsigned char *)v.data, text);
	return ad_strdup(text);
}

char *ad_object_label(struct ad_entry *e)
{
	char *name = ad_entry_text(e, "sAMAccountName");
	struct ad_buf rdn = AD_BUF_INIT;

	if (name)
		return name;
	if (!ad_dn_rdn_value(&rdn, ad_entry_dn(e)))
		ad_buf_puts(&rdn, ad_entry_dn(e));
	return ad_buf_steal(&rdn);
}

char *ad_object_class(struct ad_entry *e)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "objectClass", &v);

	return n ? ad_strndup(v[n - 1].data, v[n - 1].len) : ad_strdup("object");
}

bool ad_object_is(struct ad_entry *e, const char *object_class)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, "objectClass", &v);

	return n > 0 &&
	       ad_casecmp(v[n - 1].data, v[n - 1].len, object_class, strlen(object_class)) == 0;
}
