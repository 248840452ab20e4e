/* Versions of the libraries. See version.h. */
#include "net/version.h"

#include <ldap.h>
#include <sasl/sasl.h>

static void add_openldap(struct ad_buf *out)
{
	LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };
	char *tls = NULL;
	int i, v;

	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) != LDAP_OPT_SUCCESS)
		return;
	v = info.ldapai_vendor_version; /* 20513: 2.5.13 */
	ad_buf_printf(
		out, "%s %d.%d.%d", info.ldapai_vendor_name, v / 10000, v / 100 % 100, v % 100);
	if (ldap_get_option(NULL, LDAP_OPT_X_TLS_PACKAGE, &tls) == LDAP_OPT_SUCCESS && tls)
		ad_buf_printf(out, ", TLS by %s", tls);
	ad_buf_addc(out, '\n');
	ldap_memfree(tls);
	ldap_memfree(info.ldapai_vendor_name);
	for (i = 0; info.ldapai_extensions && info.ldapai_extensions[i]; i++)
		ldap_memfree(info.ldapai_extensions[i]);
	ldap_memfree(info.ldapai_extensions);
}

void ad_version_libraries(struct ad_buf *out)
{
	int major, minor, step;

	add_openldap(out);
	sasl_version_info(NULL, NULL, &major, &minor, &step, NULL);
	ad_buf_printf(out, "Cyrus SASL %d.%d.%d\n", major, minor, step);
	ad_buf_printf(out, "MIT Kerberos %s (built with)\n", AD_KRB5_VERSION);
}
