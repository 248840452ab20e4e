/* How far a domain controller's database has come: to know later, on another one, whether what was
 * written or read here has arrived there. */
#ifndef AD_LDAP_UPDATE_H
#define AD_LDAP_UPDATE_H

#include "codec/guid.h"
#include "net/ldap.h"

#include <stdint.h>

struct ad_update {
	char invocation[AD_GUID_TEXT]; /* of the database; another one after it was restored */
	uint64_t usn; /* of its last update */
};

/* Costs one read, the first time on a connection two. */
bool ad_ldap_update(struct ad_update *out, struct ad_ldap *ld, struct ad_err *err);

#endif
