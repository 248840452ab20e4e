/* Which DC, which identity: the way to a struct ad_ldap that works. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "net/ldap_priv.h"
#include "net/last_dc.h"
#include "net/locate.h"
#include "net/stored.h"

#include <ctype.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 10000
#define OPERATION_MS 60000

static unsigned default_port(enum ad_tls tls, bool gc)
{
	if (gc)
		return tls == AD_TLS_LDAPS ? 3269 : 3268;
	return tls == AD_TLS_LDAPS ? 636 : 389;
}

/* "%2F" as in an ldapi URI. */
static char *decode_percent(const char *s)
{
	struct ad_buf b = AD_BUF_INIT;

	for (; *s; s++) {
		unsigned c;

		if (*s == '%' && isxdigit((unsigned char)s[1]) && sscanf(s + 1, "%2x", &c) == 1)
			s += isxdigit((unsigned char)s[2]) ? 2 : 1;
		else
			c = (unsigned char)*s;
		ad_buf_addc(&b, (unsigned char)c);
	}
	return b.len ? ad_buf_steal(&b) : ad_strdup("");
}

/* HOST, HOST:PORT, [ADDRESS]:PORT, or one of them behind ldap:// or ldaps://. */
static bool parse_host(struct ad_place *p, const char *s, struct ad_err *err)
{
	const char *colon = NULL, *end = s + strcspn(s, "/");
	size_t n = (size_t)(end - s);
	long port = 0;

	if (*s == '[') {
		const char *close = strchr(s, ']');

		if (!close)
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"']' is missing in the server %s", s);
		colon = close[1] == ':' ? close + 1 : NULL;
		n = (size_t)(close - ++s);
	} else if ((colon = strchr(s, ':')) && !strchr(colon + 1, ':')) {
		n = (size_t)(colon - s);
	} else {
		colon = NULL; /* none, or an IPv6 address as it is */
	}
	if (colon) {
		char *rest;

		port = strtol(colon + 1, &rest, 10);
		if (rest != end || port < 1 || port > 65535)
			return ad_err_set(
				err, AD_ERR_USAGE, "usage", 0, "not a valid port: %s", colon + 1);
	}
	if (n == 0)
		return ad_err_set(
			err, AD_ERR_USAGE, "usage", 0, "the server name is missing: \"%s\"", s);
	if (n > 1 && s[n - 1] == '.') /* the root of the DNS: no part of the server's own name */
		n--;
	p->host = ad_strndup(s, n);
	p->port = (unsigned)port;
	return true;
}

static bool parse_server(struct ad_place *p, const struct ad_ldap_options *o, struct ad_err *err)
{
	const char *s = o->server;

	*p = (struct ad_place){ .tls = o->tls };
	if (strncasecmp(s, "ldapi://", 8) == 0) {
		p->local = true;
		p->tls = AD_TLS_NONE;
		p->host = decode_percent(s + 8);
		return true;
	}
	if (strncasecmp(s, "ldaps://", 8) == 0) {
		p->tls = AD_TLS_LDAPS;
		s += 8;
	} else if (strncasecmp(s, "ldap://", 7) == 0) {
		s += 7;
	} else if (strstr(s, "://")) {
		ad_err_set(err, AD_ERR_USAGE, "usage", 0, "not a valid LDAP server: %s", s);
		return ad_err_hint(
			err, "HOST, HOST:PORT, ldap://HOST, ldaps://HOST or ldapi://SOCKET");
	}
	if (!parse_host(p, s, err))
		return false;
	if ((p->port == 636 || p->port == 3269) && p->tls == AD_TLS_NONE)
		p->tls = AD_TLS_LDAPS;
	if (!p->port)
		p->port = default_port(p->tls, o->gc);
	return true;
}

/* Of a domain's name, without the dot of the DNS's root. */
static char *change_case(const char *s, int (*f)(int))
{
	char *copy = ad_strdup(s);
	size_t n = copy ? strlen(copy) : 0;

	for (char *p = copy; p && *p; p++)
		*p = (char)f((unsigned char)*p);
	if (n > 1 && copy[n - 1] == '.')
		copy[n - 1] = 0;
	return copy;
}

/* Weak wishes are refused here, before there is a connection. */
static bool check_simple(const struct ad_ldap_options *o, enum ad_tls tls, struct ad_err *err)
{
	size_t n = 0;

	if (tls == AD_TLS_NONE) {
		ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"a simple login exposes the password on the network: it requires TLS");
		return ad_err_hint(err, "add --tls ldaps (or starttls), or omit --simple");
	}
	if (o->password)
		ad_secret_text(o->password, &n);
	if (o->user && *o->user && n)
		return true;
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "a simple login requires a user and a password");
	return ad_err_hint(err, "--user NAME and --password-file FILE");
}

static bool identify(
	struct ad_krb5 **out, const struct ad_ldap_options *o, const char *host, struct ad_err *err)
{
	struct ad_krb5_options k = { .user = o->user,
		.host = host,
		.password = o->password,
		.keytab = o->keytab,
		.ccache = o->ccache,
		.timeout_ms = o->connect_timeout_ms };
	char *realm;
	bool ok;

	if (o->krb5) {
		*out = ad_krb5_ref(o->krb5);
		return true;
	}
	k.realm = realm = change_case(o->domain, toupper);
	ok = ad_krb5_open(out, &k, err);
	free(realm);
	return ok;
}

static bool find_domain(
	char **out, const struct ad_ldap_options *o, struct ad_krb5 *krb5, struct ad_err *err)
{
	char *realm;

	if (o->domain || krb5) {
		*out = change_case(o->domain ? o->domain : ad_krb5_realm(krb5), tolower);
		return true;
	}
	if (!ad_krb5_default_realm(&realm, o->ccache, err))
		return false;
	*out = change_case(realm, tolower);
	free(realm);
	return true;
}

static struct ad_ldap *new_ldap(const struct ad_ldap_options *o, struct ad_krb5 *krb5)
{
	struct ad_ldap *ld = ad_alloc(sizeof *ld);

	ld->refs = 1;
	ld->wire = ad_alloc(sizeof *ld->wire);
	ld->wire->fd = -1;
	ld->connect_ms = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_MS;
	ld->operation_ms = o->operation_timeout_ms > 0 ? o->operation_timeout_ms : OPERATION_MS;
	ld->wire->stall_ms = ld->operation_ms;
	ld->simple = o->simple;
	ld->pinned = o->server != NULL;
	ld->remember = o->remember;
	ld->krb5 = krb5 ? ad_krb5_ref(krb5) : NULL;
	ld->user = ad_strdup(o->user);
	ld->cacert = ad_strdup(o->cacert);
	ld->password = o->simple ? ad_secret_dup(o->password) : NULL;
	return ld;
}

bool ad_ldap_try(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_krb5 *krb5,
	const struct ad_place *p, struct ad_err *err)
{
	struct ad_ldap *ld = new_ldap(o, krb5);

	ld->place = *p;
	ld->place.host = ad_strdup(p->host);
	ld->place.domain = ad_strdup(p->domain);
	ld->place.next = ad_strdup(p->next);
	if (!ad_ldap_connect(ld, err)) {
		ad_ldap_free(ld);
		return false;
	}
	ld->place.addresses = NULL;
	*out = ld;
	return true;
}

/* Of Kerberos' errors those that the identity brings along are the same everywhere. */
bool ad_ldap_next_may_help(const struct ad_err *err)
{
	if (err->kind != AD_ERR_CONNECT)
		return false;
	if (strcmp(err->domain, "ldap") == 0)
		return err->code != LDAP_INVALID_CREDENTIALS &&
		       err->code != LDAP_INAPPROPRIATE_AUTH && err->code != LDAP_AUTH_UNKNOWN;
	if (strcmp(err->domain, "krb5") != 0)
		return true;
	switch (err->code) {
	case KRB5KRB_AP_ERR_TKT_EXPIRED:
	case KRB5KRB_AP_ERR_SKEW:
	case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
	case KRB5KDC_ERR_CLIENT_REVOKED:
	case KRB5KDC_ERR_KEY_EXP:
	case KRB5KDC_ERR_PREAUTH_FAILED: return false;
	default: return true;
	}
}

static bool none_worked(
	struct ad_err *err, const char *domain, size_t n, const struct ad_buf *story)
{
	if (err)
		snprintf(err->message, sizeof err->message,
			"none of the %zu domain controllers of %s could be used: %s", n, domain,
			ad_buf_text(story));
	return false;
}

/* Who gets a password says the user, not the DNS: a certificate says only that a host is called as
 * the DNS calls it, not that it is a DC. */
static bool refuse_password(struct ad_err *err, const char *domain)
{
	ad_err_set(err, AD_ERR_USAGE, "usage", 0,
		"a simple login sends the password, and only DNS says which host is a domain controller of %s",
		domain);
	return ad_err_hint(err,
		"name it with --server HOST, or omit --simple: Kerberos does not send the password");
}

/* What the DNS lists for a domain may be the domain controller of another one. */
static bool check_domain(struct ad_ldap **ld, const char *domain, bool gc, struct ad_err *err)
{
	const struct ad_ldap_info *i = &(*ld)->info;
	char *forest = ad_ldap_domain_of(i->root_base);
	bool same = ad_caseeq(i->domain, domain) || (gc && ad_caseeq(forest, domain));

	if (!same) {
		ad_err_set(err, AD_ERR_CONNECT, "ldap", 0,
			"%s is a domain controller of %s, not of %s", i->host, i->domain, domain);
		ad_ldap_free(*ld);
		*ld = NULL;
	}
	free(forest);
	return same;
}

static bool check_writable(struct ad_ldap **ld, struct ad_err *err)
{
	if (!(*ld)->info.read_only)
		return true;
	ad_err_set(err, AD_ERR_CONNECT, "ldap", 0, "%s is a read-only domain controller",
		(*ld)->info.host);
	ad_ldap_free(*ld);
	*ld = NULL;
	return false;
}

/* The one behind the DC at i that may be tried, or NULL; wrap: at the end of the list its beginning
 * follows. */
static char *next_of(const struct ad_dc *dcs, size_t n, size_t i, const char *except, bool wrap)
{
	for (size_t k = i + 1; k < (wrap ? n + i : n); k++)
		if (!except || !ad_caseeq(dcs[k % n].host, except))
			return dcs[k % n].host;
	return NULL;
}

/* The global catalog is of the forest, and only read: it has no part in this. */
static bool remembers(const struct ad_ldap_options *o)
{
	return o->remember && !o->gc && !o->server;
}

bool ad_ldap_try_all(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_krb5 *krb5,
	const char *domain, const char *except, struct ad_err *err)
{
	struct ad_buf story = AD_BUF_INIT;
	struct ad_dc *dcs = NULL;
	struct ad_err e;
	bool ok = false;
	int connect_ms = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_MS;
	int held = -1;
	char *last;
	size_t n, i;

	if (o->simple)
		return refuse_password(err, domain);
	ad_err_set(
		&e, AD_ERR_CONNECT, "dns", 0, "there is no other domain controller of %s", domain);
	if (!ad_locate(&dcs, &n, domain, o->gc ? AD_LOCATE_GC : AD_LOCATE_DC, connect_ms, err))
		return false;
	last = remembers(o) ? ad_last_dc_read(domain) : NULL;
	if (remembers(o) && !last && n > 1) {
		held = ad_last_dc_hold(domain, connect_ms);
		last = ad_last_dc_read(domain);
	}
	ad_locate_put_first(dcs, n, last);
	ad_locate_put_first(dcs, n, o->prefer);
	for (i = 0; i < n && !ok; i++) {
		struct ad_place p = { .host = dcs[i].host,
			.port = default_port(o->tls, o->gc),
			.tls = o->tls,
			.domain = (char *)domain,
			.next = next_of(dcs, n, i, except, false),
			.read_only = dcs[i].read_only,
			.addresses = dcs[i].addresses };

		if (except && ad_caseeq(p.host, except))
			continue;
		ok = ad_ldap_try(out, o, krb5, &p, &e) && check_domain(out, domain, o->gc, &e) &&
		     (!o->writable || check_writable(out, &e));
		if (!ok && !ad_ldap_next_may_help(&e))
			break;
		if (!ok)
			ad_buf_printf(&story, "%s%s: %s", story.len ? "; " : "", p.host, e.message);
	}
	if (remembers(o) && (ok || ad_ldap_next_may_help(&e)))
		ad_last_dc_write(
			domain, ok && !(*out)->info.read_only ? (*out)->place.host : NULL, last);
	if (held >= 0)
		close(held);
	if (ok && !(*out)->place.next)
		(*out)->place.next = ad_strdup(next_of(dcs, n, i - 1, NULL, true));
	if (!ok && err) {
		*err = e;
		if (i == n && n > 1)
			none_worked(err, domain, n, &story);
	}
	free(last);
	ad_buf_clear(&story);
	ad_locate_free(dcs, n);
	return ok;
}

bool ad_ldap_open(struct ad_ldap **out, const struct ad_ldap_options *o, struct ad_err *err)
{
	struct ad_place place = { .tls = o->tls };
	struct ad_krb5 *krb5 = NULL;
	char *domain = NULL;
	bool ok = false;

	if (o->server && !parse_server(&place, o, err))
		return false;
	if (!place.local) {
		if (o->simple ? !check_simple(o, place.tls, err)
			      : !identify(&krb5, o, place.host, err))
			goto out;
	}
	if (o->server)
		ok = ad_ldap_try(out, o, krb5, &place, err);
	else
		ok = find_domain(&domain, o, krb5, err) &&
		     ad_ldap_try_all(out, o, krb5, domain, NULL, err);
out:
	free(domain);
	free(place.host);
	ad_krb5_free(krb5);
	return ok;
}

void ad_ldap_like(struct ad_ldap_options *o, const struct ad_ldap *ld)
{
	*o = (struct ad_ldap_options){ .krb5 = ld->krb5,
		.server = ld->pinned ? ld->place.host : NULL,
		.user = ld->user,
		.password = ld->password,
		.simple = ld->simple,
		.cacert = ld->cacert,
		.remember = ld->remember,
		.tls = ld->place.tls,
		.gc = ld->info.is_gc,
		.connect_timeout_ms = ld->connect_ms,
		.operation_timeout_ms = ld->operation_ms };
}

bool ad_ldap_reopen(struct ad_ldap **out, struct ad_ldap *ld, bool gc, struct ad_err *err)
{
	struct ad_ldap_options o;
	struct ad_place p = ld->place;
	char *forest;
	bool ok;

	if (ld->stored)
		return ad_stored_directory(out, ld->stored, ld->stored_domain, gc, err);
	forest = ad_ldap_domain_of(ld->info.root_base);
	ad_ldap_like(&o, ld);
	o.gc = gc;
	if (ld->krb5) /* a long run may outlive its ticket; what is wrong the login will tell */
		ad_krb5_refresh(ld->krb5, NULL);
	if (gc != ld->info.is_gc)
		p.port = default_port(p.tls, gc);
	if (p.domain)
		p.domain = gc ? forest : ld->info.domain;
	if (gc && p.local) {
		ok = ad_err_set(err, AD_ERR_USAGE, "usage", 0,
			"the global catalog cannot be reached through a local socket");
	} else if (gc && !ld->catalog) {
		o.server = NULL;
		ok = ad_ldap_try_all(out, &o, ld->krb5, forest, NULL, err);
	} else {
		ok = ad_ldap_try(out, &o, ld->krb5, &p, err);
	}
	free(forest);
	return ok;
}
