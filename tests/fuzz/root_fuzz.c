/* What a hostile server may say of itself: of a rootDSE that is accepted, every naming context is a
 * DN, and what ends up in journals and messages is a host's name. */
#include "base/text.h"
#include "codec/dn.h"
#include "fuzz.h"
#include "net/ldap_priv.h"

static void check_context(const char *dn)
{
	ensure(dn && *dn && ad_dn_valid(dn) && ad_utf8_valid(dn, strlen(dn)));
}

static void check_name(const char *name)
{
	ensure(*name && ad_utf8_valid(name, strlen(name)) && !strpbrk(name, "/\\ \t\n\r\"',:@"));
	for (const char *p = name; *p; p++)
		ensure((unsigned char)*p > 0x20 && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_ldap ld = { .info.host = ad_strdup("dc1") };
	const struct ad_ldap_info *i = &ld.info;
	struct ad_entry *e;
	struct ad_err err = { 0 };

	if (ad_entry_decode(&e, "", 0, data, size, &err)) {
		if (ad_ldap_take_root(&ld, e, &err)) {
			check_context(i->base);
			check_context(i->config_base);
			check_context(i->schema_base);
			check_context(i->root_base);
			check_name(i->domain);
		} else {
			ensure(err.kind == AD_ERR_CONNECT && *err.message);
		}
		if (i->dns_host)
			check_name(i->dns_host);
		ensure(i->domain_level >= 0 && i->forest_level >= 0);
		ad_entry_free(e);
	}
	ad_ldap_clear_info(&ld.info);
	return 0;
}
