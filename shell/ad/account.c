/*
 * The kind of change by which a computer account comes or goes: one that is prepared before its
 * machine joins, disabled and without a password that anybody knows. See whole.h;
 * stdlib/account.lua has the verbs.
 */
#include "ad/protected.h"
#include "ad/whole.h"
#include "base/mem.h"
#include "codec/uac.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNT "account" /* "name=HOST09$", "description=..." */

#define PREPARED (AD_UAC_WORKSTATION_TRUST_ACCOUNT | AD_UAC_ACCOUNTDISABLE)

/* What is written when it is made again; as long as all of it, and what else is told, is as it was
 * made, nobody else has taken it over. */
static const char *const written[] = { "description", "displayName", "location", "managedBy",
	"dNSHostName", "servicePrincipalName", NULL };
static const char *const told[] = { "operatingSystem", "msDS-AllowedToDelegateTo", NULL };

/* "attr=value" for each value. */
static void put_values(struct ad_list *l, struct ad_entry *e, const char *const *attrs)
{
	for (; *attrs; attrs++) {
		const struct ad_value *v;
		size_t n = ad_entry_values(e, *attrs, &v);

		for (size_t i = 0; i < n; i++) {
			char *text = ad_strndup(v[i].data, v[i].len);

			ad_list_put(l, *attrs, text);
			free(text);
		}
	}
}

static void describe(struct ad_list *l, struct ad_entry *e)
{
	uint32_t uac = (uint32_t)ad_entry_number(e, "userAccountControl", 0);
	char *text = ad_entry_text(e, "sAMAccountName");

	ad_list_put(l, "name", text);
	free(text);
	if (uac != PREPARED) {
		text = ad_format("%lu", (unsigned long)uac);
		ad_list_put(l, "userAccountControl", text);
		free(text);
	}
	put_values(l, e, written);
	put_values(l, e, told);
}

/* All values of "attr=value". */
static void put_told(struct ad_whole_add *a, const struct ad_list *is, const char *attr)
{
	size_t n = strlen(attr), found = 0;
	struct ad_value *v = ad_realloc(NULL, is->n + 1, sizeof *v);

	for (size_t i = 0; i < is->n; i++)
		if (is->v[i].len > n && memcmp(is->v[i].data, attr, n) == 0 &&
			is->v[i].data[n] == '=')
			v[found++] =
				(struct ad_value){ is->v[i].data + n + 1, is->v[i].len - n - 1 };
	ad_whole_put(a, attr, v, found);
	free(v);
}

static bool fill(struct ad_whole_add *a, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_list *is = &ad_change_find(c, ACCOUNT)->after;
	char *name = ad_list_value(is, "name"), *uac;

	if (!name)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "an account needs a name");
	uac = ad_format("%lu", (unsigned long)PREPARED);
	ad_whole_put_text(a, "sAMAccountName", name);
	ad_whole_put_text(a, "userAccountControl", uac);
	for (const char *const *attr = written; *attr; attr++)
		put_told(a, is, *attr);
	free(name);
	free(uac);
	return true;
}

static const struct ad_whole whole = {
	.existence = ACCOUNT,
	.noun = "computer account",
	.object_class = "computer",
	.attrs = (const char *const[]){ "objectClass", "objectGUID", "objectSid", "sAMAccountName",
		"userAccountControl", "description", "displayName", "location", "managedBy",
		"dNSHostName", "servicePrincipalName", "operatingSystem",
		"msDS-AllowedToDelegateTo", "memberOf", NULL },
	.kept = (const char *const[]){ "memberOf", "objectGUID", "objectSid", NULL },
	.describe = describe,
	.fill = fill,
};

/* ---- the kind ---- */

/* One that is made is disabled and nobody's; one that goes is what it is. */
static bool kind_judge(const struct ad_judging *j, const struct ad_change *c, struct ad_entry *now,
	struct ad_verdict *v, struct ad_err *err)
{
	(void)j;
	return ad_protected_judge_object(v, c->ld, now, err);
}

extern const struct ad_kind ad_kind_account; /* a row of shell/plan/kind.c */
const struct ad_kind ad_kind_account = {
	.name = "account",
	.attributes = (const struct ad_kind_attribute[]){ { ACCOUNT, AD_MERGE_EXACT },
		{ NULL, AD_MERGE_EXACT } },
	.in_directory = true,
	.existence = ACCOUNT,
	.whole = &whole,
	.read = ad_whole_read,
	.write = ad_whole_write,
	.may = ad_whole_may,
	.judge = kind_judge,
};
