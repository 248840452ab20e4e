/* What a refused change means. See explain.h. */
#include "ad/explain.h"
#include "ad/spn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/ldap_codes.h"
#include "codec/uac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ERROR_DS_SPN_VALUE_NOT_UNIQUE_IN_FOREST */
#define WIN32_SPN_NOT_UNIQUE 0x21c7

#define TARGETS "msDS-AllowedToDelegateTo"
#define SOURCES "msDS-AllowedToActOnBehalfOfOtherIdentity"
#define SPN "servicePrincipalName"

static uint32_t bits_of(const struct ad_list *l)
{
	return l->n ? (uint32_t)strtoll(l->v[0].data, NULL, 10) : 0;
}

static bool changes_delegation_bits(const struct ad_change *c)
{
	const struct ad_edit *e = ad_change_find(c, "userAccountControl");

	return e &&
	       ((bits_of(&e->before) ^ bits_of(&e->after)) &
		       (AD_UAC_TRUSTED_FOR_DELEGATION | AD_UAC_TRUSTED_TO_AUTH_FOR_DELEGATION));
}

static void set_message(struct ad_err *err, const char *text)
{
	snprintf(err->message, sizeof err->message, "%s", text);
}

static void explain_access(struct ad_err *err, const struct ad_change *c)
{
	if (changes_delegation_bits(c) || ad_change_find(c, TARGETS)) {
		set_message(err, "not allowed to change how this account may delegate");
		ad_err_hint(err,
			"this needs write access to the object and the privilege SeEnableDelegationPrivilege on the domain controllers (Default Domain Controllers policy, user rights: 'Enable computer and user accounts to be trusted for delegation'; Administrators have it). Resource-based delegation needs neither: write access to " SOURCES
			" of the target is enough (delegation.allow_from)");
	} else if (ad_change_find(c, SOURCES)) {
		set_message(err, "not allowed to change who may delegate to this account");
		ad_err_hint(err,
			"this needs write access to " SOURCES
			" of the target and nothing else: ask its owner, or a domain administrator");
	} else if (ad_change_find(c, SPN)) {
		set_message(
			err, "not allowed to change the service principal names of this account");
		ad_err_hint(err,
			"this needs write access to servicePrincipalName, or the right 'Validated write to service principal name', which allows a computer's own names only");
	}
}

/* Names who has what the change adds: the DC only says that somebody does. */
static void explain_conflict(struct ad_err *err, struct ad_ldap *ld, const struct ad_change *c)
{
	const struct ad_edit *e = ad_change_find(c, SPN);
	struct ad_list add = { NULL, 0 }, remove = { NULL, 0 };
	struct ad_spn_aliases *aliases = NULL;
	struct ad_spn_owner *o = NULL;
	const char **spns;
	size_t n = 0, i;
	bool forest;

	ad_edit_difference(e, &add, &remove);
	spns = ad_alloc((add.n + 1) * sizeof *spns);
	for (i = 0; i < add.n; i++)
		spns[i] = add.v[i].data;
	ad_spn_aliases_read(&aliases, ld, NULL);
	if (!ad_spn_find(&o, &n, &forest, ld, spns, add.n, aliases, true, NULL))
		n = 0;
	for (i = 0; i < n; i++) {
		if (ad_caseeq(o[i].dn, c->dn))
			continue;
		snprintf(err->message, sizeof err->message, "%s belongs to %s (%s)%s%s",
			spns[o[i].asked], o[i].account, o[i].dn,
			o[i].relation != AD_SPN_SAME ? " through " : "",
			o[i].relation != AD_SPN_SAME ? o[i].spn : "");
		ad_err_hint(err, "remove it there first, or move it: spn.move(\"%s\", target)",
			spns[o[i].asked]);
		break;
	}
	ad_spn_owners_free(o, n);
	ad_spn_aliases_free(aliases);
	free(spns);
	ad_list_clear(&add);
	ad_list_clear(&remove);
}

static bool adds_names(const struct ad_change *c)
{
	const struct ad_edit *e = ad_change_find(c, SPN);
	struct ad_list add, remove;
	bool any;

	if (!e)
		return false;
	ad_edit_difference(e, &add, &remove);
	any = add.n > 0;
	ad_list_clear(&add);
	ad_list_clear(&remove);
	return any;
}

static void explain_constraint(struct ad_err *err, struct ad_ldap *ld, const struct ad_change *c)
{
	if (ad_change_find(c, SPN) && (err->win32 == WIN32_SPN_NOT_UNIQUE ||
					      strstr(err->diagnostic, "would cause a conflict"))) {
		set_message(err,
			"another object of the forest has one of these service principal names");
		ad_err_hint(err, "find it with spn.find");
		explain_conflict(err, ld, c);
	} else if (adds_names(c)) {
		set_message(err,
			"the domain controller does not allow these service principal names here");
		ad_err_hint(err,
			"with 'Validated write to service principal name' a computer may only be given names of its own (class/sAMAccountName without '$', or class/dNSHostName); other names need write access to servicePrincipalName");
	} else if (ad_change_find(c, SOURCES) && strstr(err->diagnostic, "modified as system")) {
		set_message(err, "this server lets nobody write " SOURCES);
		ad_err_hint(err,
			"Samba's schema marks the attribute systemOnly; Windows does not. Use constrained delegation (delegation.allow) there");
	}
}

void ad_explain(struct ad_err *err, const struct ad_change *c)
{
	if (!err->domain || strcmp(err->domain, "ldap") != 0)
		return;
	if (err->code == AD_LDAP_INSUFFICIENT_ACCESS) {
		explain_access(err, c);
	} else if (err->code == AD_LDAP_CONSTRAINT_VIOLATION) {
		explain_constraint(err, c->ld, c);
	} else if (err->code == AD_LDAP_ADMIN_LIMIT_EXCEEDED) {
		set_message(err, "the object cannot hold so many values");
		ad_err_hint(err,
			"all non-linked values of one object share one database record (about " AD_VALUE_BUDGET_TEXT
			" values with 8 KiB pages): name fewer services, or allow a group by resource-based delegation");
	}
}
