/*
 * krb5.conf as the machine has it, but with KDCs of our own choice: libkrb5 then asks no DNS for
 * them, which it does before every single request.
 */
#ifndef AD_KRB5_PROFILE_H
#define AD_KRB5_PROFILE_H

#include <krb5.h>
#include <stddef.h>

struct ad_krb5_place {
	char *realm, *host;
};

/* A context for one thread. The places are not copied. */
struct ad_krb5_profile;
krb5_error_code ad_krb5_profile_new(struct ad_krb5_profile **out, krb5_context *context,
	const struct ad_krb5_place *places, size_t n);
void ad_krb5_profile_free(struct ad_krb5_profile *p, krb5_context context);

/* Which of them a realm is, n: none. */
size_t ad_krb5_place_of(
	const struct ad_krb5_place *places, size_t n, const char *realm, size_t length);

#endif
