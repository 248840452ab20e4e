/* The forms in which a person writes an identity. See identity.h; no directory is asked here. */
#include "ad/identity_form.h"

#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "codec/filter.h"
#include "codec/guid.h"
#include "codec/spn.h"

#include <stdlib.h>
#include <string.h>

bool ad_identity_form(enum ad_identity_form *out, const char *identity, struct ad_err *err)
{
	unsigned char guid[AD_GUID_SIZE];
	struct ad_sid sid, domain;
	struct ad_spn spn;
	size_t n = strlen(identity);

	if (n == 0)
		return ad_err_set(err, AD_ERR_USAGE, "usage", 0, "the name of the object is empty");
	if (identity[0] == '<' && identity[n - 1] == '>') {
		*out = AD_FORM_DN;
	} else if (ad_sid_parse(&sid, identity, NULL) && ad_sid_domain(&domain, &sid)) {
		*out = AD_FORM_SID; /* S-1-5 alone names nobody: it is host 5 of site S-1 */
	} else if (ad_guid_parse(guid, identity, NULL)) {
		*out = AD_FORM_GUID;
	} else if (strchr(identity, '=')) {
		if (!ad_dn_valid(identity))
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"'%s' is not a valid distinguished name", identity);
		*out = AD_FORM_DN;
	} else if (strchr(identity, '\\')) {
		if (identity[0] == '\\' || strchr(identity, '\\')[1] == 0)
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"'%s': DOMAIN\\name needs both parts", identity);
		*out = AD_FORM_DOMAIN_NAME;
	} else if (strchr(identity, '/')) {
		if (!ad_spn_parse(&spn, identity, n, err))
			return false;
		*out = AD_FORM_SPN;
	} else if (strchr(identity, '@')) {
		if (identity[0] == '@' || identity[n - 1] == '@')
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"'%s': name@domain needs both parts", identity);
		*out = AD_FORM_UPN;
	} else {
		*out = strchr(identity, '.') ? AD_FORM_DNS : AD_FORM_NAME;
	}
	return true;
}

/* ---- names as parts ---- */

/* Of name@domain and class/host without the dot of the DNS's root. */
static size_t whole_len(const struct ad_name *name)
{
	size_t n = strlen(name->text);

	return n > 1 && name->text[n - 1] == '.' ? n - 1 : n;
}

/* "<SID=S-1-...>" and "<GUID={...}>" are what is in them, so that many are found at once. */
static void take_bracketed(struct ad_name *name)
{
	const char *eq = strchr(name->text, '=');
	size_t n = strlen(name->text), head = eq ? (size_t)(eq - name->text) + 1 : n;
	char *inner;

	if (name->text[0] != '<' || head + 1 >= n)
		return;
	inner = ad_strndup(eq + 1, n - head - 1);
	if (ad_casecmp(name->text, head, "<SID=", 5) == 0 && ad_sid_parse(&name->sid, inner, NULL))
		name->form = AD_FORM_SID;
	else if (ad_casecmp(name->text, head, "<GUID=", 6) == 0 &&
		 ad_guid_parse(name->guid, inner, NULL))
		name->form = AD_FORM_GUID;
	free(inner);
}

bool ad_name_parse(struct ad_name *out, const char *text, struct ad_err *err)
{
	struct ad_name name = { .text = text, .account = text, .account_len = strlen(text) };
	const char *sep;

	if (!ad_identity_form(&name.form, text, err))
		return false;
	switch (name.form) {
	case AD_FORM_DN: take_bracketed(&name); break;
	case AD_FORM_SID: ad_sid_parse(&name.sid, text, NULL); break;
	case AD_FORM_GUID: ad_guid_parse(name.guid, text, NULL); break;
	case AD_FORM_DOMAIN_NAME:
		sep = strchr(text, '\\');
		name.domain = text;
		name.domain_len = (size_t)(sep - text);
		if (name.domain_len > 1 && sep[-1] == '.')
			name.domain_len--;
		name.account = sep + 1;
		name.account_len = strlen(name.account);
		break;
	case AD_FORM_UPN:
		sep = strrchr(text, '@');
		name.domain = sep + 1;
		name.domain_len = whole_len(&name) - (size_t)(name.domain - text);
		name.account_len = (size_t)(sep - text);
		break;
	case AD_FORM_DNS:
		if (name.account_len > 1 && text[name.account_len - 1] == '.')
			name.account_len--;
		break;
	default: break;
	}
	*out = name;
	return true;
}

static bool ends_in_dollar(const struct ad_name *name)
{
	return name->account[name->account_len - 1] == '$';
}

static void add_account(struct ad_buf *out, const struct ad_name *name)
{
	ad_filter_equal(out, "sAMAccountName", name->account, name->account_len);
	if (ends_in_dollar(name))
		return;
	ad_buf_puts(out, "(sAMAccountName=");
	ad_filter_escape(out, name->account, name->account_len);
	ad_buf_puts(out, "$)");
}

static void add_bytes(struct ad_buf *out, const char *attr, const void *p, size_t n)
{
	ad_buf_printf(out, "(%s=", attr);
	ad_filter_escape_bytes(out, p, n);
	ad_buf_addc(out, ')');
}

void ad_name_filter(struct ad_buf *out, const struct ad_name *name)
{
	struct ad_buf plain = AD_BUF_INIT;

	switch (name->form) {
	case AD_FORM_DN: /* servers know no quotes in a filter */
		if (strchr(name->text, '"') && ad_dn_normalise(&plain, name->text))
			ad_filter_equal(out, "distinguishedName", plain.data, plain.len);
		else
			ad_filter_equal(out, "distinguishedName", name->text, strlen(name->text));
		ad_buf_clear(&plain);
		break;
	case AD_FORM_SID: add_bytes(out, "objectSid", name->sid.bytes, name->sid.len); break;
	case AD_FORM_GUID: add_bytes(out, "objectGUID", name->guid, sizeof name->guid); break;
	case AD_FORM_SPN:
		ad_filter_equal(out, "servicePrincipalName", name->text, whole_len(name));
		break;
	case AD_FORM_UPN:
		ad_filter_equal(out, "userPrincipalName", name->text, whole_len(name));
		if (name->own_domain)
			add_account(out, name);
		break;
	case AD_FORM_DNS:
		add_account(out, name);
		ad_filter_equal(out, "dNSHostName", name->account, name->account_len);
		ad_buf_puts(out, "(servicePrincipalName=HOST/");
		ad_filter_escape(out, name->account, name->account_len);
		ad_buf_addc(out, ')');
		break;
	case AD_FORM_DOMAIN_NAME:
	case AD_FORM_NAME: add_account(out, name); break;
	}
}

void ad_name_describe(struct ad_buf *out, const struct ad_name *name)
{
	static const char *const what[] = {
		[AD_FORM_DN] = "distinguishedName",
		[AD_FORM_SID] = "objectSid",
		[AD_FORM_GUID] = "objectGUID",
		[AD_FORM_SPN] = "servicePrincipalName",
		[AD_FORM_UPN] = "userPrincipalName",
		[AD_FORM_DNS] = "dNSHostName, HOST/ servicePrincipalName, sAMAccountName",
		[AD_FORM_DOMAIN_NAME] = "sAMAccountName",
		[AD_FORM_NAME] = "sAMAccountName",
	};
	bool account = name->form == AD_FORM_DNS || name->form == AD_FORM_NAME ||
		       name->form == AD_FORM_DOMAIN_NAME ||
		       (name->form == AD_FORM_UPN && name->own_domain);

	ad_buf_puts(out, what[name->form]);
	if (name->form == AD_FORM_UPN && name->own_domain)
		ad_buf_puts(out, " and sAMAccountName");
	if (account && !ends_in_dollar(name))
		ad_buf_puts(out, " (also with '$')");
}

/* ---- which of the found objects is meant ---- */

static bool has_value(struct ad_entry *e, const char *attr, const char *before, const char *text,
	size_t len, const char *after)
{
	char *want = ad_format("%s%.*s%s", before, (int)len, text, after);
	const struct ad_value *v;
	size_t n = ad_entry_values(e, attr, &v), i, want_len = strlen(want);
	bool found = false;

	for (i = 0; i < n && !found; i++)
		found = ad_casecmp(v[i].data, v[i].len, want, want_len) == 0;
	free(want);
	return found;
}

static bool has_bytes(struct ad_entry *e, const char *attr, const void *p, size_t n)
{
	struct ad_value v;

	return ad_entry_first(e, attr, &v) && v.len == n && memcmp(v.data, p, n) == 0;
}

/* 2: has that very name, 1: has it with a '$' */
static int rank_account(struct ad_entry *e, const struct ad_name *name)
{
	if (has_value(e, "sAMAccountName", "", name->account, name->account_len, ""))
		return 2;
	return has_value(e, "sAMAccountName", "", name->account, name->account_len, "$");
}

static int rank_dns(struct ad_entry *e, const struct ad_name *name)
{
	int account = rank_account(e, name);

	if (account == 2)
		return 4;
	if (has_value(e, "dNSHostName", "", name->account, name->account_len, ""))
		return 3;
	if (has_value(e, "servicePrincipalName", "HOST/", name->account, name->account_len, ""))
		return 2;
	return account;
}

int ad_name_rank(struct ad_entry *e, const struct ad_name *name)
{
	switch (name->form) {
	case AD_FORM_DN: return ad_dn_equal(ad_entry_dn(e), name->text);
	case AD_FORM_SID: return has_bytes(e, "objectSid", name->sid.bytes, name->sid.len);
	case AD_FORM_GUID: return has_bytes(e, "objectGUID", name->guid, sizeof name->guid);
	case AD_FORM_SPN:
		return has_value(e, "servicePrincipalName", "", name->text, whole_len(name), "");
	case AD_FORM_UPN:
		if (has_value(e, "userPrincipalName", "", name->text, whole_len(name), ""))
			return 3;
		return name->own_domain ? rank_account(e, name) : 0;
	case AD_FORM_DNS: return rank_dns(e, name);
	case AD_FORM_DOMAIN_NAME:
	case AD_FORM_NAME: break;
	}
	return rank_account(e, name);
}
