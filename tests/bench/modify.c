/*
 * modify: N modifies of N objects through the pipeline of net/ldap_write.h, with a window.
 *
 *   modify URI N WINDOW      WINDOW 1: one at a time
 */
#include "net/ldap_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
	char dn[128], text[32];
	struct ad_value value;
	struct ad_mod mod;
	size_t done, failed;
};

static bool next(void *arg, size_t i, struct ad_request *r)
{
	struct job *j = arg;

	snprintf(j->dn, sizeof j->dn, "CN=PC%06zu,OU=Computers,DC=bench,DC=test", i);
	j->value.data = j->text;
	j->value.len = (size_t)snprintf(j->text, sizeof j->text, "cifs/pc%06zu", i);
	j->mod = (struct ad_mod){ AD_MOD_ADD, "msDS-AllowedToDelegateTo", &j->value, 1 };
	*r = (struct ad_request){ AD_REQUEST_MODIFY, j->dn, &j->mod, 1 };
	return true;
}

static void answer(void *arg, size_t i, enum ad_answer answer, const struct ad_err *err)
{
	struct job *j = arg;

	(void)i;
	j->done += answer == AD_ANSWER_DONE;
	if (answer != AD_ANSWER_DONE && !j->failed++)
		fprintf(stderr, "modify: %s\n", err->message);
}

int main(int argc, char **argv)
{
	struct job job = { .done = 0 };
	struct ad_pipeline p = { .arg = &job, .next = next, .answer = answer };
	struct ad_ldap_options o = { .server = argc == 4 ? argv[1] : NULL };
	struct ad_ldap *ld;
	struct ad_err err;
	size_t n;

	if (argc != 4)
		return fprintf(stderr, "usage: modify URI N WINDOW\n"), 2;
	n = strtoul(argv[2], NULL, 10);
	p.window = strtoul(argv[3], NULL, 10);
	if (!ad_ldap_open(&ld, &o, &err) || !ad_ldap_pipeline(ld, n, &p, &err))
		return fprintf(stderr, "modify: %s\n", err.message), 1;
	ad_ldap_free(ld);
	return job.done == n ? 0 : 1;
}
