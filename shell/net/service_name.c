/* Names of services, as they were meant. See service_name.h. */
#include "net/service_name.h"
#include "net/krb5.h"

#include <dlfcn.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

typedef OM_uint32 import_name(OM_uint32 *, gss_buffer_t, gss_OID, gss_name_t *);

static const char *meant; /* what SASL has to ask for; only one thread binds */
static bool taken;

static OM_uint32 import(OM_uint32 *minor, gss_buffer_t text, gss_OID type, gss_name_t *out)
{
	static import_name *real;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "gss_import_name");
	if (real)
		return real(minor, text, type, out);
	*minor = 0;
	return GSS_S_UNAVAILABLE;
}

static OM_uint32 import_principal(OM_uint32 *minor, const char *principal, gss_name_t *out)
{
	gss_buffer_desc text = { strlen(principal), (void *)principal };

	return import(minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, out);
}

/* Goes before the one of the library: SASL's plug-in has no other way to be told a principal. */
OM_uint32 gss_import_name(OM_uint32 *minor, gss_buffer_t text, gss_OID type, gss_name_t *out)
{
	if (!meant || !type || !gss_oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE))
		return import(minor, text, type, out);
	taken = true;
	return import_principal(minor, meant, out);
}

bool ad_service_name_import(gss_name_t *out, const char *principal, struct ad_err *err)
{
	OM_uint32 minor, major = import_principal(&minor, principal, out);

	return !GSS_ERROR(major) || ad_krb5_gss_err(err, major, minor, "log in");
}

void ad_service_name_begin(const char *principal)
{
	meant = principal;
	taken = false;
}

bool ad_service_name_end(void)
{
	meant = NULL;
	return taken;
}
