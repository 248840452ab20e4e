/* An answer about DFS: what is read is text, and a path that was asked for is split into two parts
 * that make it up. */
#include "base/text.h"
#include "codec/referral.h"
#include "fuzz.h"

static void check_entry(const struct ad_referral_entry *e)
{
	ensure(e->version >= 1 && e->version <= 4);
	ensure(e->target && ad_utf8_valid(e->target, strlen(e->target)));
	ensure(!e->n_names || e->flags & AD_REFERRAL_NAMES);
	for (size_t i = 0; i < e->n_names; i++)
		ensure(ad_utf8_valid(e->names[i], strlen(e->names[i])));
}

static void check_split(const struct ad_referral *r, const char *name)
{
	size_t len = strlen(name), n;
	char *link, *rest;

	if (!ad_referral_split(r, name, &link, &rest))
		return;
	n = strlen(link) + strlen(rest);
	ensure(strncmp(link, name, strlen(link)) == 0);
	ensure(n <= len && strcmp(rest, name + len - strlen(rest)) == 0);
	ensure(strspn(name + strlen(link), "\\") == len - n);
	free(link);
	free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_referral r;

	if (!ad_referral_decode(&r, data, size))
		return 0;
	for (size_t i = 0; i < r.n; i++)
		check_entry(&r.list[i]);
	check_split(&r, "\\fs1.alpha.test\\dfs\\\xf0\x9f\x93\x81 \xc3\xa9\\\\folder\\x");
	if (r.n)
		check_split(&r, r.list[0].target);
	ad_referral_clear(&r);
	return 0;
}
