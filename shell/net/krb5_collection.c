/* The caches of a collection (DIR:, KCM:, KEYRING:), one for each identity. See krb5.h. */
#include "base/mem.h"
#include "base/text.h"
#include "net/krb5_identity.h"

#include <krb5.h>
#include <stdlib.h>
#include <string.h>

size_t ad_krb5_realm_fits(const char *realm, const char *want, const char *host)
{
	const char *name = want ? want : host;
	size_t n = strlen(realm), h = name ? strlen(name) : 0;

	if (n && h >= n && ad_caseeq(name + h - n, realm) && (h == n || name[h - n - 1] == '.'))
		return n;
	return 0;
}

static size_t cache_fits(krb5_context context, krb5_ccache cc, const char *want, const char *host)
{
	krb5_principal who = NULL;
	size_t fit;
	char *realm;

	if (krb5_cc_get_principal(context, cc, &who) != 0)
		return 0;
	realm = ad_strndup(who->realm.data, who->realm.length);
	fit = ad_krb5_realm_fits(realm, want, host);
	free(realm);
	krb5_free_principal(context, who);
	return fit;
}

/* All caches in memory are seen too: the identities of this process, which may end. */
static bool belongs(krb5_context context, krb5_ccache first, krb5_ccache cc)
{
	return strcmp(krb5_cc_get_type(context, first), krb5_cc_get_type(context, cc)) == 0;
}

void ad_krb5_collection_choose(
	krb5_context context, krb5_ccache *cc, const char *realm, const char *host)
{
	size_t most = cache_fits(context, *cc, realm, host), fit;
	krb5_cccol_cursor cursor = NULL;
	krb5_ccache best = NULL, other;

	if (krb5_cccol_cursor_new(context, &cursor) != 0)
		return;
	while (krb5_cccol_cursor_next(context, cursor, &other) == 0 && other) {
		fit = belongs(context, *cc, other) ? cache_fits(context, other, realm, host) : 0;
		if (fit > most) {
			if (best)
				krb5_cc_close(context, best);
			best = other;
			most = fit;
		} else {
			krb5_cc_close(context, other);
		}
	}
	krb5_cccol_cursor_free(context, &cursor);
	if (best) {
		krb5_cc_close(context, *cc);
		*cc = best;
	}
}

static char *find(krb5_context context, const char *realm)
{
	krb5_ccache cc = NULL;
	char *full, *found = NULL;

	if (krb5_cc_default(context, &cc) != 0)
		return NULL;
	ad_krb5_collection_choose(context, &cc, realm, NULL);
	if (cache_fits(context, cc, realm, NULL) &&
		krb5_cc_get_full_name(context, cc, &full) == 0) {
		found = ad_strdup(full);
		krb5_free_string(context, full);
	}
	krb5_cc_close(context, cc);
	return found;
}

char *ad_krb5_cache_of(const char *realm, const char *collection)
{
	krb5_context context;
	char *found = NULL;

	if (krb5_init_context(&context) != 0)
		return NULL;
	if (!collection || krb5_cc_set_default_name(context, collection) == 0)
		found = find(context, realm);
	krb5_free_context(context);
	return found;
}

/* The same for the keys of a keytab. */
char *ad_krb5_keytab_of(const char *keytab, const char *realm, const char *user)
{
	struct ad_krb5_name name = { NULL, NULL };
	krb5_context context;
	const char *at;

	if (krb5_init_context(&context) != 0)
		return NULL;
	if ((user && !ad_krb5_parse_user(&name, context, user, realm, NULL)) ||
		!ad_krb5_keytab_name(context, keytab, &name.principal, realm, NULL, NULL) ||
		!(at = strrchr(name.principal, '@')) || !ad_caseeq(at + 1, realm)) {
		free(name.principal);
		name.principal = NULL;
	}
	free(name.upn);
	krb5_free_context(context);
	return name.principal;
}
