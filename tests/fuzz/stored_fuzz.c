/* A snapshot of any bytes is refused, or every object of it can be searched. The records are given
 * as they are before they are packed, behind a filter and a zero byte: else hardly one would get
 * past the checksum. */
#include "fuzz.h"
#include "net/stored.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char *save(const uint8_t *data, size_t size)
{
	static char path[64];
	uLongf n = compressBound((uLong)size);
	unsigned char *packed = ad_alloc(n);
	FILE *f;

	snprintf(path, sizeof path, "%s/adsh-fuzz-%d",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
	unlink(path);
	compress2(packed, &n, data, (uLong)size, 1);
	f = fopen(path, "wb");
	ensure(f && fwrite("adsh snapshot 1\n", 1, 16, f) == 16 && fwrite(packed, 1, n, f) == n);
	ensure(fclose(f) == 0 && chmod(path, 0600) == 0);
	free(packed);
	return path;
}

static void search(struct ad_ldap *ld, const char *filter, enum ad_scope scope)
{
	struct ad_search_options o = { .filter = filter, .scope = scope };
	struct ad_search *s;
	struct ad_entry *e;
	struct ad_err err;

	if (!ad_search_open(&s, ld, &o, &err))
		return;
	while (ad_search_next(s, &e, &err) == 1)
		ad_entry_free(e);
	ad_search_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, 0, size);
	char *filter = ad_strndup((const char *)data, zero ? (size_t)(zero - data) : 0);
	size_t at = zero ? (size_t)(zero - data) + 1 : 0;
	struct ad_stored *s;
	struct ad_ldap *ld;
	struct ad_err err;
	const char *path;
	bool found;

	path = save(data + at, size - at);
	found = ad_stored_open(&s, path, &err);
	unlink(path);
	if (found) {
		for (size_t i = 0; i < ad_stored_domains(s); i++)
			if (ad_stored_directory(&ld, s, i, false, &err)) {
				search(ld, filter, AD_SCOPE_SUBTREE);
				search(ld, "(objectClass=*)", AD_SCOPE_ONE);
				ad_ldap_free(ld);
			}
		ad_stored_free(s);
	}
	free(filter);
	return 0;
}
