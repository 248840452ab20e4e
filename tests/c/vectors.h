/* Reading tests/data: lines of hex bytes, a space, and text; # starts a comment. The units run
 * in the top directory. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void unhex(struct ad_buf *out, const char *hex, size_t n)
{
	char pair[3] = { 0 };
	size_t i;

	for (i = 0; i + 1 < n; i += 2) {
		memcpy(pair, hex + i, 2);
		ad_buf_addc(out, (unsigned char)strtoul(pair, NULL, 16));
	}
}

/* Calls check for each line of the file; returns how many there were. */
static inline int each_vector(
	const char *path, void (*check)(const unsigned char *p, size_t n, const char *text))
{
	char *line = NULL;
	size_t cap = 0;
	int count = 0;
	FILE *f = fopen(path, "r");

	while (f && getline(&line, &cap, f) > 0) {
		struct ad_buf bytes = AD_BUF_INIT;
		size_t n = strcspn(line, " ");

		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#')
			continue;
		unhex(&bytes, line, n);
		check(bytes.data, bytes.len, line + n + 1);
		ad_buf_clear(&bytes);
		count++;
	}
	free(line);
	if (f)
		fclose(f);
	return count;
}

#endif
