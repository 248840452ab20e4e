/*
 * Lists of attribute values, and the ways in which values of an attribute are compared.
 */
#ifndef AD_LIST_H
#define AD_LIST_H

#include "base/buf.h"
#include "net/ldap_entry.h"

/* How two values are compared and how an intent is computed anew on top of somebody else's edit. */
enum ad_merge {
	AD_MERGE_SET, /* set of strings without regard to case: servicePrincipalName */
	AD_MERGE_BITS, /* one number, bits set and cleared: userAccountControl */
	AD_MERGE_SD, /* one descriptor, allow entries added and removed */
	AD_MERGE_EXACT, /* set of byte strings; a single value that was edited is a conflict */
	AD_MERGE_TEXT /* the same of what a file holds, in which SIDs stand as text */
};

const char *ad_merge_name(enum ad_merge m); /* "set", "bits", "sd", "exact" */
bool ad_merge_parse(enum ad_merge *out, const char *name);

struct ad_list { /* values: owned copies, shared with other lists; each is followed by a zero byte
		  */
	struct ad_value *v;
	size_t n;
};
void ad_list_add(struct ad_list *l, const void *data, size_t n);
void ad_list_remove(struct ad_list *l, size_t i);
void ad_list_replace(struct ad_list *l, size_t i, const void *data, size_t n);
void ad_list_copy(struct ad_list *to, const struct ad_list *src);
/* The same at less cost, of a list that owns its values: none of ad_list_borrow. */
void ad_list_share(struct ad_list *to, const struct ad_list *src);
void ad_list_clear(struct ad_list *l);
/* Position of a value, or -1. */
long ad_list_find(const struct ad_list *l, enum ad_merge merge, const void *data, size_t n);
/* Union and difference in n log n: adds to l the values it lacks, removes from l those it has; they
 * tell how many that were. Values that occur twice in v are added once. */
size_t ad_list_unite(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n);
size_t ad_list_subtract(struct ad_list *l, enum ad_merge merge, const struct ad_value *v, size_t n);
/* The same values, in any order? */
bool ad_list_equal(const struct ad_list *a, const struct ad_list *b, enum ad_merge merge);
void ad_list_sort(struct ad_list *l, enum ad_merge merge);
/* The values of an attribute of an entry: a copy, and the entry's own, which are only looked at. */
void ad_list_read(struct ad_list *to, struct ad_entry *e, const char *attr);
struct ad_list ad_list_borrow(struct ad_entry *e, const char *attr);
/* An attribute as the content of an entry has it (RFC 4511 4.5.2), for ad_entry_decode; without
 * values nothing is appended. */
void ad_list_encode(const struct ad_list *l, const char *attr, struct ad_buf *out);
/* The one number that an attribute has, written as AD writes it, which is in decimal and 32 bits
 * with a sign: servers take other forms, too, and mean other numbers by them. */
bool ad_list_number(uint32_t *out, const struct ad_list *l);
/* Lists of "key=value": adds one (none when value is NULL or empty); the value of a key, allocated,
 * NULL when there is none. */
void ad_list_put(struct ad_list *l, const char *key, const char *value);
char *ad_list_value(const struct ad_list *l, const char *key);

#endif
