/* What a DC says about itself (the rootDSE) and about us (whoami). */
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/dn.h"
#include "net/ldap_priv.h"
#include "net/ldap_query.h"
#include "net/stored.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS_OID: a read-only DC (MS-ADTS 3.1.1.3.4.3.4) */
#define PARTIAL_SECRETS "1.2.840.113556.1.4.1920"

/* --- the rootDSE ------------------------------------------------------------------------ */

char *ad_ldap_domain_of(const char *base)
{
	struct ad_buf b = AD_BUF_INIT;

	while (base && strncasecmp(base, "DC=", 3) == 0) {
		size_t n = strcspn(base + 3, ",");

		if (b.len)
			ad_buf_addc(&b, '.');
		for (size_t i = 0; i < n; i++)
			ad_buf_addc(&b, (unsigned char)tolower((unsigned char)base[3 + i]));
		base += 3 + n;
		base += *base == ',';
	}
	return b.len ? ad_buf_steal(&b) : ad_strdup("");
}

/* Letters, digits, "-", "_" and dots; in UTF-8 also letters of other scripts. */
static bool is_host_name(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]) &&
			(unsigned char)name[i] < 0x80)
			return false;
	return n && ad_utf8_valid(name, n);
}

/* Every domain controller has this one; the rest of the program relies on it. */
static bool take_context(struct ad_ldap *ld, char **out, const struct ad_entry *e, const char *attr,
	struct ad_err *err)
{
	struct ad_value v = { NULL, 0 };
	bool ok = ad_entry_first(e, attr, &v) && v.len && !memchr(v.data, 0, v.len) &&
		  ad_utf8_valid(v.data, v.len);

	*out = ok ? ad_strndup(v.data, v.len) : NULL;
	if (ok && ad_dn_valid(*out))
		return true;
	return ad_err_set(err, AD_ERR_CONNECT, "ldap", 0,
		"%s is not a domain controller of Active Directory: its rootDSE has no valid %s",
		ld->info.host, attr);
}

static int level(const struct ad_entry *e, const char *attr)
{
	long long n = ad_entry_number(e, attr, 0);

	return n < 0 || n > INT_MAX ? 0 : (int)n;
}

static bool begins(const struct ad_entry *e, const char *attr, const char *text)
{
	struct ad_value v;
	size_t n = strlen(text);

	return ad_entry_first(e, attr, &v) && v.len >= n && ad_casecmp(v.data, n, text, n) == 0;
}

static bool has_value(struct ad_entry *e, const char *attr, const char *text)
{
	const struct ad_value *v;
	size_t n = ad_entry_values(e, attr, &v);

	while (n-- > 0)
		if (ad_casecmp(v[n].data, v[n].len, text, strlen(text)) == 0)
			return true;
	return false;
}

bool ad_ldap_take_root(struct ad_ldap *ld, struct ad_entry *e, struct ad_err *err)
{
	struct ad_ldap_info *i = &ld->info;

	ld->catalog = begins(e, "isGlobalCatalogReady", "TRUE");
	i->samba = begins(e, "vendorName", "Samba"); /* Windows has none */
	i->read_only =
		ld->place.read_only || has_value(e, "supportedCapabilities", PARTIAL_SECRETS);
	i->domain_level = level(e, "domainFunctionality");
	i->forest_level = level(e, "forestFunctionality");
	i->dns_host = ad_entry_text(e, "dnsHostName");
	if (i->dns_host && !is_host_name(i->dns_host)) {
		free(i->dns_host);
		i->dns_host = NULL;
	}
	if (!take_context(ld, &i->base, e, "defaultNamingContext", err) ||
		!take_context(ld, &i->config_base, e, "configurationNamingContext", err) ||
		!take_context(ld, &i->schema_base, e, "schemaNamingContext", err) ||
		!take_context(ld, &i->root_base, e, "rootDomainNamingContext", err))
		return false;
	i->domain = ad_ldap_domain_of(i->base);
	return is_host_name(i->domain) ||
	       ad_err_set(err, AD_ERR_CONNECT, "ldap", 0,
		       "%s says that its domain is \"%s\", which is not the name of a domain",
		       i->host, i->base);
}

static bool await(
	struct ad_ldap *ld, int msgid, long long deadline, LDAPMessage **out, struct ad_err *err)
{
	if (ad_ldap_wait_until(ld, msgid, true, deadline, out, err) >= 0)
		return true;
	if (ad_ldap_alive(ld))
		ldap_abandon_ext(ld->h, msgid, NULL, NULL);
	return false;
}

static bool search_base(struct ad_ldap *ld, const char *dn, const char *const *attrs,
	long long deadline, LDAPMessage **out, struct ad_err *err)
{
	LDAPMessage *all = NULL;
	int msgid, rc;

	rc = ldap_search_ext(ld->h, dn, LDAP_SCOPE_BASE, "(objectClass=*)", (char **)attrs, 0, NULL,
		NULL, NULL, LDAP_NO_LIMIT, &msgid);
	if (rc != LDAP_SUCCESS)
		return ad_ldap_local_err(err, ld, rc, "search");
	if (!await(ld, msgid, deadline, &all, err))
		return false;
	if (!ldap_first_entry(ld->h, all)) {
		if (ad_ldap_check_result(ld, all, "search", dn, err))
			ad_ldap_err(err, LDAP_NO_SUCH_OBJECT, NULL, "search", dn);
		return false;
	}
	*out = all;
	return true;
}

bool ad_ldap_read_root(struct ad_ldap *ld, long long deadline, struct ad_err *err)
{
	static const char *const attrs[] = { "defaultNamingContext", "configurationNamingContext",
		"schemaNamingContext", "rootDomainNamingContext", "dnsHostName",
		"domainFunctionality", "forestFunctionality", "isGlobalCatalogReady", "vendorName",
		"supportedCapabilities", NULL };
	struct ad_query q = { .ld = ld };
	struct ad_entry *e = NULL;
	LDAPMessage *all;
	bool ok;

	if (!search_base(ld, "", attrs, deadline, &all, err))
		return false;
	ok = ad_query_entry(&q, ldap_first_entry(ld->h, all), &e, err) &&
	     ad_ldap_take_root(ld, e, err);
	ad_entry_free(e);
	ldap_msgfree(all);
	return ok;
}

/* --- who am I --------------------------------------------------------------------------- */

/* "u:ALPHA\\user04" or "dn:CN=..." (RFC 4513 5.2.1.8) without what tells them apart. */
static char *plain_authz_id(const struct berval *v)
{
	const char *p = v->bv_val;
	size_t n = v->bv_len;

	if (n >= 2 && strncasecmp(p, "u:", 2) == 0)
		p += 2, n -= 2;
	else if (n >= 3 && strncasecmp(p, "dn:", 3) == 0)
		p += 3, n -= 3;
	return n ? ad_strndup(p, n) : ad_strdup("anonymous");
}

static bool ask_who(struct ad_ldap *ld, char **out, struct ad_err *err)
{
	struct berval *v = NULL;
	LDAPMessage *msg;
	int msgid, rc;

	rc = ldap_whoami(ld->h, NULL, NULL, &msgid);
	if (rc != LDAP_SUCCESS)
		return ad_ldap_local_err(err, ld, rc, "whoami");
	if (!await(ld, msgid, 0, &msg, err))
		return false;
	rc = ldap_parse_extended_result(ld->h, msg, NULL, &v, 0);
	if (!ad_ldap_check_result(ld, msg, "whoami", NULL, err)) {
		ber_bvfree(v);
		return false;
	}
	if (rc != LDAP_SUCCESS || !v)
		return ad_ldap_err(err, LDAP_DECODING_ERROR, NULL, "whoami", NULL);
	*out = plain_authz_id(v);
	ber_bvfree(v);
	return true;
}

static char *first_value(struct ad_ldap *ld, LDAPMessage *entry, const char *attr)
{
	struct berval **v = ldap_get_values_len(ld->h, entry, attr);
	char *s = v && v[0] ? ad_strndup(v[0]->bv_val, v[0]->bv_len) : NULL;

	ldap_value_free_len(v);
	return s;
}

/* The first of tokenGroups (MS-ADTS 3.1.1.3.2 and 3.1.1.4.5.19) is the user's own SID. */
static bool look_up_token(struct ad_ldap *ld, char **out, struct ad_err *err)
{
	static const char *const root[] = { "tokenGroups", NULL };
	static const char *const attrs[] = { "sAMAccountName", NULL };
	struct ad_buf dn = AD_BUF_INIT;
	struct berval **sids;
	LDAPMessage *all;
	bool ok;

	if (!search_base(ld, "", root, 0, &all, err))
		return false;
	sids = ldap_get_values_len(ld->h, ldap_first_entry(ld->h, all), "tokenGroups");
	ldap_msgfree(all);
	if (!sids || !sids[0]) {
		ldap_value_free_len(sids);
		return ad_err_set(err, AD_ERR_FAILED, "ldap", 0,
			"the server does not report the identity of this login");
	}
	ad_buf_puts(&dn, "<SID=");
	ad_hex(&dn, sids[0]->bv_val, sids[0]->bv_len);
	ad_buf_addc(&dn, '>');
	ldap_value_free_len(sids);
	ok = search_base(ld, ad_buf_text(&dn), attrs, 0, &all, err);
	ad_buf_clear(&dn);
	if (!ok)
		return false;
	*out = first_value(ld, ldap_first_entry(ld->h, all), "sAMAccountName");
	ldap_msgfree(all);
	return *out != NULL || ad_ldap_err(err, LDAP_NO_SUCH_ATTRIBUTE, NULL, "whoami", NULL);
}

bool ad_ldap_whoami(struct ad_ldap *ld, char **out, struct ad_err *err)
{
	struct ad_retry r = { 0 };
	struct ad_err first;

	if (ad_ldap_stored(ld))
		return ad_stored_refuse(ld, "nobody is logged in", err);
	if (!ad_ldap_fresh(ld, err))
		return false;
	do {
		if (ask_who(ld, out, &first))
			return true;
	} while (ad_ldap_again(ld, &r, &first));
	if (first.kind == AD_ERR_FAILED && look_up_token(ld, out, err)) /* a server without it */
		return true;
	if (err)
		*err = first;
	return false;
}
