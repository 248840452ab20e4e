/* Service principal names. See spn.h. */
#include "codec/spn.h"
#include "base/text.h"

#include <string.h>

static bool fail(struct ad_err *err, const char *text, size_t n, const char *why)
{
	return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
		"'%.*s' is not a valid service principal name (class/host[:port][/name]): %s",
		(int)n, text, why);
}

static bool has_control(const char *s, size_t n)
{
	for (; n; s++, n--)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* Splits "host[:port]"; in brackets a colon belongs to the host. */
static void split_port(struct ad_spn *spn)
{
	const char *end = spn->host + spn->host_len, *s = spn->host;
	const char *close = *s == '[' ? memchr(s, ']', spn->host_len) : NULL;

	if (close)
		s = close;
	if (!(s = memchr(s, ':', (size_t)(end - s))))
		return;
	spn->port = s + 1;
	spn->port_len = (size_t)(end - spn->port);
	spn->host_len = (size_t)(s - spn->host);
}

bool ad_spn_parse(struct ad_spn *out, const char *text, size_t n, struct ad_err *err)
{
	struct ad_spn spn = { text, n, NULL, 0, NULL, 0, NULL, 0 };
	const char *slash = memchr(text, '/', n), *end = text + n;

	if (has_control(text, n))
		return fail(err, text, n, "it contains a control character");
	if (!slash || slash == text)
		return fail(err, text, n, slash ? "the class is empty" : "it has no '/'");
	spn.service_len = (size_t)(slash - text);
	if (text[0] == ' ' || slash[-1] == ' ')
		return fail(err, text, n, "the class begins or ends with a space");
	spn.host = slash + 1;
	slash = memchr(spn.host, '/', (size_t)(end - spn.host));
	spn.host_len = (size_t)((slash ? slash : end) - spn.host);
	if (slash) {
		spn.name = slash + 1;
		spn.name_len = (size_t)(end - spn.name);
		if (spn.name_len == 0)
			return fail(err, text, n, "the name is empty");
	}
	if (spn.host_len)
		split_port(&spn);
	if (spn.host_len == 0)
		return fail(err, text, n, "the host is empty");
	if (spn.port && spn.port_len == 0)
		return fail(err, text, n, "the port is empty");
	if (memchr(spn.host, ' ', spn.host_len + (spn.port ? 1 + spn.port_len : 0)))
		return fail(err, text, n, "the host contains a space");
	*out = spn;
	return true;
}

/* Absent and empty are the same here: ad_spn_parse refuses empty parts. */
static bool same(const char *a, size_t alen, const char *b, size_t blen)
{
	return alen == blen && (alen == 0 || ad_casecmp(a, alen, b, blen) == 0);
}

bool ad_spn_equal(const struct ad_spn *a, const struct ad_spn *b)
{
	return same(a->service, a->service_len, b->service, b->service_len) &&
	       same(a->host, a->host_len, b->host, b->host_len) &&
	       same(a->port, a->port_len, b->port, b->port_len) &&
	       same(a->name, a->name_len, b->name, b->name_len);
}
