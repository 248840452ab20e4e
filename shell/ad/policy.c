/* The machine's rules. See policy.h. */
#include "ad/policy.h"
#include "base/file.h"
#include "base/mem.h"
#include "codec/dn.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST 65536

static struct ad_policy held;
static struct ad_list *sets; /* of bases: an object has to be under one of each */
static size_t n_sets;

const struct ad_policy *ad_policy(void)
{
	return &held;
}

static bool add_bases(const char *const *bases, struct ad_err *err)
{
	struct ad_list set = { NULL, 0 };

	for (; *bases; bases++) {
		if (!ad_dn_valid(*bases)) {
			ad_list_clear(&set);
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"allowed_bases: '%s' is not a distinguished name", *bases);
		}
		ad_list_add(&set, *bases, strlen(*bases));
	}
	sets = ad_realloc(sets, n_sets + 1, sizeof *sets);
	sets[n_sets++] = set;
	return true;
}

bool ad_policy_tighten(const struct ad_policy *more, struct ad_err *err)
{
	if (more->bases && !add_bases(more->bases, err))
		return false;
	held.read_only |= more->read_only;
	held.no_protected |= more->no_protected;
	held.no_widening |= more->no_widening;
	held.forbidden |= more->forbidden;
	if (more->max_changes > 0 &&
		(held.max_changes == 0 || more->max_changes < held.max_changes))
		held.max_changes = more->max_changes;
	return true;
}

static bool is_under_one(const char *dn, const struct ad_list *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (ad_dn_under(dn, set->v[i].data) || ad_dn_equal(dn, set->v[i].data))
			return true;
	return false;
}

static bool refuse(const struct ad_change *c, const char *why, struct ad_err *err)
{
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"the policy of this machine does not allow it: %s %s. Nothing was written",
		c->label, why);
	return ad_err_hint(err,
		"the rules are in /etc/adsh/policy.lua and in the policy.lua of your own configuration; plan.policy() shows them");
}

static uint32_t bits(const struct ad_list *l)
{
	return l->n ? (uint32_t)strtoll(l->v[0].data, NULL, 10) : 0;
}

bool ad_policy_allows(const struct ad_change *c, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, "userAccountControl");
	size_t i;

	for (i = 0; i < n_sets && (!c->kind || c->kind->is_object); i++)
		if (!is_under_one(c->dn, &sets[i]))
			return refuse(c, "is in none of the allowed places", err);
	if (e && (bits(&e->after) & ~bits(&e->before) & held.forbidden))
		return refuse(c, "would be given a forbidden mode of delegation", err);
	return true;
}

/* ---- the file ---- */

static bool forbid(struct ad_err *err)
{
	if (err)
		err->kind = AD_ERR_REFUSED;
	return false;
}

/* Who can write to its directory could have taken the file away. */
static bool check_directory(bool *is_there, const char *path, struct ad_err *err)
{
	char *dir = ad_strndup(path, (size_t)(strrchr(path, '/') - path));
	struct ad_err why;

	*is_there = ad_file_check_directory(dir, "the policy directory", AD_FILE_ROOT, &why);
	free(dir);
	if (*is_there || why.kind == AD_ERR_NOTFOUND)
		return true;
	if (err)
		*err = why;
	return forbid(err);
}

bool ad_policy_read(char **out, size_t *n, const char *path, bool is_system, struct ad_err *err)
{
	bool is_there = true;
	struct ad_err why;

	if (is_system && !check_directory(&is_there, path, err))
		return false;
	if (is_there && ad_file_read(out, n, path, "the policy file", is_system ? AD_FILE_ROOT : 0,
				LARGEST, &why))
		return true;
	if (!is_there || why.kind == AD_ERR_NOTFOUND) {
		*out = NULL;
		return true;
	}
	if (err)
		*err = why;
	return forbid(err);
}
