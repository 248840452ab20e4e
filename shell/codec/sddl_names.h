/* The letters of SDDL (MS-DTYP 2.5.1.1), shared by the two directions. */
#ifndef AD_SDDL_NAMES_H
#define AD_SDDL_NAMES_H

#include "codec/flags.h"

extern const struct ad_flag ad_sddl_types[]; /* values */
extern const struct ad_flag ad_sddl_flags[]; /* bits */
extern const struct ad_flag ad_sddl_rights[]; /* bits */
extern const struct ad_flag ad_sddl_masks[]; /* values: whole masks of files and registry keys */
extern const struct ad_flag ad_sddl_label[]; /* bits of a mandatory label's mask */

#endif
