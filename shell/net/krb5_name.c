/* Names of Kerberos users as people write them. See krb5_name.h. */
#include "net/krb5_name.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static char *upper(const char *s)
{
	char *out = ad_strdup(s);

	for (char *p = out; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return out;
}

/* The known realm that a typed domain is: itself, or its first label; NULL. */
static const char *known(const char *domain, const char *const *realms, size_t n)
{
	size_t len = strlen(domain);

	for (size_t i = 0; i < n; i++)
		if (ad_caseeq(domain, realms[i]))
			return realms[i];
	for (size_t i = 0; i < n && !strchr(domain, '.'); i++)
		if (ad_casecmp(domain, len, realms[i], strcspn(realms[i], ".")) == 0)
			return realms[i];
	return NULL;
}

static bool missing(struct ad_err *err, const char *user)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "the realm of %s is not known", user);
	return ad_err_hint(err,
		"write NAME@REALM, or name the domain with --domain, or set default_realm in /etc/krb5.conf");
}

static bool bad(struct ad_err *err, const char *user)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "\"%s\" is not a user name", user);
	return ad_err_hint(err, "write NAME, NAME@REALM or DOMAIN\\NAME");
}

/* "DOMAIN\NAME", sep at the backslash. */
static bool parse_domain(struct ad_krb5_name *out, const char *user, const char *sep,
	const char *const *realms, size_t n, struct ad_err *err)
{
	char *domain = ad_strndup(user, (size_t)(sep - user)), *typed = upper(domain);
	const char *realm = known(domain, realms, n);

	if (!realm && strchr(domain, '.'))
		realm = typed;
	if (realm)
		*out = (struct ad_krb5_name){ ad_format("%s@%s", sep + 1, realm), NULL };
	else
		missing(err, user);
	free(domain);
	free(typed);
	return out->principal != NULL;
}

/* "NAME@suffix", sep at the @: most often a realm, otherwise a suffix of user principal names. */
static void parse_at(struct ad_krb5_name *out, const char *user, const char *sep,
	const char *const *realms, size_t n)
{
	const char *realm = known(sep + 1, realms, n);
	char *typed = upper(sep + 1), *name = ad_strndup(user, (size_t)(sep - user));

	out->principal = ad_format("%s@%s", name, realm ? realm : typed);
	out->upn = n ? ad_format("%s\\@%s@%s", name, sep + 1, realms[0]) : NULL;
	free(typed);
	free(name);
}

bool ad_krb5_name_parse(struct ad_krb5_name *out, const char *user, const char *const *realms,
	size_t n, struct ad_err *err)
{
	const char *back = strchr(user, '\\'), *at = strchr(user, '@');
	struct ad_krb5_name r = { NULL, NULL };

	if (back && strchr("@/\\ ", back[1]) && back[1]) {
		for (at = user; *at && *at != '@'; at++)
			if (*at == '\\' && at[1])
				at++;
		if (!*at && !n)
			return missing(err, user);
		r.principal = *at ? ad_strdup(user) : ad_format("%s@%s", user, realms[0]);
	} else if (back) {
		if (back == user || !back[1] || strpbrk(back + 1, "\\@"))
			return bad(err, user);
		if (!parse_domain(&r, user, back, realms, n, err))
			return false;
	} else if (at) {
		if (at == user || !at[1] || strchr(at + 1, '@'))
			return bad(err, user);
		parse_at(&r, user, at, realms, n);
	} else {
		if (!*user)
			return bad(err, user);
		if (!n)
			return missing(err, user);
		r.principal = ad_format("%s@%s", user, realms[0]);
	}
	*out = r;
	return true;
}

void ad_krb5_name_clear(struct ad_krb5_name *n)
{
	free(n->principal);
	free(n->upn);
	*n = (struct ad_krb5_name){ NULL, NULL };
}
