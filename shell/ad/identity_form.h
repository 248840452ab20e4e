/* An identity taken apart: what to search for and how well an object fits. For identity.c. */
#ifndef AD_IDENTITY_FORM_H
#define AD_IDENTITY_FORM_H

#include "ad/identity.h"
#include "base/buf.h"
#include "codec/guid.h"

struct ad_name {
	enum ad_identity_form form;
	const char *text; /* as written; the caller's */
	const char *account; /* the part that may be a sAMAccountName or a host, in text */
	size_t account_len;
	const char *domain; /* in front of '\\' or behind '@', in text; or NULL */
	size_t domain_len;
	bool own_domain; /* set by the caller: domain is that of the connection */
	struct ad_sid sid;
	unsigned char guid[AD_GUID_SIZE];
};

/* name points into text. AD_ERR_USAGE as ad_identity_form. */
bool ad_name_parse(struct ad_name *name, const char *text, struct ad_err *err);

/* Appends the clauses "(attr=value)...", to be put into one OR. */
void ad_name_filter(struct ad_buf *out, const struct ad_name *name);

/* Appends the attributes that were looked at, in words. */
void ad_name_describe(struct ad_buf *out, const struct ad_name *name);

/* 0: does not fit; of several objects the one with the highest rank is meant. Case is compared
 * in ASCII, where the server may fold more. */
int ad_name_rank(struct ad_entry *e, const struct ad_name *name);

/* Objects with an account's name that have the name as displayName or as the name that is in their
 * DN. One that is what is wanted: *out, and that it was taken is told; none: *out stays as it is.
 * AD_ERR_USAGE: several, or it is something else. */
bool ad_identity_by_title(struct ad_entry **out, struct ad_ldap *ld, const struct ad_name *name,
	enum ad_identity_want want, const char *const *attrs, struct ad_err *err);

#endif
