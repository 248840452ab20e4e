/* The machine's rules. See policy.h. */
#include "gate/policy.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "codec/dn.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST 65536

static void clear_sets(struct ad_policy_sets *sets)
{
	while (sets->n)
		ad_list_clear(&sets->v[--sets->n]);
	free(sets->v);
	sets->v = NULL;
}

void ad_policy_clear(struct ad_policy *held)
{
	clear_sets(&held->bases);
	clear_sets(&held->recipes);
	memset(held, 0, sizeof *held);
}

static bool check_bases(const char *const *dn, struct ad_err *err)
{
	for (; dn && *dn; dn++)
		if (!ad_dn_valid(*dn))
			return ad_err_set(err, AD_ERR_USAGE, "usage", 0,
				"allowed_bases: '%s' is not a distinguished name", *dn);
	return true;
}

static void add_set(struct ad_policy_sets *sets, const char *const *text)
{
	struct ad_list set = { NULL, 0 };

	if (!text)
		return;
	for (; *text; text++)
		ad_list_add(&set, *text, strlen(*text));
	sets->v = ad_realloc(sets->v, sets->n + 1, sizeof *sets->v);
	sets->v[sets->n++] = set;
}

bool ad_policy_tighten(
	struct ad_policy *held, const struct ad_policy_rules *more, struct ad_err *err)
{
	struct ad_policy_rules *r = &held->rules;

	if (!check_bases(more->bases, err))
		return false;
	add_set(&held->bases, more->bases);
	add_set(&held->recipes, more->recipes);
	r->read_only |= more->read_only;
	r->no_verbs |= more->no_verbs;
	r->no_protected |= more->no_protected;
	r->no_widening |= more->no_widening;
	r->forbidden |= more->forbidden;
	if (more->max_changes > 0 && (r->max_changes == 0 || more->max_changes < r->max_changes))
		r->max_changes = more->max_changes;
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
		"the policy of this machine does not allow this: %s %s. Nothing was written",
		c->label, why);
	return ad_err_hint(err,
		"the rules are in /etc/adsh/policy.lua and in the policy.lua of your own configuration; plan.policy() shows them");
}

static bool is_in(const char *recipe, const struct ad_list *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (strcmp(recipe, set->v[i].data) == 0)
			return true;
	return false;
}

static bool refuse_recipe(const char *recipe, const struct ad_list *set, struct ad_err *err)
{
	struct ad_buf names = AD_BUF_INIT;
	size_t i;

	for (i = 0; i < set->n; i++)
		ad_buf_printf(&names, "%s%s", i ? ", " : "", set->v[i].data);
	ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
		"the policy of this machine does not allow the recipe %s. Nothing was written",
		recipe);
	ad_err_hint(err, "it allows: %s", ad_buf_text(&names));
	ad_buf_clear(&names);
	return false;
}

bool ad_policy_allows_recipe(const struct ad_policy *held, const char *recipe, struct ad_err *err)
{
	size_t i;

	if (!recipe && held->rules.no_verbs) {
		ad_err_set(err, AD_ERR_REFUSED, "guard", 0,
			"the policy of this machine has allow_verbs = false: only recipes write. Nothing was written");
		return ad_err_hint(err,
			"adsh run lists the recipes; take back their runs with adsh undo, not at the prompt");
	}
	for (i = 0; recipe && i < held->recipes.n; i++)
		if (!is_in(recipe, &held->recipes.v[i]))
			return refuse_recipe(recipe, &held->recipes.v[i], err);
	return true;
}

/* Other forms than a plain number are refused when the change is judged. */
static uint32_t bits(const struct ad_list *l)
{
	uint32_t n = 0;

	return ad_list_number(&n, l) ? n : 0;
}

bool ad_policy_allows(const struct ad_policy *held, const struct ad_change *c, struct ad_err *err)
{
	const struct ad_edit *e = ad_change_find(c, "userAccountControl");
	size_t i;

	for (i = 0; i < held->bases.n && c->kind->in_directory; i++)
		if (!is_under_one(c->dn, &held->bases.v[i]))
			return refuse(c, "is outside the allowed bases", err);
	if (e && (bits(&e->after) & ~bits(&e->before) & held->rules.forbidden))
		return refuse(c, "would get a forbidden delegation mode", err);
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
