/* The fields of a change. See fields.h. */
#include "plan/fields.h"
#include "codec/uac.h"
#include "plan/list.h"

#include <string.h>

static void put(struct ad_buf *out, const char *text)
{
	if (text)
		ad_buf_puts(out, text);
}

static void kind(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->kind->name);
}

static void dn(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->dn);
}

static void guid(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->guid);
}

static void sid(const struct ad_change *c, struct ad_buf *out)
{
	char text[AD_SID_TEXT];

	ad_sid_format(&c->sid, text);
	put(out, text);
}

static void label(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->label);
}

static void domain(const struct ad_change *c, struct ad_buf *out)
{
	put(out, ad_ldap_info(c->ld)->domain);
}

static void server(const struct ad_change *c, struct ad_buf *out)
{
	put(out, ad_ldap_info(c->ld)->host);
}

static void principal(const struct ad_change *c, struct ad_buf *out)
{
	put(out, ad_ldap_info(c->ld)->principal);
}

static void state(const struct ad_change *c, struct ad_buf *out)
{
	put(out, ad_change_state_name(c->state));
}

static void why(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->verdict.widens ? c->verdict.widens : c->verdict.touches);
}

static void touches(const struct ad_change *c, struct ad_buf *out)
{
	put(out, c->verdict.touches);
}

/* How a source may delegate after the change; nothing where that is not known. */
static void mode(const struct ad_change *c, struct ad_buf *out)
{
	const struct ad_edit *bits = ad_change_find(c, "userAccountControl");
	uint32_t uac = c->uac;

	if (!ad_change_find(c, "msDS-AllowedToDelegateTo") ||
		(bits && !ad_list_number(&uac, &bits->after)))
		return;
	if (uac)
		put(out, uac & AD_UAC_TRUSTED_FOR_DELEGATION           ? "unconstrained"
			 : uac & AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION ? "any"
								       : "kerberos");
}

/* mode, state, why and touches are never read from a file: the gate finds them out. */
static const struct ad_field fields[] = {
	{ "kind", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA, kind },
	{ "dn", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA | AD_FIELD_NEEDED, dn },
	{ "guid", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA, guid },
	{ "sid", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA, sid },
	{ "label", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA | AD_FIELD_NEEDED, label },
	{ "domain", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA | AD_FIELD_NEEDED, domain },
	{ "server", AD_FIELD_JOURNAL | AD_FIELD_FILE | AD_FIELD_LUA, server },
	{ "principal", AD_FIELD_JOURNAL, principal },
	{ "mode", AD_FIELD_LUA, mode },
	{ "state", AD_FIELD_LUA, state },
	{ "why", AD_FIELD_LUA, why },
	{ "touches", AD_FIELD_LUA, touches },
};

const struct ad_field *ad_field(size_t i)
{
	return i < sizeof fields / sizeof *fields ? &fields[i] : NULL;
}
