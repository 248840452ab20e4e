/* The caches of a collection (DIR:, KCM:, KEYRING:), one for each identity. See krb5.h. */
#include "net/krb5.h"
#include "base/mem.h"

#include <krb5.h>
#include <stdlib.h>
#include <string.h>

static bool is_of(krb5_context context, krb5_ccache cc, const char *realm)
{
	krb5_principal who = NULL;
	bool same;

	if (krb5_cc_get_principal(context, cc, &who) != 0)
		return false;
	same = who->realm.length == strlen(realm) &&
	       memcmp(who->realm.data, realm, who->realm.length) == 0;
	krb5_free_principal(context, who);
	return same;
}

char *ad_krb5_cache_of(const char *realm)
{
	krb5_cccol_cursor cursor = NULL;
	krb5_context context;
	krb5_ccache cc = NULL;
	char *full = NULL, *found = NULL;

	if (krb5_init_context(&context) != 0)
		return NULL;
	if (krb5_cccol_cursor_new(context, &cursor) == 0) {
		while (!found && krb5_cccol_cursor_next(context, cursor, &cc) == 0 && cc) {
			if (is_of(context, cc, realm) &&
				krb5_cc_get_full_name(context, cc, &full) == 0) {
				found = ad_strdup(full);
				krb5_free_string(context, full);
			}
			krb5_cc_close(context, cc);
			cc = NULL;
		}
		krb5_cccol_cursor_free(context, &cursor);
	}
	krb5_free_context(context);
	return found;
}
