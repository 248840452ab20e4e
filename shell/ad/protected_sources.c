/* The sources of resource-based delegation, each judged in its own domain. See protected.h. */
#include "ad/identity.h"
#include "ad/protected.h"

#include "base/mem.h"
#include "base/stop.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MS 10000

bool (*ad_protect_home)(struct ad_ldap **out, const struct ad_sid *sid, struct ad_err *err);

/* ---- what accounts are: kept for a moment, since a recipe asks it for every target ---- */

struct verdict {
	struct ad_sid sid; /* len 0: a free place */
	char *dn, *label; /* NULL: there is no such object */
	const char *why; /* what is protected about it, or NULL */
};

static struct {
	struct verdict *slots;
	size_t size, used; /* size: a power of two */
	long long until;
} kept;

static void forget(void)
{
	while (kept.size-- > 0) {
		free(kept.slots[kept.size].dn);
		free(kept.slots[kept.size].label);
	}
	free(kept.slots);
	memset(&kept, 0, sizeof kept);
}

/* Its place, or the free one where it belongs. */
static struct verdict *place_of(const struct ad_sid *sid)
{
	size_t i = ad_sid_rid(sid) & (kept.size - 1);

	while (kept.slots[i].sid.len && !ad_sid_equal(&kept.slots[i].sid, sid))
		i = (i + 1) & (kept.size - 1);
	return &kept.slots[i];
}

/* Room for n more, at most half of it in use. */
static void make_room(size_t n)
{
	struct verdict *old = kept.slots;
	size_t i, size = kept.size, wanted = size ? size : 64;

	while (wanted < 2 * (kept.used + n))
		wanted *= 2;
	if (wanted == size)
		return;
	kept.slots = ad_alloc(wanted * sizeof *kept.slots);
	kept.size = wanted;
	for (i = 0; i < size; i++)
		if (old[i].sid.len)
			*place_of(&old[i].sid) = old[i];
	free(old);
}

/* e: NULL when there is no such object. */
static bool judge(
	struct ad_ldap *ld, const struct ad_sid *sid, struct ad_entry *e, struct ad_err *err)
{
	struct verdict *v = place_of(sid);
	const char *why = NULL;

	if (v->sid.len)
		return true; /* named twice */
	if (e && !ad_protect_why(&why, ld, e, err))
		return false;
	v->sid = *sid;
	v->why = why;
	v->dn = e ? ad_strdup(ad_entry_dn(e)) : NULL;
	v->label = e ? ad_identity_label(e) : NULL;
	kept.used++;
	return true;
}

static bool look_up(struct ad_ldap *ld, const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct ad_entry **e = ad_alloc((n + 1) * sizeof *e);
	bool ok = ad_identity_by_sids(e, ld, sids, n, NULL, err);
	size_t i;

	make_room(n);
	for (i = 0; i < n; i++) {
		ok = ok && judge(ld, &sids[i], e[i], err);
		ad_entry_free(e[i]);
	}
	free(e);
	return ok;
}

/* After it, place_of finds each of them. */
static bool learn(struct ad_ldap *ld, const struct ad_sid *sids, size_t n, struct ad_err *err)
{
	struct ad_sid *unknown = ad_alloc((n + 1) * sizeof *unknown);
	size_t i, found = 0;
	bool ok;

	if (ad_clock_ms() >= kept.until) {
		forget();
		kept.until = ad_clock_ms() + KEPT_MS;
	}
	make_room(1);
	for (i = 0; i < n; i++)
		if (!place_of(&sids[i])->sid.len)
			unknown[found++] = sids[i];
	ok = found == 0 || look_up(ld, unknown, found, err);
	free(unknown);
	return ok;
}

/* ---- marking ---- */

/* The groups of domain controllers, of a domain or of the forest. */
static bool holds_controllers(const struct ad_sid *sid)
{
	uint32_t rid = ad_sid_rid(sid);
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	return strcmp(text, "S-1-5-9") == 0 ||
	       (strncmp(text, "S-1-5-21-", 9) == 0 &&
		       (rid == AD_RID_DOMAIN_CONTROLLERS ||
			       rid == AD_RID_READ_ONLY_DOMAIN_CONTROLLERS ||
			       rid == AD_RID_ENTERPRISE_READ_ONLY_DOMAIN_CONTROLLERS));
}

/* label: the group's name where it is known, or NULL */
static void mark_group(struct ad_change *c, const struct ad_sid *sid, const char *label)
{
	const char *known = ad_sid_wellknown_name(sid);
	char text[AD_SID_TEXT], *why;

	ad_sid_format(sid, text);
	label = known ? known : label ? label : text;
	if (ad_is_everybody(sid)) {
		why = ad_format("every account in %s could act as any user here", label);
		ad_change_widens(c, why);
		free(why);
	}
	if (holds_controllers(sid)) {
		why = ad_format("%s holds domain controllers", label);
		ad_change_protected(c, why);
		free(why);
	}
}

/* Sources that are looked up in one directory. */
static bool protect_in(struct ad_change *c, struct ad_ldap *ld, const struct ad_sid *sources,
	size_t n, struct ad_err *err)
{
	size_t i;

	if (!learn(ld, sources, n, err))
		return false;
	for (i = 0; i < n; i++) {
		const struct verdict *v = place_of(&sources[i]);

		mark_group(c, &sources[i], v->label);
		if (v->why)
			ad_protect_mark(c, ld, v->dn, v->label, v->why);
	}
	return true;
}

/* Sources of one other domain. What cannot be asked may be a domain controller. */
static bool protect_abroad(
	struct ad_change *c, const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_ldap *home = NULL;
	char sid[AD_SID_TEXT], *why;
	struct ad_err silent;

	if (ad_protect_home && !ad_protect_home(&home, &sources[0], &silent)) {
		ad_sid_format(&sources[0], sid);
		why = ad_format("nobody can tell whether %s is a domain controller: %s", sid,
			silent.message);
		ad_change_protected(c, why);
		free(why);
	}
	if (home)
		return protect_in(c, home, sources, n, err);
	while (n-- > 0)
		mark_group(c, &sources[n], NULL);
	return true;
}

/* The domain that a SID belongs to; empty for what is of none, as BUILTIN's groups. */
static struct ad_sid domain_of(const struct ad_sid *sid)
{
	struct ad_sid domain = { 0 };
	char text[AD_SID_TEXT];

	ad_sid_format(sid, text);
	if (strncmp(text, "S-1-5-21-", 9) == 0)
		ad_sid_domain(&domain, sid);
	return domain;
}

/* Moves the sources of the domain of the first that is left to the front; returns their number. */
static size_t gather(struct ad_sid *sources, size_t n, const struct ad_sid *domain)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		struct ad_sid sid = sources[i], own = domain_of(&sid);

		if (ad_sid_equal(&own, domain)) {
			sources[i] = sources[found];
			sources[found++] = sid;
		}
	}
	return found;
}

bool ad_protect_sources(struct ad_change *c, struct ad_ldap *ld, struct ad_entry *target,
	const struct ad_sid *sources, size_t n, struct ad_err *err)
{
	struct ad_sid *left = ad_memdup(sources, n * sizeof *left);
	struct ad_sid domain = { 0 }, own = { 0 };
	size_t at, found;
	bool ok = true;

	if (ad_identity_sid(&domain, target))
		own = domain_of(&domain);
	if (ad_is_domain_controller(target))
		ad_change_protected(c, "the target is a domain controller");
	if (ad_is_krbtgt(target))
		ad_change_protected(c, "the target is the KDC's own account");
	for (at = 0; at < n && ok; at += found) {
		domain = domain_of(&left[at]);
		found = gather(left + at, n - at, &domain);
		ok = domain.len == 0 || ad_sid_equal(&domain, &own)
			     ? protect_in(c, ld, left + at, found, err)
			     : protect_abroad(c, left + at, found, err);
	}
	free(left);
	return ok;
}
