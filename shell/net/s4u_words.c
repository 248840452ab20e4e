/* What a KDC's refusal means for a pair. See s4u_words.h. */
#include "net/krb5.h"
#include "net/s4u.h"
#include "net/s4u_words.h"

#include <krb5.h>
#include <stdio.h>
#include <string.h>

bool ad_s4u_is_refusal(const struct ad_err *err)
{
	return err->domain && strcmp(err->domain, "krb5") == 0 && err->code > KRB5KDC_ERR_NONE &&
	       err->code < KRB5KDC_ERR_NONE + 128;
}

static void explain(struct ad_err *e, const char *message)
{
	snprintf(e->message, sizeof e->message, "%s", message);
}

void ad_s4u_explain_self(struct ad_err *e)
{
	if (e->code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN) {
		explain(e,
			"the user's realm is not known, or the source has no service principal name");
		ad_err_hint(e,
			"check the user's name (NAME@REALM or user principal name) and spn.list of the source");
	} else if (e->code == KRB5KDC_ERR_POLICY && !e->win32) {
		explain(e, "the user may not log in: disabled, expired, or a policy forbids it");
	}
}

/* What a refusal of the last step means, for this pair (MS-SFU 3.2.5.2). */
void ad_s4u_explain_proxy(struct ad_err *e, const char *source, const char *user,
	const char *target, bool forwardable)
{
	source = source ? source : "the source";

	switch (e->code) {
	case KRB5KDC_ERR_BADOPTION:
		if (!forwardable && e->win32 != 0xC000006E) {
			explain(e,
				"the user's ticket may not be passed on: the source lacks protocol transition, or the user is sensitive or in Protected Users");
			ad_err_hint(e,
				"delegation.set_mode(\"%s\", \"any\") gives protocol transition; delegation.get(\"%s\") shows whether the user is sensitive",
				source, user);
		} else if (e->win32 != 0xC000006E) {
			explain(e, "no rule lets this source delegate to this target");
			ad_err_hint(e,
				"delegation.allow(\"%s\", \"%s\"), or allow_from on the target's side; other domain controllers know it after replication",
				source, target);
		}
		break;
	case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
		if (strchr(target, ' ') && strcspn(target, " ") < strcspn(target, "/"))
			ad_err_hint(e,
				"Samba's KDC does not find service classes with a space in them (Windows' does): verify cifs/ or HOST/ of the same host");
		break;
	case KRB5KDC_ERR_ETYPE_NOSUPP:
		explain(e, "the target's account has no key of a permitted encryption type");
		break;
	default: break;
	}
}
