/* What the files of snapshots (stored*.c) share; nobody else's. */
#ifndef AD_STORED_PRIV_H
#define AD_STORED_PRIV_H

#include "codec/matching.h"
#include "net/ldap_priv.h"
#include "net/stored.h"

#include <stdint.h>

#define AD_STORED_MAGIC "adsh snapshot "
#define AD_STORED_VERSION 1

/* An object: where it lies in the bytes. */
struct ad_stored_item {
	const char *dn; /* ends with a zero byte; behind it the attributes */
	uint32_t dn_len, n; /* bytes of the attributes */
};

struct ad_stored_context { /* a naming context */
	char *dn, *normal;
	size_t first, end; /* its objects */
	size_t forest; /* the first domain of its forest */
};

struct ad_stored_index;

struct ad_stored {
	int refs;
	char *path;
	unsigned char *bytes;
	size_t n;
	struct ad_entry *head;
	struct ad_entry **domain;
	size_t n_domains;
	struct ad_stored_context *context;
	size_t n_contexts;
	struct ad_stored_item *item;
	size_t n_items;
	struct ad_stored_index *index; /* made when it is needed */
	void *kept; /* names of attributes: a tree (tsearch) of struct ad_stored_attr */
};

struct ad_stored_attr {
	char *name; /* first: what the tree compares */
	enum ad_matching matching;
};

static inline const unsigned char *ad_stored_attrs(const struct ad_stored_item *i)
{
	return (const unsigned char *)i->dn + i->dn_len + 1;
}

/* Starts to walk an object's attributes. */
static inline void ad_stored_walk(const struct ad_stored_item *i, struct ad_entry_walk *w)
{
	w->p = ad_stored_attrs(i);
	w->end = w->p + i->n;
	w->v = w->vend = NULL;
}

/* The first domain of the forest that the i-th is in. */
size_t ad_stored_forest(const struct ad_stored *s, size_t i);

/* NULL: the file does not have this attribute. distinguishedName is always there. */
const struct ad_stored_attr *ad_stored_attr(const struct ad_stored *s, const char *name);

/* stored_index.c: objects by what is mostly asked for. */
bool ad_stored_indexed(const char *attr);
/* Calls each(arg, place) for all objects that may have the value, and perhaps others. */
void ad_stored_look_up(struct ad_stored *s, const char *attr, const void *normal, size_t n,
	void (*each)(void *arg, size_t place), void *arg);
bool ad_stored_find(const struct ad_stored *s, const char *normal_dn, size_t *place);
void ad_stored_index_free(struct ad_stored_index *x);

/* stored_match.c: a filter made ready. */
struct ad_stored_filter;
bool ad_stored_filter_new(
	struct ad_stored_filter **out, struct ad_stored *s, const char *text, struct ad_err *err);
void ad_stored_filter_free(struct ad_stored_filter *f);
bool ad_stored_matches(struct ad_stored_filter *f, size_t place);
/* The only objects that can match, in order, allocated; false: all of them can. */
bool ad_stored_candidates(struct ad_stored_filter *f, size_t **out, size_t *n);

/* stored_search.c: the error of what the file does not have. */
bool ad_stored_lacks(const struct ad_stored *s, const char *what, struct ad_err *err);

#endif
