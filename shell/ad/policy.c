/* The machine's rules. See policy.h. */
#include "ad/policy.h"
#include "base/mem.h"
#include "codec/dn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool distrust(const char *path, const char *why, struct ad_err *err)
{
	return ad_err_set(err, AD_ERR_REFUSED, "guard", 0, "the policy file %s %s: nothing is done",
		path, why);
}

static bool check_file(const struct stat *st, const char *path, bool is_system, struct ad_err *err)
{
	if (!S_ISREG(st->st_mode))
		return distrust(path, "is not a plain file", err);
	if (st->st_uid != 0 && (is_system || st->st_uid != geteuid()))
		return distrust(path, is_system ? "does not belong to root" : "is not yours", err);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return distrust(path, "can be written by others", err);
	if (st->st_size > LARGEST)
		return distrust(path, "is larger than 64 KiB", err);
	return true;
}

static bool read_all(char **out, size_t *n, int fd, const char *path, struct ad_err *err)
{
	char *text = ad_alloc(LARGEST + 1);
	size_t at = 0;
	ssize_t got;

	while ((got = read(fd, text + at, LARGEST - at)) > 0)
		at += (size_t)got;
	if (got < 0) {
		free(text);
		return ad_err_errno(err, "cannot read the policy file %s", path);
	}
	*out = text;
	*n = at;
	return true;
}

bool ad_policy_read(char **out, size_t *n, const char *path, bool is_system, struct ad_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool ok;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		*out = NULL;
		return true;
	}
	if (fd < 0 || fstat(fd, &st) != 0) {
		ad_err_errno(err, "cannot read the policy file %s", path);
		if (err)
			err->kind = AD_ERR_REFUSED;
		if (fd >= 0)
			close(fd);
		return false;
	}
	ok = check_file(&st, path, is_system, err) && read_all(out, n, fd, path, err);
	close(fd);
	return ok;
}
