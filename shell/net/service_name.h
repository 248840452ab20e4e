/*
 * What a service is called towards GSSAPI. A name of the kind "cifs@fs1" it would take to the DNS
 * by the defaults of krb5.conf: for the canonical name of the host, and for the name of its
 * address. Then it would be the DNS, which nobody authenticates, that decides whose ticket a
 * machine gets. So it is given whole principals, those of the tickets that were fetched.
 */
#ifndef AD_SERVICE_NAME_H
#define AD_SERVICE_NAME_H

#include "base/err.h"

#include <gssapi/gssapi.h>

/* principal: "cifs/fs1.alpha.test@ALPHA.TEST". */
bool ad_service_name_import(gss_name_t *out, const char *principal, struct ad_err *err);

/* SASL makes such a name of its own of the host that it is told. From here to
 * ad_service_name_end it gets this principal instead, which has to live as long. */
void ad_service_name_begin(const char *principal);
bool ad_service_name_end(void); /* has SASL taken it? */

#endif
