/* What a hostile server may put into an entry: nothing of it may be read outside its bounds, and
 * what was accepted is walked to its very end. */
#include "net/ldap_entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void walk_all(const struct ad_entry *e)
{
	struct ad_entry_walk w;
	struct ad_value name, value;
	volatile unsigned char sum = 0;
	size_t i;

	ad_entry_walk_start(e, &w);
	while (ad_entry_walk_attr(&w, &name)) {
		while (ad_entry_walk_value(&w, &value))
			for (i = 0; i < value.len; i++)
				sum += (unsigned char)value.data[i];
		if (w.v != w.vend)
			abort();
	}
	(void)sum;
	if (w.p != w.end)
		abort();
}

static struct ad_entry *complete(struct ad_entry *e)
{
	struct ad_entry *whole;
	struct ad_entry_walk w;
	struct ad_range r;

	while (ad_entry_range(e, NULL, &r, &w)) {
		whole = ad_entry_with(e, &r.name, w.v, (size_t)(w.vend - w.v));
		ad_entry_free(e);
		e = whole;
	}
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ad_entry *e;
	const struct ad_value *v;
	size_t dn = size ? data[0] % (size < 64 ? size : 64) : 0;

	if (!size || !ad_entry_decode(&e, (const char *)data, dn, data + dn, size - dn, NULL))
		return 0;
	walk_all(e);
	ad_entry_values(e, "cn", &v);
	e = complete(e);
	walk_all(e);
	if (ad_entry_values(e, "member", &v))
		free(ad_entry_text(e, "member"));
	ad_entry_free(e);
	return 0;
}
