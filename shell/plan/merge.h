/* Computing an intent anew on top of somebody else's edit, for values that are not sets. */
#ifndef AD_MERGE_H
#define AD_MERGE_H

#include "plan/list.h"
#include "base/err.h"

/* One number: the bits that went from before to after are set and cleared in *value, which holds
 * one decimal number. */
bool ad_merge_bits(struct ad_list *value, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err);

/* One security descriptor: entries of the DACL that are in after and not in before are added to
 * that of *value, those that went are removed; whether inheritance is
 * stopped is taken over likewise; everything else in it stays byte for byte. */
bool ad_merge_sd(struct ad_list *value, const struct ad_list *before, const struct ad_list *after,
	struct ad_err *err);

#endif
