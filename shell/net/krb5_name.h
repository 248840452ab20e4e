/* Who is meant by what a person types: NAME, NAME@REALM (RFC 4120 6.2), NAME@suffix (RFC 6806 5),
 * DOMAIN\NAME. */
#ifndef AD_KRB5_NAME_H
#define AD_KRB5_NAME_H

#include "base/err.h"

#include <stddef.h>

struct ad_krb5_name {
	char *principal; /* in krb5_parse_name's notation: "NAME@REALM" */
	char *upn; /* the same as a user principal name for the KDC of realms[0]
		    * ("NAME\@suffix@REALM0", an enterprise name, RFC 6806 5), to be tried when
		    * principal is not known; NULL when the text has no @ */
};

/*
 * realms: those that are known, the default one first, n may be 0. A NetBIOS domain name is taken
 * for the realm whose first label it is; realms a person types are made upper case, as AD's are.
 * Escapes of krb5_parse_name ("a\@b") switch all of this off. Errors: usage, with a hint.
 */
bool ad_krb5_name_parse(struct ad_krb5_name *out, const char *user, const char *const *realms,
	size_t n, struct ad_err *err);
void ad_krb5_name_clear(struct ad_krb5_name *n);

#endif
