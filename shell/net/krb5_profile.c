/* See krb5_profile.h. */
#include "net/krb5_profile.h"
#include "base/mem.h"
#include "base/text.h"

#include <profile.h>
#include <stdlib.h>
#include <string.h>

struct ad_krb5_profile {
	profile_t file; /* the machine's */
	const struct ad_krb5_place *places;
	size_t n;
};

size_t ad_krb5_place_of(
	const struct ad_krb5_place *places, size_t n, const char *realm, size_t length)
{
	size_t i = 0;

	while (i < n && ad_casecmp(places[i].realm, strlen(places[i].realm), realm, length) != 0)
		i++;
	return i;
}

static size_t asked_for(const struct ad_krb5_profile *p, const char *const *names)
{
	bool is_kdc = names[0] && names[1] && names[2] && !names[3] &&
		      strcmp(names[0], "realms") == 0 && strcmp(names[2], "kdc") == 0;

	return is_kdc ? ad_krb5_place_of(p->places, p->n, names[1], strlen(names[1])) : p->n;
}

/* As the library's own lists are, for profile_free_list. */
static long get_values(void *data, const char *const *names, char ***values)
{
	const struct ad_krb5_profile *p = data;
	size_t i = asked_for(p, names);

	if (i == p->n)
		return profile_get_values(p->file, (const char *const *)names, values);
	*values = ad_alloc(2 * sizeof **values);
	(*values)[0] = ad_strdup(p->places[i].host);
	return 0;
}

static void free_values(void *data, char **values)
{
	(void)data;
	profile_free_list(values);
}

static krb5_error_code with_profile(struct ad_krb5_profile *p, krb5_context *context)
{
	struct profile_vtable table = {
		.minor_ver = 1, .get_values = get_values, .free_values = free_values
	};
	profile_t profile;
	krb5_error_code rc = (krb5_error_code)profile_init_vtable(&table, p, &profile);

	if (rc)
		return rc;
	rc = krb5_init_context_profile(profile, 0, context);
	profile_release(profile);
	return rc;
}

krb5_error_code ad_krb5_profile_new(struct ad_krb5_profile **out, krb5_context *context,
	const struct ad_krb5_place *places, size_t n)
{
	struct ad_krb5_profile *p = ad_alloc(sizeof *p);
	krb5_context plain;
	krb5_error_code rc = krb5_init_context(&plain);

	*p = (struct ad_krb5_profile){ .places = places, .n = n };
	*context = NULL;
	if (!rc) {
		rc = krb5_get_profile(plain, &p->file);
		krb5_free_context(plain);
	}
	if (!rc)
		rc = with_profile(p, context);
	*out = p;
	return rc;
}

void ad_krb5_profile_free(struct ad_krb5_profile *p, krb5_context context)
{
	if (context)
		krb5_free_context(context);
	if (p && p->file)
		profile_release(p->file);
	free(p);
}
