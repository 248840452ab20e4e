/*
 * One entry of a search, read straight from the bytes that came in: nothing is copied until
 * somebody asks. Values are bytes with a length, in the server's order.
 */
#ifndef AD_LDAP_ENTRY_H
#define AD_LDAP_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

struct ad_entry; /* references are counted */

struct ad_value {
	const char *data;
	size_t len;
};

struct ad_entry *ad_entry_ref(struct ad_entry *e);
void ad_entry_free(struct ad_entry *e);

const char *ad_entry_dn(const struct ad_entry *e);

/* Number of values of an attribute (name without regard to case; 0: absent), and in *out, when
 * out is not NULL, an array of them that lives as long as e. Values are not terminated: use
 * their length. */
size_t ad_entry_values(struct ad_entry *e, const char *attr, const struct ad_value **out);
bool ad_entry_first(struct ad_entry *e, const char *attr, struct ad_value *out);

/* Copies of a single value: text (allocated, NULL when absent) and number (fallback if absent). */
char *ad_entry_text(struct ad_entry *e, const char *attr);
long long ad_entry_number(struct ad_entry *e, const char *attr, long long fallback);

/* Walks the attributes without an array, for those who want all of them, fast. */
struct ad_entry_walk {
	const unsigned char *p, *end; /* attributes still to come */
	const unsigned char *v, *vend; /* values of the present attribute still to come */
	size_t extra, extra_value; /* the same for completed ranges */
};
void ad_entry_walk_start(const struct ad_entry *e, struct ad_entry_walk *w);
bool ad_entry_walk_attr(const struct ad_entry *e, struct ad_entry_walk *w, struct ad_value *name);
bool ad_entry_walk_value(const struct ad_entry *e, struct ad_entry_walk *w, struct ad_value *value);

#endif
