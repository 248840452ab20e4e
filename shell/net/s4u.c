/* A list of pairs, as one run. See s4u.h. */
#include "net/s4u.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Pairs one after the other with the same source and user are one ask. */
static size_t merge(
	const struct ad_s4u_request *r, size_t n, struct ad_s4u_ask *asks, const char **targets)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct ad_s4u_ask *last = count ? &asks[count - 1] : NULL;

		targets[i] = r[i].target;
		if (last && same(last->source, r[i].source) && same(last->keytab, r[i].keytab) &&
			same(last->user, r[i].user))
			last->n++;
		else
			asks[count++] = (struct ad_s4u_ask){ .source = r[i].source,
				.keytab = r[i].keytab,
				.user = r[i].user,
				.targets = &targets[i],
				.n = 1 };
	}
	return count;
}

static bool collect(struct ad_s4u_run *run, const struct ad_s4u_ask *asks, const char **targets,
	struct ad_s4u_result *results, size_t *done, struct ad_err *err)
{
	struct ad_s4u_result one;
	size_t a, t;

	while (ad_s4u_run_next(run, &a, &t, &one, err)) {
		if (one.step != AD_S4U_DONE && !ad_s4u_is_refusal(&one.refusal)) {
			*err = one.refusal;
			return false;
		}
		if (one.step != AD_S4U_DONE)
			one.refusal.kind = AD_ERR_FAILED;
		results[(size_t)(asks[a].targets - targets) + t] = one;
		++*done;
	}
	return err->kind == AD_ERR_NONE;
}

bool ad_s4u_verify_many(const struct ad_s4u_request *r, size_t n, struct ad_s4u_result *results,
	size_t *done, struct ad_err *err)
{
	struct ad_s4u_ask *asks = ad_alloc((n + 1) * sizeof *asks);
	const char **targets = ad_alloc((n + 1) * sizeof *targets);
	struct ad_s4u_options o = { 0 };
	struct ad_s4u_run *run = NULL;
	struct ad_err e = { 0 };
	bool ok;

	*done = 0;
	for (size_t i = 0; i < n; i++)
		o.timeout_ms = r[i].timeout_ms > o.timeout_ms ? r[i].timeout_ms : o.timeout_ms;
	ok = ad_s4u_run_new(&run, asks, merge(r, n, asks, targets), &o, &e) &&
	     collect(run, asks, targets, results, done, &e);
	ad_s4u_run_free(run);
	free(asks);
	free(targets);
	if (!ok && err)
		*err = e;
	return ok;
}

bool ad_s4u_verify(const struct ad_s4u_request *r, struct ad_s4u_result *result, struct ad_err *err)
{
	size_t done;

	return ad_s4u_verify_many(r, 1, result, &done, err);
}
