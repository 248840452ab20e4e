/*
 * One entry of a search (RFC 4511 4.5.2), kept as the bytes that came in: no value is unpacked
 * until somebody asks. Values are bytes with a length, in the server's order.
 */
#ifndef AD_LDAP_ENTRY_H
#define AD_LDAP_ENTRY_H

#include "base/buf.h"
#include "base/err.h"

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

size_t ad_entry_count(const struct ad_entry *e); /* of attributes */

/* Number of values of an attribute (name without regard to case; 0: absent), and in *out, when
 * out is not NULL, an array of them that lives as long as e. Values are not terminated: use
 * their length. */
size_t ad_entry_values(struct ad_entry *e, const char *attr, const struct ad_value **out);
bool ad_entry_first(const struct ad_entry *e, const char *attr, struct ad_value *out);

/* Copies of a single value: text (allocated, NULL when absent) and number (fallback if absent). */
char *ad_entry_text(const struct ad_entry *e, const char *attr);
long long ad_entry_number(const struct ad_entry *e, const char *attr, long long fallback);

/* Walks the attributes without an array, for those who want all of them, fast. */
struct ad_entry_walk {
	const unsigned char *p, *end; /* attributes still to come */
	const unsigned char *v, *vend; /* values of the present attribute still to come */
};
void ad_entry_walk_start(const struct ad_entry *e, struct ad_entry_walk *w);
bool ad_entry_walk_attr(struct ad_entry_walk *w, struct ad_value *name);
bool ad_entry_walk_value(struct ad_entry_walk *w, struct ad_value *value);
/* Goes to the attribute of that name (any case); false: absent. */
bool ad_entry_walk_find(
	const struct ad_entry *e, struct ad_entry_walk *w, const char *attr, size_t len);

/* Makes an entry from the n bytes of a PartialAttributeList's content (RFC 4511 4.5.2): every
 * length is checked here, once, so that walking cannot fail later. */
bool ad_entry_decode(struct ad_entry **out, const char *dn, size_t dn_len,
	const unsigned char *attrs, size_t n, struct ad_err *err);

/* Appends an attribute of such a content: values: as ad_entry_put_value appends each of them. */
void ad_entry_put(struct ad_buf *b, const struct ad_value *name, const void *values, size_t n);
void ad_entry_put_value(struct ad_buf *b, const void *value, size_t n);
void ad_entry_put_header(struct ad_buf *b, int tag, size_t n);

/* Whether it would make one. */
bool ad_entry_well_formed(const unsigned char *attrs, size_t n);

/* An entry is one block of memory that holds no pointers as long as nobody asked ad_entry_values
 * of it: so many bytes of it can be copied elsewhere, and be read there by everything that takes
 * a const struct ad_entry. */
size_t ad_entry_size(const struct ad_entry *e);
struct ad_entry *ad_entry_copy(const struct ad_entry *e); /* with a reference of its own */

/* An attribute that came in part, as "member;range=0-1499" (MS-ADTS 3.1.1.3.1.3.3). */
struct ad_range {
	struct ad_value name; /* without the option: "member" */
	size_t first, last;
	bool complete; /* the range ends in "*": there are no more */
};
/* The first such attribute (of that name, unless NULL), w at its values; false: there is none. */
bool ad_entry_range(const struct ad_entry *e, const struct ad_value *name, struct ad_range *r,
	struct ad_entry_walk *w);
/* A new entry, in which the attribute and its parts are replaced by one that has those values
 * (encoded, as between w->v and w->vend). */
struct ad_entry *ad_entry_with(const struct ad_entry *e, const struct ad_value *name,
	const unsigned char *values, size_t n);

#endif
