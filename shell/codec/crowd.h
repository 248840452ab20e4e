/* Who is a crowd: a SID (MS-DTYP 2.4.2.4) that anybody has, or that anybody gets by the way he logs
 * on. To allow one of these something is to allow it to nearly everybody. */
#ifndef AD_CROWD_H
#define AD_CROWD_H

#include "codec/sid.h"

/* Everyone, Authenticated Users, Network, BUILTIN\Users, Domain Users of any domain, ... */
bool ad_sid_is_crowd(const struct ad_sid *sid);

/* Its name to show, "Everyone" or "Domain Users"; NULL when it is no crowd. */
const char *ad_crowd_name(const struct ad_sid *sid);

#endif
