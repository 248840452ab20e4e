/* What a file or folder inherits from the folder that it is in (MS-DTYP 2.5.3.4). Pure. */
#ifndef AD_INHERIT_H
#define AD_INHERIT_H

#include "codec/sd.h"

/*
 * The DACL of something in a folder with the DACL parent: its own explicit entries as they are,
 * then all that parent passes on, in parent's order; what own had inherited is left out. owner and
 * group are those of the thing itself, for CREATOR OWNER and CREATOR GROUP; folder: it is one. The
 * caller frees the result.
 */
struct ad_acl *ad_inherit(const struct ad_acl *parent, const struct ad_acl *own, bool folder,
	const struct ad_sid *owner, const struct ad_sid *group);

#endif
