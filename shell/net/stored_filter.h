/* A filter made ready for a snapshot: shared by stored_filter.c, which makes it, and
 * stored_match.c. */
#ifndef AD_STORED_FILTER_H
#define AD_STORED_FILTER_H

#include "codec/filter_tree.h"
#include "net/stored_priv.h"

enum ad_stored_rule { AD_STORED_NO_RULE, AD_STORED_BIT_AND, AD_STORED_BIT_OR, AD_STORED_IN_CHAIN };

/* An attribute that the filter asks for, and what the present object has of it. */
struct ad_stored_slot {
	const char *name;
	enum ad_matching matching;
	bool is_name; /* distinguishedName */
	struct ad_stored_span {
		size_t at, len;
	} * value; /* normal forms, in b */
	size_t n, room;
	struct ad_buf b;
};

struct ad_stored_node {
	enum ad_filter_kind kind;
	struct ad_stored_node *first, *next;
	size_t slot;
	struct ad_filter_part *part; /* normal forms */
	size_t n_parts;
	bool undefined; /* the value is none */
	enum ad_stored_rule rule;
	unsigned char *chain; /* a bit for each object */
};

struct ad_stored_filter {
	struct ad_stored *s;
	struct ad_filter *tree;
	struct ad_stored_node *root;
	struct ad_stored_slot *slot;
	size_t n_slots;
};

/* stored_match.c: finds, for each part that goes along a chain, the objects that it holds for. */
void ad_stored_make_chains(struct ad_stored_filter *f, struct ad_stored_node *n);

#endif
