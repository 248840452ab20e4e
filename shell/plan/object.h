/* What an object of a directory is called, out of an entry that was read. */
#ifndef AD_OBJECT_H
#define AD_OBJECT_H

#include "codec/sid.h"
#include "net/ldap_entry.h"

/* Its objectSid; false (out unchanged) when it has none that was read. */
bool ad_object_sid(struct ad_sid *out, struct ad_entry *e);

/* Its objectGUID as "8-4-4-4-12", NULL when none was read. Allocated. */
char *ad_object_guid(struct ad_entry *e);

/* "HOST01$" for people; the DN's first part when there is no sAMAccountName. Allocated. */
char *ad_object_label(struct ad_entry *e);

/* The most specific class: "computer". Allocated. */
char *ad_object_class(struct ad_entry *e);
/* Whether that is this one. */
bool ad_object_is(struct ad_entry *e, const char *object_class);

#endif
